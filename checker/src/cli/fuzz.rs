//! `checker fuzz`: random sequences of calls.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error};
use clap::Args;

use super::building::Building;
use super::seeds::Seeds;
use super::{Exit, Settings, reference, shrunk};
use crate::fuzz::Manner;
use crate::fuzz::{self, Hunted, Options};
use crate::types::Profile;

/// Plays random sequences of legal calls at full speed, and judges each call with the permitted
/// choices that the scenarios show. Each mistake that is found is shrunk to a short sequence.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The submission; the built-in reference without it.
    submission: Option<PathBuf>,
    #[command(flatten)]
    building: Building,
    #[command(flatten)]
    seeds: Seeds,
    /// Calls in all.
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// Calls of one sequence.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(fuzz::LONGEST)))]
    length: u32,
    /// Seconds after which no new sequence is started.
    #[arg(long, value_parser = super::settings::seconds)]
    time: Option<f64>,
    /// Calls between two reads of the heap from outside.
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    interval: u32,
    /// Write the shrunk sequence as a C program that shows the failure by itself, or as a scenario
    /// when the file is called NAME.snap.
    #[arg(long, value_name = "FILE")]
    emit: Option<PathBuf>,
    /// Measure instead: calls per second, checked and judged, and the same calls unchecked.
    #[arg(long)]
    rate: bool,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let path = arguments.submission.as_deref();
    let library = reference::library(settings, path, &arguments.building)?;
    let grader = settings.grader(&[])?;
    let options = options(settings, arguments, path, grader.manner(&library.bytes)?)?;
    let profile = grader.profile;
    if arguments.rate {
        return rate(&library.bytes, &profile, &options);
    }
    let report = fuzz::run(&library.bytes, &profile, &options)?;
    tell(&report)?;
    match report.found.first() {
        Some(found) => {
            if let Some(path) = &arguments.emit {
                shrunk::emit(path, &found.minimal)?;
            }
            Ok(Exit::Failed)
        }
        None => Ok(Exit::Passed),
    }
}

fn options(
    settings: &Settings,
    arguments: &Arguments,
    submission: Option<&Path>,
    manner: Manner,
) -> Result<Options, Error> {
    let time = arguments
        .time
        .map(Duration::try_from_secs_f64)
        .transpose()
        .context("--time")?;
    let calls = u64::from(arguments.length).min(arguments.calls.max(1));
    Ok(Options {
        seed: arguments.seeds.seed(submission)?,
        sequences: arguments.calls.div_ceil(calls).max(1),
        calls: calls as u32,
        time,
        jobs: settings.jobs,
        interval: arguments.interval,
        ..Options::new(manner)
    })
}

fn rate(library: &[u8], profile: &Profile, options: &Options) -> Result<Exit, Error> {
    let rate = fuzz::measure(library, profile, options)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} calls on one processor", rate.calls)?;
    writeln!(
        out,
        "checked and judged  {:>12.0} calls a second",
        rate.checked_per_second()
    )?;
    writeln!(
        out,
        "unchecked           {:>12.0} calls a second",
        rate.bare_per_second()
    )?;
    writeln!(out, "ratio               {:>12.1}", rate.ratio())?;
    Ok(if rate.failures == 0 {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

fn tell(report: &Hunted) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    for found in &report.found {
        let (call, calls) = (found.failure.call.0, found.calls.len());
        writeln!(out, "seed {}: call {call} of {calls}", found.seed)?;
        writeln!(out, "  {}\n", found.failure.sentence)?;
        shrunk::show(&mut out, &found.minimal, usize::MAX)?;
    }
    let found = match report.found.len() {
        0 => "nothing found".to_owned(),
        1 => "one mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    writeln!(
        out,
        "{} sequences, {} calls, {:.2} s ({:.0} calls a second): {found}",
        report.sequences,
        report.calls,
        report.took.as_secs_f64(),
        report.calls as f64 / report.took.as_secs_f64().max(1e-9),
    )?;
    Ok(())
}
