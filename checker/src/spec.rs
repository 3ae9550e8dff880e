//! The assignment, executable: what one call does, from any state of the heap.
//!
//! [`step()`] is pure. It takes a [`State`], a [`Request`] and the permitted [`Choices`], and says what
//! the call does, what it leaves, and for which [`Reason`]s. It reads like the clauses: `step.rs` is
//! section A, `heap.rs` section C, `resize.rs` A11 to A16, `mappings.rs` section D. Each declares its
//! reasons, with their clauses and the sentences about calls that break them (`reason.rs`). Constants
//! come from a [`Profile`].
//!
//! A known mistake is a named change of one decision, `mistakes.rs`. The clauses themselves know
//! none: at each of its points they ask whether a mistake decides otherwise.
//!
//! Not simulated: the contents of payloads (a step says which damage to expect, [`Harm`]), and what
//! follows from corrupt memory ([`Stepped::ruined`]).

mod blocks;
mod choices;
mod decide;
mod heap;
mod mappings;
mod mistakes;
mod reason;
mod resize;
mod state;
mod step;
#[cfg(test)]
mod tests;

pub use blocks::{Block, Blocks};
pub use choices::{Axis, Choices, Chooser, Cut, Question, next_answers};
pub use decide::{Purpose, points};
pub use mistakes::{Mistake, Needs, Point};
pub use reason::{Deviation, Reason};
pub use state::{Heap, Mapping, Request, State};

use crate::types::{
    Call, Clause, Layout, MemoryCall, Outcome, Place, Pointer, Profile, SystemCall,
};
use decide::Watch;
use step::{Reasons, Run, Stop};

/// Which system calls of this one call the system refuses: those that were seen to fail.
#[derive(Clone, Copy, Debug, Default)]
pub struct Denied<'a>(pub &'a [SystemCall]);

impl Denied<'_> {
    /// Whether the next call of a kind fails, after those that were `made`.
    fn denies(self, kind: MemoryCall, made: &[SystemCall]) -> bool {
        let of_kind = |call: &&SystemCall| MemoryCall::of(call) == kind;
        let before = made.iter().filter(of_kind).count();
        self.0
            .iter()
            .filter(of_kind)
            .nth(before)
            .is_some_and(has_failed)
    }
}

/// Whether the system refused it.
#[must_use]
pub const fn has_failed(call: &SystemCall) -> bool {
    match call {
        SystemCall::Brk { failed, .. } | SystemCall::Munmap { failed, .. } => failed.is_some(),
        SystemCall::Mmap { result, .. } => result.is_err(),
    }
}

/// Damage to expect in memory: only mistakes do any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "they are independent of each other"
)]
pub struct Harm {
    /// Bytes that must be zero are not, from this one on (A4).
    pub not_zero: Option<u64>,
    /// A moved payload is not kept, from this byte on (A11).
    pub not_kept: Option<u64>,
    /// What lies from this offset of the heap on may change (E4).
    pub changes: Option<u64>,
    /// The block reaches over others, or over the end of its memory (A18).
    pub overlaps: bool,
    /// Headers and payloads may be misaligned (A18).
    pub unaligned: bool,
    /// A signal may kill the process, after this many system calls.
    pub crashes: Option<usize>,
}

impl Harm {
    /// Memory changes from this offset on.
    pub(super) fn change_from(&mut self, at: u64) {
        self.changes = Some(self.changes.map_or(at, |other| other.min(at)));
    }

    /// Whether the process ends at one certain point.
    pub(crate) const fn must_crash(self) -> bool {
        self.crashes.is_some() && self.changes.is_none() && !self.overlaps
    }

    /// Whether it can be observed: a change after the last header cannot.
    #[must_use]
    pub(crate) fn shows(self, after: &Heap) -> bool {
        let last = after.blocks.last();
        let reaches = |from: u64| last.is_some_and(|last| last.start >= from);
        let changes = self.changes.filter(|from| reaches(*from));
        Self { changes, ..self } != Self::default()
    }
}

/// What one call does.
#[derive(Clone, Debug)]
pub struct Stepped {
    /// Its system calls, in order.
    pub system_calls: Vec<SystemCall>,
    /// Where the returned pointer points; `None` for a call that returns nothing.
    pub result: Option<Place>,
    /// What it leaves.
    pub after: State,
    /// Why.
    pub reasons: Vec<&'static Reason>,
    /// The block that a search took, as it was (C4).
    pub took: Option<Block>,
    /// The damage that it does.
    pub harm: Harm,
    /// Whether it cannot succeed, for lack of memory (E3).
    pub failed: bool,
    /// Whether nothing is known about what follows, not even the call's own result.
    pub ruined: bool,
    /// Mistakes that would have changed a decision, if the caller asked for them.
    pub differing: Vec<Mistake>,
    /// What was asked of the choices, where they were a script.
    pub asked: Vec<(Question, bool)>,
}

impl Stepped {
    /// The clauses that decided it, without duplicates.
    #[must_use]
    pub fn clauses(&self) -> Vec<Clause> {
        let mut clauses: Vec<Clause> = self.reasons.iter().map(|it| it.clause).collect();
        clauses.sort_unstable();
        clauses.dedup();
        clauses
    }

