//! Writes snapshots as text.

use std::fmt::Write as _;

use super::words::{
    self, ERRNOS, FLAGS, NO_RETURN, PHASES, PROTECTIONS, UNFINISHED, escape, name, push_other_bits,
};
use super::{FORMAT, Snapshot, SnapshotStep};
use crate::types::{
    Block, Call, CallNumber, End, Errno, Layout, MapRequest, Moment, Phase, Place, Pointer, State,
    SystemCall,
};

/// The column, from 0, in which results (`-> H+0x20`, `= M1`) start.
const RESULT_COLUMN: usize = 46;
/// Where system calls and the heap start.
const INDENT: &str = "        ";
/// What the second line of a long heap has in place of `heap`: its blocks stand beneath the first.
const CONTINUATION: &str = "            ";
/// Heap lines are broken before they get wider.
const WIDTH: usize = 100;

/// The whole text.
pub(super) fn snapshot(snapshot: &Snapshot) -> String {
    let mut text = format!("# {} · format {FORMAT}\n", snapshot.stem);
    let open = open_call(&snapshot.end);
    let width = number_width(snapshot.steps.len() + usize::from(open.is_some()));
    let mut before = None;
    for (number, step) in (1..).map(CallNumber).zip(&snapshot.steps) {
        let called = call(number, step.call);
        push_step(&mut text, (width, number), &called, step, before);
        before = Some(&step.outcome.layout);
    }
    match open {
        Some((number, what)) => {
            let called = call(number, what);
            push_call(&mut text, (width, number), &called, Some(NO_RETURN));
        }
        None if snapshot.unfinished.is_empty() => {}
        None => push_line(&mut text, UNFINISHED),
    }
    push_system_calls(&mut text, &snapshot.unfinished);
    push_line(&mut text, &end(&snapshot.end));
    text
}

/// The columns that the numbers of this many calls take.
pub(super) fn number_width(calls: usize) -> usize {
    calls.to_string().len().max(2)
}

/// One call by itself.
pub(super) fn step(number: CallNumber, step: &SnapshotStep) -> String {
    let mut text = String::new();
    let called = call(number, step.call);
    push_step(&mut text, (2, number), &called, step, None);
    text
}

/// The line of a call, however its arguments are spelled.
pub(super) fn call_line(at: (usize, CallNumber), called: &str, result: Option<Place>) -> String {
    let mut text = String::new();
    push_call(&mut text, at, called, result.map(place).as_deref());
    text
}

/// The call that was being made when the process ended.
fn open_call(end: &End) -> Option<(CallNumber, Call)> {
    let moment = end
        .moment()
        .filter(|moment| moment.phase == Phase::InCall)?;
    Some((moment.number, moment.call?))
}

/// One call and what it did; its number takes so many columns.
pub(super) fn push_step(
    text: &mut String,
    at: (usize, CallNumber),
    called: &str,
    step: &SnapshotStep,
    before: Option<&Layout>,
) {
    let result = step.outcome.result.map(place);
    push_call(text, at, called, result.as_deref());
    push_system_calls(text, &step.outcome.system_calls);
    if before == Some(&step.outcome.layout) {
        push_line(text, &format!("{INDENT}heap ="));
    } else {
        push_layout(text, &step.outcome.layout);
    }
}

fn push_call(
    text: &mut String,
    (width, number): (usize, CallNumber),
    called: &str,
    result: Option<&str>,
) {
    let line = format!("{:>width$}  {called}", number.0);
    match result {
        Some(result) => push_line(text, &with_result(&line, &format!("-> {result}"))),
        None => push_line(text, &line),
    }
}

