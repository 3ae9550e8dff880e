//! `checker bless`: rewrites goldens from the built-in reference.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, bail};
use clap::Args;

use super::reference::stage;
use super::review::{self, Change};
use super::{Exit, Settings, own};
use crate::explain;
use crate::profile;
use crate::snapshot::{
    Snapshot,
    store::{self, Defect, Goldens},
};
use crate::spec::{self, Choices};
use crate::submission::shown;
use crate::suite::SCENARIOS;
use crate::tracer::Tracer;
use crate::types::{Call, Outcome, Profile};
use crate::{plan, selection, transcript};

/// What `checker bless` is asked for.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Numbers, chapters, clauses or parts of names, or files of scenarios; without any, all files
    /// of --scenarios, or else all goldens.
    pub(super) patterns: Vec<String>,
    /// Write without asking.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let changes = changes(settings, &arguments.patterns)?;
    let orphans = match arguments.patterns.is_empty() && SCENARIOS.own().is_empty() {
        true => orphans(settings)?,
        false => Vec::new(),
    };
    let count = changes.len() + orphans.len();
    if count == 0 {
        return Ok(Exit::Passed);
    }
    for change in &changes {
        change.show(settings, "")?;
    }
    for path in &orphans {
        writeln!(io::stdout(), "{}: no scenario has this golden", shown(path))?;
    }
    if !arguments.yes {
        let s = if count == 1 { "" } else { "s" };
        match review::answer(&format!("Change {count} file{s}? [y/N] "))?.as_deref() {
            Some("y" | "yes") => {}
            Some(_) => return Ok(Exit::Failed),
            None => {
                wrong!("nothing was written: bless asks first; --yes skips the question");
            }
        }
    }
    let mut out = io::stdout().lock();
    for Change { path, old, new, .. } in &changes {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        store::replace(folder.unwrap_or(Path::new(".")), path, new.as_bytes())?;
        let verb = if old.is_empty() { "Created" } else { "Updated" };
        writeln!(out, "{verb}: {}", shown(path))?;
    }
    for path in &orphans {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", shown(path)))?;
        writeln!(out, "Removed: {}", shown(path))?;
    }
    Ok(Exit::Passed)
}

/// The files of scenarios that would say something else.
fn changes(settings: &Settings, patterns: &[String]) -> Result<Vec<Change>, Error> {
    let profile = profile::in_use();
    let stage = stage(settings)?;
    let mut tracer = Tracer::new(&stage)?;
    let mut changes = Vec::new();
    let all_own = patterns.is_empty() && !SCENARIOS.own().is_empty();
    for index in selection::indices(patterns)? {
        let own = SCENARIOS.own_at(index);
        let is_test = SCENARIOS.test_at(index).is_some();
        if is_test || (all_own && own.is_none()) {
            continue;
        }
        let scenario = &SCENARIOS[index];
        let calls = plan::calls(scenario, &profile);
        let golden = golden(&mut tracer, scenario.stem, &calls, &profile)?;
        let (path, old, new) = match own {
            Some(own) => {
                let (old, script) = own::script(&own.path)?;
                (own.path.clone(), old, script.blessed(&golden))
            }
            None => {
                let path = store::path(&folder(settings)?, scenario.stem);
                let old = review::text_at(&path)?;
                (path, old, golden.render())
            }
        };
        if old != new {
            changes.push(Change {
                index,
                path,
                old,
                new,
            });
        }
    }
    Ok(changes)
}

fn folder(settings: &Settings) -> Result<PathBuf, Error> {
    let folder = settings.golden_folder();
    folder.context("bless writes files: run it in the workspace, or name a folder by --snapshots")
}

/// Goldens of which there is not a scenario.
fn orphans(settings: &Settings) -> Result<Vec<PathBuf>, Error> {
    let folder = folder(settings)?;
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let stems = SCENARIOS.iter().map(|scenario| scenario.stem);
    let defects = Goldens::in_folder(&folder)?.defects(stems);
    let orphans = defects.into_iter().filter_map(|defect| match defect {
        Defect::Orphaned { stem } => Some(store::path(&folder, &stem)),
        _ => None,
    });
    Ok(orphans.collect())
}

/// What the reference does in a scenario, where that is what the specification says.
pub(super) fn golden(
    tracer: &mut Tracer<'_>,
    stem: &str,
    calls: &[Call],
    profile: &Profile,
) -> Result<Snapshot, Error> {
    let golden = observed(tracer, stem, calls, profile)?;
    if let Some(call) = first_difference(&golden, calls, profile) {
        bail!("{stem}: call {call}: the reference and the specification do not agree");
    }
    Ok(golden)
}

/// What the reference does in a scenario, if it damages no memory and finishes all calls.
pub(super) fn observed(
    tracer: &mut Tracer<'_>,
    stem: &str,
    calls: &[Call],
    profile: &Profile,
) -> Result<Snapshot, Error> {
    let seen = transcript::of(&tracer.observe(calls)?, profile);
    if let Some(step) = seen.steps.iter().find(|step| !step.findings.is_empty()) {
        bail!("{stem}: the reference damages memory: {:?}", step.findings);
    }
    let golden = Snapshot::new(stem, &seen);
    if !golden.is_complete() {
        let text = golden.render();
        let end = text.lines().last().unwrap_or_default();
        wrong!("{stem}: the reference does not finish the calls: {end}");
    }
    Ok(golden)
}

/// The number of the first call where the reference and the specification differ.
pub(super) fn first_difference(
    golden: &Snapshot,
    calls: &[Call],
    profile: &Profile,
) -> Option<usize> {
    let due = spec::outcomes(profile, &Choices::canonical(profile), calls);
    let seen: Vec<Outcome> = golden.steps.iter().map(|it| it.outcome.clone()).collect();
    explain::first_difference(&seen, &due)
}
