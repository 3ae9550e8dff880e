//! All sentences of verdicts, in one place. They stand without a full stop, and without the call's
//! number, which the report prints in front of them.

use super::ScenarioRun;
use super::sighting::{Contradiction, Sighting};
use super::situation::Situation;
use super::why::{Placed, Why};
use crate::types::{Call, CallNumber, Clause, End, Finding, Phase, Place, Pointer, Transcript};

/// The clauses and the sentence of a difference. `special` is the clause that rules this very call,
/// where there is one; it is named first.
pub(super) fn tell(
    situation: &Situation<'_>,
    special: Option<Clause>,
    (clauses, why): (Vec<Clause>, Why),
) -> (Vec<Clause>, String) {
    let clauses = led_by(special, clauses);
    let text = format!("{} {}", call(situation.call), explanation(situation, &why));
    let sentence = cite(&text, &clauses);
    (clauses, sentence)
}

/// The clauses with the special one in front.
pub(super) fn led_by(special: Option<Clause>, clauses: Vec<Clause>) -> Vec<Clause> {
    let others = clauses
        .into_iter()
        .filter(|&clause| Some(clause) != special);
    special.into_iter().chain(others).collect()
}

/// The text with the clauses behind it.
pub(super) fn cite(text: &str, clauses: &[Clause]) -> String {
    let numbers: Vec<&str> = clauses.iter().map(|clause| clause.number()).collect();
    if numbers.is_empty() {
        text.to_owned()
    } else {
        format!("{text} ({})", numbers.join(", "))
    }
}

fn explanation(situation: &Situation<'_>, why: &Why) -> String {
    let needed = situation.aligned();
    match why {
        Why::NoPreallocation { seen } => {
            let expected = situation.profile.preallocation;
            match seen {
                Some(delta) => format!(
                    "moves the break by {delta} bytes; the first use of the heap preallocates {expected}"
                ),
                None => format!(
                    "does not move the break; the first use of the heap preallocates {expected} bytes"
                ),
            }
        }
        Why::MappedInsteadOfHeap | Why::HeapInsteadOfMapping => of_source(situation, why),
        Why::WrongMapRequest { expected, seen } if expected != seen => {
            format!("maps {seen} bytes; header and payload take {expected}")
        }
        Why::WrongMapRequest { .. } => {
            "maps with other arguments than a private anonymous mapping has".to_owned()
        }
        Why::NotUnmapped | Why::WrongUnmap { .. } | Why::NeedlessUnmap => {
            of_unmapping(situation, why)
        }
        Why::BreakMovedForMapping { by } => {
            format!("moves the break by {by} bytes and maps as well; a mapped block needs no heap")
        }
        Why::BreakMovedDown { by } => {
            format!("moves the break down by {by} bytes; heap memory is never given back")
        }
        Why::BreakMovedThoughFits { .. }
        | Why::BreakMovedThoughCoalesced { .. }
        | Why::BreakMovedInPlace
        | Why::BreakMovedForNothing { .. }
        | Why::WrongGrowth { .. }
        | Why::NotGrown { .. } => of_break(situation, why, needed),
        Why::OtherSystemCalls => "makes other system calls than it must".to_owned(),
        Why::NotRefused | Why::Refused | Why::OtherPlace => of_result(situation, why),
        Why::OtherBlock { seen, best } => format!(
            "took the block at {} with {} bytes; best fit is the one at {} with {} bytes",
            payload(situation, *seen),
            seen.1.size,
            payload(situation, *best),
            best.1.size
        ),
        Why::NotCoalescedBlock { seen, best } => format!(
            "took the block at H+{seen:#x}; with adjacent free blocks coalesced, best fit is the one at {} with {} bytes",
            payload(situation, *best),
            best.1.size
        ),
        Why::MovedThough => of_move(situation),
        Why::StayedInPlace => format!(
            "keeps the block at {}; it must move to {}",
            place(situation.old),
            result(situation.expected.result)
        ),
        Why::OverlapsOld => format!(
            "moves the block at {} to {}, over its old place, which is in use until the copy is done",
            place(situation.old),
            result(situation.seen().result)
        ),
        _ => of_layout(situation, why, needed),
    }
}

