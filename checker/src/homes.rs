//! The homes of each mistake: the scenarios that test for it.
//!
//! A mistake shows in many scenarios, because each scenario uses many parts of an allocator. It is
//! at home in a scenario in which it shows and which tests a clause that it breaks there: its own, or
//! that of the decision which it changes. Where it shows already in scenarios that must be passed
//! first, it is not. Homes are known before the first submission is graded: the checker makes the
//! mistake in each call of each scenario, from the heap that the specification leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use ref_tests::scenario::{Kind, Scenario};

use crate::judge::Scope;
use crate::plan;
use crate::profile;
use crate::spec::{
    Choices, Chooser, Denied, Mistake, Request, State, Stepped, Trial, pointee, step,
};
use crate::suite::SCENARIOS;
use crate::types::{Clause, Errno, Place, Profile, SystemCall};

/// The scenarios in which each known mistake shows, and those where it is at home.
#[derive(Clone, Debug)]
pub struct Homes {
    /// For each mistake in each scope, indices of scenarios, and whether they test a clause that it
    /// breaks there.
    shows: Vec<[BTreeMap<usize, bool>; Scope::ALL.len()]>,
    /// Those of them where it is at home.
    homes: Vec<[Vec<usize>; Scope::ALL.len()]>,
    /// For each scenario, the mistakes that are at home there.
    inside: Vec<Vec<Mistake>>,
}

/// Mistakes of allocators that join free blocks in `os_free`, and so come to a search with others.
const AT_FREE: [Mistake; 3] = [
    Mistake::CoalescesOnlyAtFree,
    Mistake::CoalescesForwardOnly,
    Mistake::CoalescesBackwardOnly,
];

impl Homes {
    /// Plays all scenarios, with each mistake in each call where it would show.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let mut homes = Self {
            shows: vec![Default::default(); Mistake::ALL.len()],
            homes: Vec::new(),
            inside: vec![Vec::new(); SCENARIOS.len()],
        };
        for (index, scenario) in SCENARIOS.iter().enumerate() {
            homes.play(profile, index, scenario, None);
            for mistake in AT_FREE {
                homes.play(profile, index, scenario, Some(mistake));
            }
        }
        for mistake in Mistake::ALL
            .iter()
            .filter(|mistake| mistake.is_of_headers())
        {
            // They show in every header.
            homes.shows[*mistake as usize] = Default::default();
            homes.shows[*mistake as usize][0] = golden_scenarios()
                .into_iter()
                .map(|index| (index, tests(index, mistake.clause())))
                .collect();
        }
        let gap = homes.shows[Mistake::MergesAcrossGap as usize].clone();
        homes.shows[Mistake::GapIgnored as usize] = gap;
        for (mistake, shows) in Mistake::ALL.iter().zip(&homes.shows) {
            let found = shows.each_ref().map(at_home);
            for &index in &found[0] {
                homes.inside[index].push(*mistake);
            }
            homes.homes.push(found);
        }
        homes
    }

    /// For the constants of this run, found once.
    #[must_use]
    pub fn canonical() -> &'static Self {
        static HOMES: OnceLock<Homes> = OnceLock::new();
        HOMES.get_or_init(|| Self::of(&profile::in_use()))
    }

    /// The mistakes that are at home in the scenario of this index.
    #[must_use]
    pub fn in_scenario(&self, index: usize) -> &[Mistake] {
        &self.inside[index]
    }

    /// Plays a scenario; where a mistake is given, with the blocks joined at `os_free` that it joins
    /// then, and noted for it alone.
    fn play(
        &mut self,
        profile: &Profile,
        index: usize,
        scenario: &Scenario,
        at_free: Option<Mistake>,
    ) {
        let choices = Choices::canonical(profile);
        let mut state = State::new(profile.header);
        let mut places: Vec<Place> = Vec::new();
        for call in plan::calls(scenario, profile) {
            let request = Request::of(&call, |pointer| pointee(&places, pointer));
            let make = |mistakes: &[Mistake], failing: &[SystemCall]| {
                let trial = Trial {
                    profile,
                    request,
                    chooser: Chooser::Fixed(&choices),
                    mistakes,
                    looks: true,
                    denied: Denied(failing),
                };
                step(trial, state.clone())
            };
            let due = make(&[], &[]);
            for &mistake in &due.differing {
                let own = at_free.map_or(!AT_FREE.contains(&mistake), |it| it == mistake);
                if !own {
                    continue;
                }
                let made = make(&[mistake], &[]);
                if differs(&due, &made, profile) {
                    self.note(mistake, index, &request, &due, &made);
                }
            }
            if scenario.kind == Kind::Faults && at_free.is_none() {
                for failing in failures(&due.system_calls) {
                    let due = make(&[], &failing);
                    let unchecked = due.differing.iter().filter(|it| it.clause() == Clause::E3);
                    for &mistake in unchecked {
                        let made = make(&[mistake], &failing);
                        if differs(&due, &made, profile) {
                            self.note(mistake, index, &request, &due, &made);
                        }
                    }
                }
            }
            places.push(due.result.unwrap_or(Place::Null));
            state = due.after;
            if let (
                Some(mistake),
                Request::Free {
                    target: Place::Heap(payload),
                },
            ) = (at_free, request)
            {
                let forward = mistake != Mistake::CoalescesBackwardOnly;
                let backward = mistake != Mistake::CoalescesForwardOnly;
                state
                    .heap
                    .join_around(payload - profile.header, forward, backward);
            }
        }
    }

    fn note(
        &mut self,
        mistake: Mistake,
        scenario: usize,
        request: &Request,
        due: &Stepped,
        made: &Stepped,
    ) {
        // Of what decides the right call, it breaks what does not decide the wrong one.
        let broken = due.reasons.iter().filter(|it| !made.reasons.contains(it));
        let mut broken = broken.map(|it| it.clause).chain([mistake.clause()]);
        let about = broken.any(|clause| tests(scenario, clause));
        let first = due.preallocates();
        for (scope, shows) in Scope::ALL.iter().zip(&mut self.shows[mistake as usize]) {
            if scope.holds(request, first) {
                *shows.entry(scenario).or_default() |= about;
            }
        }
    }

    /// The indices of the scenarios where a mistake in a scope is at home.
    #[must_use]
    pub fn of_mistake(&self, mistake: Mistake, scope: Scope) -> &[usize] {
        let position = Scope::ALL.iter().position(|it| *it == scope).unwrap_or(0);
        &self.homes[mistake as usize][position]
    }
}

