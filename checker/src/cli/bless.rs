//! `checker bless`: rewrites goldens from the built-in reference.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Error, bail};

use super::reference::reference;
use super::{Exit, Settings, own};
use crate::explain;
use crate::profile;
use crate::snapshot::{
    Snapshot,
    store::{self, StoreError, Written},
};
use crate::spec::{self, Choices};
use crate::submission::shown;
use crate::suite::{Own, SCENARIOS};
use crate::sys::watchdog::Watchdog;
use crate::tracer::{Stage, Tracer};
use crate::types::{Call, Outcome, Profile};
use crate::{plan, selection, transcript};

pub(super) fn run(settings: &Settings, patterns: &[String]) -> Result<Exit, Error> {
    let profile = profile::in_use();
    let stage = Stage::new(
        &reference(settings)?.bytes,
        profile,
        settings.limits()?,
        Watchdog::start(),
    )?;
    let mut tracer = Tracer::new(&stage)?;
    let mut out = io::stdout().lock();
    let all_own = patterns.is_empty() && !SCENARIOS.own().is_empty();
    for index in selection::indices(patterns)? {
        let own = SCENARIOS.own_at(index);
        if all_own && own.is_none() {
            continue;
        }
        let scenario = &SCENARIOS[index];
        let calls = plan::calls(scenario, &profile);
        let golden = golden(&mut tracer, scenario.stem, &calls, &profile)?;
        let (written, path) = match own {
            Some(own) => (rewrite(own, &golden)?, own.path.clone()),
            None => {
                let folder = settings.golden_folder().context(
                    "bless writes files: run it in the workspace, or name a folder by --snapshots",
                )?;
                let path = store::path(&folder, scenario.stem);
                (store::write(&folder, &golden)?, path)
            }
        };
        if written != Written::Unchanged {
            writeln!(out, "{written:?}: {}", shown(&path))?;
        }
    }
    Ok(Exit::Passed)
}

/// What the reference does in a scenario, where that is what the specification says.
pub(super) fn golden(
    tracer: &mut Tracer<'_>,
    stem: &str,
    calls: &[Call],
    profile: &Profile,
) -> Result<Snapshot, Error> {
    let seen = transcript::of(&tracer.record(calls)?, profile);
    if let Some(step) = seen.steps.iter().find(|step| !step.findings.is_empty()) {
        bail!("{stem}: the reference damages memory: {:?}", step.findings);
    }
    let golden = Snapshot::new(stem, &seen);
    if !golden.is_complete() {
        return Err(StoreError::Incomplete {
            stem: stem.to_owned(),
        }
        .into());
    }
    if let Some(call) = first_difference(&golden, calls, profile) {
        bail!("{stem}: call {call}: the reference and the specification do not agree");
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
    (1..=calls.len().max(seen.len())).find(|&count| {
        let upto = |outcomes: &[Outcome]| outcomes.get(count - 1..count).map(<[_]>::to_vec);
        match (upto(&seen), upto(&due)) {
            (Some(seen), Some(due)) => !explain::agrees(&seen, &due),
            _ => true,
        }
    })
}

/// Puts the outcomes into a file of a course.
fn rewrite(own: &Own, golden: &Snapshot) -> Result<Written, Error> {
    let (old, script) = own::script(&own.path)?;
    let new = script.blessed(golden);
    if old == new {
        return Ok(Written::Unchanged);
    }
    let folder = own.path.parent().filter(|folder| *folder != Path::new(""));
    store::replace(folder.unwrap_or(Path::new(".")), &own.path, new.as_bytes())?;
    Ok(Written::Updated)
}
