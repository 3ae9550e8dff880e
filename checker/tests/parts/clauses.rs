//! Every clause that scenarios can show is named by one of them at least.

use std::collections::BTreeSet;

use ref_tests::SCENARIOS;
use ref_tests::clause::Clause;

#[test]
fn every_clause_is_named_by_a_scenario() {
    let named: BTreeSet<_> = SCENARIOS.iter().flat_map(|it| it.clauses).collect();
    // Links that are wrong cost nothing (B3): any scenario shows them.
    let shown = Clause::ALL.iter().filter(|&&it| it != Clause::B3);
    let missing: Vec<_> = shown.filter(|it| !named.contains(it)).collect();
    assert!(missing.is_empty(), "named by no scenario: {missing:?}");
}

#[test]
fn needs_are_numbers_of_earlier_scenarios() {
    for scenario in SCENARIOS {
        for need in scenario.needs {
            let known = SCENARIOS.iter().any(|other| other.number() == *need);
            assert!(
                known && *need < scenario.number(),
                "{}: needs {need}",
                scenario.stem
            );
        }
    }
}