fn push_system_calls(text: &mut String, calls: &[SystemCall]) {
    for call in calls {
        push_line(text, &format!("{INDENT}{}", system_call(call)));
    }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A line with its result in the result column, or directly after it when it is long.
fn with_result(line: &str, result: &str) -> String {
    const PADDED: usize = RESULT_COLUMN - 1;
    format!("{line:<PADDED$} {result}")
}

/// A call in C, with the variable that takes its result.
pub(super) fn call(number: CallNumber, call: Call) -> String {
    let function = call.function();
    let called = match call {
        Call::Malloc { size } => format!("{function}({size})"),
        Call::Calloc { count, size } => format!("{function}({count}, {size})"),
        Call::Realloc { pointer, size } => format!("{function}({}, {size})", variable(pointer)),
        Call::Free { pointer } => format!("{function}({})", variable(pointer)),
        Call::MoveBreak { bytes } => format!("(foreign brk +{bytes:#x})"),
    };
    if call.returns_pointer() {
        format!("p{} = {called}", number.0)
    } else {
        called
    }
}

pub(super) fn variable(pointer: Pointer) -> String {
    match pointer {
        Pointer::Null => "NULL".to_owned(),
        Pointer::Of(CallNumber(number)) => format!("p{number}"),
    }
}

/// A place, without the offset when that is 0.
pub(super) fn place(place: Place) -> String {
    let (start, offset) = match place {
        Place::Null => return "NULL".to_owned(),
        Place::Elsewhere => return "elsewhere".to_owned(),
        Place::Heap(offset) => ("H".to_owned(), offset),
        Place::Mapping(number, offset) => (format!("M{}", number.0), offset),
    };
    match offset {
        0 => start,
        _ => format!("{start}+{offset:#x}"),
    }
}

pub(super) fn system_call(call: &SystemCall) -> String {
    match call {
        SystemCall::Brk { delta, failed } => {
            let sign = if *delta < 0 { '-' } else { '+' };
            let line = format!("brk {sign}{:#x}", delta.unsigned_abs());
            failed.map_or_else(|| line.clone(), |error| outcome(&line, &errno(error)))
        }
        SystemCall::Mmap { request, result } => {
            let result = match result {
                Ok(mapping) => format!("M{}", mapping.0),
                Err(error) => errno(*error),
            };
            outcome(&mapping_request(request), &result)
        }
        SystemCall::Munmap {
            start,
            length,
            failed,
        } => {
            let result = failed.map_or_else(|| "0".to_owned(), errno);
            outcome(&format!("munmap {} {length}", place(*start)), &result)
        }
    }
}

/// A system call with its result; the line's indentation is still to come.
fn outcome(call: &str, result: &str) -> String {
    const PADDED: usize = RESULT_COLUMN - INDENT.len() - 1;
    format!("{call:<PADDED$} = {result}")
}

fn mapping_request(request: &MapRequest) -> String {
    let mut line = format!("mmap {}", request.length);
    if request.hinted {
        line.push_str(" hint");
    }
    line.push(' ');
    line.push_str(&protection(request.protection));
    push_flags(&mut line, request.flags);
    if (request.descriptor, request.offset) != (-1, 0) {
        // Writing to a string cannot fail.
        let _ = write!(line, " fd {} off {}", request.descriptor, request.offset);
    }
    line
}

fn protection(bits: i32) -> String {
    let mut text = String::new();
    let mut known = 0;
    for &(bit, letter) in PROTECTIONS {
        known |= bit;
        if bits & bit != 0 {
            text.push(letter);
        }
    }
    push_other_bits(&mut text, "", bits, known);
    if text.is_empty() {
        text.push_str("none");
    }
    text
}

fn push_flags(line: &mut String, bits: i32) {
    let mut known = 0;
    for &(bit, word) in FLAGS {
        known |= bit;
        if bits & bit != 0 {
            line.push(' ');
            line.push_str(word);
        }
    }
    push_other_bits(line, " ", bits, known);
}

fn errno(Errno(number): Errno) -> String {
    match ERRNOS.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("errno {number}"),
    }
}

/// The heap, on as many lines as it needs. What is wrong with it stays on the last one.
fn push_layout(text: &mut String, layout: &Layout) {
    let (blocks, trouble) = match layout {
        Layout::Blocks(blocks) => (blocks, None),
        Layout::Undecodable { blocks, at, reason } => {
            let at = place(Place::Heap(*at));
            (blocks, Some(format!("? at {at}: {}", escape(reason))))
        }
    };
    let mut words: Vec<String> = blocks.iter().map(block).collect();
    words.extend(trouble);
    if words.is_empty() {
        words.push("-".to_owned());
    }
    push_wrapped(text, &words);
}

fn push_wrapped(text: &mut String, words: &[String]) {
    let mut line = format!("{INDENT}heap");
    let mut filled = false;
    for word in words {
        if filled && line.len() + 1 + word.len() > WIDTH {
            push_line(text, &line);
            CONTINUATION.clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
        filled = true;
    }
    push_line(text, &line);
}

fn block(block: &Block) -> String {
    let (size, letter) = (block.size, block.state.letter());
    match block.state {
        State::Unknown(status) => format!("{size}{letter}{status}"),
        _ => format!("{size}{letter}"),
    }
}

/// The last line.
pub(super) fn end(end: &End) -> String {
    let what = match end {
        End::Finished(status) => return format!("exit {status}"),
        End::NotLoaded { reason, crashed } => {
            let crashed = if *crashed { ", crashed" } else { "" };
            return format!("not loaded{crashed}: {}", escape(reason));
        }
        End::Exited { status, .. } => format!("exited with {status}"),
        End::Signal { name, touched, .. } => signal(name, touched.as_deref()),
        End::TimedOut { sleeping: true, .. } => "timed out sleeping".to_owned(),
        End::TimedOut { .. } => "timed out computing".to_owned(),
        End::Limit { resource, .. } => format!("limit {}", name(resource)),
        End::Forbidden { name, .. } => format!("forbidden {}", words::name(name)),
        End::Allocated {
            name, indirectly, ..
        } => {
            let how = if *indirectly { " indirectly" } else { "" };
            format!("allocated by {}{how}", words::name(name))
        }
        End::Missing { .. } => "missing function".to_owned(),
        End::Forged { reason, .. } => format!("forged {}", words::name(reason)),
    };
    end.moment().map_or_else(
        || what.clone(),
        |moment| format!("{what}, {}", when(moment)),
    )
}

fn signal(signal: &str, touched: Option<&str>) -> String {
    let mut line = format!("signal {}", name(signal));
    if let Some(touched) = touched {
        line.push_str(" touching ");
        line.push_str(&name(touched));
    }
    line
}

fn when(moment: &Moment) -> String {
    let phase = PHASES.iter().find(|(phase, _)| *phase == moment.phase);
    let phrase = phase.map_or("call", |(_, phrase)| phrase);
    let number = moment.number;
    match moment.call {
        Some(what) => format!("{phrase} {}: {}", number.0, call(number, what)),
        None => format!("{phrase} {}", number.0),
    }
}