fn of_source(situation: &Situation<'_>, why: &Why) -> String {
    let profile = situation.profile;
    let total = profile.total(situation.size()).unwrap_or(u64::MAX);
    let threshold = if matches!(situation.call, Call::Calloc { .. }) {
        profile.page
    } else {
        profile.mmap_threshold
    };
    match why {
        Why::MappedInsteadOfHeap => {
            format!("maps; {total} bytes with the header stay in the heap (threshold {threshold})")
        }
        _ => format!(
            "does not map; {total} bytes with the header are mapped (threshold {threshold})"
        ),
    }
}

fn of_unmapping(situation: &Situation<'_>, why: &Why) -> String {
    match why {
        Why::WrongUnmap { start, .. } if !matches!(start, Place::Mapping(_, 0)) => {
            format!("unmaps from {} instead of from the header", place(*start))
        }
        Why::WrongUnmap { expected, seen, .. } => {
            format!("unmaps {seen} bytes of a mapping of {expected}")
        }
        Why::NotUnmapped => {
            let length = situation.old_mapping.unwrap_or(0);
            format!("does not unmap its mapping of {length} bytes")
        }
        _ => "unmaps although no mapped block ends with it".to_owned(),
    }
}

fn of_break(situation: &Situation<'_>, why: &Why, needed: u64) -> String {
    match why {
        Why::BreakMovedThoughFits { block } => format!(
            "moves the break although the free block at {} with {} bytes is large enough",
            payload(situation, *block),
            block.1.size
        ),
        Why::BreakMovedThoughCoalesced { block } => format!(
            "moves the break although the free blocks from {} on make one of {} bytes when coalesced",
            payload(situation, *block),
            block.1.size
        ),
        Why::BreakMovedInPlace => format!(
            "moves the break although the block at {} can have {needed} bytes where it is",
            place(situation.old)
        ),
        Why::WrongGrowth { expected, seen } => {
            format!("moves the break by {seen} bytes; {expected} are missing")
        }
        Why::NotGrown { expected } => {
            format!(
                "does not move the break; no free block has {needed} bytes, {expected} are missing"
            )
        }
        Why::BreakMovedForNothing { by } => {
            format!("moves the break by {by} bytes; it needs none from it")
        }
        _ => String::new(),
    }
}

fn of_result(situation: &Situation<'_>, why: &Why) -> String {
    let seen = result(situation.seen().result);
    let expected = result(situation.expected.result);
    match why {
        Why::NotRefused => format!("returns {seen}; it must return NULL"),
        Why::Refused => format!("returns NULL; it must return {expected}"),
        _ => format!("returns {seen}; it must return {expected}"),
    }
}

fn of_move(situation: &Situation<'_>) -> String {
    use crate::model::How;
    let old = place(situation.old);
    let needed = situation.aligned();
    let reason = match situation.account.how {
        How::Kept => format!("it already has {needed} bytes or more"),
        How::GrewLast => "it is the last one and grows with the break".to_owned(),
        _ => format!("with the free blocks behind it there are {needed} bytes or more"),
    };
    format!(
        "moves the block at {old} to {}; {reason}",
        result(situation.seen().result)
    )
}