    /// Whether it is the first use of the heap (C1).
    #[must_use]
    pub fn preallocates(&self) -> bool {
        self.reasons.contains(&&heap::PREALLOCATED)
    }
}

/// A call, and under which conditions it is made.
#[derive(Clone, Debug)]
pub struct Trial<'a> {
    /// The constants.
    pub profile: &'a Profile,
    /// The call.
    pub request: Request,
    /// The permitted choices.
    pub chooser: Chooser<'a>,
    /// Known mistakes that are made.
    pub mistakes: &'a [Mistake],
    /// Whether to look for mistakes that would decide otherwise.
    pub looks: bool,
    /// System calls that fail.
    pub denied: Denied<'a>,
}

/// What the call does, from this state.
#[must_use]
pub fn step(trial: Trial<'_>, state: State) -> Stepped {
    let Trial {
        profile,
        request,
        chooser,
        mistakes,
        looks,
        denied,
    } = trial;
    // A follower of many calls with fixed choices needs no questions.
    let wants_reasons = looks || matches!(chooser, Chooser::Script(..));
    let returns = !matches!(request, Request::Free { .. } | Request::MoveBreak { .. });
    // Only a call that can fail needs the old state.
    let before = (!denied.0.is_empty()).then(|| state.heap.clone());
    let first = !state.heap.started;
    let mut run = Run {
        profile,
        chooser,
        watch: Watch {
            made: mistakes,
            points: decide::points(mistakes),
            looks,
            differing: Vec::new(),
            huge: false,
        },
        denied,
        request,
        state,
        system_calls: Vec::new(),
        reasons: Reasons {
            list: Vec::new(),
            wanted: wants_reasons,
        },
        large: false,
        harm: Harm::default(),
        covered: Vec::new(),
        first,
        purpose: Purpose::Malloc,
        size: 0,
        need: 0,
        had: 0,
        handed: decide::Handed::Found,
        took: None,
        raw: false,
    };
    let served = run.call();
    run.uncover();
    let failed = served == Err(Stop::NoMemory);
    if failed
        && let Some(before) = before
        && before.end == run.state.heap.end
        && before.blocks != run.state.heap.blocks
        && run.chooser.ask(Question::UndoesMerging)
    {
        run.state.heap = before;
    }
    let asked = match run.chooser {
        Chooser::Fixed(_) => Vec::new(),
        Chooser::Script(_, asked) => asked,
    };
    Stepped {
        system_calls: run.system_calls,
        result: returns.then(|| served.unwrap_or(Place::Null)),
        after: run.state,
        reasons: run.reasons.list,
        took: run.took,
        harm: run.harm,
        failed,
        ruined: served == Err(Stop::Ruin),
        differing: run.watch.differing,
        asked,
    }
}

/// An allocator that follows the specification over many calls.
#[derive(Clone, Debug)]
pub struct Follower<'a> {
    profile: &'a Profile,
    choices: Choices,
    state: State,
    /// Where each call's pointer points.
    places: Vec<Place>,
}

impl<'a> Follower<'a> {
    /// Before the first call.
    #[must_use]
    pub fn new(profile: &'a Profile, choices: &Choices) -> Self {
        let mut state = State::new(profile.header);
        state.heap.blocks = state.heap.blocks.indexed();
        Self {
            profile,
            choices: *choices,
            state,
            places: Vec::new(),
        }
    }

    /// Makes the next call: its result and its system calls.
    pub fn call(&mut self, call: &Call) -> (Option<Place>, Vec<SystemCall>) {
        let state = std::mem::replace(&mut self.state, State::new(self.profile.header));
        let stepped = step(self.trial(call, false), state);
        self.state = stepped.after;
        self.places.push(stepped.result.unwrap_or(Place::Null));
        (stepped.result, stepped.system_calls)
    }

    /// The clauses that decide the next call, if it is this one; without duplicates.
    #[must_use]
    pub fn clauses(&self, call: &Call) -> Vec<Clause> {
        step(self.trial(call, true), self.state.clone()).clauses()
    }

    fn trial(&self, call: &Call, looks: bool) -> Trial<'_> {
        Trial {
            profile: self.profile,
            request: Request::of(call, |pointer| self.pointee(pointer)),
            chooser: Chooser::Fixed(&self.choices),
            mistakes: &[],
            looks,
            denied: Denied::default(),
        }
    }

    fn pointee(&self, pointer: Pointer) -> Place {
        pointee(&self.places, pointer)
    }

    /// What the calls have left.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }
}

/// Where a pointer points, from the results of all calls so far.
#[must_use]
pub fn pointee(places: &[Place], pointer: Pointer) -> Place {
    match pointer {
        Pointer::Null => Place::Null,
        Pointer::Of(number) => usize::try_from(number.0)
            .ok()
            .and_then(|number| places.get(number.checked_sub(1)?))
            .copied()
            .unwrap_or(Place::Null),
    }
}

/// The outcome of each of `calls`, on a fresh heap.
#[must_use]
pub fn outcomes(profile: &Profile, choices: &Choices, calls: &[Call]) -> Vec<Outcome> {
    let mut follower = Follower::new(profile, choices);
    calls
        .iter()
        .map(|call| {
            let (result, system_calls) = follower.call(call);
            Outcome {
                result,
                system_calls,
                layout: Layout::Blocks(follower.state().heap.layout()),
            }
        })
        .collect()
}
