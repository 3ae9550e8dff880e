//! Makes a failing sequence as short and as simple as possible while it fails in the same way.

use std::time::{Duration, Instant};

use super::failure::Failure;
use super::legality::{first_illegal, without};
use super::trial::Trial;
use crate::tracer::Error;
use crate::types::{Call, Pointer, Profile};

/// How much is done to shrink a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Sequences that are tried; decides alone as long as there is time.
    pub attempts: u32,
    /// Wall-clock time.
    pub time: Duration,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            attempts: 3000,
            time: Duration::from_secs(20),
        }
    }
}

/// A sequence that fails and of which nothing can be taken away, as far as it was tried.
#[derive(Clone, Debug)]
pub(super) struct Shrunk {
    pub(super) calls: Vec<Call>,
    pub(super) failure: Failure,
    pub(super) attempts: u32,
}

/// Shrinks a sequence that fails as `failure` says.
pub(super) fn shrink(
    trial: &mut Trial<'_>,
    profile: &Profile,
    calls: &[Call],
    failure: &Failure,
    effort: Effort,
) -> Result<Shrunk, Error> {
    let mut shrinker = Shrinker {
        trial,
        profile,
        effort,
        started: Instant::now(),
        best: Shrunk {
            calls: calls[..calls.len().min(failure.call.0 as usize)].to_vec(),
            failure: failure.clone(),
            attempts: 0,
        },
    };
    shrinker.drop_calls()?;
    shrinker.fill_heap_first()?;
    loop {
        let before = shrinker.best.calls.clone();
        shrinker.drop_calls()?;
        shrinker.shorten_sizes()?;
        shrinker.simplify_functions()?;
        if shrinker.best.calls == before || shrinker.is_exhausted() {
            return Ok(shrinker.best);
        }
    }
}

struct Shrinker<'a, 't> {
    trial: &'a mut Trial<'t>,
    profile: &'a Profile,
    effort: Effort,
    started: Instant,
    best: Shrunk,
}

impl Shrinker<'_, '_> {
    /// Takes out runs of calls: halves first, single calls last (ddmin).
    fn drop_calls(&mut self) -> Result<(), Error> {
        let mut length = self.best.calls.len().div_ceil(2);
        while length > 0 && !self.is_exhausted() {
            let dropped = self.drop_runs(length)?;
            if length == 1 && !dropped {
                break;
            }
            length = if length > 1 { length.div_ceil(2) } else { 1 };
        }
        Ok(())
    }

    /// Tries to take out each run of `length` calls, the last ones first.
    fn drop_runs(&mut self, length: usize) -> Result<bool, Error> {
        let mut dropped = false;
        let mut end = self.best.calls.len();
        while end > 0 && !self.is_exhausted() {
            let start = end.saturating_sub(length);
            dropped |= self.try_out(|calls| {
                let kept: Vec<bool> = (0..calls.len())
                    .map(|index| !(start..end).contains(&index))
                    .collect();
                without(calls, &kept)
            })?;
            end = start.min(self.best.calls.len());
        }
        Ok(dropped)
    }

    /// What happens at the end of the heap needs a heap that is full up to there: one large block
    /// in front of everything may stand for all that filled it.
    fn fill_heap_first(&mut self) -> Result<(), Error> {
        const WORTHWHILE: usize = 10;
        if self.best.calls.len() <= WORTHWHILE {
            return Ok(());
        }
        let before = self.best.clone();
        let size = self.profile.first_mapped(self.profile.mmap_threshold) - 1;
        if self.try_out(|calls| preceded_by(calls, Call::Malloc { size }))? {
            self.drop_calls()?;
        }
        if self.best.calls.len() > before.calls.len() {
            let attempts = self.best.attempts;
            self.best = Shrunk { attempts, ..before };
        }
        Ok(())
    }

    fn shorten_sizes(&mut self) -> Result<(), Error> {
        let mut index = 0;
        while index < self.best.calls.len() {
            for size in smaller_sizes(self.profile, size_of_call(self.best.calls[index])) {
                let Some(&call) = self.best.calls.get(index) else {
                    break;
                };
                if self.is_exhausted() || size >= size_of_call(call) {
                    break;
                }
                if self.try_out(|calls| replaced(calls, index, with_size(call, size)))? {
                    break;
                }
            }
            index += 1;
        }
        Ok(())
    }

