//! Which clause a difference breaks, and why: from the call, the heap before it, what was to
//! happen and what did.

mod layout;
mod placement;
mod system_calls;

pub(super) use layout::of_layout;
pub(super) use placement::of_placement;
pub(super) use system_calls::of_system_calls;

use super::{ScenarioRun, wording};
use crate::types::{Call, CallNumber, Clause, End, Finding, Pointer};

/// The clause that a finding in memory breaks.
pub(super) const fn clause_of(finding: &Finding) -> Clause {
    match finding {
        Finding::PayloadChanged { .. } => Clause::E4,
        Finding::NotKept { .. } => Clause::A11,
        Finding::NotZero { .. } => Clause::A4,
        Finding::Misaligned | Finding::OutOfBounds | Finding::Overlap { .. } => Clause::A18,
        Finding::Header { .. } => Clause::B1,
        Finding::Links { .. } => Clause::B2,
    }
}

/// The call in progress at the end of the run, or the last one.
pub(super) fn moment(run: &ScenarioRun<'_>) -> CallNumber {
    run.transcript.end.moment().map_or_else(
        || CallNumber(u32::try_from(run.transcript.steps.len()).unwrap_or(u32::MAX)),
        |moment| moment.number,
    )
}

/// The clauses that such an end breaks.
pub(super) fn clauses_of_end(run: &ScenarioRun<'_>) -> Vec<Clause> {
    let end = &run.transcript.end;
    let special = end
        .moment()
        .and_then(|moment| special_clause(run.calls, moment.number));
    match end {
        End::Forbidden { name, .. } if is_for_memory(name) => vec![Clause::E1],
        // No clause speaks of the others: it is the sandbox that lets nobody make them.
        End::Forbidden { .. } => Vec::new(),
        End::Allocated { .. } => vec![Clause::E2],
        End::Missing { moment } => vec![clause_of_function(moment.call.as_ref())],
        End::NotLoaded { crashed: false, .. } => Vec::new(),
        _ if run.injection.environment.is_harsh() => vec![Clause::E3],
        _ => wording::led_by(special, vec![Clause::E4]),
    }
}

/// System calls that get, give back or change memory, and are none of the three that may.
fn is_for_memory(name: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "mremap",
        "mprotect",
        "madvise",
        "msync",
        "mlock",
        "mlockall",
        "remap_file_pages",
        "shmat",
        "memfd_create",
    ];
    OTHERS.contains(&name)
}

/// The clause that rules a call by itself: sizes of zero, NULL, a block that is free already, or a
/// break that somebody else has moved before.
pub(super) fn special_clause(calls: &[Call], number: CallNumber) -> Option<Clause> {
    let index = (number.0 as usize).checked_sub(1)?;
    let foreign = |call: &Call| matches!(call, Call::MoveBreak { .. });
    match *calls.get(index)? {
        _ if calls[..=index].iter().any(foreign) => Some(Clause::E5),
        Call::Malloc { size: 0 } => Some(Clause::A1),
        Call::Calloc { count, size } => match count.checked_mul(size) {
            Some(0) => Some(Clause::A3),
            Some(_) => None,
            None => Some(Clause::A5),
        },
        Call::Free {
            pointer: Pointer::Null,
        } => Some(Clause::A6),
        Call::Realloc { size: 0, .. } => Some(Clause::A9),
        Call::Realloc {
            pointer: pointer @ Pointer::Of(_),
            ..
        } if is_freed(&calls[..index], pointer) => Some(Clause::A10),
        _ => None,
    }
}

fn is_freed(calls: &[Call], block: Pointer) -> bool {
    calls.iter().any(|call| match *call {
        Call::Free { pointer } | Call::Realloc { pointer, size: 0 } => pointer == block,
        _ => false,
    })
}

/// The clause that first asks for a function.
const fn clause_of_function(call: Option<&Call>) -> Clause {
    match call {
        Some(Call::Malloc { .. }) => Clause::A2,
        Some(Call::Calloc { .. }) => Clause::A4,
        Some(Call::Realloc { .. }) => Clause::A9,
        Some(Call::Free { .. }) => Clause::A7,
        Some(Call::MoveBreak { .. }) | None => Clause::E4,
    }
}
