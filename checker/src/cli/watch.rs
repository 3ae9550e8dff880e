//! `checker watch`: grades a submission again on each save, and says what changed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error};
use clap::Args;
use notify::{RecursiveMode, Watcher as _};

use super::grade::{self, How};
use super::last::Last;
use super::terminal::{self, Detail, Ink, Page, Paper};
use super::{Exit, Settings};
use crate::batch::crew::{self, Slot};
use crate::batch::examiner::Candidate;
use crate::digest::digest;
use crate::record::Record;
use crate::report::GradeResult;
use crate::submission::{File, Form, LARGEST_LIBRARY, Submission, shown};

/// A save is complete when no file has changed for this time.
const QUIET: Duration = Duration::from_millis(120);
/// Files that never stop changing are graded after this time.
const LONGEST: Duration = Duration::from_secs(2);

/// Grades a submission, and again on each save; says what is fixed, what is new and what is the
/// same. Ends with Ctrl-C. The result of the last run is kept in the user's cache folder
/// ($XDG_CACHE_HOME or ~/.cache, osmem-checker/).
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The submission: a folder or a .c file; without it, the current folder.
    #[arg(value_name = "DIR", default_value = ".")]
    submission: PathBuf,
    #[command(flatten)]
    how: How,
}

/// An event that ends the waiting.
enum News {
    /// Something happened to a file.
    Touched,
    /// Ctrl-C.
    End,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let Arguments { submission, how } = arguments;
    if crew::is_worker() {
        return grade::work(settings, how);
    }
    if !submission.exists() {
        let name = shown(submission);
        wrong!("nothing to watch: {name} does not exist");
    }
    let setup = grade::alone(settings, how)?;
    let (sender, news) = channel();
    let ender = sender.clone();
    // Once the receiver is gone, nothing is left to be ended.
    ctrlc::set_handler(move || drop(ender.send(News::End))).context("cannot wait for Ctrl-C")?;
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // What cannot be told may have been a save.
        if event.map_or(true, |event| !event.kind.is_access()) {
            drop(sender.send(News::Touched));
        }
    })
    .context("cannot watch files")?;
    let (folder, mode) = watched(submission);
    watcher
        .watch(folder, mode)
        .with_context(|| format!("cannot watch {}", shown(folder)))?;
    let mut watch = Watch {
        settings,
        arguments,
        slot: Slot::new(&setup),
        news,
        last: Last::read(submission),
    };
    watch.until_ended()?;
    Ok(Exit::Passed)
}

/// The folder in which saves happen: editors that write a new file and rename it leave nothing of
/// the old one to be watched.
fn watched(submission: &Path) -> (&Path, RecursiveMode) {
    if submission.is_dir() {
        return (submission, RecursiveMode::Recursive);
    }
    let folder = submission.parent().filter(|it| *it != Path::new(""));
    (
        folder.unwrap_or(Path::new(".")),
        RecursiveMode::NonRecursive,
    )
}

struct Watch<'a> {
    settings: &'a Settings,
    arguments: &'a Arguments,
    slot: Slot<'a>,
    news: Receiver<News>,
    last: Option<Last>,
}

