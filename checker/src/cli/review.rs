//! Goldens that wait for a review: the reference differs from its golden.
//!
//! When the reference differs from its golden, a run writes `STEM.snap.new` beside it, and nothing
//! else: only a person makes it the golden. Never in CI, and never for a submission.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, bail};
use clap::Args;

use super::bless::{self, first_difference};
use super::reference::stage;
use super::terminal::Paper;
use super::{Exit, Settings, Wrong};
use crate::diff;
use crate::picture::{self, Heap, Row};
use crate::plan;
use crate::profile;
use crate::record::Record;
use crate::selection;
use crate::snapshot::{self, Snapshot, store};
use crate::spec::{self, Choices};
use crate::submission::shown;
use crate::suite::SCENARIOS;
use crate::tracer::Tracer;
use crate::types::{Call, Clause, Layout, Profile, Status};

/// Which of the goldens that wait.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Numbers, chapters, clauses or parts of names; all without any.
    patterns: Vec<String>,
}

/// A golden and what is to take its place.
pub(super) struct Change {
    pub(super) index: usize,
    /// The golden's file.
    pub(super) path: PathBuf,
    /// Its text; empty where there is none.
    pub(super) old: String,
    pub(super) new: String,
}

/// The folder of the goldens that wait for a review.
fn waiting(path: &Path) -> PathBuf {
    path.with_extension("snap.new")
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Accepted,
    Rejected,
    Skipped,
}

/// Writes what the reference does in scenarios where it differs from its golden.
pub(super) fn propose(settings: &Settings, record: &Record) -> Result<(), Error> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let profile = profile::in_use();
    // Those of the workspace are for the built-in constants.
    let in_use = settings.snapshots.is_some() || profile == Profile::DEFAULT;
    let Some(folder) = settings.golden_folder().filter(|_| in_use && !in_ci) else {
        return Ok(());
    };
    let odd = record.results.iter().filter(|it| it.status != Status::Pass);
    let stems: Vec<&str> = odd.map(|it| it.stem.as_str()).collect();
    let built_in = 0..ref_tests::SCENARIOS.len();
    let indices = built_in.filter(|&index| stems.contains(&SCENARIOS[index].stem));
    let indices: Vec<usize> = indices.collect();
    if indices.is_empty() {
        return Ok(());
    }
    let stage = stage(settings)?;
    let mut tracer = Tracer::new(&stage)?;
    let mut count = 0;
    for index in indices {
        let stem = SCENARIOS[index].stem;
        let calls = plan::calls(&SCENARIOS[index], &profile);
        let seen = bless::observed(&mut tracer, stem, &calls, &profile)?.render();
        let path = store::path(&folder, stem);
        if fs::read(&path).is_ok_and(|golden| golden != seen.as_bytes()) {
            store::replace(&folder, &waiting(&path), seen.as_bytes())?;
            count += 1;
        }
    }
    if count > 0 {
        let s = if count == 1 { " waits" } else { "s wait" };
        writeln!(
            io::stderr(),
            "checker: {count} golden{s} for a review: `checker review`"
        )?;
    }
    Ok(())
}

