//! Keeps what the last run of a submission showed, in the user's cache folder and never among the
//! sources.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::digest;
use crate::record::{Record, ScenarioResult};
use crate::report::{GradeResult, by_cost, claim};
use crate::suite::SCENARIOS;

/// The folder for these within the user's cache.
const FOLDER: &str = "osmem-checker";

/// What the last run showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Last {
    /// The points of the last grade, in words.
    pub(super) points: Option<String>,
    /// The mistakes of the last grade: their names, and what was said of them.
    pub(super) mistakes: Vec<(String, String)>,
    /// The scenarios that failed, the one that shows the most expensive mistake first.
    pub(super) failed: Vec<String>,
}

impl Last {
    /// What is known after a run of all scenarios.
    pub(super) fn of(record: &Record, graded: Option<GradeResult<'_>>) -> Self {
        let grade = graded.and_then(Result::ok);
        let mistakes = by_cost(record, grade);
        let examples = mistakes.iter().filter_map(|it| it.example.as_ref());
        let wrong = |stem: &&String| {
            let mut results = record.results.iter();
            results.any(|one| one.stem == **stem && one.status.is_wrong())
        };
        let first = examples.map(|example| &example.stem).find(wrong);
        let all = record.results.iter().filter(|one| one.status.is_wrong());
        let mut failed: Vec<String> = all.map(|one| one.stem.clone()).collect();
        // Stable: the others stay in the order of their numbers.
        failed.sort_by_key(|stem| Some(stem) != first);
        let named = mistakes.iter().map(|it| (it.name.clone(), claim(it)));
        Self {
            points: grade.map(|grade| format!("{} of {}", grade.total, grade.maximum)),
            mistakes: named.collect(),
            failed,
        }
    }

    /// What is known after a run of some scenarios only: the others are as they were.
    pub(super) fn after(mut self, results: &[ScenarioResult]) -> Self {
        let run: BTreeSet<&String> = results.iter().map(|one| &one.stem).collect();
        self.failed.retain(|stem| !run.contains(stem));
        let wrong = results.iter().filter(|one| one.status.is_wrong());
        let wrong: Vec<String> = wrong.map(|one| one.stem.clone()).collect();
        self.failed.splice(..0, wrong);
        self
    }

    /// The indices of the scenarios that failed, as far as there still are such.
    pub(super) fn indices(&self) -> Vec<usize> {
        let index = |stem: &String| SCENARIOS.iter().position(|it| it.stem == *stem);
        self.failed.iter().filter_map(index).collect()
    }

    /// What was kept of the submission at this path; nothing where that cannot be read.
    pub(super) fn read(submission: &Path) -> Option<Self> {
        let bytes = fs::read(file(submission)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps it, and says where that is not possible: nothing else depends on it.
    pub(super) fn keep_or_say(&self, submission: &Path) -> io::Result<()> {
        match self.keep(submission) {
            Ok(()) => Ok(()),
            Err(error) => writeln!(
                io::stderr(),
                "checker: what this run showed is not kept for the next one: {error}"
            ),
        }
    }

    /// Where there is no home, there is no place for it.
    fn keep(&self, submission: &Path) -> io::Result<()> {
        let Some(file) = file(submission) else {
            return Ok(());
        };
        let text = serde_json::to_vec(self)?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        // A watcher and a run may write at the same time.
        let next = file.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&next, text)?;
        fs::rename(&next, &file)
    }
}

/// The file for a submission, by the path of its folder; `None` without a home.
fn file(submission: &Path) -> Option<PathBuf> {
    let folder = cache()?.join(FOLDER);
    let path = submission.canonicalize().ok()?;
    let name = digest([path.as_os_str().as_bytes()]);
    Some(folder.join(name).with_extension("json"))
}

/// The cache folder of the user, as the XDG base directory specification says.
fn cache() -> Option<PathBuf> {
    let named = |name| env::var_os(name).map(PathBuf::from);
    let absolute = |path: &PathBuf| path.is_absolute();
    let own = named("XDG_CACHE_HOME").filter(absolute);
    own.or_else(|| Some(named("HOME").filter(absolute)?.join(".cache")))
}
