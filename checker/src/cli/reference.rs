//! `checker` and `checker run`: scenarios against a shared library.

mod first;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, anyhow};
use clap::{Args, ValueEnum};

use super::building::Building;
use super::last::Last;
use super::terminal::{self, Commands, Detail, Page, Paper, quoted};
use super::{Exit, NotBuilt, Settings, grade, review};
use crate::batch::crew;
use crate::build::{self, Library};
use crate::carried;
use crate::elf;
use crate::grading::{self, Built};
use crate::profile;
use crate::record::{Record, ScenarioResult};
use crate::submission::{Form, Submission, shown};
use crate::suite::SCENARIOS;
use crate::sys::watchdog::Watchdog;
use crate::tracer::Stage;
use crate::types::{Profile, Status};

/// `checker` without a command: the submission that the current folder is, or the reference.
pub(super) fn here(settings: &Settings) -> Result<Exit, Error> {
    let folder = Path::new(".");
    if let Some(submission) = Submission::at(folder) {
        let what = match submission.form {
            Form::Library(_) => "a library",
            Form::Sources(_) => "C sources",
        };
        // What a worker prints is an answer.
        if !crew::is_worker() {
            writeln!(
                io::stdout(),
                "This folder has {what}, so it is graded as a submission.\n"
            )?;
        }
        return grade::here(settings);
    }
    let exit = run(settings, &Arguments::default())?;
    io::stdout().write_all(WITHOUT_SUBMISSION.as_bytes())?;
    Ok(exit)
}

/// What stands below the page of the reference.
const WITHOUT_SUBMISSION: &str = "
This folder has no submission. `checker grade PATH` grades one: a folder, a .c file
or a .so file. `checker help` lists what else there is.
";

/// Scenarios against a shared library or a submission, and which mistakes it makes.
#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    /// Numbers (0203), chapters (02), clauses (C6), parts of names, or files of your own; all
    /// without any.
    pub(super) patterns: Vec<String>,
    /// The shared library; the built-in reference without it.
    #[arg(long)]
    library: Option<PathBuf>,
    #[command(flatten)]
    building: Building,
    /// Run only what failed last: by `run`, `watch`, or the screen of `grade`. Where nothing is
    /// known to have failed, all are run.
    #[arg(long)]
    failed: bool,
    /// Begin with what failed last, and stop at the first scenario that fails.
    #[arg(long)]
    first: bool,
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
    #[command(flatten)]
    detail: Detail,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    #[default]
    Terminal,
    /// One JSON value.
    Json,
}

impl Arguments {
    /// Commands that say more of the same run.
    fn commands(&self, settings: &Settings) -> Commands {
        let mut again = "run".to_owned();
        for pattern in &self.patterns {
            again += &format!(" {}", quoted(pattern));
        }
        let submission = self.library.as_deref().map(|path| quoted(&shown(path)));
        if let Some(path) = &submission {
            again += &format!(" --library {path}");
        }
        let given = settings.given.clone();
        Commands {
            again: given.command(&again),
            submission,
            given,
        }
    }
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let library = arguments.library.as_deref();
    let mut grader = settings.grader(&arguments.patterns)?;
    let asked = grader.indices.len();
    // The reference has no place of its own: what is kept of it is kept by no path.
    let last = library.and_then(Last::read).unwrap_or_default();
    let failed = last.indices();
    if arguments.failed {
        let known = |index: &usize| failed.contains(index);
        match grader.indices.iter().any(known) {
            true => grader.indices.retain(known),
            false => writeln!(
                io::stderr(),
                "checker: nothing is known to have failed last, so all scenarios are run"
            )?,
        }
    }
    let name = library.map_or_else(|| "the built-in reference".to_owned(), shown);
    let built = library_bytes(settings, library, &arguments.building)?;
    let record = match arguments.first {
        true => first::failure(&mut grader, &name, &built, &failed)?,
        false => grader.examine(&name, &built, 0.0)?,
    };
    arguments.detail.check(&record)?;
    print(settings, &record, arguments)?;
    if arguments.first && arguments.format == Format::Terminal {
        let not_run = asked.saturating_sub(record.results.len());
        if not_run > 0 && !record.passed() {
            writeln!(
                io::stdout(),
                "\nstopped at the first failure: {not_run} scenarios were not run"
            )?;
        }
    }
    match library {
        Some(path) if built.is_ok() => keep(&last, &record, path)?,
        Some(_) => {}
        None => review::propose(settings, &record)?,
    }
    Ok(exit_of(&record))
}

/// Keeps what failed, for `--failed` and `--first`.
fn keep(last: &Last, record: &Record, path: &Path) -> Result<(), Error> {
    let now = match record.results.len() == SCENARIOS.len() {
        true => Last {
            points: last.points.clone(),
            mistakes: last.mistakes.clone(),
            ..Last::of(record, None)
        },
        false => last.clone().after(&record.results),
    };
    Ok(now.keep_or_say(path)?)
}

/// The library at a path, or the built-in reference.
pub(super) fn library_bytes(
    settings: &Settings,
    path: Option<&Path>,
    building: &Building,
) -> Result<Built, Error> {
    match path {
        Some(path) => Ok(grading::build(
            path,
            &building.options()?,
            settings.isolation(),
        )?),
        None => Ok(Ok(reference(settings)?)),
    }
}

/// The library at a path, or the built-in reference; an error where it cannot be built.
pub(super) fn library(
    settings: &Settings,
    path: Option<&Path>,
    building: &Building,
) -> Result<Library, Error> {
    let built = library_bytes(settings, path, building)?;
    let name = path.map(shown).unwrap_or_default();
    Ok(built.map_err(|reason| NotBuilt(format!("{name}: {reason}")))?)
}

/// Where the reference makes calls, by the constants of this run.
pub(super) fn stage(settings: &Settings) -> Result<Stage, Error> {
    let library = reference(settings)?;
    let (limits, watchdog) = (settings.limits()?, Watchdog::start());
    Ok(Stage::new(
        &library.bytes,
        profile::in_use(),
        limits,
        watchdog,
    )?)
}

/// The reference for the constants of this run: the one that is carried, or one in C that is compiled
/// for them.
pub(super) fn reference(settings: &Settings) -> Result<Library, Error> {
    let profile = profile::in_use();
    if profile == Profile::DEFAULT {
        let image = elf::inspect(carried::REFERENCE)?;
        return Ok(Library::carried(carried::REFERENCE.to_vec(), image));
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let source = folder.path().join("osmem.c");
    std::fs::write(&source, carried::C_REFERENCE).context("cannot write the reference")?;
    let options = build::Options {
        extra_flags: profile::defines(&profile),
        ..build::Options::default()
    };
    let built = grading::build(&source, &options, settings.isolation())?;
    built.map_err(|reason| anyhow!("the reference does not compile for this profile: {reason}"))
}

fn print(settings: &Settings, record: &Record, arguments: &Arguments) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match arguments.format {
        Format::Terminal => {
            let page = Page {
                record,
                graded: None,
                commands: &arguments.commands(settings),
            };
            let paper = Paper::of_stdout(settings.colored());
            terminal::print(&mut out, &page, &paper, arguments.detail)
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, record)?;
            out.write_all(b"\n")
        }
    }
}

pub(super) fn exit_of(record: &Record) -> Exit {
    let unknown = |one: &ScenarioResult| one.status == Status::GraderError;
    match (&record.build.failure, record.passed()) {
        (Some(_), _) => Exit::NotBuilt,
        (None, true) => Exit::Passed,
        (None, false) if record.results.iter().any(unknown) => Exit::Machine,
        (None, false) => Exit::Failed,
    }
}
