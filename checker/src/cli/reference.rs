//! `checker` and `checker run`: scenarios against a shared library.

use std::path::Path;

use anyhow::Error;

use super::{Exit, Format, Settings, terminal};
use crate::build::{self, Library};
use crate::carried;
use crate::elf;
use crate::grading::{self, Built};
use crate::record::{Record, ScenarioResult};
use crate::types::Status;

pub(super) fn run(
    settings: &Settings,
    patterns: &[String],
    library: Option<&Path>,
    format: Format,
) -> Result<Exit, Error> {
    let grader = settings.grader(patterns)?;
    let name = library.map_or_else(
        || "the built-in reference".to_owned(),
        |path| path.display().to_string(),
    );
    let built = library_bytes(settings, library)?;
    let record = grader.grade(&name, &built, 0.0)?;
    print(settings, &record, format)?;
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
        None => Ok(Ok(reference()?)),
    }
}

fn reference() -> Result<Library, Error> {
    let image = elf::inspect(carried::REFERENCE)?;
    Ok(Library::carried(carried::REFERENCE.to_vec(), image))
}

fn print(settings: &Settings, record: &Record, format: Format) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Terminal => terminal::print(&mut out, record, None, settings.colored())?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, record).map_err(std::io::Error::from)?;
            std::io::Write::write_all(&mut out, b"\n")?;
        }
    }
    Ok(())
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
