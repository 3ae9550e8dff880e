//! `checker debug`: a debugger in the scenario program, at the call that goes wrong.
//!
//! The debugger runs the submission as any program of the user's: nothing keeps it apart, and nothing
//! that it does there is judged.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::slice::from_ref;

use anyhow::{Context as _, Error};
use clap::Args;

use super::building::Building;
use super::terminal::{Ink, Paper, quoted};
use super::{Exit, Settings, Wrong, reference};
use crate::record::{Failure, Record};
use crate::report::by_cost;
use crate::rubric::{Known, Rubric};
use crate::submission::{Submission, shown};
use crate::suite::SCENARIOS;
use crate::types::{Call, Profile};
use crate::{carried, plan, profile, selection};

/// A scenario and a submission.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The number of a scenario (0609); without it, the example of the most expensive mistake.
    scenario: Option<String>,
    /// The submission: a directory, a .c file or a .so file; without it, the current folder.
    #[arg(value_name = "SUBMISSION")]
    submission: Option<PathBuf>,
    #[command(flatten)]
    building: Building,
    /// What follows `--` goes to the debugger: `checker debug 0609 -- -batch -ex backtrace`.
    #[arg(last = true, value_name = "ARGUMENT")]
    debugger: Vec<OsString>,
}

struct Stop<'a> {
    /// The number of the scenario.
    number: &'static str,
    /// The call, and its number.
    call: (u32, Call),
    failure: Option<&'a Failure>,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let (scenario, path) = wanted(arguments)?;
    if profile::in_use() != Profile::DEFAULT {
        wrong!(
            "debug: the scenario program makes the calls of the default profile only; \
             leave out --profile"
        );
    }
    let library = reference::library(settings, Some(&path), &arguments.building)?;
    let bytes = library.bytes.clone();
    let grader = settings.grader(&[])?;
    let record = grader.examine(&shown(&path), &Ok(library), 0.0)?;
    let stop = match scenario {
        Some(index) => in_scenario(&record, index)?,
        None => match first_to_look_at(&record) {
            Some(stop) => stop,
            None => {
                let found = "nothing is wrong in a scenario that can be run by hand";
                writeln!(io::stdout(), "{}: {found}", shown(&path))?;
                return Ok(Exit::Passed);
            }
        },
    };
    let mut out = io::stdout().lock();
    let paper = Paper::of_stdout(settings.colored());
    let told = stop.told(&paper);
    told.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    out.flush()?;
    drop(out);
    start(&stop, &bytes, &arguments.debugger)
}

/// The scenario that is asked for, and the submission.
fn wanted(arguments: &Arguments) -> Result<(Option<usize>, PathBuf), Error> {
    let here = Path::new(".");
    let (topic, path) = match (&arguments.scenario, &arguments.submission) {
        // One word alone may be either.
        (Some(word), None) if selection::indices(from_ref(word)).is_err() => {
            (None, Some(PathBuf::from(word)))
        }
        (topic, path) => (topic.as_ref(), path.clone()),
    };
    let index = match topic {
        Some(topic) => selection::indices(from_ref(topic))?.first().copied(),
        None => None,
    };
    let path = match path {
        Some(path) => path,
        None if Submission::at(here).is_some() => here.to_owned(),
        None => {
            wrong!("no submission in this folder; name one: `checker debug 0609 PATH`");
        }
    };
    Ok((index, path))
}

/// The first wrong call of a scenario; its first call where none is.
fn in_scenario(record: &Record, index: usize) -> Result<Stop<'_>, Error> {
    let scenario = &SCENARIOS[index];
    if let Some(own) = SCENARIOS.own_at(index) {
        let path = shown(&own.path);
        wrong!("{path}: the scenario program has the built-in scenarios only");
    }
    let result = record.results.iter().find(|it| it.stem == scenario.stem);
    let failure = result.and_then(|it| it.failure.as_ref());
    if let Some(failure) = failure.filter(|it| it.call.is_some() && !it.by_hand) {
        let sentence = &failure.sentence;
        let reason = "that does not happen in a run by hand";
        wrong!("{}: {sentence}; {reason}", scenario.stem);
    }
    let stop = Stop::at(index, failure.filter(|it| it.by_hand));
    Ok(stop.ok_or_else(|| Wrong(format!("{}: it makes no call", scenario.stem)))?)
}

/// The example of the most expensive mistake that has one which can be run by hand; else the first scenario
/// with a wrong call.
fn first_to_look_at(record: &Record) -> Option<Stop<'_>> {
    let rubric = Rubric::built_in(&Known::all(&SCENARIOS)).ok();
    let grade = rubric.and_then(|rubric| rubric.grade(record).ok());
    let mistakes = by_cost(record, grade.as_ref()).into_iter();
    let examples = mistakes.filter_map(|mistake| mistake.example.as_ref());
    let examples = examples.map(|example| (&example.stem, &example.failure));
    let results = record
        .results
        .iter()
        .filter(|result| result.status.is_wrong());
    let results = results.filter_map(|result| Some((&result.stem, result.failure.as_ref()?)));
    examples
        .chain(results)
        .filter(|(_, failure)| failure.by_hand)
        .find_map(|(stem, failure)| {
            let index = SCENARIOS
                .iter()
                .position(|scenario| scenario.stem == stem)?;
            let built_in = SCENARIOS.own_at(index).is_none();
            built_in.then(|| Stop::at(index, Some(failure)))?
        })
}

