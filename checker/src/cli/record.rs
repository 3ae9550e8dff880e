//! `checker record`: a program's allocations, recorded while it runs.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use anyhow::{Context as _, Error};
use clap::Args;
use recorder::{Order, Recorded};
use traces::{LeftOut, Summary, Trace};

use super::{Exit, own, shrunk};
use crate::carried;
use crate::profile;
use crate::replay::{Bounds, Plan, Sizes};
use crate::snapshot::script::Script;
use crate::submission::neutral;
use crate::tracer::Limits;

/// Nothing was recorded, as `env`, `nohup` and `timeout` say it.
const NOT_RECORDED: u8 = 125;
/// The program cannot be run.
const NOT_RUN: u8 = 126;
/// There is no such program.
const NOT_FOUND: u8 = 127;

/// Most calls of a scenario: the heap is looked at after each.
const SCENARIO: usize = 1000;

const EXIT_CODES: &str = "\
Exit codes: the program's own, 128 + N when signal N ended it; or else
  125  nothing was recorded
  126  the program cannot be run
  127  there is no such program";

/// Runs a program as usual and records its calls of malloc, calloc, realloc and free, of all
/// threads, until it ends. Children are not recorded. The program must be linked dynamically.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// The file that is written; by default NAME.trace, after the program. One called NAME.snap
    /// becomes a scenario.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Most calls that are recorded; the program goes on.
    #[arg(long, default_value_t = 1 << 20, value_parser = clap::value_parser!(u32).range(1..=1 << 28))]
    calls: u32,
    /// Record the first process of this name, which PROGRAM starts, instead of PROGRAM itself.
    #[arg(long, value_name = "NAME")]
    process: Option<String>,
    /// Say nothing about what was recorded.
    #[arg(long)]
    quiet: bool,
    /// The program and its arguments, after `--`.
    #[arg(required = true, last = true, value_name = "PROGRAM")]
    command: Vec<OsString>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    match record(arguments) {
        Ok(exit) => Ok(exit),
        Err(error) => {
            // The exit codes of other commands would be taken for the program's.
            writeln!(io::stderr(), "checker: {}", super::message(&error))?;
            Ok(Exit::Other(exit_of_error(&error)))
        }
    }
}

fn record(arguments: &Arguments) -> Result<Exit, Error> {
    let (program, rest) = arguments.command.split_first().context("no program")?;
    let order = Order {
        program: program.clone(),
        arguments: rest.to_vec(),
        process: arguments.process.clone(),
        calls: arguments.calls,
    };
    let recorded = recorder::record(&order, carried::RECORDER)?;
    let Some(trace) = &recorded.trace else {
        writeln!(io::stderr(), "checker: {}", why_nothing(&order))?;
        return Ok(Exit::Other(NOT_RECORDED));
    };
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}.trace", trace.name().replace('/', "_"))),
    };
    let bytes = match path.extension() {
        Some(ending) if ending == own::ENDING => scenario(&path, trace)?.into_bytes(),
        _ => trace.to_bytes(),
    };
    fs::write(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
    if !arguments.quiet {
        let mut out = io::stderr().lock();
        let (calls, name) = (trace.steps().len(), trace.name());
        let (path, bytes) = (path.display(), bytes.len());
        writeln!(
            out,
            "recorded {calls} calls of {name} in {path}, {bytes} bytes"
        )?;
        tell(&mut out, &recorded, trace)?;
    }
    Ok(Exit::Other(exit_of_program(recorded.status)))
}

/// The first calls as a scenario, with what each must do. Where the assignment leaves open what comes
/// of a size, it is rounded.
fn scenario(path: &Path, trace: &Trace) -> Result<String, Error> {
    let stem = own::stem(path)?;
    let bounds = Bounds {
        calls: SCENARIO,
        ..Bounds::within(Limits::default().memory)
    };
    let profile = profile::in_use();
    let plan = Plan::of(trace, &profile, Sizes::Judged, &bounds);
    if let Some(cut) = plan.cut {
        let (count, reason) = (plan.calls.len(), cut.reason());
        writeln!(
            io::stderr(),
            "the scenario has the first {count} calls; {reason}"
        )?;
    }
    let name = neutral(trace.name().as_bytes());
    let head = vec![format!("purpose: what {name} asks of malloc")];
    Ok(Script::of_calls(
        &stem,
        head,
        &shrunk::golden(&stem, &plan.calls),
    ))
}

fn why_nothing(order: &Order) -> String {
    match &order.process {
        Some(name) => format!("nothing was recorded: no process of the name {name} was started"),
        None => format!(
            "nothing was recorded: {} is linked statically, runs with another user's rights, or \
             does not use glibc",
            order.program.to_string_lossy()
        ),
    }
}

fn tell(out: &mut impl io::Write, recorded: &Recorded, trace: &Trace) -> io::Result<()> {
    if recorded.replaced > 0 {
        writeln!(
            out,
            "  the process ran another program before; its calls are not recorded"
        )?;
    }
    write_summary(out, trace)
}

/// A trace in a few lines.
pub(super) fn write_summary(out: &mut impl io::Write, trace: &Trace) -> io::Result<()> {
    let summary = trace.summary();
    let Summary {
        mallocs,
        callocs,
        reallocs,
        frees,
        ..
    } = summary;
    writeln!(
        out,
        "  {mallocs} malloc, {callocs} calloc, {reallocs} realloc, {frees} free"
    )?;
    writeln!(
        out,
        "  at most {} blocks live with {} bytes; {} never freed",
        summary.peak_blocks, summary.peak_bytes, summary.left_blocks
    )?;
    write_sizes(out, &summary)?;
    let LeftOut {
        failed,
        foreign,
        aligned,
        beyond,
    } = trace.left_out();
    for (count, what) in [
        (failed, "failed and are left out"),
        (foreign, "were about pointers from elsewhere, left out"),
        (aligned, "asked for an alignment, which is left out"),
        (beyond, "came after the last that was written down"),
    ] {
        if count > 0 {
            writeln!(out, "  {count} calls {what}")?;
        }
    }
    Ok(())
}

fn write_sizes(out: &mut impl io::Write, summary: &Summary) -> io::Result<()> {
    let requests: u64 = summary.classes.iter().sum();
    let shares = summary.classes.iter().enumerate();
    let shares = shares.filter(|&(_, &count)| count > 0);
    let shares = shares.map(|(class, &count)| {
        let share = count as f64 / requests as f64 * 100.0;
        match Summary::limit(class) {
            Some(limit) => format!("<={limit} {share:.1}%"),
            None => format!("more {share:.1}%"),
        }
    });
    let shares: Vec<String> = shares.collect();
    for (index, line) in shares.chunks(8).enumerate() {
        let title = if index == 0 { "bytes" } else { "     " };
        writeln!(out, "  {title}  {}", line.join("  "))?;
    }
    Ok(())
}

fn exit_of_program(status: ExitStatus) -> u8 {
    let code = status.code().or(status.signal().map(|it| 128 + it));
    code.and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}

fn exit_of_error(error: &Error) -> u8 {
    match error.downcast_ref() {
        Some(recorder::Error::Run { source, .. }) => match source.kind() {
            io::ErrorKind::NotFound => NOT_FOUND,
            _ => NOT_RUN,
        },
        _ => NOT_RECORDED,
    }
}
