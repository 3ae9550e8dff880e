//! The scenarios with other sizes, so that a table of the published answers is worth
//! nothing.
//!
//! The sizes are changed one by one and in pairs, as a secret says. A change stays where each call of the scenario
//! still decides what it decided, for the same reasons, and where the same known mistakes would decide
//! otherwise: so the scenario still finds what it is there to find, and costs what it costs. Sizes near
//! a cut-off that the assignment leaves open, sizes that no system gives, and scenarios that probe
//! sizes stay as they are. What must come of the new calls, the specification says.

use std::collections::{BTreeMap, BTreeSet};

use ref_tests::scenario::Scenario;

use crate::digest::digest;
use crate::plan::{self, Plans};
use crate::spec::{self, Choices, Chooser, Denied, Mistake, Reason, Request, State, Trial};
use crate::suite::SCENARIOS;
use crate::types::{Call, Kind, MemoryCall, Place, Profile};

/// So near to a cut-off, sizes stay as they are.
const BAND: u64 = 128;
/// Larger sizes are there to be refused.
const LARGEST: u64 = 1 << 30;
/// Calls of the model that are made for one scenario, at most, besides a few times its own.
const EFFORT: usize = 3000;

/// The calls of all scenarios, with sizes that follow from a secret.
pub fn plans(profile: &Profile, secret: &str) -> Plans {
    let of = |(index, scenario): (usize, &Scenario)| {
        let calls = plan::calls(scenario, profile);
        match scenario.kind {
            // A test's calls are its own to make.
            _ if SCENARIOS.test_at(index).is_some() => calls,
            Kind::Golden | Kind::Faults => Variation::new(profile, calls)
                .by(&digest([secret.as_bytes(), scenario.stem.as_bytes()])),
            Kind::Probe | Kind::Robustness | Kind::Random => calls,
        }
    };
    Plans::varied(SCENARIOS.iter().enumerate().map(of).collect())
}

/// What one call decides.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decided {
    reasons: Vec<&'static Reason>,
    differing: Vec<Mistake>,
    system_calls: Vec<MemoryCall>,
    /// Which block it returns.
    result: Option<Rank>,
    /// The blocks that it leaves: which are free.
    free: Vec<bool>,
}

/// A place by its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    Null,
    Block(Option<usize>),
    Mapping(u32),
}

/// A scenario whose sizes are being changed.
struct Variation<'a> {
    profile: &'a Profile,
    calls: Vec<Call>,
    decided: Vec<Decided>,
    /// Which sizes are others now.
    changed: BTreeMap<u64, u64>,
    /// Calls that may still be made to find out.
    left: usize,
}

impl<'a> Variation<'a> {
    fn new(profile: &'a Profile, calls: Vec<Call>) -> Self {
        let decided: Vec<Decided> = Decisions::new(profile, &calls).collect();
        let left = EFFORT.max(4 * calls.len());
        Self {
            profile,
            calls,
            decided,
            changed: BTreeMap::new(),
            left,
        }
    }

    /// The calls with other sizes; equal sizes stay equal.
    fn by(mut self, seed: &str) -> Vec<Call> {
        let sizes = self.calls.iter().filter_map(|call| self.may_vary(call));
        let sizes: BTreeSet<u64> = sizes.collect();
        let number = |size: u64, step: &str| {
            let digits = digest([seed.as_bytes(), step.as_bytes(), &size.to_le_bytes()]);
            u64::from_str_radix(&digits[..15], 16).expect("a digest is hexadecimal")
        };
        let mut sizes: Vec<u64> = sizes.into_iter().collect();
        sizes.sort_by_key(|&size| number(size, "order"));
        // By up to a quarter, up to a sixteenth, and by little; up or down.
        let unit = self.profile.alignment as i64;
        let steps = |size: u64| {
            [4, 16, 64].map(|part| {
                let most = (size / part / self.profile.alignment).max(1);
                let drawn = number(size, &part.to_string());
                let by = (1 + (drawn >> 1) % most) as i64 * unit;
                if drawn % 2 == 0 { by } else { -by }
            })
        };
        for &size in &sizes {
            steps(size).into_iter().any(|by| self.tries(&[(size, by)]));
        }
        // What fits exactly into something else changes with it.
        let together = [1, -1, 2, -2, 3, -3];
        for (index, &one) in sizes.iter().enumerate() {
            for &other in sizes.iter().skip(index + 1) {
                let pairs = [(one, other), (other, one)];
                let mut ways = pairs.into_iter().flat_map(|(one, other)| {
                    let steps = steps(one).into_iter().chain([unit, -unit]);
                    steps.flat_map(move |by| together.map(|times| [(one, by), (other, times * by)]))
                });
                ways.any(|way| self.tries(&way));
            }
        }
        with(&self.calls, &self.changed)
    }

    /// Whether the scenario stays what it is when these sizes, which are as they were, change by so
    /// much; kept then.
    fn tries(&mut self, sizes: &[(u64, i64)]) -> bool {
        let mut changed = self.changed.clone();
        for &(size, by) in sizes {
            let other = size.checked_add_signed(by).filter(|&other| other > 0);
            match other {
                Some(other) if !changed.contains_key(&size) => changed.insert(size, other),
                _ => return false,
            };
        }
        let calls = with(&self.calls, &changed);
        let mut made = 0;
        let same = made_alike(self.profile, &self.calls, &calls)
            && Decisions::new(self.profile, &calls)
                .zip(&self.decided)
                .take(self.left)
                .inspect(|_| made += 1)
                .all(|(decided, due)| decided == *due);
        self.left -= made;
        let kept = same && self.left > 0;
        if kept {
            self.changed = changed;
        }
        kept
    }