/// Of the scenarios in which a mistake shows, its homes: those of them that test a clause that it
/// breaks there.
fn at_home(shows: &BTreeMap<usize, bool>) -> Vec<usize> {
    let about = shows.iter().filter(|(_, about)| **about);
    let about: BTreeSet<usize> = about.map(|(&index, _)| index).collect();
    if about.is_empty() {
        // If no scenario tests the clause, the first scenario that shows the mistake is its home.
        return shows.keys().copied().take(1).collect();
    }
    // A scenario that needs another one in which the mistake shows, directly or not, tests
    // something else.
    let twice = |index: &usize| {
        let needed = needed_by(*index);
        let mut between = about.iter().filter(|other| needed.contains(other));
        between.any(|other| needed_by(*other).iter().any(|first| about.contains(first)))
    };
    let homes = about.iter().copied().filter(|index| !twice(index));
    homes.collect()
}

/// The homes of a mistake that is not in the catalogue: it breaks this clause in these scenarios.
#[must_use]
pub fn of_unnamed(clause: Clause, shown: &BTreeSet<usize>) -> Vec<usize> {
    let shown = shown.iter().map(|&index| (index, tests(index, clause)));
    at_home(&shown.collect())
}

/// Whether a scenario tests a clause. A course's own scenario that names no clause tests all.
fn tests(index: usize, clause: Clause) -> bool {
    let clauses = SCENARIOS[index].clauses;
    clauses.is_empty() || clauses.contains(&clause)
}

/// The scenarios that all submissions can pass by the assignment alone.
fn golden_scenarios() -> BTreeSet<usize> {
    let golden = |index: &usize| SCENARIOS[*index].kind == Kind::Golden;
    (0..SCENARIOS.len()).filter(golden).collect()
}

/// The scenarios that must be passed before one, and those before them.
fn needed_by(index: usize) -> BTreeSet<usize> {
    let mut needed = BTreeSet::new();
    let mut open = vec![index];
    while let Some(index) = open.pop() {
        for number in SCENARIOS[index].needs {
            let found = SCENARIOS.iter().position(|it| it.number() == *number);
            if let Some(other) = found.filter(|other| needed.insert(*other)) {
                open.push(other);
            }
        }
    }
    needed
}

/// The same system calls, with one of them failing.
fn failures(calls: &[SystemCall]) -> Vec<Vec<SystemCall>> {
    let refused = Errno(libc::ENOMEM);
    let failing = |at: usize| {
        let mut calls = calls[..=at].to_vec();
        match &mut calls[at] {
            SystemCall::Brk { failed, .. } => *failed = Some(refused),
            SystemCall::Mmap { result, .. } => *result = Err(refused),
            SystemCall::Munmap { .. } => return None,
        }
        Some(calls)
    };
    (0..calls.len()).filter_map(failing).collect()
}

/// Whether a call with a mistake can be told from one without.
fn differs(due: &Stepped, made: &Stepped, profile: &Profile) -> bool {
    let header = profile.header;
    made.ruined
        || made.harm.shows(&made.after.heap)
        || made.system_calls != due.system_calls
        || made.result != due.result
        || made.after.heap.end != due.after.heap.end
        || made.after.mappings != due.after.mappings
        || made.after.heap.merged(header) != due.after.heap.merged(header)
}
