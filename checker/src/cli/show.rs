//! `checker show`: a scenario with its clauses, its golden and its source.

use std::io::{self, Write as _};

use anyhow::Error;

use super::{Exit, Settings};
use crate::profile;
use crate::selection;
use crate::submission::shown;
use crate::suite::SCENARIOS;

pub(super) fn run(settings: &Settings, patterns: &[String]) -> Result<Exit, Error> {
    let goldens = settings.goldens()?;
    let mut out = io::stdout().lock();
    for index in selection::indices(patterns)? {
        let scenario = &SCENARIOS[index];
        writeln!(out, "{}: {}\n", scenario.stem, scenario.purpose)?;
        for clause in scenario.clauses {
            writeln!(out, "  {clause:<4} {}", profile::summary(*clause))?;
        }
        if !scenario.needs.is_empty() {
            writeln!(out, "  look at these first: {}", scenario.needs.join(", "))?;
        }
        if let Some(own) = SCENARIOS.own_at(index) {
            // Its golden is a part of it.
            writeln!(out, "  {}\n\n{}", shown(&own.path), scenario.source)?;
            continue;
        }
        writeln!(
            out,
            "\n{}",
            goldens
                .text(scenario.stem)
                .unwrap_or("no golden snapshot\n")
        )?;
        writeln!(out, "{}", scenario.source)?;
        let number = scenario.number();
        writeln!(
            out,
            "By hand: LD_PRELOAD=./libosmem.so ref_tests {number} (`checker export` writes both)\n"
        )?;
    }
    Ok(Exit::Passed)
}
