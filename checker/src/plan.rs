//! The calls that a scenario makes, known without running anything.

use ref_tests::scenario::Scenario;
use ref_tests::script::{Driver, Script};

use crate::types::{Call, CallNumber, Profile};

/// The calls of a scenario, in order.
#[must_use]
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