impl<'a> Stop<'a> {
    fn at(index: usize, failure: Option<&'a Failure>) -> Option<Self> {
        let calls = plan::calls(&SCENARIOS[index], &Profile::DEFAULT);
        let number = failure.and_then(|failure| failure.call).unwrap_or(1);
        let call = *calls.get((number as usize).checked_sub(1)?)?;
        Some(Self {
            number: SCENARIOS[index].number(),
            call: (number, call),
            failure,
        })
    }

    fn told(&self, paper: &Paper) -> Vec<String> {
        let (number, call) = &self.call;
        let scenario = SCENARIOS.iter().find(|it| it.number() == self.number);
        let stem = scenario.map_or(self.number, |it| it.stem);
        let Some(failure) = self.failure else {
            let text = format!("{stem}: no call is wrong; the debugger stops in the first one");
            return paper.text("", &text);
        };
        let text = format!("{stem}, call {number}: {}", failure.code);
        let mut lines = paper.text("", &text);
        lines.extend(paper.inked(Ink::Strong, "   ", &failure.sentence));
        let source = failure.source.as_ref();
        let source = source.map(|it| paper.inked(Ink::Strong, "   ", &it.to_string()));
        lines.extend(source.unwrap_or_default());
        let function = call.function();
        let next = match self.line() {
            Some(_) => "`continue` runs to the line",
            None => "`finish` runs to its return",
        };
        let text = format!("The debugger stops at the entry of {function} in that call; {next}.");
        lines.extend(paper.text("", &text));
        lines.push(String::new());
        lines
    }

    /// The line at which it goes wrong, as debuggers take it.
    fn line(&self) -> Option<String> {
        let (file, line) = self.failure?.source.as_ref()?.place()?;
        // The name comes from the submission, and may hold anything.
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-+/".contains(c);
        let usual = file.chars().all(plain) && !file.starts_with(['-', '+', '.']);
        usual.then(|| format!("{file}:{line}"))
    }

    /// Whether it is in the scenario's call, and not in an earlier one.
    fn condition(&self) -> String {
        format!("*(unsigned int *)&ref_tests_call == {}", self.call.0)
    }

    /// The first commands for `gdb`.
    fn for_gdb(&self, library: &Path) -> String {
        let (function, condition) = (self.call.1.function(), self.condition());
        let mut text = format!(
            "set breakpoint pending on\nset startup-with-shell off\n\
             set environment LD_PRELOAD {}\ntbreak {function} if {condition}\n",
            library.display()
        );
        if let Some(line) = self.line() {
            text += &format!("tbreak {line} if {condition}\n");
        }
        text + "run\n"
    }

    /// The first commands for `lldb`.
    fn for_lldb(&self, library: &Path) -> String {
        let (function, condition) = (self.call.1.function(), self.condition());
        let mut text = format!(
            "settings set target.env-vars LD_PRELOAD={}\n\
             breakpoint set --one-shot true --name {function} --condition '{condition}'\n",
            library.display()
        );
        if let Some((file, line)) = self.line().as_deref().and_then(|it| it.rsplit_once(':')) {
            text += &format!(
                "breakpoint set --one-shot true --file {file} --line {line} --condition '{condition}'\n"
            );
        }
        text + "process launch\n"
    }
}

/// Starts the first debugger that there is; where there is none, says what to do with one.
fn start(stop: &Stop<'_>, library: &[u8], arguments: &[OsString]) -> Result<Exit, Error> {
    let folder = tempfile::Builder::new().prefix("osmem-debug-").tempdir();
    let folder = folder.context("cannot make a temporary folder")?;
    let path = |name: &str| folder.path().join(name);
    let [program, object] = [path("ref_tests"), path("libosmem.so")];
    let scripts = [stop.for_gdb(&object), stop.for_lldb(&object)];
    let write = || {
        fs::write(&program, carried::PROGRAM)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        fs::write(&object, library)?;
        fs::write(path("gdb"), &scripts[0])?;
        fs::write(path("lldb"), &scripts[1])
    };
    write().with_context(|| format!("cannot write to {}", folder.path().display()))?;
    let mut gdb = Command::new("gdb");
    gdb.args(["-q", "-x"]).arg(path("gdb")).args(arguments);
    gdb.arg("--args").arg(&program).arg(stop.number);
    let mut lldb = Command::new("lldb");
    lldb.arg("-s").arg(path("lldb")).args(arguments);
    lldb.arg("--").arg(&program).arg(stop.number);
    // Ctrl-C stops the program in the debugger, and does not end the checker.
    ctrlc::set_handler(|| {}).context("cannot leave Ctrl-C to the debugger")?;
    for mut debugger in [gdb, lldb] {
        match debugger.status() {
            Ok(_) => return Ok(Exit::Passed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let name = shown(Path::new(debugger.get_program()));
                return Err(error).with_context(|| format!("cannot start {name}"));
            }
        }
    }
    let folder = folder.keep();
    let [script, program] = ["gdb", "ref_tests"].map(|name| quoted(&shown(&folder.join(name))));
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "Neither gdb nor lldb is installed. With gdb, this does it:\n"
    )?;
    writeln!(
        out,
        "  gdb -q -x {script} --args {program} {}\n",
        stop.number
    )?;
    writeln!(out, "where {script} says:\n")?;
    let mut lines = scripts[0].lines();
    lines.try_for_each(|line| writeln!(out, "  {line}"))?;
    Ok(Exit::Passed)
}