    /// The size of a call that may be another one.
    fn may_vary(&self, call: &Call) -> Option<u64> {
        let (Call::Malloc { size } | Call::Calloc { size, .. } | Call::Realloc { size, .. }) =
            *call
        else {
            return None;
        };
        is_free(self.profile, call).then_some(size)
    }
}

/// Whether what a call asks for is neither nothing, nor refused, nor near a cut-off.
fn is_free(profile: &Profile, call: &Call) -> bool {
    call.size().is_some_and(|asked| {
        let near = |cut: u64| (asked + profile.header).abs_diff(cut) <= BAND;
        asked > 0 && asked < LARGEST && !near(profile.mmap_threshold) && !near(profile.page)
    })
}

/// Whether a call that stood near a cut-off still stands where it stood, and no other does.
fn made_alike(profile: &Profile, usual: &[Call], calls: &[Call]) -> bool {
    let mut both = usual.iter().zip(calls);
    both.all(|(usual, call)| call == usual || (is_free(profile, usual) && is_free(profile, call)))
}

fn with(calls: &[Call], changed: &BTreeMap<u64, u64>) -> Vec<Call> {
    let other = |size: u64| changed.get(&size).copied().unwrap_or(size);
    let of = |call: &Call| match *call {
        Call::Malloc { size } => Call::Malloc { size: other(size) },
        Call::Calloc { count, size } => Call::Calloc {
            count,
            size: other(size),
        },
        Call::Realloc { pointer, size } => Call::Realloc {
            pointer,
            size: other(size),
        },
        same => same,
    };
    calls.iter().map(of).collect()
}

/// What each of some calls decides, one after the other.
struct Decisions<'a> {
    profile: &'a Profile,
    calls: std::slice::Iter<'a, Call>,
    choices: Choices,
    state: State,
    places: Vec<Place>,
}

impl<'a> Decisions<'a> {
    fn new(profile: &'a Profile, calls: &'a [Call]) -> Self {
        Self {
            profile,
            calls: calls.iter(),
            choices: Choices::canonical(profile),
            state: State::new(profile.header),
            places: Vec::new(),
        }
    }
}

impl Iterator for Decisions<'_> {
    type Item = Decided;

    fn next(&mut self) -> Option<Decided> {
        let call = self.calls.next()?;
        let trial = Trial {
            profile: self.profile,
            request: Request::of(call, |pointer| spec::pointee(&self.places, pointer)),
            chooser: Chooser::Fixed(&self.choices),
            mistakes: &[],
            looks: true,
            denied: Denied::default(),
        };
        let state = std::mem::replace(&mut self.state, State::new(self.profile.header));
        let stepped = spec::step(trial, state);
        let blocks = &stepped.after.heap.blocks;
        let rank = |place| match place {
            Place::Heap(payload) => Rank::Block(
                payload
                    .checked_sub(self.profile.header)
                    .and_then(|start| blocks.at(start)),
            ),
            Place::Mapping(number, _) => Rank::Mapping(number.0),
            Place::Null | Place::Elsewhere => Rank::Null,
        };
        let decided = Decided {
            reasons: stepped.reasons,
            differing: stepped.differing,
            system_calls: stepped.system_calls.iter().map(MemoryCall::of).collect(),
            result: stepped.result.map(rank),
            free: blocks.iter().map(|block| block.free).collect(),
        };
        self.places.push(stepped.result.unwrap_or(Place::Null));
        self.state = stepped.after;
        Some(decided)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: Profile = Profile::DEFAULT;

    #[test]
    fn most_scenarios_have_other_sizes_and_the_same_decisions() {
        let of = |secret| plans(&PROFILE, secret);
        let (one, other) = (of("one"), of("other"));
        let (mut moved, mut unlike) = (0, 0);
        for (index, scenario) in SCENARIOS.iter().enumerate() {
            let usual = plan::calls(scenario, &PROFILE);
            let calls = one.calls(index);
            moved += usize::from(calls != usual);
            unlike += usize::from(calls != other.calls(index));
            assert!(Decisions::new(&PROFILE, calls).eq(Decisions::new(&PROFILE, &usual)));
            let open = [Kind::Probe, Kind::Robustness, Kind::Random];
            assert!(
                !open.contains(&scenario.kind) || calls == usual,
                "{}",
                scenario.stem
            );
        }
        assert!(moved > 110 && unlike > 110, "{moved} and {unlike}");
    }

    #[test]
    fn a_size_that_decides_stays() {
        // The rest of the first block is exactly what can be split off.
        let rest = PROFILE.preallocation - 2 * PROFILE.header - PROFILE.alignment;
        let calls = vec![Call::Malloc { size: rest }, Call::Malloc { size: 8 }];
        let varied = Variation::new(&PROFILE, calls.clone()).by("any");
        assert_eq!(varied[0], calls[0]);
    }
}
