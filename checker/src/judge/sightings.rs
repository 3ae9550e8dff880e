//! What recordings show of the cut-offs: sizes within the permitted bands, mapped or not.

use super::ScenarioRun;
use super::sighting::{Side, Sighting};
use crate::model::{Axis, band};
use crate::types::{Call, CallNumber, Layout, Place, Pointer, Profile, Step};

/// What became of a heap block that was resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It moved to a mapping.
    Mapped,
    /// It moved within the heap.
    MovedInHeap,
    /// It kept its address; whether it had been large enough before, where that is known.
    InPlace { fitted: Option<bool> },
}

/// All sizes within a band, by the decision that they show.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings {
    /// `os_malloc(n)` and `os_realloc(NULL, n)`.
    pub(super) malloc: Vec<Side>,
    /// `os_calloc`.
    pub(super) calloc: Vec<Side>,
    /// `os_realloc` of a mapping.
    pub(super) remapped: Vec<Side>,
    /// `os_realloc` of a heap block.
    pub(super) resized: Vec<(Side, Kept)>,
}

impl Sightings {
    pub(super) fn collect(profile: &Profile, runs: &[ScenarioRun<'_>]) -> Self {
        let mut sightings = Self::default();
        for (index, run) in runs.iter().enumerate() {
            for number in 0..run.transcript.steps.len().min(run.calls.len()) {
                sightings.see(profile, index, run, number);
            }
        }
        sightings
    }

    fn see(&mut self, profile: &Profile, index: usize, run: &ScenarioRun<'_>, position: usize) {
        let step = &run.transcript.steps[position];
        let Some((axis, size)) = decision(&run.calls[position]) else {
            return;
        };
        let in_band =
            band(profile, axis).is_some_and(|band| band.contains(&size) && size < *band.end());
        let mapped = match step.outcome.result {
            Some(Place::Mapping(..)) => true,
            Some(Place::Heap(_)) => false,
            _ => return,
        };
        if !in_band {
            return;
        }
        let call = CallNumber(u32::try_from(position + 1).unwrap_or(u32::MAX));
        let at = Sighting {
            run: index,
            call,
            size: Some(size),
        };
        let side = Side { at, size, mapped };
        match run.calls[position] {
            Call::Calloc { .. } => self.calloc.push(side),
            Call::Realloc { pointer, .. } => match pointee(run, pointer) {
                Place::Null => self.malloc.push(side),
                Place::Mapping(..) => self.remapped.push(side),
                Place::Heap(old) => {
                    let kept = kept(profile, run, position, old, size);
                    self.resized.push((side, kept));
                }
                Place::Elsewhere => {}
            },
            _ => self.malloc.push(side),
        }
    }
}

fn decision(call: &Call) -> Option<(Axis, u64)> {
    match *call {
        Call::Malloc { size } => Some((Axis::MallocCutoff, size)),
        Call::Calloc { count, size } => Some((Axis::CallocCutoff, count.checked_mul(size)?)),
        Call::Realloc { size, .. } => Some((Axis::ReallocCutoff, size)),
        Call::Free { .. } | Call::MoveBreak { .. } => None,
    }
}

/// Where the pointer variable pointed in the run.
fn pointee(run: &ScenarioRun<'_>, pointer: Pointer) -> Place {
    let Pointer::Of(number) = pointer else {
        return Place::Null;
    };
    usize::try_from(number.0)
        .ok()
        .and_then(|number| run.transcript.steps.get(number.checked_sub(1)?))
        .and_then(|step| step.outcome.result)
        .unwrap_or(Place::Null)
}

fn kept(profile: &Profile, run: &ScenarioRun<'_>, position: usize, old: u64, size: u64) -> Kept {
    match run.transcript.steps[position].outcome.result {
        Some(Place::Mapping(..)) => Kept::Mapped,
        Some(Place::Heap(new)) if new == old => {
            let before = position
                .checked_sub(1)
                .map(|before| &run.transcript.steps[before]);
            let had = before.and_then(|step| size_at(profile, step, old));
            Kept::InPlace {
                fitted: had.map(|had| had >= size),
            }
        }
        _ => Kept::MovedInHeap,
    }
}

/// The size of the block whose payload is at the offset.
fn size_at(profile: &Profile, step: &Step, payload: u64) -> Option<u64> {
    let Layout::Blocks(blocks) = &step.outcome.layout else {
        return None;
    };
    let mut start: u64 = 0;
    for block in blocks {
        start = start.saturating_add(profile.header);
        if start == payload {
            return Some(block.size);
        }
        start = start.saturating_add(block.size);
    }
    None
}
