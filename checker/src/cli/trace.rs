//! `checker trace`: what a library does in scenarios, call by call.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Error;

use super::building::Building;
use super::{Exit, Settings, reference};
use crate::profile;
use crate::snapshot;
use crate::submission::neutral;
use crate::suite::SCENARIOS;
use crate::sys::watchdog::Watchdog;
use crate::tracer::{Stage, Tracer};
use crate::types::End;
use crate::{plan, selection, transcript};

pub(super) fn run(
    settings: &Settings,
    patterns: &[String],
    library: Option<&Path>,
    building: &Building,
) -> Result<Exit, Error> {
    let profile = profile::in_use();
    let library = reference::library(settings, library, building)?;
    let (limits, watchdog) = (settings.limits()?, Watchdog::start());
    let stage = Stage::new(&library.bytes, profile, limits, watchdog)?;
    let stage = stage.isolated(settings.isolation());
    let mut tracer = Tracer::new(&stage)?;
    let mut out = io::stdout().lock();
    let mut exit = Exit::Passed;
    for index in selection::indices(patterns)? {
        let scenario = &SCENARIOS[index];
        let planned = plan::calls(scenario, &profile);
        let raw = match SCENARIOS.test_at(index) {
            Some(test) => tracer.observe_test(test.program, Some(&planned))?,
            None => tracer.observe(&planned)?,
        };
        let seen = transcript::of(&raw, &profile);
        writeln!(out, "{}", snapshot::render(scenario.stem, &seen))?;
        for (number, step) in (1..).zip(&seen.steps) {
            for finding in &step.findings {
                writeln!(out, "after call {number}: {finding:?}")?;
            }
        }
        if !raw.output.is_empty() {
            writeln!(out, "printed: {}", neutral(&raw.output))?;
        }
        if seen.end != End::Finished(0) {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}
