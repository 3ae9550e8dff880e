//! `checker` and `checker run`: scenarios against a shared library.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Error, anyhow};

use super::terminal::{self, Commands, Detail, Page, Paper, quoted};
use super::{Exit, Format, Settings, grade, review};
use crate::batch::crew;
use crate::build::{self, Library};
use crate::carried;
use crate::elf;
use crate::grading::{self, Built};
use crate::profile;
use crate::record::{Record, ScenarioResult};
use crate::submission::{Kind, Submission, shown};
use crate::sys::watchdog::Watchdog;
use crate::tracer::Stage;
use crate::types::{Profile, Status};

/// `checker` without a command: the submission that the current folder is, or the reference.
pub(super) fn here(settings: &Settings) -> Result<Exit, Error> {
    let folder = Path::new(".");
    if let Some(submission) = Submission::at(folder) {
        let what = match submission.kind {
            Kind::Library(_) => "a library",
            Kind::Sources(_) => "C sources",
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
    let exit = run(settings, &[], None, (Format::Terminal, Detail::default()))?;
    io::stdout().write_all(WITHOUT_SUBMISSION.as_bytes())?;
    Ok(exit)
}

/// What stands below the page of the reference.
const WITHOUT_SUBMISSION: &str = "
This folder has no submission. `checker grade PATH` grades one: a folder, a .c file
or a .so file. `checker help` lists what else there is.
";

pub(super) fn run(
    settings: &Settings,
    patterns: &[String],
    library: Option<&Path>,
    (format, detail): (Format, Detail),
) -> Result<Exit, Error> {
    let grader = settings.grader(patterns)?;
    let name = library.map_or_else(|| "the built-in reference".to_owned(), shown);
    let built = library_bytes(settings, library)?;
    let record = grader.grade(&name, &built, 0.0)?;
    detail.check(&record)?;
    let mut again = "checker run".to_owned();
    for pattern in patterns {
        again += &format!(" {}", quoted(pattern));
    }
    let submission = library.map(|path| quoted(&shown(path)));
    if let Some(path) = &submission {
        again += &format!(" --library {path}");
    }
    print(
        settings,
        &record,
        &Commands { again, submission },
        (format, detail),
    )?;
    if library.is_none() {
        review::propose(settings, &record)?;
    }
    Ok(exit_of(&record))
}

/// The library at a path, or the built-in reference.
pub(super) fn library_bytes(settings: &Settings, path: Option<&Path>) -> Result<Built, Error> {
    match path {
        Some(path) => Ok(grading::build(
            path,
            &build::Options::default(),
            settings.isolation(),
        )?),
        None => Ok(Ok(reference(settings)?)),
    }
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

fn print(
    settings: &Settings,
    record: &Record,
    commands: &Commands,
    (format, detail): (Format, Detail),
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Terminal => {
            let page = Page {
                record,
                graded: None,
                commands,
            };
            terminal::print(
                &mut out,
                &page,
                &Paper::of_stdout(settings.colored()),
                detail,
            )
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
        (None, false) if record.results.iter().any(unknown) => Exit::Environment,
        (None, false) => Exit::Failed,
    }
}
