//! `checker import`: makes scenarios from the references of a course.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use clap::{Args, Subcommand};

use super::export::write_new;
use super::own::{files_of, stem};
use super::reference::stage;
use super::{Exit, Settings, Wrong, bless, table, text_of};
use crate::profile;
use crate::snapshot::ltrace::{Difference, Reference};
use crate::snapshot::script::Script;
use crate::submission::shown;
use crate::suite::SCENARIOS;
use crate::tracer::Tracer;

/// What `checker import` is asked for.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// References in the notation of `ltrace -S`, as a course's script keeps them.
    Ref(Ref),
    /// The table of points in a course's script, as a rubric for --tests and --scenarios.
    Points {
        /// The script.
        script: PathBuf,
    },
}

/// References in the notation of `ltrace -S`.
#[derive(Debug, Args)]
pub(super) struct Ref {
    /// A folder with .ref files, or one of them.
    from: PathBuf,
    /// The folder for the scenarios; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The course's script, whose table of points becomes a rubric beside them.
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,
}

pub(super) fn run(settings: &Settings, import: &Import) -> Result<Exit, Error> {
    match import {
        Import::Ref(wanted) => references(settings, wanted),
        Import::Points { script } => rubric(script),
    }
}

fn rubric(script: &Path) -> Result<Exit, Error> {
    let stems = SCENARIOS.own().iter().map(|own| own.scenario.stem);
    let rubric = table::rubric(&points(script)?, &stems.collect());
    io::stdout().write_all(rubric.text.as_bytes())?;
    for remark in rubric.remarks {
        writeln!(io::stderr(), "{remark}")?;
    }
    Ok(Exit::Passed)
}

fn references(settings: &Settings, wanted: &Ref) -> Result<Exit, Error> {
    let points = wanted.points.as_deref().map(points).transpose()?;
    let mut references = BTreeMap::new();
    for path in files_of(&wanted.from, "ref")? {
        references.insert(stem(&path)?, (read(&path)?, path));
    }
    let profile = profile::in_use();
    let stage = stage(settings)?;
    let mut tracer = Tracer::new(&stage)?;
    let mut out = io::stdout().lock();
    let mut different = 0;
    for (stem, (reference, path)) in &references {
        let golden = bless::golden(&mut tracer, stem, &reference.calls, &profile)?;
        if let Some(difference) = reference.difference(&golden) {
            different += 1;
            tell(&mut out, path, &difference)?;
        }
        let name = path.file_name().unwrap_or_default();
        let head = vec![format!(
            "purpose: what the course keeps in {}",
            shown(Path::new(name))
        )];
        let text = Script::of_calls(stem, head, &golden);
        write_new(&wanted.out, &format!("{stem}.snap"), text.as_bytes())?;
    }
    let folder = shown(&wanted.out);
    let same = references.len() - different;
    writeln!(out, "scenarios in {folder}: {}", references.len())?;
    writeln!(out, "the reference does what the file says in: {same}")?;
    if let Some(points) = points {
        let stems = references.keys().map(String::as_str).collect();
        let rubric = table::rubric(&points, &stems);
        write_new(&wanted.out, "rubric.toml", rubric.text.as_bytes())?;
        for remark in rubric.remarks {
            writeln!(out, "{remark}")?;
        }
        writeln!(
            out,
            "checker grade SUBMISSION --scenarios {folder} --rubric {folder}/rubric.toml"
        )?;
    }
    Ok(match different {
        0 => Exit::Passed,
        _ => Exit::Failed,
    })
}

fn read(path: &Path) -> Result<Reference, Wrong> {
    Reference::read(&text_of("", path)?).map_err(|error| Wrong(format!("{}:{error}", shown(path))))
}

fn points(path: &Path) -> Result<table::Table, Wrong> {
    table::read(&text_of("", path)?).map_err(|error| Wrong(format!("{}:{error}", shown(path))))
}

fn tell(out: &mut impl io::Write, path: &Path, difference: &Difference) -> io::Result<()> {
    let Difference {
        line,
        recorded,
        observed,
    } = difference;
    let or_end = |text: &str| match text {
        "" => "the end".to_owned(),
        text => text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    writeln!(out, "{}:{line}: {}", shown(path), or_end(recorded))?;
    writeln!(out, "  the reference: {}", or_end(observed))
}
