//! The specification clause by clause, with exact expected outcomes.

mod clauses;
mod faults;
mod properties;
mod variations;

use super::{Choices, Environment, FaultSet, run};
use crate::types::{Call, CallNumber, Layout, Outcome, Place, Pointer, Profile, State, SystemCall};

const P: Profile = Profile::DEFAULT;
const T: u64 = P.mmap_threshold;

fn malloc(size: u64) -> Call {
    Call::Malloc { size }
}

fn calloc(count: u64, size: u64) -> Call {
    Call::Calloc { count, size }
}

/// 0 is NULL.
fn pointer(number: u32) -> Pointer {
    match number {
        0 => Pointer::Null,
        _ => Pointer::Of(CallNumber(number)),
    }
}

fn realloc(number: u32, size: u64) -> Call {
    Call::Realloc {
        pointer: pointer(number),
        size,
    }
}

fn free(number: u32) -> Call {
    Call::Free {
        pointer: pointer(number),
    }
}

fn canonical(calls: &[Call]) -> Vec<String> {
    with(&Choices::canonical(&P), calls)
}

fn with(choices: &Choices, calls: &[Call]) -> Vec<String> {
    show_all(&run(&P, choices, FaultSet::NONE, Environment::KIND, calls))
}

fn show_all(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(show).collect()
}

/// The last call's outcome under canonical choices.
fn last(calls: &[Call]) -> String {
    canonical(calls).pop().expect("there is a call")
}

/// Such as `H+32 | brk +131072 | 1000u 130008f`.
fn show(outcome: &Outcome) -> String {
    let result = outcome.result.map_or_else(|| "-".to_owned(), show_place);
    let calls: Vec<String> = outcome.system_calls.iter().map(show_call).collect();
    format!(
        "{result} | {} | {}",
        calls.join(", "),
        show_layout(&outcome.layout)
    )
}

fn show_place(place: Place) -> String {
    match place {
        Place::Null => "NULL".to_owned(),
        Place::Heap(offset) => format!("H+{offset}"),
        Place::Mapping(number, offset) => format!("M{}+{offset}", number.0),
        Place::Elsewhere => "?".to_owned(),
    }
}

fn show_call(call: &SystemCall) -> String {
    match call {
        SystemCall::Brk { delta, failed } => {
            format!("brk {delta:+}{}", failed.map_or("", |_| " failed"))
        }
        SystemCall::Mmap { request, result } => match result {
            Ok(number) => format!("mmap {} = M{}", request.length, number.0),
            Err(_) => format!("mmap {} failed", request.length),
        },
        SystemCall::Munmap {
            start,
            length,
            failed,
        } => format!(
            "munmap {} {length}{}",
            show_place(*start),
            failed.map_or("", |_| " failed")
        ),
    }
}

fn show_layout(layout: &Layout) -> String {
    let Layout::Blocks(blocks) = layout else {
        return "undecodable".to_owned();
    };
    let blocks: Vec<String> = blocks
        .iter()
        .map(|block| {
            let letter = if block.state == State::Free { 'f' } else { 'u' };
            format!("{}{letter}", block.size)
        })
        .collect();
    blocks.join(" ")
}