fn of_layout(situation: &Situation<'_>, why: &Why, needed: u64) -> String {
    let at = |start: u64| format!("H+{:#x}", start + situation.profile.header);
    match why {
        Why::Undecodable { at, reason } => {
            format!("leaves a heap whose headers make no sense at H+{at:#x}: {reason}")
        }
        Why::Unlinked => "leaves blocks that are not linked in address order".to_owned(),
        Why::NotSplit { block, seen } => format!(
            "keeps {seen} bytes in the block at {}; it needs {needed}, the rest must be split off",
            payload(situation, *block)
        ),
        Why::SplitTooSmall { block, seen } => format!(
            "leaves {seen} bytes in the block at {}; it must have {}",
            payload(situation, *block),
            block.1.size
        ),
        Why::NotMarkedFree { start, size } => {
            format!(
                "leaves the block at {} with {size} bytes used; it must be free",
                at(*start)
            )
        }
        Why::NotMarkedUsed { start, size } => {
            format!(
                "leaves the block at {} with {size} bytes free; it must be used",
                at(*start)
            )
        }
        Why::NotCoalesced {
            start,
            expected,
            seen,
        } => format!(
            "leaves a free block of {seen} bytes at {}; merged with what is behind it, it has {expected}",
            at(*start)
        ),
        Why::CoalescedTooMuch {
            start,
            expected,
            seen,
        } => format!(
            "makes a free block of {seen} bytes at {}; it must have {expected}",
            at(*start)
        ),
        Why::OtherLayout { start } => {
            format!("leaves other blocks than it must from {} on", at(*start))
        }
        _ => String::new(),
    }
}

/// A finding in memory after the call of this number, without clauses.
pub(super) fn finding(calls: &[Call], number: CallNumber, finding: &Finding) -> String {
    let called = |number: CallNumber| calls.get((number.0 as usize).wrapping_sub(1));
    let made = called(number).map_or_else(|| "the call".to_owned(), call);
    match finding {
        Finding::PayloadChanged { block, offset } => match called(*block) {
            Some(Call::MoveBreak { .. }) => {
                format!(
                    "after {made} byte {offset} of the memory that somebody else got from the break has changed"
                )
            }
            _ => format!("after {made} byte {offset} of p{} has changed", block.0),
        },
        Finding::NotKept { offset } => format!("{made} does not keep byte {offset}"),
        Finding::NotZero { offset } => {
            format!("{made} returns memory whose byte {offset} is not zero")
        }
        Finding::Misaligned => format!("{made} returns a pointer that is not aligned"),
        Finding::OutOfBounds => {
            format!("{made} returns a block that reaches outside heap and mappings")
        }
        Finding::Overlap { other } => format!("{made} returns a block that overlaps p{}", other.0),
        Finding::Header { block, reason } => {
            format!("after {made} the header of p{} is wrong: {reason}", block.0)
        }
        Finding::Links { at, reason } => {
            format!("after {made} the list is wrong at H+{at:#x}: {reason}")
        }
    }
}

/// How the run ended, and in which call.
pub(super) fn end(run: &ScenarioRun<'_>) -> String {
    let transcript = run.transcript;
    let how = match &transcript.end {
        End::Finished(0) => {
            let made = transcript.steps.len();
            format!("{made} of {} calls were made", run.calls.len())
        }
        End::Finished(status) => {
            format!("the process exits with status {status} after the last call")
        }
        End::Exited { status, .. }
            if *status != 0 && run.injection.environment.is_harsh() && !run.injection.message =>
        {
            format!("the process exits with status {status} and no message on standard error")
        }
        End::Exited { status, .. } => format!("the process exits with status {status}"),
        End::Signal { name, fault, .. } => match fault {
            Some(fault) => format!("the process is ended by {name}, touching {fault}"),
            None => format!("the process is ended by {name}"),
        },
        End::TimedOut { sleeping: true, .. } => "the process sleeps and does not end".to_owned(),
        End::TimedOut {
            sleeping: false, ..
        } => "the process does not end".to_owned(),
        End::Limit { resource, .. } => format!("the process uses more {resource} than it may"),
        End::Forbidden { name, .. } => {
            format!("the process makes the system call {name}, which no allocator needs,")
        }
        End::Allocated {
            name,
            indirectly: false,
            ..
        } => format!("the process calls the C library's {name}"),
        End::Allocated { name, .. } => {
            format!("the process uses a function of the C library that calls {name}")
        }
        End::Missing { .. } => return format!("the library has no {}", missing(transcript)),
        End::Forged { reason, .. } => {
            format!("the process reports calls that were not made ({reason})")
        }
        End::NotLoaded { reason, .. } => format!("the library does not load: {reason}"),
    };
    match transcript.end.moment() {
        Some(moment) => format!("{how} {}", when(moment.phase, moment.call.as_ref())),
        None => how,
    }
}