impl Watch<'_> {
    fn until_ended(&mut self) -> Result<(), Error> {
        let path = &self.arguments.submission;
        let mut seen = contents(path);
        while self.round()? {
            writeln!(io::stdout(), "\nwaiting for a save; Ctrl-C ends")?;
            // What was saved while it was graded counts too.
            let mut now = contents(path);
            while now == seen || is_underway(&seen, &now) {
                if self.is_ended_before_a_save() {
                    return Ok(());
                }
                now = contents(path);
            }
            writeln!(io::stdout(), "\n{}", saved(&seen, &now))?;
            seen = now;
        }
        Ok(())
    }

    /// Waits until something happens and then nothing for a moment.
    fn is_ended_before_a_save(&self) -> bool {
        let Ok(News::Touched) = self.news.recv() else {
            return true;
        };
        let started = Instant::now();
        while started.elapsed() < LONGEST {
            match self.news.recv_timeout(QUIET) {
                Ok(News::Touched) => {}
                Err(RecvTimeoutError::Timeout) => return false,
                Ok(News::End) | Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
        false
    }

    /// Grades it and prints the result; returns whether to go on.
    fn round(&mut self) -> Result<bool, Error> {
        let path = &self.arguments.submission;
        let candidate = Candidate {
            id: String::new(),
            path: path.clone(),
        };
        let graded = self.slot.examine(&shown(path), &candidate);
        // Ctrl-C ends the process that grades, too: before it ends, this one has been told.
        let patience = if graded.is_err() {
            QUIET
        } else {
            Duration::ZERO
        };
        while let Ok(news) = self.news.recv_timeout(patience) {
            if matches!(news, News::End) {
                return Ok(false);
            }
        }
        match graded {
            Ok((examined, grade)) => self.tell(&examined.record, grade.as_ref())?,
            Err(reason) => writeln!(io::stderr(), "checker: {reason}")?,
        }
        Ok(true)
    }

    fn tell(&mut self, record: &Record, graded: GradeResult<'_>) -> Result<(), Error> {
        let mut paper = Paper::of_stdout(self.settings.colored());
        let mut out = io::stdout().lock();
        if record.build.failure.is_none() {
            let now = Last::of(record, Some(graded));
            if let Some(last) = &self.last {
                let lines = changes(&paper, last, &now, record);
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                writeln!(out)?;
                paper = paper.below(&lines);
            }
            now.keep_or_say(&self.arguments.submission)?;
            self.last = Some(now);
        }
        let page = Page {
            record,
            graded: Some(graded),
            commands: &grade::commands(self.settings, &self.arguments.submission),
        };
        Ok(terminal::print(&mut out, &page, &paper, Detail::default())?)
    }
}

/// What the files that are built from hold. Others, such as those of an editor, are not looked at.
fn contents(submission: &Path) -> BTreeMap<PathBuf, String> {
    let Ok(submission) = Submission::locate(submission) else {
        return BTreeMap::new();
    };
    let files = match submission.form {
        Form::Library(file) => vec![file],
        Form::Sources(sources) => [sources.units, sources.included, sources.everything].concat(),
    };
    let counts = |file: &File| {
        let makefile = file.name().eq_ignore_ascii_case("makefile");
        makefile
            || ["c", "h", "so", "mk", "S", "inc"]
                .map(OsStr::new)
                .contains(&file.extension())
    };
    let files = files.into_iter().filter(counts);
    let content = |file: File| {
        // A file that cannot be read counts as empty until it can.
        let bytes = file.read(LARGEST_LIBRARY).unwrap_or_default();
        (file.path, digest([bytes.as_slice()]))
    };
    files.map(content).collect()
}

/// Whether a file that held something holds nothing: what writes it has only begun.
fn is_underway(before: &BTreeMap<PathBuf, String>, now: &BTreeMap<PathBuf, String>) -> bool {
    let nothing = digest([&[][..]]);
    let mut emptied = now.iter().filter(|(_, it)| **it == nothing);
    emptied.any(|(path, it)| before.get(path).is_some_and(|before| before != it))
}

/// `src/osmem.c was saved`
fn saved(before: &BTreeMap<PathBuf, String>, now: &BTreeMap<PathBuf, String>) -> String {
    let changed = now
        .iter()
        .filter(|(path, it)| before.get(*path) != Some(*it));
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let names = changed.map(|(path, _)| path).chain(gone);
    let names: Vec<String> = names.map(|path| shown(path)).collect();
    match names.len() {
        1 => format!("{} was saved", names[0]),
        _ => format!("{} were saved", names.join(", ")),
    }
}

/// What is fixed, what is new and what is the same since the last run.
fn changes(paper: &Paper, last: &Last, now: &Last, record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |ink, word: &str, text: &str| {
        lines.extend(paper.inked(ink, &format!("{word:<6} "), text));
    };
    if let Some(first) = last.failed.first() {
        match now.failed.contains(first) {
            true => say(Ink::Bad, "same", &still_wrong(first, record)),
            false => say(Ink::Good, "fixed", first),
        }
    }
    let has = |all: &[(String, String)], name: &str| all.iter().any(|one| one.0 == name);
    for (_, said) in last
        .mistakes
        .iter()
        .filter(|one| !has(&now.mistakes, &one.0))
    {
        say(Ink::Good, "fixed", said);
    }
    for (_, said) in now
        .mistakes
        .iter()
        .filter(|one| !has(&last.mistakes, &one.0))
    {
        say(Ink::Bad, "new", said);
    }
    let same = now
        .mistakes
        .iter()
        .filter(|one| has(&last.mistakes, &one.0))
        .count();
    match same {
        0 => {}
        1 => say(Ink::Dim, "same", "1 mistake"),
        _ => say(Ink::Dim, "same", &format!("{same} mistakes")),
    }
    let only = |one: &Last, other: &Last| {
        let stems = one
            .failed
            .iter()
            .filter(|stem| !other.failed.contains(stem));
        let numbers: Vec<&str> = stems
            .map(|stem| stem.split('-').next().unwrap_or(stem))
            .collect();
        (!numbers.is_empty()).then(|| format!("scenarios {}", numbers.join(" ")))
    };
    if let Some(numbers) = only(last, now) {
        say(Ink::Good, "fixed", &numbers);
    }
    if let Some(numbers) = only(now, last) {
        say(Ink::Bad, "new", &numbers);
    }
    if let (Some(before), Some(points)) = (&last.points, &now.points) {
        let text = match before == points {
            true => format!("{points} points"),
            false => format!("{points} points, {before} before"),
        };
        lines.push(text);
    }
    lines
}

/// The scenario that failed last, and what is wrong with it.
fn still_wrong(stem: &str, record: &Record) -> String {
    let result = record.results.iter().find(|one| one.stem == stem);
    let failure = result.and_then(|one| one.failure.as_ref());
    failure.map_or_else(
        || stem.to_owned(),
        |failure| match failure.call {
            Some(call) => format!("{stem}, call {call}: {}", failure.sentence),
            None => format!("{stem}: {}", failure.sentence),
        },
    )
}
