//! One call: right, right under some choices, or wrong, and by which known mistakes.

use std::borrow::Cow;

use super::reading::{Reading, Rooms};
use super::settle::Settled;
use crate::spec::{
    Block, Blocks, Chooser, Denied, Heap, Mapping, Mistake, Question, Request, State, Stepped,
    Trial, next_answers, step,
};
use crate::types::{End, Finding, MemoryCall, Phase, Place, Profile, State as Status, SystemCall};

/// Answers to the questions of section V under which a call is right.
pub(super) type Answers = Vec<(Question, bool)>;

/// One call as it was seen, with the state before it and after it.
#[derive(Clone, Debug)]
pub(super) struct Sight<'a> {
    pub(super) request: Request,
    pub(super) before: State,
    pub(super) system_calls: &'a [SystemCall],
    /// `None` for a call that returned nothing.
    pub(super) result: Option<Place>,
    pub(super) findings: Vec<Finding>,
    /// The state after it; `None` where it did not return.
    pub(super) after: Option<State>,
    /// How the process ended, where it did in this call.
    pub(super) end: Option<&'a End>,
    /// Whether the process wrote to its standard error (E3).
    pub(super) message: bool,
    /// Whether system calls are made to fail in this run.
    pub(super) injected: bool,
    /// Whether a block that is held is free, gone or overlapped before the call: what follows
    /// from that is no other mistake.
    pub(super) doubtful: bool,
}

/// In what a call differs from what it must do, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// What was found in memory.
    Safety,
    /// The process did not get past the call.
    End,
    /// The system calls.
    SystemCalls,
    /// What it returned.
    Result,
    /// The blocks of the heap.
    Heap,
    /// The header of a mapped block.
    Mapping,
    /// A permitted choice that most other calls exclude.
    Choice,
}

/// What a call is compared with.
pub(super) struct Standard<'a> {
    pub(super) reading: &'a Reading,
    /// The choices that the submission has made, where that is known.
    pub(super) settled: Option<&'a Settled>,
}

impl Sight<'_> {
    /// The same call on a heap where each block reaches to the next one, although its header says less:
    /// an allocator may know more than its headers. `None` if the heap stays the same.
    pub(super) fn roomy(&self, profile: &Profile) -> Option<Box<Self>> {
        let heap = self.before.heap.with_whole_rooms(profile)?;
        let mut roomy = self.clone();
        roomy.before.heap = heap;
        Some(Box::new(roomy))
    }
}