/// `checker pending`: what waits, a line each.
pub(super) fn pending(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let changes = changes(settings, arguments)?;
    let mut out = io::stdout().lock();
    for change in &changes {
        let call = match change.first_call() {
            Some(call) => format!("from call {call} on"),
            None => "unreadable".to_owned(),
        };
        writeln!(out, "{}: {call}", SCENARIOS[change.index].stem)?;
    }
    match changes.is_empty() {
        true => writeln!(out, "no golden waits for a review")?,
        false => writeln!(out, "\n`checker review` shows them one by one")?,
    }
    Ok(if changes.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

/// `checker review`: each change, and what is to become of it.
pub(super) fn review(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let changes = changes(settings, arguments)?;
    let all = changes.len();
    let mut fates = Vec::new();
    for (number, change) in (1..).zip(&changes) {
        change.show(settings, &format!("{number} of {all}: "))?;
        let Some(fate) = asked(change)? else {
            break;
        };
        fates.push(settle(change, fate)?);
    }
    tell(&fates, all)
}

/// `checker accept` and `checker reject`: the same without a question.
pub(super) fn accept(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    settle_all(settings, arguments, Fate::Accepted)
}

pub(super) fn reject(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    settle_all(settings, arguments, Fate::Rejected)
}

fn settle_all(settings: &Settings, arguments: &Arguments, fate: Fate) -> Result<Exit, Error> {
    let changes = changes(settings, arguments)?;
    let fates = changes.iter().map(|change| settle(change, fate));
    let fates = fates.collect::<Result<Vec<Fate>, Error>>()?;
    tell(&fates, changes.len())
}

/// The number of goldens by what became of them; exit code 1 when some still wait.
fn tell(fates: &[Fate], all: usize) -> Result<Exit, Error> {
    let count = |wanted| fates.iter().filter(|fate| **fate == wanted).count();
    let (accepted, rejected) = (count(Fate::Accepted), count(Fate::Rejected));
    let waiting = all - accepted - rejected;
    writeln!(
        io::stdout(),
        "{accepted} accepted, {rejected} rejected, {waiting} waiting"
    )?;
    Ok(if waiting == 0 {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

/// Accepts, rejects or skips a change. What the specification contradicts is never accepted.
fn settle(change: &Change, fate: Fate) -> Result<Fate, Error> {
    let path = waiting(&change.path);
    match (fate, change.objection()) {
        (Fate::Accepted, Some(objection)) => {
            let stem = SCENARIOS[change.index].stem;
            writeln!(
                io::stderr(),
                "checker: {stem} cannot be accepted: {objection}"
            )?;
            return Ok(Fate::Skipped);
        }
        (Fate::Accepted, None) => {
            let folder = change.path.parent().unwrap_or(Path::new("."));
            store::replace(folder, &change.path, change.new.as_bytes())?;
        }
        (Fate::Rejected, _) => {}
        (Fate::Skipped, _) => return Ok(Fate::Skipped),
    }
    fs::remove_file(&path).with_context(|| format!("cannot remove {}", shown(&path)))?;
    Ok(fate)
}

/// What the person at the terminal wants; `None` at the end of input.
fn asked(change: &Change) -> Result<Option<Fate>, Error> {
    loop {
        let stem = SCENARIOS[change.index].stem;
        match answer(&format!("{stem}: accept, reject, skip or quit? [a/r/s/q] "))?.as_deref() {
            Some("a" | "accept") => return Ok(Some(Fate::Accepted)),
            Some("r" | "reject") => return Ok(Some(Fate::Rejected)),
            Some("s" | "skip") => return Ok(Some(Fate::Skipped)),
            None | Some("q" | "quit") => return Ok(None),
            Some(_) => {}
        }
    }
}

/// The next line of standard input, without blanks around it.
pub(super) fn answer(question: &str) -> io::Result<Option<String>> {
    let mut out = io::stdout().lock();
    write!(out, "{question}")?;
    out.flush()?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_ascii_lowercase()))
}

/// The text of a golden; empty where there is none.
pub(super) fn text_at(path: &Path) -> Result<String, Error> {
    match fs::read(path) {
        Ok(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => bail!("cannot read {}: {error}", shown(path)),
    }
}

/// The goldens that wait.
fn changes(settings: &Settings, arguments: &Arguments) -> Result<Vec<Change>, Error> {
    let folder = settings.golden_folder().ok_or_else(|| {
        Wrong("goldens are files: run it in the workspace, or name a folder by --snapshots".into())
    })?;
    let mut changes = Vec::new();
    for index in selection::indices(&arguments.patterns)? {
        let path = store::path(&folder, SCENARIOS[index].stem);
        let new = waiting(&path);
        if new.is_file() {
            let (old, new) = (text_at(&path)?, text_at(&new)?);
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

impl Change {
    fn calls(&self) -> Vec<Call> {
        plan::calls(&SCENARIOS[self.index], &profile::in_use())
    }

    /// Why it cannot be a golden.
    fn objection(&self) -> Option<String> {
        let golden: Snapshot = match snapshot::parse(&self.new) {
            Ok(golden) => golden,
            Err(error) => return Some(error.to_string()),
        };
        let stem = SCENARIOS[self.index].stem;
        if golden.stem != stem {
            return Some(format!("it is the golden of {}", golden.stem));
        }
        if !golden.is_complete() {
            return Some("the run did not end in `exit 0`".to_owned());
        }
        let call = first_difference(&golden, &self.calls(), &profile::in_use())?;
        Some(format!("call {call} is not as the specification says"))
    }

    /// The number of the first call that differs, where both are goldens.
    fn first_call(&self) -> Option<usize> {
        let new = snapshot::parse(&self.new).ok()?;
        let Ok(old) = snapshot::parse(&self.old) else {
            return Some(1);
        };
        let differs = |&index: &usize| old.steps.get(index) != new.steps.get(index);
        (0..old.steps.len().max(new.steps.len()))
            .find(differs)
            .map(|index| index + 1)
    }

    /// What changes: the difference, the heap after the first call that differs, and why.
    pub(super) fn show(&self, settings: &Settings, title: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let paper = Paper::of_stdout(settings.colored());
        let verb = if self.old.is_empty() {
            "new"
        } else {
            "changed"
        };
        writeln!(out, "{title}{} ({verb})", shown(&self.path))?;
        let options = diff::Options {
            color: settings.colored(),
            ..diff::Options::default()
        };
        if let Some(difference) = diff::diff(&self.old, &self.new, &options) {
            writeln!(out, "{}", difference.trim_end())?;
        }
        for line in self.picture(&paper).iter().chain(&self.reasons(&paper)) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)
    }

    fn picture(&self, paper: &Paper) -> Vec<String> {
        let parsed = (snapshot::parse(&self.old), snapshot::parse(&self.new));
        let (Some(call), (Ok(old), Ok(new))) = (self.first_call(), parsed) else {
            return Vec::new();
        };
        let layout = |golden: &Snapshot, index: Option<usize>| {
            let step = index.and_then(|index| golden.steps.get(index));
            step.map_or(Layout::Blocks(Vec::new()), |step| {
                step.outcome.layout.clone()
            })
        };
        let layouts = [
            ("before", layout(&old, call.checked_sub(2))),
            ("old", layout(&old, Some(call - 1))),
            ("new", layout(&new, Some(call - 1))),
        ];
        let header = profile::in_use().header;
        let rows = layouts.each_ref().map(|(label, layout)| Row {
            label,
            heap: Heap::of(layout, header),
        });
        picture::picture(&rows, header, &paper.drawing())
    }

    /// The clauses that the first call that differs rests on, and what the specification says.
    fn reasons(&self, paper: &Paper) -> Vec<String> {
        let (calls, Some(call)) = (self.calls(), self.first_call()) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        let clauses = clauses(&calls, call);
        if !clauses.is_empty() {
            lines.push(format!("Call {call} rests on"));
        }
        for clause in clauses {
            lines.extend(paper.text(&format!("  {clause:<4} "), profile::summary(clause)));
        }
        lines.push(match self.objection() {
            None => "The specification agrees with the new golden.".to_owned(),
            Some(objection) => format!("It cannot be accepted: {objection}."),
        });
        lines
    }
}

/// The clauses that decide a call of a scenario, by its number from 1.
fn clauses(calls: &[Call], number: usize) -> Vec<Clause> {
    let profile = profile::in_use();
    let choices = Choices::canonical(&profile);
    let mut follower = spec::Follower::new(&profile, &choices);
    let Some((last, before)) = calls.get(..number).and_then(<[Call]>::split_last) else {
        return Vec::new();
    };
    for call in before {
        follower.call(call);
    }
    follower.clauses(last)
}
