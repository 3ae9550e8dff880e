//! `checker export`: what is built in, as files.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error};
use clap::Args;
use ref_tests::scenario::{Kind, Scenario};

use super::{Exit, Settings};
use crate::carried;
use crate::samples;
use crate::snapshot::ltrace;
use crate::snapshot::store::Goldens;
use crate::submission::shown;
use crate::suite::SCENARIOS;

/// What `checker export` is asked for.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The directory; it is created if it does not exist.
    directory: PathBuf,
    /// Write the goldens instead, as references in the format of `ltrace -S`: those of --scenarios
    /// if it is given, else all.
    #[arg(long = "ref")]
    references: bool,
    /// Write a sample submission instead, as `osmem.c`: `first_fit`, for one.
    #[arg(long, value_name = "NAME", conflicts_with = "references")]
    sample: Option<String>,
}

pub(super) fn run(settings: &Settings, wanted: &Export) -> Result<Exit, Error> {
    match (&wanted.sample, wanted.references) {
        (Some(name), _) => sample(name, &wanted.directory),
        (None, true) => references(settings, &wanted.directory),
        (None, false) => built_in(&wanted.directory),
    }
}

fn sample(name: &str, directory: &Path) -> Result<Exit, Error> {
    let Some(sample) = samples::named(name) else {
        let names: Vec<String> = samples::all().into_iter().map(|it| it.name).collect();
        let names = names.join(", ");
        wrong!("there is no sample {name:?}; there are {names}");
    };
    write_new(directory, "osmem.c", sample.source().as_bytes())?;
    Ok(Exit::Passed)
}

/// The goldens as references, but for those in which something happens that the notation lacks.
fn references(settings: &Settings, directory: &Path) -> Result<Exit, Error> {
    let goldens = settings.goldens()?;
    let own = SCENARIOS.own();
    let all = SCENARIOS.iter().filter(|it| it.kind != Kind::Random);
    let wanted: Vec<&Scenario> = match own.is_empty() {
        true => all.collect(),
        false => own.iter().map(|own| &own.scenario).collect(),
    };
    let mut out = std::io::stdout().lock();
    let mut written = 0;
    for scenario in &wanted {
        match ltrace::write(&goldens.snapshot(scenario.stem)?) {
            Some(text) => {
                write_new(
                    directory,
                    &format!("{}.ref", scenario.stem),
                    text.as_bytes(),
                )?;
                written += 1;
            }
            None => writeln!(
                out,
                "left out: {}: the notation cannot express it",
                scenario.stem
            )?,
        }
    }
    writeln!(out, "references in {}: {written}", shown(directory))?;
    Ok(Exit::Passed)
}

fn built_in(directory: &Path) -> Result<Exit, Error> {
    write_new(directory, "libosmem.so", carried::REFERENCE)?;
    write_new(directory, "ref_tests", carried::PROGRAM)?;
    let program = directory.join("ref_tests");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
        .with_context(|| program.display().to_string())?;
    for (name, text) in carried::HEADERS {
        write_new(directory, name, text.as_bytes())?;
    }
    write_new(directory, "osmem.c", carried::STARTER.as_bytes())?;
    let goldens = Goldens::built_in(carried::GOLDENS);
    for stem in goldens.stems() {
        let text = goldens.text(stem).unwrap_or_default();
        write_new(
            &directory.join("snapshots"),
            &format!("{stem}.snap"),
            text.as_bytes(),
        )?;
    }
    Ok(Exit::Passed)
}

/// Writes a file that is not there yet.
pub(super) fn write_new(directory: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let path = directory.join(name);
    let write = || {
        fs::create_dir_all(directory)?;
        // Nothing of the user's is overwritten.
        fs::File::create_new(&path)?.write_all(content)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