impl Standard<'_> {
    const fn profile(&self) -> &Profile {
        &self.reading.profile
    }

    /// What the call does by the answers to its questions, and with these mistakes.
    pub(super) fn step(
        &self,
        sight: &Sight<'_>,
        answers: &[bool],
        mistakes: &[Mistake],
        looks: bool,
    ) -> Stepped {
        let denied = match sight.injected {
            true => Denied(sight.system_calls),
            false => Denied::default(),
        };
        let trial = Trial {
            profile: self.profile(),
            request: sight.request,
            chooser: Chooser::Script(answers, Vec::new()),
            mistakes,
            looks,
            denied,
        };
        step(trial, sight.before.clone())
    }

    /// Whether the submission may give these answers, as far as its choices are known.
    fn allows(&self, asked: &Answers) -> bool {
        self.settled
            .is_none_or(|settled| settled.allows(std::slice::from_ref(asked)))
    }

    /// What the call does with these mistakes, once for each way to answer its questions; the
    /// canonical way first.
    fn ways(
        &self,
        sight: &Sight<'_>,
        mistakes: &[Mistake],
        looks: bool,
    ) -> impl Iterator<Item = Stepped> {
        let mut answers = Some(Vec::new());
        std::iter::from_fn(move || {
            let stepped = self.step(sight, &answers.take()?, mistakes, looks);
            answers = next_answers(&stepped.asked);
            Some(stepped)
        })
    }

    /// What the call should do: the most canonical of what the submission's choices allow.
    pub(super) fn first_allowed(&self, sight: &Sight<'_>) -> Option<Stepped> {
        let mut ways = self.ways(sight, &[], false);
        ways.find(|stepped| self.allows(&stepped.asked))
    }

    /// Whether the call, with these mistakes, does what was seen, by any answers.
    pub(super) fn explains(&self, sight: &Sight<'_>, mistakes: &[Mistake]) -> Option<Explained> {
        let mut found = None;
        let ways = self.ways(sight, mistakes, false);
        for stepped in ways.filter(|stepped| self.allows(&stepped.asked)) {
            if self.is_exact(&stepped, sight) {
                return Some(Explained::Exactly);
            }
            if self.difference(&stepped, sight, Leniency::Ruin).is_none() {
                found = Some(Explained::Loosely);
            }
        }
        found
    }

    /// Whether a step does just what was seen, but for the damage that it does.
    fn is_exact(&self, stepped: &Stepped, sight: &Sight<'_>) -> bool {
        let same = self.difference(stepped, sight, Leniency::Harm).is_none();
        // It must crash at just this point.
        let crashes = |end: &End| stepped.harm.must_crash() && end.may_touch_unmapped();
        same && !stepped.ruined && sight.end.is_none_or(crashes)
    }

    /// The answers by which a mistake explains a call exactly.
    pub(super) fn answers(&self, sight: &Sight<'_>, mistake: Mistake) -> Vec<Answers> {
        let mistakes = [mistake];
        let ways = self.ways(sight, &mistakes, false);
        let exact = ways.filter(|stepped| self.is_exact(stepped, sight));
        let settled = |mut asked: Answers| {
            asked.retain(|(question, _)| question.is_settled_once());
            asked
        };
        exact.map(|stepped| settled(stepped.asked)).collect()
    }

    /// Whether a call that is right would have been wrong with this mistake.
    pub(super) fn would_show(&self, sight: &Sight<'_>, mistake: Mistake) -> bool {
        self.ways(sight, &[mistake], false).all(|stepped| {
            let damages = stepped.harm.changes.is_some() && stepped.harm.shows(&stepped.after.heap);
            // Payloads differ, so that bytes that are not copied are seen.
            let loses = stepped.harm.not_kept.is_some();
            stepped.ruined
                || damages
                || loses
                || self.difference(&stepped, sight, Leniency::Harm).is_some()
        })
    }

    /// The answers under which the call is right, and what it does canonically.
    pub(super) fn right(&self, sight: &Sight<'_>) -> (Vec<Answers>, Stepped) {
        let mut right = Vec::new();
        let mut canonical: Option<Stepped> = None;
        for stepped in self.ways(sight, &[], true) {
            if self
                .difference(&stepped, sight, Leniency::Nothing)
                .is_none()
            {
                let mut asked = stepped.asked.clone();
                asked.retain(|(question, _)| question.is_settled_once());
                right.push(asked);
            }
            match &mut canonical {
                None => canonical = Some(stepped),
                Some(first) => {
                    for mistake in stepped.differing {
                        if !first.differing.contains(&mistake) {
                            first.differing.push(mistake);
                        }
                    }
                }
            }
        }
        (right, canonical.expect("there is at least one way"))
    }

    /// How what was seen differs from a step.
    pub(super) fn difference(
        &self,
        stepped: &Stepped,
        sight: &Sight<'_>,
        leniency: Leniency,
    ) -> Option<Aspect> {
        if leniency == Leniency::Ruin && stepped.ruined {
            let made = &stepped.system_calls;
            let begun = sight.system_calls.len() >= made.len()
                && same_system_calls(&sight.system_calls[..made.len()], made);
            let ends = match stepped.harm.crashes {
                // It reads what was unmapped.
                Some(_) => sight.end.is_some_and(End::may_touch_unmapped),
                // What reads or writes where it must not ends by a signal, or later.
                None => !matches!(sight.end, Some(End::TimedOut { .. })),
            };
            return (!begun || !ends).then_some(Aspect::SystemCalls);
        }
        if let Some(end) = sight.end {
            return self.end_difference(stepped, sight, end, leniency);
        }
        // A block that was there already lies where another call has put it.
        let inherited = self.inherited(stepped, sight);
        let excused = |finding: &Finding| {
            leniency != Leniency::Nothing && excuses(stepped, finding) || inherited(finding)
        };
        if sight.findings.iter().any(|finding| !excused(finding)) {
            return Some(Aspect::Safety);
        }
        if !same_system_calls(&stepped.system_calls, sight.system_calls) {
            return Some(Aspect::SystemCalls);
        }
        // A place beyond the break is told as no place of the heap.
        let beyond = |place| matches!(place, Some(Place::Heap(at)) if at >= stepped.after.heap.end);
        let outside = sight.result == Some(Place::Elsewhere) && beyond(stepped.result);
        if stepped.result != sight.result && !outside {
            return Some(Aspect::Result);
        }
        let after = sight.after.as_ref()?;
        let from = match leniency {
            Leniency::Nothing | Leniency::Harm => u64::MAX,
            Leniency::Ruin => stepped.harm.changes.unwrap_or(u64::MAX),
        };
        if from == 0 {
            return None;
        }
        if self.reading.rooms != Rooms::Blind
            && !self.same_heap(&sight.before.heap, &stepped.after.heap, &after.heap, from)
        {
            return Some(Aspect::Heap);
        }
        let same = self.same_mappings(&stepped.after.mappings, &after.mappings);
        (!same && self.reading.rooms != Rooms::Blind).then_some(Aspect::Mapping)
    }

    /// Whether an earlier call is the reason for a finding: it put the block there, or it wrote a size
    /// that is too small even when it is rounded up.
    fn inherited(&self, stepped: &Stepped, sight: &Sight<'_>) -> impl Fn(&Finding) -> bool {
        let profile = self.profile();
        let block = |heap: &Heap, payload: u64| heap.at(payload.checked_sub(profile.header)?);
        let (mut crooked, mut beyond) = (false, false);
        if let Some(Place::Heap(payload)) = stepped.result {
            let heap = &stepped.after.heap;
            crooked = !payload.is_multiple_of(profile.alignment);
            beyond = block(heap, payload).is_some_and(|at| heap.blocks.end_of(at) > heap.end);
        }
        let said = match sight.request {
            Request::Realloc {
                target: Place::Heap(payload),
                ..
            } if self.reading.rooms != Rooms::Distances => {
                let heap = &sight.before.heap;
                block(heap, payload)
                    .map(|at| profile.align(heap.blocks[at].said).unwrap_or(u64::MAX))
            }
            _ => None,
        };
        move |finding| match finding {
            Finding::Misaligned => crooked,
            Finding::OutOfBounds => beyond,
            Finding::NotKept { offset } => said.is_some_and(|said| said <= *offset),
            _ => false,
        }
    }

    /// A process may end in a call that cannot succeed, with a message (E3).
    fn end_difference(
        &self,
        stepped: &Stepped,
        sight: &Sight<'_>,
        end: &End,
        leniency: Leniency,
    ) -> Option<Aspect> {
        let made = &stepped.system_calls;
        let seen = sight.system_calls;
        let begun = seen.len() >= made.len() && same_system_calls(&seen[..made.len()], made);
        match end {
            End::Exited { status, moment }
                if *status != 0
                    && sight.message
                    && moment.phase == Phase::InCall
                    && stepped.failed
                    && begun =>
            {
                None
            }
            End::Signal { .. } if leniency != Leniency::Nothing => {
                let harm = stepped.harm;
                let vaguely = harm.changes.is_some() || harm.overlaps;
                // It ended when so many had been made, or at some time.
                let by_then = match harm.crashes {
                    Some(count) if harm.must_crash() => (count == seen.len()).then_some(count),
                    Some(_) => Some(made.len().min(seen.len())),
                    None => vaguely.then_some(made.len().min(seen.len())),
                };
                let same = |count: usize| {
                    count <= made.len() && same_system_calls(&seen[..count], &made[..count])
                };
                (!by_then.is_some_and(same)).then_some(Aspect::End)
            }
            _ => Some(Aspect::End),
        }
    }

    /// Whether the blocks are the same, adjacent free ones taken as one (V4).
    /// Blocks from an offset on that may have been damaged are left out.
    fn same_heap(&self, before: &Heap, expected: &Heap, seen: &Heap, from: u64) -> bool {
        let header = self.profile().header;
        if expected.end != seen.end {
            return false;
        }
        let expected = self.visible(expected, before).merged(header);
        let seen = self.visible(seen, before).merged(header);
        let whole = |blocks: &[Block]| blocks.partition_point(|block| block.start < from);
        let (expected, seen) = (&expected[..whole(&expected)], &seen[..whole(&seen)]);
        expected.len() == seen.len()
            && expected.iter().zip(seen).all(|(one, other)| {
                one.start == other.start && one.free == other.free && self.same_size(one, other)
            })
    }

    fn same_size(&self, one: &Block, other: &Block) -> bool {
        let align = |size| self.profile().align(size);
        // Blocks that are merged add what their headers say, or their room.
        let room = one.free && Some(one.size) == align(other.said);
        let said = align(one.said) == align(other.said) || room;
        match self.reading.rooms {
            Rooms::Distances => said && one.size == other.size,
            _ => said,
        }
    }

    /// The blocks that can be seen from outside. Not seen is a block whose header reaches beyond the
    /// break; nor a free block from before the call, when the size in another header now covers it.
    fn visible<'h>(&self, heap: &'h Heap, before: &Heap) -> Cow<'h, Heap> {
        let header = self.profile().header;
        let is_hidden = |covered: &mut u64, block: &Block| {
            let beyond = block.start.saturating_add(header) > heap.end;
            let under = block.free && block.start < *covered && before.at(block.start).is_some();
            if !beyond && !under {
                let said = self.profile().align(block.said).unwrap_or(block.said);
                *covered = block.start.saturating_add(header).saturating_add(said);
            }
            beyond || under
        };
        let mut covered = 0;
        let mut blocks = heap.blocks.iter();
        if self.reading.rooms == Rooms::Distances
            || !blocks.any(|block| is_hidden(&mut covered, block))
        {
            return Cow::Borrowed(heap);
        }
        covered = 0;
        let mut blocks = heap.blocks.to_vec();
        blocks.retain(|block| !is_hidden(&mut covered, block));
        Cow::Owned(Heap {
            blocks: Blocks::of(blocks, header),
            ..heap.clone()
        })
    }

    fn same_mappings(&self, expected: &[Mapping], seen: &[Mapping]) -> bool {
        let align = |size| self.profile().align(size);
        seen.iter().all(|mapping| {
            let mut live = expected.iter().filter(|it| it.live);
            live.find(|it| it.number == mapping.number)
                .is_none_or(|due| {
                    // What is released but stays mapped may be marked in any way.
                    let any = matches!(due.status, Status::Unknown(_));
                    align(due.size) == align(mapping.size) && (any || due.status == mapping.status)
                })
        })
    }
}

