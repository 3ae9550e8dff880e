//! `checker list`: the scenarios, a line each.

use std::io::{self, Write as _};

use anyhow::Error;
use ref_tests::scenario::Kind;

use super::Exit;
use crate::selection;
use crate::suite::SCENARIOS;

pub(super) fn run(patterns: &[String]) -> Result<Exit, Error> {
    let mut out = io::stdout().lock();
    for index in selection::indices(patterns)? {
        let scenario = &SCENARIOS[index];
        let mark = match scenario.kind {
            Kind::Golden if SCENARIOS.test_at(index).is_some() => " (its own program)",
            Kind::Golden => "",
            Kind::Faults => " (and with failing system calls)",
            Kind::Random => " (random)",
            Kind::Probe => " (probe)",
            Kind::Robustness => " (robustness)",
        };
        let clauses: Vec<&str> = scenario
            .clauses
            .iter()
            .map(|clause| clause.number())
            .collect();
        writeln!(
            out,
            "{:<44} {}{mark} [{}]",
            scenario.stem,
            scenario.purpose,
            clauses.join(" ")
        )?;
    }
    Ok(Exit::Passed)
}
