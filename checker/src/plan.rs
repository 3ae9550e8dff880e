//! The calls that a scenario makes, known without running anything.

use ref_tests::scenario::Scenario;
use ref_tests::script::{Driver, Script};

use crate::suite::SCENARIOS;
use crate::types::{Call, CallNumber, Profile};

/// The calls of all scenarios, in the order of the table.
#[derive(Clone, Debug)]
pub struct Plans {
    calls: Vec<Vec<Call>>,
    varied: bool,
}

impl Plans {
    /// The calls as the scenarios are written.
    pub fn usual(profile: &Profile) -> Self {
        let calls = SCENARIOS.iter().map(|scenario| calls(scenario, profile));
        Self {
            calls: calls.collect(),
            varied: false,
        }
    }

    /// These calls, with other sizes than the scenarios have.
    pub const fn varied(calls: Vec<Vec<Call>>) -> Self {
        Self {
            calls,
            varied: true,
        }
    }

    /// The calls of the scenario at this index.
    pub fn calls(&self, index: usize) -> &[Call] {
        &self.calls[index]
    }

    /// Whether sizes are not as the scenarios are written.
    pub const fn is_varied(&self) -> bool {
        self.varied
    }
}

/// The calls of a scenario, in order.
pub fn calls(scenario: &Scenario, profile: &Profile) -> Vec<Call> {
    struct Collector(Vec<Call>);

    impl Driver for Collector {
        fn step(&mut self, _: CallNumber, call: Call) {
            self.0.push(call);
        }
    }

    let mut collector = Collector(Vec::new());
    scenario.play(&mut Script::new(*profile, &mut collector));
    collector.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scenario whose sizes do not fit would overflow here.
    #[test]
    fn scenarios_fit_the_smallest_constants_that_a_profile_may_have() {
        let smallest = Profile {
            alignment: 32,
            mmap_threshold: 32 << 10,
            preallocation: 32 << 10,
            page: 1 << 10,
            ..Profile::DEFAULT
        };
        let larger = Profile {
            alignment: 8,
            header: 40,
            ..smallest
        };
        for profile in [smallest, larger] {
            for scenario in ref_tests::SCENARIOS {
                let sizes = calls(scenario, &profile)
                    .into_iter()
                    .map(|call| match call {
                        Call::Malloc { size } | Call::Realloc { size, .. } => size,
                        _ => 0,
                    });
                let odd = sizes
                    .filter(|size| (1 << 32..1 << 48).contains(size))
                    .count();
                assert_eq!(odd, 0, "{}", scenario.stem);
            }
        }
    }
}
