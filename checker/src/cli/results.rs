//! What is done with the results of a class afterwards: `report`, `merge`, `compare`, `similar`.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use clap::Args;

use super::format::{self, Anonymous, Format, Shown, Wanted};
use super::terminal::{Commands, Detail, quoted};
use super::{Exit, Settings, Wrong};
use crate::batch::compare::compare;
use crate::batch::merge::merge;
use crate::batch::similar::groups;
use crate::batch::store::{self, Entry};
use crate::submission::shown;

/// What `checker report` is asked for.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder with results.
    out: PathBuf,
    /// The format: terminal, json, or the name of a system.
    #[arg(long, value_name = "NAME", default_value_t = Format::Terminal)]
    format: Format,
    /// The submission, or how its name begins; may be left out where there is only one.
    #[arg(long, value_name = "ID")]
    submission: Option<String>,
    #[command(flatten)]
    detail: Detail,
    #[command(flatten)]
    shown: Shown,
}

/// `checker report`: one submission in one format.
pub(super) fn report(settings: &Settings, wanted: &Arguments) -> Result<Exit, Error> {
    let folder = &wanted.out;
    check(folder)?;
    let id = match &wanted.submission {
        Some(start) => called(folder, start)?,
        None => only_one(folder)?,
    };
    let unknown = || {
        Wrong(format!(
            "the result of {id:?} is gone from {}",
            shown(folder)
        ))
    };
    let entry = store::entry(folder, &id)?.ok_or_else(unknown)?;
    let record = wanted.shown.view().of(&entry.record);
    wanted.detail.check(&record)?;
    let (results, id) = (quoted(&shown(folder)), quoted(&id));
    let commands = Commands {
        again: format!("checker report {results} --submission {id}"),
        ..Commands::default()
    };
    let report = Wanted {
        settings,
        format: wanted.format,
        detail: wanted.detail,
        commands: &commands,
        points: true,
    };
    let mut page = Vec::new();
    format::write(&mut page, &report, &record, entry.grade.as_ref())?;
    io::stdout().lock().write_all(&page)?;
    Ok(Exit::Passed)
}

/// The submission of this name, or the only one whose name begins so.
fn called(folder: &Path, start: &str) -> Result<String, Error> {
    let ids = store::summaries(folder)?.into_keys();
    let mut found: Vec<String> = ids.filter(|id| id.starts_with(start)).collect();
    if let Some(at) = found.iter().position(|id| id == start) {
        return Ok(found.swap_remove(at));
    }
    let shown = shown(folder);
    match found.len() {
        0 => Err(Wrong(format!(
            "no submission is called {start:?} in {shown}; its grades.csv lists them"
        ))
        .into()),
        1 => Ok(found.remove(0)),
        count => Err(Wrong(format!(
            "the names of {count} submissions in {shown} begin with {start:?}: {}",
            found[..count.min(5)].join(", ")
        ))
        .into()),
    }
}

fn only_one(folder: &Path) -> Result<String, Error> {
    let mut ids = store::summaries(folder)?.into_keys();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        _ => {
            let folder = shown(folder);
            Err(Wrong(format!(
                "{folder} has no single result: name one by --submission"
            ))
            .into())
        }
    }
}

/// `checker merge`: several folders in one.
pub(super) fn merge_folders(
    folders: &[PathBuf],
    out: &Path,
    names: Anonymous,
) -> Result<Exit, Error> {
    folders.iter().try_for_each(|folder| check(folder))?;
    let count = merge(folders, out, names.names())?;
    writeln!(io::stdout(), "{count} submissions in {}", shown(out))?;
    Ok(Exit::Passed)
}

/// `checker compare`: which grades changed.
pub(super) fn compare_folders(old: &Path, new: &Path) -> Result<Exit, Error> {
    let changes = compare(&summaries(old)?, &summaries(new)?);
    let mut out = io::stdout().lock();
    for change in &changes {
        writeln!(out, "{change}")?;
    }
    if changes.is_empty() {
        writeln!(out, "no grade changed")?;
    }
    Ok(Exit::Passed)
}

/// `checker similar`: which submissions behave alike.
pub(super) fn similar(folder: &Path) -> Result<Exit, Error> {
    let groups = groups(summaries(folder)?.values());
    let mut out = io::stdout().lock();
    for group in &groups {
        let ids = group.ids.join(", ");
        let remark = if group.passed {
            " (without a mistake, as all who make none)"
        } else {
            ""
        };
        writeln!(out, "{} alike: {ids}{remark}", group.ids.len())?;
    }
    if groups.is_empty() {
        writeln!(out, "no two submissions behave alike")?;
    }
    Ok(Exit::Passed)
}

fn summaries(folder: &Path) -> Result<BTreeMap<String, Entry>, Error> {
    check(folder)?;
    Ok(store::summaries(folder)?)
}

fn check(folder: &Path) -> Result<(), Wrong> {
    if folder.join("results.jsonl").is_file() {
        return Ok(());
    }
    Err(Wrong(format!(
        "no results in {}: there is no results.jsonl",
        shown(folder)
    )))
}
