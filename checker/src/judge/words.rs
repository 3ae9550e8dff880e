//! What is wrong with a call, in words: from the reasons of what it should have done, and from what
//! it did. Sentences have no full stop, and name the clause at their end.

use super::call::{Aspect, Sight};
use crate::spec::{Block, Cut, Question, Reason, Request, Stepped};
use crate::types::{
    Call, CallNumber, Clause, End, Finding, MapRequest, Phase, Place, Pointer, Profile, SystemCall,
};

/// What is wrong with a call: the clause that it breaks, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The clause.
    pub clause: Clause,
    /// The sentence, which ends with the clause's number.
    pub sentence: String,
}

impl Complaint {
    fn new(clause: Clause, text: &str) -> Self {
        Self {
            clause,
            sentence: format!("{text} ({clause})"),
        }
    }
}

/// Words for a call that is wrong.
pub(super) struct Words<'a> {
    pub(super) profile: &'a Profile,
    pub(super) calls: &'a [Call],
    pub(super) number: CallNumber,
    pub(super) sight: &'a Sight<'a>,
    /// What the call should have done.
    pub(super) due: &'a Stepped,
}

impl Words<'_> {
    pub(super) fn complaint(&self, aspect: Aspect) -> Complaint {
        match aspect {
            Aspect::Safety => self.of_safety(),
            Aspect::End => self.of_end(),
            Aspect::SystemCalls => self.of_system_calls(),
            Aspect::Result => self.of_result(),
            Aspect::Heap => self.of_heap(),
            Aspect::Mapping => self.of_mapping(),
            Aspect::Choice => self.conflict(&[]),
        }
    }

    /// A call that is right by a choice which most other calls exclude.
    pub(super) fn conflict(&self, ways: &[super::call::Answers]) -> Complaint {
        let question = ways.iter().flatten().map(|(question, _)| *question).next();
        let (clause, axis) = match question {
            Some(Question::StaysBelow(cut, _)) => {
                (Reason::Threshold(cut, true).clause(), cut.axis())
            }
            Some(Question::On(axis)) => (Clause::A13, axis.number()),
            _ => (Clause::A2, "V1"),
        };
        let settled = axis[1..].parse().is_ok_and(|k| self.profile.settles(k));
        let others = match settled {
            true => "the course has settled",
            false => "most calls",
        };
        self.say(
            clause,
            &format!("makes a different choice than {others}, {axis}"),
        )
    }

    fn made(&self) -> String {
        let call = self.calls.get((self.number.0 as usize).wrapping_sub(1));
        call.map_or_else(|| "the call".to_owned(), call_text)
    }

    fn say(&self, clause: Clause, text: &str) -> Complaint {
        Complaint::new(clause, &format!("{} {text}", self.made()))
    }

    /// The last clause that decided something and that fits.
    fn clause(&self, fits: impl Fn(&Reason) -> bool, otherwise: Clause) -> Clause {
        let reasons = &self.due.reasons;
        let found = reasons.iter().rev().find(|reason| fits(reason));
        found.map_or(otherwise, |reason| reason.clause())
    }

    fn of_safety(&self) -> Complaint {
        let Some(finding) = self.sight.findings.first() else {
            return self.say(Clause::E4, "damages memory");
        };
        let (clause, text) = self.finding(finding);
        Complaint::new(clause, &text)
    }

    fn finding(&self, finding: &Finding) -> (Clause, String) {
        let made = self.made();
        match finding {
            Finding::PayloadChanged { block, offset } => {
                let index = (block.0 as usize).wrapping_sub(1);
                let whose = match self.calls.get(index) {
                    Some(Call::MoveBreak { .. }) => {
                        "the memory that belongs to other code, which moved the break,".to_owned()
                    }
                    _ => format!("p{}", block.0),
                };
                (
                    Clause::E4,
                    format!("after {made} byte {offset} of {whose} has changed"),
                )
            }
            Finding::NotKept { offset } => {
                (Clause::A11, format!("{made} does not keep byte {offset}"))
            }
            Finding::NotZero { offset } => (
                Clause::A4,
                format!("{made} returns memory whose byte {offset} is not zero"),
            ),
            Finding::Misaligned => (
                Clause::A18,
                format!("{made} returns a pointer that is not aligned"),
            ),
            Finding::OutOfBounds => (
                Clause::A18,
                format!("{made} returns a block that extends past the end of its memory"),
            ),
            Finding::Overlap { other } => (
                Clause::A18,
                format!("{made} returns a block that overlaps p{}", other.0),
            ),
        }
    }

    fn of_end(&self) -> Complaint {
        let Some(end) = self.sight.end else {
            return self.say(Clause::E4, "does not return");
        };
        let failed = self.sight.system_calls.iter().any(crate::spec::has_failed);
        let unchecked = failed && self.sight.injected;
        let clause = if unchecked {
            Clause::E3
        } else {
            clause_of_end(end)
        };
        let mut text = end_text(end, self.sight.message);
        if unchecked {
            text = format!("after a system call has failed, {text}");
        }
        Complaint::new(clause, &text)
    }

    fn of_system_calls(&self) -> Complaint {
        if let Request::Realloc {
            target: target @ Place::Mapping(..),
            size: 1..,
        } = self.sight.request
            && self.sight.result == Some(target)
        {
            let text = format!("keeps the mapped block at {}; it must move", place(target));
            return self.say(Clause::A17, &text);
        }
        let (due, seen) = (&self.due.system_calls, self.sight.system_calls);
        let differing = due.iter().zip(seen).position(|(one, other)| {
            !super::call::same_system_calls(std::slice::from_ref(one), std::slice::from_ref(other))
        });
        let at = differing.unwrap_or(due.len().min(seen.len()));
        match (due.get(at), seen.get(at)) {
            (Some(SystemCall::Brk { delta, .. }), Some(SystemCall::Brk { delta: by, .. })) => {
                self.of_growth(*delta, *by)
            }
            (Some(SystemCall::Brk { .. }), Some(SystemCall::Mmap { .. })) => {
                self.of_threshold(true)
            }
            (Some(SystemCall::Mmap { .. }), Some(SystemCall::Brk { .. }) | None) => {
                self.of_threshold(false)
            }
            (Some(SystemCall::Brk { delta, .. }), _) => self.of_missing_growth(*delta),
            (
                Some(SystemCall::Mmap { request, .. }),
                Some(SystemCall::Mmap { request: asked, .. }),
            ) => self.of_request(request, asked),
            (
                Some(SystemCall::Munmap { length, .. }),
                Some(SystemCall::Munmap {
                    start,
                    length: given,
                    ..
                }),
            ) => match start {
                Place::Mapping(_, 0) => self.say(
                    self.unmapping_clause(),
                    &format!("unmaps {given} bytes of a mapping of {length}"),
                ),
                _ => self.say(
                    self.unmapping_clause(),
                    &format!(
                        "unmaps from {}; it must unmap from the header",
                        place(*start)
                    ),
                ),
            },
            (Some(SystemCall::Munmap { length, .. }), _) => self.say(
                self.unmapping_clause(),
                &format!("does not unmap its mapping of {length} bytes"),
            ),
            (None, Some(SystemCall::Brk { delta, .. })) => self.of_needless_growth(*delta),
            (None, Some(SystemCall::Mmap { .. })) => self.of_threshold(true),
            (None, Some(SystemCall::Munmap { .. })) => self.say(
                Clause::D2,
                "unmaps memory although it frees no mapped block",
            ),
            _ => self.say(Clause::E1, "makes the wrong system calls"),
        }
    }

    fn unmapping_clause(&self) -> Clause {
        match self.sight.request {
            Request::Realloc { size: 1.., .. } => Clause::A17,
            _ => Clause::A8,
        }
    }

    fn of_growth(&self, due: i64, seen: i64) -> Complaint {
        let grows = |reason: &Reason| {
            matches!(
                reason,
                Reason::Preallocated(_)
                    | Reason::Extended(_)
                    | Reason::Appended(_)
                    | Reason::GrewLast(_)
            )
        };
        if self
            .due
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Preallocated(_)))
        {
            let text = format!(
                "moves the break by {seen} bytes; the first use of the heap preallocates {due}"
            );
            return self.say(Clause::C1, &text);
        }
        if self.due.reasons.contains(&Reason::MergedInVain) {
            let text = format!(
                "moves the break by {seen} bytes for a block that is still too small after merging; the block must move"
            );
            return self.say(Clause::A16, &text);
        }
        let text = format!("moves the break by {seen} bytes; it must move it by {due}");
        self.say(self.clause(grows, Clause::C7), &text)
    }

    fn of_missing_growth(&self, due: i64) -> Complaint {
        let grows = |reason: &Reason| {
            matches!(
                reason,
                Reason::Preallocated(_)
                    | Reason::Extended(_)
                    | Reason::Appended(_)
                    | Reason::GrewLast(_)
            )
        };
        let text = format!("does not move the break; it must move it by {due} bytes");
        self.say(self.clause(grows, Clause::C7), &text)
    }

    fn of_needless_growth(&self, by: i64) -> Complaint {
        if by < 0 {
            let text = format!(
                "moves the break down by {} bytes; heap memory is never given back",
                -by
            );
            return self.say(Clause::A7, &text);
        }
        let mut reasons = self.due.reasons.iter().rev();
        let decisive = reasons.find(|reason| {
            matches!(
                reason,
                Reason::Took(_) | Reason::Kept | Reason::Merged(_) | Reason::Mapped
            )
        });
        match decisive {
            Some(Reason::Took(block)) => {
                let text = format!(
                    "moves the break although the free block at {} with {} bytes is large enough",
                    self.payload(block),
                    block.size
                );
                let before = self.sight.before.heap.at(block.start);
                let whole =
                    before.is_some_and(|at| self.sight.before.heap.blocks[at].size == block.size);
                match whole {
                    true => self.say(Clause::C5, &text),
                    false => self.say(
                        Clause::C3,
                        &format!(
                            "moves the break although the free blocks from {} on, when coalesced, are one block of {} bytes",
                            self.payload(block),
                            block.size
                        ),
                    ),
                }
            }
            Some(Reason::Kept) => self.say(
                Clause::A12,
                "moves the break although the block is large enough",
            ),
            Some(Reason::Merged(_)) => self.say(
                Clause::A15,
                "moves the break although the block is large enough with the free blocks after it",
            ),
            Some(Reason::Mapped) => self.say(
                Clause::D1,
                "moves the break for a block that must be mapped",
            ),
            _ => self.say(
                self.clause(|_| true, Clause::C5),
                &format!("moves the break by {by} bytes; it must not move it"),
            ),
        }
    }

    fn of_threshold(&self, mapped: bool) -> Complaint {
        let stays = |reason: &Reason| matches!(reason, Reason::Kept);
        if mapped && self.due.reasons.iter().any(stays) {
            return self.say(
                Clause::A12,
                "maps a new block; the old block is large enough",
            );
        }
        let looked = |reason: &Reason| matches!(reason, Reason::Threshold(..));
        let clause = self.clause(looked, Clause::A2);
        let cut = self
            .due
            .reasons
            .iter()
            .rev()
            .find_map(|reason| match reason {
                Reason::Threshold(cut, _) => Some(*cut),
                _ => None,
            });
        let threshold = match cut {
            Some(Cut::Calloc) => self.profile.page,
            _ => self.profile.mmap_threshold,
        };
        let total = self
            .asked()
            .and_then(|size| self.profile.total(size))
            .unwrap_or(0);
        let text = match mapped {
            true => format!(
                "maps; {total} bytes with the header must come from the heap (threshold {threshold})"
            ),
            false => format!(
                "does not map; {total} bytes with the header must be mapped (threshold {threshold})"
            ),
        };
        self.say(clause, &text)
    }

    fn of_request(&self, due: &MapRequest, seen: &MapRequest) -> Complaint {
        let text = match due.length == seen.length {
            true => "maps with wrong arguments; the mapping must be private, anonymous, readable and writable".to_owned(),
            false => format!(
                "maps {} bytes; header and payload need {}",
                seen.length, due.length
            ),
        };
        self.say(Clause::D1, &text)
    }

    fn of_result(&self) -> Complaint {
        let (due, seen) = (self.due.result, self.sight.result);
        let (Some(due), Some(seen)) = (due, seen) else {
            return self.say(Clause::E4, "returns nothing");
        };
        let refusing = |reason: &Reason| {
            matches!(
                reason,
                Reason::Zero
                    | Reason::Overflow
                    | Reason::NoMemory
                    | Reason::ReallocZero
                    | Reason::ReallocOfFree
            )
        };
        if due == Place::Null {
            let text = format!("returns {}; it must return NULL", place(seen));
            return self.say(self.clause(refusing, Clause::E3), &text);
        }
        let last = |reason: &Reason| {
            matches!(
                reason,
                Reason::Took(_)
                    | Reason::Kept
                    | Reason::GrewLast(_)
                    | Reason::Merged(_)
                    | Reason::Extended(_)
                    | Reason::Appended(_)
                    | Reason::Moved(_)
                    | Reason::MovedMapping
                    | Reason::Mapped
            )
        };
        let clause = self.clause(last, Clause::A18);
        if seen == Place::Null {
            return self.say(
                clause,
                &format!("returns NULL; it must return {}", place(due)),
            );
        }
        self.of_place(due, seen, clause)
    }

    fn of_place(&self, due: Place, seen: Place, clause: Clause) -> Complaint {
        let header = self.profile.header;
        let blocks = &self.sight.before.heap.blocks;
        let taken = |place: Place| match place {
            Place::Heap(payload) => blocks.at(payload.wrapping_sub(header)).map(|at| blocks[at]),
            _ => None,
        };
        let best = self
            .due
            .reasons
            .iter()
            .rev()
            .find_map(|reason| match reason {
                Reason::Took(block) => Some(*block),
                _ => None,
            });
        let old = match self.sight.request {
            Request::Realloc { target, .. } => target,
            _ => Place::Null,
        };
        if old != Place::Null && due == old {
            let why = match self.due.reasons.iter().rev().find(|reason| {
                matches!(
                    reason,
                    Reason::Kept | Reason::GrewLast(_) | Reason::Merged(_)
                )
            }) {
                Some(Reason::Kept) => "it is large enough",
                Some(Reason::GrewLast(_)) => "it is the last one and grows with the break",
                _ => "with the free blocks after it, it is large enough",
            };
            let text = format!(
                "moves the block at {} to {}; {why}",
                place(old),
                place(seen)
            );
            return self.say(clause, &text);
        }
        if old != Place::Null && seen == old {
            let text = format!(
                "keeps the block at {}; it must move to {}",
                place(old),
                place(due)
            );
            let moved = |reason: &Reason| matches!(reason, Reason::Moved(_) | Reason::MovedMapping);
            return self.say(self.clause(moved, clause), &text);
        }
        match (best, taken(seen)) {
            (Some(best), Some(block)) if block.free => {
                let text = format!(
                    "takes the block at {} with {} bytes; best fit is the block at {} with {} bytes",
                    place(seen),
                    block.size,
                    self.payload(&best),
                    best.size
                );
                self.say(Clause::C4, &text)
            }
            _ => self.say(
                clause,
                &format!("returns {}; it must return {}", place(seen), place(due)),
            ),
        }
    }

    fn of_heap(&self) -> Complaint {
        let header = self.profile.header;
        let due = self.due.after.heap.merged(header);
        let seen = self
            .sight
            .after
            .as_ref()
            .map(|after| after.heap.merged(header));
        let seen = seen.unwrap_or_default();
        let pairs = due.iter().zip(&seen);
        let same = pairs.take_while(|(one, other)| {
            one.start == other.start && one.free == other.free && one.size == other.size
        });
        let at = same.count();
        let split = |reason: &Reason| matches!(reason, Reason::Split(_) | Reason::NotSplit);
        let splits = self
            .due
            .reasons
            .iter()
            .any(|it| matches!(it, Reason::Split(_)));
        let ruling = self.clause(
            |reason| {
                !matches!(
                    reason,
                    Reason::Threshold(..) | Reason::Copied | Reason::Zeroed
                )
            },
            Clause::B2,
        );
        match (due.get(at), seen.get(at)) {
            (Some(one), Some(other)) if one.start == other.start && one.free && !other.free => {
                let text = format!(
                    "leaves the block at {} with {} bytes marked used; it must be free",
                    self.payload(other),
                    other.size
                );
                let clause = match splits {
                    true => Clause::C6,
                    false => ruling,
                };
                self.say(clause, &text)
            }
            (Some(one), Some(other)) if one.start == other.start && other.free && !one.free => {
                let text = format!(
                    "leaves the block at {} with {} bytes marked free; it is in use",
                    self.payload(other),
                    other.size
                );
                self.say(Clause::B1, &text)
            }
            (Some(one), Some(other)) if one.start == other.start => {
                let what = match (splits, other.size > one.size) {
                    (true, true) if !one.free => "the rest must be split off",
                    _ => "it must have",
                };
                let text = match what {
                    "it must have" => format!(
                        "leaves {} bytes in the block at {}; it must have {}",
                        other.size,
                        self.payload(other),
                        one.size
                    ),
                    _ => format!(
                        "keeps {} bytes in the block at {}; it needs {}; {what}",
                        other.size,
                        self.payload(other),
                        one.size
                    ),
                };
                self.say(self.clause(split, ruling), &text)
            }
            (Some(one), _) => {
                let text = format!(
                    "leaves no header at H+{:#x}, where a {} block of {} bytes must begin; these bytes are lost",
                    one.start,
                    if one.free { "free" } else { "used" },
                    one.size
                );
                self.say(self.clause(split, Clause::B2), &text)
            }
            (None, Some(other)) => {
                let text = format!(
                    "leaves a block at {}, where no block may be",
                    self.payload(other)
                );
                self.say(ruling, &text)
            }
            (None, None) => self.say(Clause::A7, "leaves the break in the wrong place"),
        }
    }

    fn of_mapping(&self) -> Complaint {
        let seen = self.sight.after.iter().flat_map(|after| &after.mappings);
        for mapping in seen {
            let Some(due) = self.due.after.mapping(mapping.number) else {
                continue;
            };
            let number = mapping.number.0;
            if due.status != mapping.status {
                let text = format!(
                    "leaves the wrong status in the header of mapping M{number}; expected {} (mapped)",
                    self.profile.statuses[2]
                );
                return self.say(Clause::D1, &text);
            }
            if self.profile.align(due.size) != self.profile.align(mapping.size) {
                let text = format!(
                    "leaves size {} in the header of mapping M{number}; its payload has {} bytes",
                    mapping.size, due.size
                );
                return self.say(Clause::B1, &text);
            }
        }
        self.say(Clause::B1, "leaves a wrong header in a mapping")
    }

    fn asked(&self) -> Option<u64> {
        match self.sight.request {
            Request::Malloc { size } | Request::Realloc { size, .. } => Some(size),
            Request::Calloc { count, size } => count.checked_mul(size),
            _ => None,
        }
    }

    fn payload(&self, block: &Block) -> String {
        format!("H+{:#x}", block.start + self.profile.header)
    }
}

