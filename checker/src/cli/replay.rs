//! `checker replay`: what a real program asked for, played and judged.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error};
use clap::Args;
use traces::{Summary, Trace};

use super::building::Building;
use super::reference::library_bytes;
use super::{Exit, Settings, Wrong, shrunk};
use crate::batch::given;
use crate::fuzz::{Effort, Failure};
use crate::profile;
use crate::replay::{self, Bounds, Found, Options, Plan, Replayed, Sizes};
use crate::snapshot;
use crate::sys::watchdog::Watchdog;
use crate::tracer::{Limits, Stage};
use crate::types::{Profile, Status};

/// A shrunk sequence of more calls is not printed.
const PRINTED: usize = 100;

/// Plays a trace that `record` wrote on submissions, judges every call, and shrinks failing
/// sequences. Sizes are rounded where the assignment leaves open what happens.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The trace.
    trace: PathBuf,
    /// The submissions; the built-in reference without any.
    submissions: Vec<PathBuf>,
    #[command(flatten)]
    building: Building,
    /// Seconds of processor time for the whole trace.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = super::settings::seconds)]
    time: f64,
    /// Most calls that are played.
    #[arg(long)]
    calls: Option<usize>,
    /// Calls between two reads of the heap from outside; without it, the heap is read some hundred
    /// times.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    interval: Option<u32>,
    /// Ask for exactly the sizes of the trace. A submission that makes a permitted choice can then
    /// be blamed wrongly.
    #[arg(long)]
    exact: bool,
    /// Write the shrunk sequence as a C program that shows the failure by itself, or as a scenario
    /// when the file is called NAME.snap.
    #[arg(long, value_name = "FILE")]
    emit: Option<PathBuf>,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let trace = read(&arguments.trace)?;
    let limits = settings.limits()?;
    let plan = plan(arguments, &trace, &limits);
    let mut out = io::stdout().lock();
    introduce(&mut out, &arguments.trace, &trace, &plan)?;
    let libraries = arguments.submissions.iter();
    let mut libraries: Vec<Option<&Path>> = libraries.map(|path| Some(path.as_path())).collect();
    if libraries.is_empty() {
        libraries.push(None);
    }
    let mut exit = Exit::Passed;
    for library in libraries {
        exit = exit.max(play(&mut out, settings, arguments, &plan, library)?);
    }
    Ok(exit)
}

fn read(path: &Path) -> Result<Trace, Error> {
    let wrong = |reason: String| Wrong(format!("{}: {reason}", path.display()));
    let mut bytes = Vec::new();
    let read = given::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(|error| wrong(error.to_string()))?;
    Ok(Trace::from_bytes(&bytes).map_err(|error| wrong(error.to_string()))?)
}

fn plan(arguments: &Arguments, trace: &Trace, limits: &Limits) -> Plan {
    let mut bounds = Bounds::within(limits.memory);
    bounds.calls = arguments.calls.unwrap_or(bounds.calls);
    let sizes = match arguments.exact {
        true => Sizes::Exact,
        false => Sizes::Judged,
    };
    Plan::of(trace, &profile::in_use(), sizes, &bounds)
}

fn introduce(out: &mut impl Write, path: &Path, trace: &Trace, plan: &Plan) -> io::Result<()> {
    let Summary {
        peak_blocks,
        peak_bytes,
        ..
    } = trace.summary();
    let calls = trace.steps().len();
    writeln!(
        out,
        "{}: {calls} calls of {}, at most {peak_blocks} blocks live with {peak_bytes} bytes",
        path.display(),
        trace.name()
    )?;
    if let Some(cut) = plan.cut {
        let (played, reason) = (plan.calls.len(), cut.reason());
        writeln!(out, "  the first {played} calls are played: {reason}")?;
    }
    if plan.rounded > 0 {
        writeln!(
            out,
            "  {} sizes are rounded: what happens with them is left open",
            plan.rounded
        )?;
    }
    Ok(())
}

fn play(
    out: &mut impl Write,
    settings: &Settings,
    arguments: &Arguments,
    plan: &Plan,
    path: Option<&Path>,
) -> Result<Exit, Error> {
    let name = path.map_or_else(
        || "the built-in reference".to_owned(),
        |path| path.display().to_string(),
    );
    let library = match library_bytes(settings, path, &arguments.building)? {
        Ok(library) => library,
        Err(reason) => {
            writeln!(io::stderr(), "checker: {name}: {reason}")?;
            return Ok(Exit::NotBuilt);
        }
    };
    let grader = settings.grader(&[])?;
    let options = Options {
        manner: grader.manner(&library.bytes)?,
        interval: arguments.interval,
        effort: Effort::default(),
    };
    let (patient, brisk) = stages(settings, arguments, &library.bytes, &grader.profile)?;
    let report = replay::replay(&patient, &brisk, &grader.profile, plan, &options)?;
    tell(out, &name, plan, &report)?;
    if report.found.is_empty() {
        return Ok(Exit::Passed);
    }
    let shrunk = report
        .found
        .iter()
        .filter_map(|found| found.minimal.as_ref());
    for minimal in shrunk.clone() {
        writeln!(out)?;
        shrunk::show(out, minimal, PRINTED)?;
    }
    if let (Some(path), Some(minimal)) = (&arguments.emit, shrunk.clone().next()) {
        shrunk::emit(path, minimal)?;
    }
    Ok(Exit::Failed)
}

/// A stage for the whole trace, and one for shrinking.
fn stages(
    settings: &Settings,
    arguments: &Arguments,
    library: &[u8],
    profile: &Profile,
) -> Result<(Stage, Stage), Error> {
    let watchdog = Watchdog::start();
    let computing = Duration::try_from_secs_f64(arguments.time).context("--time")?;
    let usual = settings.limits()?;
    let stage = |limits| {
        let stage = Stage::new(library, *profile, limits, watchdog.clone())?;
        Ok::<_, Error>(stage.isolated(settings.isolation()))
    };
    let patient = Limits {
        computing,
        waiting: computing.saturating_mul(10),
        ..usual
    };
    // All the time may go into a single call.
    Ok((stage(patient)?.paced(computing), stage(usual)?))
}

fn tell(out: &mut impl Write, name: &str, plan: &Plan, report: &Replayed) -> io::Result<()> {
    let calls = plan.calls.len();
    let seconds = report.took.as_secs_f64();
    let Some(Found { failure, .. }) = report.found.first() else {
        let rate = calls as f64 / seconds.max(1e-9);
        return writeln!(
            out,
            "PASS {name}: {calls} calls in {seconds:.2} s ({rate:.0} calls a second)"
        );
    };
    let word = status(failure).word();
    let made = failure.call.0.saturating_sub(1);
    writeln!(
        out,
        "{word} {name}: after {made} of {calls} calls, {seconds:.2} s"
    )?;
    for Found { failure, .. } in &report.found {
        writeln!(out, "  {}", described(failure, plan))?;
    }
    Ok(())
}

/// The call that is to blame, and what is wrong with it.
fn described(failure: &Failure, plan: &Plan) -> String {
    let index = (failure.call.0 as usize).checked_sub(1);
    let call = index.and_then(|index| plan.calls.get(index));
    let sentence = &failure.sentence;
    match call {
        Some(&call) => format!(
            "call {}, {}: {sentence}",
            failure.call.0,
            snapshot::call_text(failure.call, call)
        ),
        None => sentence.clone(),
    }
}

const fn status(failure: &Failure) -> Status {
    match (failure.crashes(), failure.hangs()) {
        (true, _) => Status::Crash,
        (_, true) => Status::Timeout,
        _ => Status::Fail,
    }
}