/// What is forgiven in a comparison: only mistakes need any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leniency {
    /// Nothing.
    Nothing,
    /// The damage that the step does may be found or not.
    Harm,
    /// After a step that ruins memory, anything may follow.
    Ruin,
}

/// How well a set of mistakes explains a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Explained {
    /// It leaves memory in a state from which anything may follow.
    Loosely,
    /// It does just what was seen.
    Exactly,
}

/// Whether the damage that a step does can be found in this way.
fn excuses(stepped: &Stepped, finding: &Finding) -> bool {
    let harm = stepped.harm;
    match finding {
        Finding::NotZero { offset } => begins(harm.not_zero, *offset),
        Finding::NotKept { offset } => {
            begins(harm.not_kept, *offset) || harm.overlaps || harm.changes.is_some()
        }
        Finding::Misaligned => harm.unaligned,
        Finding::PayloadChanged { .. } => harm.changes.is_some() || harm.overlaps || harm.unaligned,
        Finding::OutOfBounds | Finding::Overlap { .. } => harm.overlaps || harm.unaligned,
    }
}

/// Whether damage that begins at a byte is first seen there: the next few may be right by chance.
fn begins(from: Option<u64>, seen: u64) -> bool {
    from.is_some_and(|from| (from..from + 8).contains(&seen))
}

/// Which error a failed system call reports is the system's affair.
pub(crate) fn same_system_calls(some: &[SystemCall], others: &[SystemCall]) -> bool {
    let mut pairs = some.iter().zip(others);
    some.len() == others.len() && pairs.all(|(one, other)| same_system_call(one, other))
}

fn same_system_call(one: &SystemCall, other: &SystemCall) -> bool {
    if MemoryCall::of(one) != MemoryCall::of(other)
        || crate::spec::has_failed(one) != crate::spec::has_failed(other)
    {
        return false;
    }
    match (one, other) {
        (SystemCall::Brk { delta, .. }, SystemCall::Brk { delta: due, .. }) => delta == due,
        (
            SystemCall::Mmap { request, result },
            SystemCall::Mmap {
                request: due,
                result: number,
            },
        ) => request == due && result.ok() == number.ok(),
        (
            SystemCall::Munmap { start, length, .. },
            SystemCall::Munmap {
                start: from,
                length: due,
                ..
            },
        ) => start == from && length == due,
        _ => false,
    }
}