/// The clause that an end of the process breaks.
#[must_use]
pub fn clause_of_end(end: &End) -> Clause {
    match end {
        End::Forbidden { .. } => Clause::E1,
        End::Allocated { .. } => Clause::E2,
        _ => Clause::E4,
    }
}

/// How the run ended, and in which call.
#[must_use]
pub fn end_text(end: &End, message: bool) -> String {
    let how = match end {
        End::Finished(0) => "the process ends before all calls are made".to_owned(),
        End::Finished(status) => {
            format!("the process exits with status {status} after the last call")
        }
        End::Exited { status, .. } if *status != 0 && !message => {
            format!("the process exits with status {status} and no message on standard error")
        }
        End::Exited { status, .. } => format!("the process exits with status {status}"),
        End::Signal { name, fault, .. } => match fault {
            Some(fault) => format!("the process is killed by {name} (access to {fault})"),
            None => format!("the process is killed by {name}"),
        },
        End::TimedOut { sleeping: true, .. } => "the process sleeps and does not end".to_owned(),
        End::TimedOut {
            sleeping: false, ..
        } => "the process does not end".to_owned(),
        End::Limit { resource, .. } => format!("the process uses more {resource} than allowed"),
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
        End::Missing { moment } => {
            let function = moment
                .call
                .map_or("function of that name", |call| call.function());
            return format!("the library has no {function}");
        }
        End::Forged { reason, .. } => {
            format!("the process reports calls that were not made ({reason})")
        }
        End::NotLoaded { reason, .. } => return format!("the library does not load: {reason}"),
    };
    match end.moment() {
        Some(moment) => format!("{how} {}", when(moment.phase, moment.call.as_ref())),
        None => how,
    }
}

fn when(phase: Phase, made: Option<&Call>) -> String {
    let made = made.map_or_else(|| "a call".to_owned(), call_text);
    match phase {
        Phase::InCall => format!("in {made}"),
        Phase::Verifying => format!("while live payloads are read after {made}"),
        Phase::Filling => format!("while the payload of {made} is written"),
        Phase::Starting => "before the first call".to_owned(),
        Phase::Ending => "after the last call".to_owned(),
        Phase::Test => format!("in its own code after {made}"),
    }
}

/// A call as a script shows it, such as `os_realloc(p3, 200)`.
#[must_use]
pub fn call_text(call: &Call) -> String {
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

fn place(place: Place) -> String {
    match place {
        Place::Null => "NULL".to_owned(),
        Place::Heap(offset) => format!("H+{offset:#x}"),
        Place::Mapping(number, offset) => format!("M{}+{offset:#x}", number.0),
        Place::Elsewhere => "a pointer outside the heap and all mappings".to_owned(),
    }
}
