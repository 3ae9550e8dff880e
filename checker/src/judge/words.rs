//! What is wrong with a call, in words: from what it did, and from the reasons of what it should have
//! done, which have the sentences. Sentences have no full stop, and name the clause at their end.

use std::fmt::Display;

use super::call::{Aspect, Sight};
use crate::spec::Deviation::{self, *};
use crate::spec::{Block, Question, Request, Stepped};
use crate::types::{
    Call, CallNumber, Clause, End, Finding, Phase, Place, Pointer, Profile, SystemCall,
};

/// What a sentence leaves open: its name there, and what it is in this call.
type Fact<'a> = (&'a str, &'a dyn Display);

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
            Some(Question::StaysBelow(cut, _)) => (cut.reason().clause, cut.axis()),
            Some(Question::On(axis)) => (Clause::A13, axis.number()),
            _ => (Clause::A2, "V1"),
        };
        let settled = axis[1..].parse().is_ok_and(|k| self.profile.settles(k));
        let others = match settled {
            true => "the course has settled",
            false => "most calls",
        };
        let made = self.made();
        Complaint::new(
            clause,
            &format!("{made} makes a different choice than {others}, {axis}"),
        )
    }

    fn made(&self) -> String {
        let call = self.calls.get((self.number.0 as usize).wrapping_sub(1));
        call.map_or_else(|| "the call".to_owned(), call_text)
    }

    /// The sentence about a deviation: of the last reason that has one of its own for it, else of the
    /// last that names it, else the usual one.
    fn tell(&self, deviation: Deviation, facts: &[Fact<'_>]) -> Complaint {
        let reasons = self.due.reasons.iter();
        let named = reasons.filter_map(|it| Some((it.clause, it.words(deviation)?)));
        let last = || self.due.reasons.last().filter(|_| deviation.breaks_any());
        let (clause, own) = named
            .max_by_key(|(_, words)| !words.is_empty())
            .or_else(|| last().map(|it| (it.clause, "")))
            .unwrap_or((deviation.clause(), ""));
        let words = if own.is_empty() {
            deviation.words()
        } else {
            own
        };
        let (call, asked) = (self.made(), self.asked());
        let total = asked.and_then(|size| self.profile.total(size));
        let (asked, total) = (asked.unwrap_or(0), total.unwrap_or(0));
        let of_any: [Fact; 5] = [
            ("call", &call),
            ("asked", &asked),
            ("total", &total),
            ("threshold", &self.profile.mmap_threshold),
            ("page", &self.profile.page),
        ];
        let words = match words.contains("{call}") {
            true => words.to_owned(),
            false => format!("{{call}} {words}"),
        };
        let facts = facts.iter().chain(&of_any);
        let text = facts.fold(words, |text, (name, fact)| {
            text.replace(&format!("{{{name}}}"), &fact.to_string())
        });
        debug_assert!(
            !text.contains('{'),
            "{deviation:?} has no such fact: {text}"
        );
        Complaint::new(clause, &text)
    }

    fn of_safety(&self) -> Complaint {
        match self.sight.findings.first() {
            None => self.tell(DamagesMemory, &[]),
            Some(Finding::PayloadChanged { block, offset }) => {
                let index = (block.0 as usize).wrapping_sub(1);
                let whose = match self.calls.get(index) {
                    Some(Call::MoveBreak { .. }) => {
                        "the memory that belongs to other code, which moved the break,".to_owned()
                    }
                    _ => format!("p{}", block.0),
                };
                self.tell(ChangesPayload, &[("offset", offset), ("whose", &whose)])
            }
            Some(Finding::NotKept { offset }) => self.tell(DoesNotKeep, &[("offset", offset)]),
            Some(Finding::NotZero { offset }) => self.tell(NotZero, &[("offset", offset)]),
            Some(Finding::Misaligned) => self.tell(Misaligned, &[]),
            Some(Finding::OutOfBounds) => self.tell(OutOfBounds, &[]),
            Some(Finding::Overlap { other }) => self.tell(Overlaps, &[("other", &other.0)]),
        }
    }

    fn of_end(&self) -> Complaint {
        let Some(end) = self.sight.end else {
            return self.tell(DoesNotReturn, &[]);
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
            return self.tell(KeepsMapping, &[("old", &place(target))]);
        }
        let (due, seen) = (&self.due.system_calls, self.sight.system_calls);
        let differing = due.iter().zip(seen).position(|(one, other)| {
            !super::call::same_system_calls(std::slice::from_ref(one), std::slice::from_ref(other))
        });
        let at = differing.unwrap_or(due.len().min(seen.len()));
        match (due.get(at), seen.get(at)) {
            (Some(SystemCall::Brk { delta, .. }), Some(SystemCall::Brk { delta: by, .. })) => {
                self.tell(OtherGrowth, &[("due", delta), ("seen", by)])
            }
            (Some(SystemCall::Brk { .. }), Some(SystemCall::Mmap { .. })) => self.tell(Maps, &[]),
            (Some(SystemCall::Mmap { .. }), Some(SystemCall::Brk { .. }) | None) => {
                self.tell(DoesNotMap, &[])
            }
            (Some(SystemCall::Brk { delta, .. }), _) => self.tell(NoGrowth, &[("due", delta)]),
            (
                Some(SystemCall::Mmap { request, .. }),
                Some(SystemCall::Mmap { request: asked, .. }),
            ) => match request.length == asked.length {
                true => self.tell(OtherMapping, &[]),
                false => {
                    let facts: [Fact; 2] = [("due", &request.length), ("seen", &asked.length)];
                    self.tell(OtherLength, &facts)
                }
            },
            (
                Some(SystemCall::Munmap { length, .. }),
                Some(SystemCall::Munmap {
                    start,
                    length: given,
                    ..
                }),
            ) => match start {
                Place::Mapping(_, 0) => {
                    self.tell(UnmapsOtherLength, &[("due", length), ("seen", given)])
                }
                _ => self.tell(UnmapsElsewhere, &[("seen", &place(*start))]),
            },
            (Some(SystemCall::Munmap { length, .. }), _) => {
                self.tell(DoesNotUnmap, &[("due", length)])
            }
            (None, Some(SystemCall::Brk { delta, .. })) => self.of_needless_growth(*delta),
            (None, Some(SystemCall::Mmap { .. })) => self.tell(Maps, &[]),
            (None, Some(SystemCall::Munmap { .. })) => self.tell(NeedlessUnmapping, &[]),
            _ => self.tell(OtherSystemCalls, &[]),
        }
    }

    fn of_needless_growth(&self, by: i64) -> Complaint {
        if by < 0 {
            return self.tell(LowersBreak, &[("bytes", &-by)]);
        }
        let Some(took) = self.due.took else {
            return self.tell(NeedlessGrowth, &[("seen", &by)]);
        };
        let before = &self.sight.before.heap;
        let size = before.at(took.start).map(|at| before.blocks[at].size);
        let deviation = match size == Some(took.size) {
            true => GrowsDespiteFit,
            false => GrowsDespiteRun,
        };
        let best = self.payload(&took);
        self.tell(deviation, &[("best", &best), ("room", &took.size)])
    }

    fn of_result(&self) -> Complaint {
        let (Some(due), Some(seen)) = (self.due.result, self.sight.result) else {
            return self.tell(ReturnsNothing, &[]);
        };
        let old = match self.sight.request {
            Request::Realloc { target, .. } => target,
            _ => Place::Null,
        };
        let places = [due, seen, old].map(place);
        let facts: [Fact; 3] = [
            ("due", &places[0]),
            ("seen", &places[1]),
            ("old", &places[2]),
        ];
        if due == Place::Null {
            self.tell(NotNull, &facts)
        } else if seen == Place::Null {
            self.tell(ReturnsNull, &facts)
        } else if due == old {
            self.tell(Moves, &facts)
        } else if seen == old {
            self.tell(Stays, &facts)
        } else if let (Some(best), Some(taken)) = (self.due.took, self.free_block(seen)) {
            let (seen, best, room) = (place(seen), self.payload(&best), best.size);
            let facts: [Fact; 4] = [
                ("seen", &seen),
                ("size", &taken.size),
                ("best", &best),
                ("room", &room),
            ];
            self.tell(OtherFit, &facts)
        } else {
            self.tell(OtherPlace, &facts)
        }
    }

    /// The block that was free at a place before the call.
    fn free_block(&self, place: Place) -> Option<Block> {
        let Place::Heap(payload) = place else {
            return None;
        };
        let blocks = &self.sight.before.heap.blocks;
        let at = blocks.at(payload.wrapping_sub(self.profile.header))?;
        Some(blocks[at]).filter(|block| block.free)
    }

    fn of_heap(&self) -> Complaint {
        let header = self.profile.header;
        let due = self.due.after.heap.merged(header);
        let after = self.sight.after.as_ref();
        let seen = after.map(|after| after.heap.merged(header));
        let seen = seen.unwrap_or_default();
        let pairs = due.iter().zip(&seen);
        let same = pairs.take_while(|(one, other)| {
            one.start == other.start && one.free == other.free && one.size == other.size
        });
        let at = same.count();
        match (due.get(at), seen.get(at)) {
            (Some(one), Some(other)) if one.start == other.start => {
                let deviation = match (one.free, other.free) {
                    (true, false) => StaysUsed,
                    (false, true) => StaysFree,
                    (false, false) if other.size > one.size => TooLarge,
                    _ => OtherSize,
                };
                let facts: [Fact; 3] = [
                    ("block", &self.payload(other)),
                    ("due", &one.size),
                    ("seen", &other.size),
                ];
                self.tell(deviation, &facts)
            }
            (Some(one), _) => {
                let facts: [Fact; 3] = [
                    ("block", &format!("H+{:#x}", one.start)),
                    ("status", if one.free { &"free" } else { &"used" }),
                    ("due", &one.size),
                ];
                self.tell(NoHeader, &facts)
            }
            (None, Some(other)) => self.tell(NeedlessBlock, &[("block", &self.payload(other))]),
            (None, None) => {
                let mut pairs = due.iter().zip(&seen);
                let Some((one, other)) = pairs.find(|(one, other)| one.said != other.said) else {
                    return self.tell(OtherBreak, &[]);
                };
                let facts: [Fact; 3] = [
                    ("block", &self.payload(other)),
                    ("due", &one.said),
                    ("seen", &other.said),
                ];
                self.tell(SaysOtherSize, &facts)
            }
        }
    }

    fn of_mapping(&self) -> Complaint {
        let seen = self.sight.after.iter().flat_map(|after| &after.mappings);
        for mapping in seen {
            let Some(due) = self.due.after.mapping(mapping.number) else {
                continue;
            };
            let name = format!("M{}", mapping.number.0);
            if due.status != mapping.status {
                let status = self.profile.statuses[2];
                return self.tell(OtherStatus, &[("mapping", &name), ("due", &status)]);
            }
            if self.profile.align(due.size) != self.profile.align(mapping.size) {
                let facts: [Fact; 3] = [
                    ("mapping", &name),
                    ("due", &due.size),
                    ("seen", &mapping.size),
                ];
                return self.tell(OtherMappedSize, &facts);
            }
        }
        self.tell(OtherMappedHeader, &[])
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
        End::Signal { name, touched, .. } => match touched {
            Some(touched) => format!("the process is killed by {name} (access to {touched})"),
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