fn missing(transcript: &Transcript) -> &'static str {
    let call = transcript.end.moment().and_then(|moment| moment.call);
    call.map_or("function of that name", |call| call.function())
}

fn when(phase: Phase, made: Option<&Call>) -> String {
    let made = made.map_or_else(|| "a call".to_owned(), call);
    match phase {
        Phase::InCall => format!("in {made}"),
        Phase::Verifying => format!("while live payloads are read after {made}"),
        Phase::Filling => format!("while the payload of {made} is written"),
        Phase::Starting => "before the first call".to_owned(),
        Phase::Ending => "after the last call".to_owned(),
    }
}

impl Contradiction {
    /// The contradiction as a sentence without a full stop. `runs` are those that were judged.
    #[must_use]
    pub fn sentence(&self, runs: &[ScenarioRun<'_>]) -> String {
        contradiction(runs, self)
    }
}

/// Two calls that contradict each other.
fn contradiction(runs: &[ScenarioRun<'_>], contradiction: &Contradiction) -> String {
    let Contradiction { axis, one, other } = contradiction;
    let one_does = if one.size.is_some() {
        "maps"
    } else {
        "chooses one way"
    };
    let other_does = if other.size.is_some() {
        "does not"
    } else {
        "the other way"
    };
    format!(
        "{} {one_does}, {} {other_does} ({})",
        sighted(runs, one),
        sighted(runs, other),
        axis.number()
    )
}

fn sighted(runs: &[ScenarioRun<'_>], sighting: &Sighting) -> String {
    let Some(run) = runs.get(sighting.run) else {
        return format!("call {}", sighting.call.0);
    };
    let index = usize::try_from(sighting.call.0).ok();
    let made = index.and_then(|number| run.calls.get(number.checked_sub(1)?));
    let made = made.map_or_else(|| "the end".to_owned(), call);
    format!("{made} in call {} of {}", sighting.call.0, run.stem)
}

/// A call as a script shows it, such as `os_realloc(p3, 200)`.
#[must_use]
pub(super) fn call(call: &Call) -> String {
    let function = call.function();
    match call {
        Call::Malloc { size } => format!("{function}({size})"),
        Call::Calloc { count, size } => format!("{function}({count}, {size})"),
        Call::Realloc { pointer, size } => format!("{function}({}, {size})", name(*pointer)),
        Call::Free { pointer } => format!("{function}({})", name(*pointer)),
        Call::MoveBreak { bytes } => format!("{function} +{bytes}"),
    }
}

fn name(pointer: Pointer) -> String {
    match pointer {
        Pointer::Null => "NULL".to_owned(),
        Pointer::Of(number) => format!("p{}", number.0),
    }
}

fn payload(situation: &Situation<'_>, (start, _): Placed) -> String {
    place(Place::Heap(start + situation.profile.header))
}

fn result(place_or_nothing: Option<Place>) -> String {
    place_or_nothing.map_or_else(|| "nothing".to_owned(), place)
}

fn place(place: Place) -> String {
    match place {
        Place::Null => "NULL".to_owned(),
        Place::Heap(offset) => format!("H+{offset:#x}"),
        Place::Mapping(number, offset) => format!("M{}+{offset:#x}", number.0),
        Place::Elsewhere => "a pointer outside heap and mappings".to_owned(),
    }
}