    /// `os_malloc` in place of anything that is asked for a new block.
    fn simplify_functions(&mut self) -> Result<(), Error> {
        for index in 0..self.best.calls.len() {
            let plain = match self.best.calls.get(index) {
                Some(Call::Calloc { count, size }) => Call::Malloc {
                    size: count.saturating_mul(*size),
                },
                Some(&Call::Realloc {
                    pointer: Pointer::Null,
                    size,
                }) => Call::Malloc { size },
                Some(&Call::Realloc { pointer, size: 0 }) => Call::Free { pointer },
                _ => continue,
            };
            self.try_out(|calls| replaced(calls, index, plain))?;
        }
        Ok(())
    }

    /// Whether a candidate, made of the best sequence so far, fails in the same way; then it is the
    /// best.
    fn try_out(&mut self, change: impl FnOnce(&[Call]) -> Vec<Call>) -> Result<bool, Error> {
        // Asked first: to copy a long sequence for nothing, once for each call, takes minutes.
        if self.is_exhausted() {
            return Ok(false);
        }
        let candidate = change(&self.best.calls);
        let same = candidate == self.best.calls || candidate.is_empty();
        if same || first_illegal(self.profile, &candidate).is_some() {
            return Ok(false);
        }
        self.best.attempts += 1;
        let mut failures = self.trial.examine(&candidate)?.into_iter();
        let same = |failure: &Failure| failure.resembles(&self.best.failure);
        let Some(failure) = failures.find(same) else {
            return Ok(false);
        };
        self.best.calls = candidate;
        self.best.calls.truncate(failure.call.0 as usize);
        self.best.failure = failure;
        Ok(true)
    }

    fn is_exhausted(&self) -> bool {
        self.best.attempts >= self.effort.attempts || self.started.elapsed() >= self.effort.time
    }
}

/// The sequence with another call in this place.
fn replaced(calls: &[Call], index: usize, call: Call) -> Vec<Call> {
    let mut calls = calls.to_vec();
    calls[index] = call;
    calls
}

/// The sequence with one more call in front of it.
fn preceded_by(calls: &[Call], first: Call) -> Vec<Call> {
    let shifted = calls
        .iter()
        .map(|call| call.with_argument(|it| it.later(1)));
    std::iter::once(first).chain(shifted).collect()
}

/// Sizes to try in place of `size`, the smallest first.
fn smaller_sizes(profile: &Profile, size: u64) -> Vec<u64> {
    let unit = profile.alignment;
    let mut sizes = Vec::new();
    if size.is_multiple_of(unit) {
        let powers = (0..64).map(|shift| unit << shift);
        let powers = powers.take_while(|&power| power < size);
        sizes.extend(powers);
        let thousands = [100, 200, 400, 1000, 2000, 4000];
        let near = [profile.smallest_chunk(), size / 2];
        sizes.extend(thousands.iter().chain(&near).map(|it| it / unit * unit));
        // Down to a border that lies anywhere, in steps that double.
        let steps = (0..24).map(|shift| size.saturating_sub(unit << shift));
        sizes.extend(steps);
        sizes.sort_unstable();
    } else {
        // An odd size is the point, or it is not.
        sizes.extend([unit, 1, size.next_multiple_of(unit), size % unit]);
    }
    sizes.retain(|&other| other > 0 && other < size);
    sizes.dedup();
    sizes
}

const fn size_of_call(call: Call) -> u64 {
    match call {
        Call::Malloc { size } | Call::Realloc { size, .. } => size,
        Call::Calloc { count, size } => count.saturating_mul(size),
        Call::Free { .. } | Call::MoveBreak { .. } => 0,
    }
}

const fn with_size(call: Call, size: u64) -> Call {
    match call {
        Call::Malloc { .. } => Call::Malloc { size },
        Call::Calloc { .. } => Call::Calloc { count: 1, size },
        Call::Realloc { pointer, .. } => Call::Realloc { pointer, size },
        other => other,
    }
}
