//! `checker grade --out`: a class, with results that are kept.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Error;

use super::arguments::{Arguments, How};
use crate::batch::content::{digest, fingerprint};
use crate::batch::crew::{Setup, Slot};
use crate::batch::examiner::{self, Candidate, Examiner};
use crate::batch::store::{Key, Standing, Store};
use crate::build;
use crate::cli::building::Building;
use crate::cli::progress::{Progress, Tally};
use crate::cli::{Exit, Settings};
use crate::pool;
use crate::profile;
use crate::report::{Names, View};
use crate::submission::shown;
use crate::suite::{Own, SCENARIOS};

pub(super) fn run(
    settings: &Settings,
    arguments: &Arguments,
    setup: &Setup,
    examiner: &Examiner<'_>,
    candidates: Vec<Candidate>,
    folder: &Path,
) -> Result<Exit, Error> {
    let store = Store::open(folder)?;
    build::remove_abandoned();
    let common = common_key(settings, arguments, examiner, &setup.rubric);
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
    let class = Class {
        jobs: settings.jobs,
        view: arguments.shown.view(),
        setup,
        examiner,
        progress: Progress::new(pending.len()),
        state: Mutex::new((store, tally)),
    };
    let unsettled = class.grade(&pending, true)?;
    class.grade(&unsettled, false)?;
    let tally = class.finish(arguments.names.names())?;
    let mut out = io::stdout().lock();
    writeln!(out, "{tally}")?;
    if before > 0 {
        writeln!(out, "{before} of them as before")?;
    }
    for name in ["grades.csv", "index.html"] {
        writeln!(out, "{}", shown(&folder.join(name)))?;
    }
    Ok(exit_of(&tally))
}

/// A submission to grade, and what its result depends on.
type Pending = (Candidate, Key);

/// A class while it is graded.
struct Class<'a> {
    jobs: usize,
    view: View,
    setup: &'a Setup,
    examiner: &'a Examiner<'a>,
    progress: Progress,
    state: Mutex<(Store, Tally)>,
}

impl Class<'_> {
    /// Grades, and keeps what comes of it. Those of which nothing could be said come back, to be
    /// tried again when the machine has less to do.
    fn grade(&self, pending: &[Pending], once_more: bool) -> Result<Vec<Pending>, Error> {
        let unsettled = Mutex::new(Vec::new());
        let slot = || Slot::new(self.setup);
        pool::each(pending, self.jobs, slot, |slot, (candidate, key)| {
            let graded = slot.examine(&candidate.id, candidate);
            let entry = self.examiner.entry(&candidate.id, key.clone(), graded);
            let (store, tally) = &mut *locked(&self.state);
            let entry = store.worse(entry)?;
            let (line, standing) = (Progress::line(&entry), entry.standing());
            let settled = entry.is_settled();
            store.put(entry, &self.view)?;
            if once_more && !settled {
                locked(&unsettled).push((candidate.clone(), key.clone()));
            } else {
                tally.count(standing);
                self.progress.finished(&line, tally);
            }
            Ok::<(), Error>(())
        })?;
        Ok(unsettled
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the results in order.
    fn finish(self, names: Names) -> Result<Tally, Error> {
        self.progress.end();
        let (store, tally) = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        store.finish(names)?;
        Ok(tally)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What all results depend on.
fn common_key(
    settings: &Settings,
    arguments: &Arguments,
    examiner: &Examiner<'_>,
    rubric_text: &str,
) -> Key {
    let Arguments { shown, how, .. } = arguments;
    let How { budget, vary, .. } = how;
    let Building {
        make,
        no_make,
        allow_prebuilt,
        overlay,
        cc,
    } = &how.building;
    let overlay = overlay.as_deref().map(fingerprint).transpose();
    let Settings {
        timeout,
        memory,
        output,
        system_calls,
        ..
    } = settings;
    let own = SCENARIOS.own().iter();
    let parts = |own: &'static Own| {
        let program = own.test.as_ref().map_or(&[][..], |test| test.program);
        [own.scenario.source.as_bytes(), program]
    };
    let own = digest(own.flat_map(parts));
    Key {
        submission: String::new(),
        suite: examiner::suite(),
        snapshots: examiner.grader.goldens.version().to_string(),
        options: format!(
            "make {make} {no_make}, prebuilt {allow_prebuilt}, overlay {overlay:?}, cc {cc:?}, {:?}, \
             budget {budget}, vary {vary}, timeout {timeout}, memory {memory}, \
             output {output}, system calls {system_calls}, seed {:?}, {:?}, own scenarios {own}, {:?}",
            shown.view(),
            examiner.seeding,
            settings.isolation(),
            profile::edition()
        ),
        rubric: digest([rubric_text.as_bytes()]),
    }
}

fn exit_of(tally: &Tally) -> Exit {
    if tally.of(Standing::Ungraded) > 0 {
        Exit::Machine
    } else if tally.of(Standing::Passed) < tally.all() {
        Exit::Failed
    } else {
        Exit::Passed
    }
}
