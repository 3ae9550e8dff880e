//! `checker grade --out`: a class, with results that are kept.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Error;

use super::arguments::Arguments;
use crate::batch::content::{digest, fingerprint};
use crate::batch::examiner::{self, Candidate, Examiner};
use crate::batch::schedule;
use crate::batch::store::{Key, Standing, Store};
use crate::build;
use crate::cli::progress::{Progress, Tally};
use crate::cli::{Exit, Settings};
use crate::submission::shown;
use crate::suite::SCENARIOS;

pub(super) fn run(
    settings: &Settings,
    arguments: &Arguments,
    rubric_text: &str,
    mut examiner: Examiner<'_>,
    candidates: Vec<Candidate>,
    folder: &Path,
) -> Result<Exit, Error> {
    let store = Store::open(folder)?;
    build::remove_abandoned();
    let common = common_key(settings, arguments, &examiner, rubric_text);
    let mut tally = Tally::default();
    let mut pending = Vec::new();
    for candidate in candidates {
        let key = examiner::key(&common, &candidate.path);
        let again = arguments.again.contains(&candidate.id);
        match store.finished(&candidate.id, &key) {
            Some(standing) if !again => tally.count(standing),
            _ => pending.push((candidate, key)),
        }
    }
    let before = tally.all();
    if pending.len() > 1 {
        examiner.grader.workers = 1;
    }
    let tally = grade(settings, arguments, &examiner, &pending, (store, tally))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{tally}")?;
    if before > 0 {
        writeln!(out, "{before} of them as before")?;
    }
    writeln!(out, "{}", shown(&folder.join("grades.csv")))?;
    Ok(exit_of(&tally))
}

/// Grades what is left to grade, and puts the results in order.
fn grade(
    settings: &Settings,
    arguments: &Arguments,
    examiner: &Examiner<'_>,
    pending: &[(Candidate, Key)],
    (store, tally): (Store, Tally),
) -> Result<Tally, Error> {
    let view = arguments.shown.view();
    let progress = Progress::new(pending.len());
    let state = Mutex::new((store, tally));
    schedule::run(pending, settings.jobs, |(candidate, key)| {
        let entry = examiner.entry(candidate, key.clone());
        let (line, standing) = (Progress::line(&entry), entry.standing());
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (store, tally) = &mut *state;
        store.put(entry, &view)?;
        tally.count(standing);
        progress.finished(&line, tally);
        Ok::<(), Error>(())
    })?;
    progress.end();
    let (store, tally) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    store.finish()?;
    Ok(tally)
}

/// What all results depend on.
fn common_key(
    settings: &Settings,
    arguments: &Arguments,
    examiner: &Examiner<'_>,
    rubric_text: &str,
) -> Key {
    let Arguments {
        make,
        no_make,
        overlay,
        cc,
        shown,
        ..
    } = arguments;
    let overlay = overlay.as_deref().map(fingerprint).transpose();
    let Settings {
        timeout,
        memory,
        output,
        system_calls,
        ..
    } = settings;
    let own = SCENARIOS.own().iter();
    let own = digest(own.map(|own| own.scenario.source.as_bytes()));
    Key {
        submission: String::new(),
        suite: examiner::suite(),
        snapshots: examiner.grader.goldens.version().to_string(),
        options: format!(
            "make {make} {no_make}, overlay {overlay:?}, cc {cc:?}, {:?}, timeout {timeout}, memory {memory}, \
             output {output}, system calls {system_calls}, seed {:?}, {:?}, own scenarios {own}",
            shown.view(),
            examiner.seeding,
            settings.isolation()
        ),
        rubric: digest([rubric_text.as_bytes()]),
    }
}

fn exit_of(tally: &Tally) -> Exit {
    if tally.of(Standing::Ungraded) > 0 {
        Exit::Environment
    } else if tally.of(Standing::Passed) < tally.all() {
        Exit::Failed
    } else {
        Exit::Passed
    }
}
