//! `checker grade`: submissions from source or as libraries, one or a class of them.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Error;
use clap::Args;
use ref_tests::SCENARIOS;

use super::format::{self, Format, Shown};
use super::reference::exit_of;
use super::seeds::Seeds;
use super::{Exit, Settings, Wrong, class};
use crate::batch::examiner::{Candidate, Examiner};
use crate::batch::ids::ids;
use crate::batch::slice::Slice;
use crate::batch::{manifest, schedule};
use crate::build;
use crate::rubric::{Known, Rubric, Ungraded};
use crate::submission::shown;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Directories, .c files or .so files.
    #[arg(required_unless_present = "manifest")]
    submissions: Vec<PathBuf>,
    /// A file with more of them, one a line; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Keep results in a folder, and go on with what is in it.
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    pub(super) out: Option<PathBuf>,
    /// Grade one of several shares of the submissions, such as 3/8.
    #[arg(long, value_name = "K/N", default_value_t = Slice::WHOLE)]
    slice: Slice,
    /// How points are given, instead of the built-in rubric.
    #[arg(long, value_name = "FILE")]
    rubric: Option<PathBuf>,
    /// How to report: terminal, json, or the name of a system.
    #[arg(long, value_name = "NAME", default_value_t = Format::Terminal)]
    format: Format,
    #[command(flatten)]
    pub(super) shown: Shown,
    #[command(flatten)]
    pub(super) seeds: Seeds,
    /// Run the submission's own makefile, in a copy, instead of our command line.
    #[arg(long)]
    pub(super) make: bool,
    /// The C compiler.
    #[arg(long)]
    pub(super) cc: Option<String>,
    /// Grade this submission again though nothing changed; may be given several times.
    #[arg(long, value_name = "ID", requires = "out")]
    pub(super) again: Vec<String>,
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let rubric_text = rubric_text(arguments.rubric.as_deref())?;
    let all = candidates(arguments)?;
    check_again(&all, &arguments.again)?;
    let in_slice = |candidate: &Candidate| arguments.slice.contains(&candidate.id);
    let candidates: Vec<Candidate> = all.into_iter().filter(in_slice).collect();
    let examiner = Examiner {
        grader: settings.grader(&[])?,
        options: build::Options {
            make: arguments.make,
            compiler: arguments.cc.clone(),
            ..build::Options::default()
        },
        rubric: rubric(&rubric_text, arguments.rubric.as_deref())?,
        seeding: arguments.seeds.seeding(),
    };
    match &arguments.out {
        Some(folder) => class::run(
            settings,
            arguments,
            &rubric_text,
            examiner,
            candidates,
            folder,
        ),
        None => print_each(settings, arguments, examiner, &candidates),
    }
}

/// The submissions that were named, with their names.
fn candidates(arguments: &Arguments) -> Result<Vec<Candidate>, Error> {
    let mut paths = arguments.submissions.clone();
    if let Some(file) = &arguments.manifest {
        let listed = manifest::read(file);
        let reason = |error| Wrong(format!("cannot read the manifest {}: {error}", shown(file)));
        paths.extend(listed.map_err(reason)?);
    }
    if paths.is_empty() {
        return Err(Wrong("the manifest names no submission".to_owned()).into());
    }
    let named = ids(&paths).into_iter().zip(paths);
    Ok(named.map(|(id, path)| Candidate { id, path }).collect())
}

fn check_again(candidates: &[Candidate], again: &[String]) -> Result<(), Wrong> {
    let known = |id: &&String| candidates.iter().any(|one| one.id == **id);
    let unknown = again.iter().find(|id| !known(id));
    unknown.map_or(Ok(()), |id| {
        Err(Wrong(format!("--again: no submission is called {id:?}")))
    })
}

/// The text of a rubric, or of the one that is used when no other is named.
pub(super) fn rubric_text(path: Option<&Path>) -> Result<String, Error> {
    let Some(path) = path else {
        return Ok(crate::rubric::BUILT_IN.to_owned());
    };
    let reason = |error| Wrong(format!("cannot read the rubric {}: {error}", shown(path)));
    Ok(std::fs::read_to_string(path).map_err(reason)?)
}

pub(super) fn rubric(text: &str, path: Option<&Path>) -> Result<Rubric, Error> {
    let rubric = Rubric::parse(text, &Known::all(SCENARIOS));
    let name = path.map_or_else(|| "the built-in rubric".to_owned(), shown);
    Ok(rubric.map_err(|error| Wrong(format!("{name}: {error}")))?)
}

/// Reports in the order of the command line, each as soon as all before it are there.
struct Pages {
    waiting: BTreeMap<usize, Page>,
    printed: usize,
    worst: Exit,
}

/// What is said of one submission.
#[derive(Default)]
struct Page {
    out: Vec<u8>,
    trouble: String,
}

impl Pages {
    fn take(&mut self, number: usize, page: Page, exit: Exit) -> io::Result<()> {
        self.worst = self.worst.max(exit);
        self.waiting.insert(number, page);
        while let Some(page) = self.waiting.remove(&self.printed) {
            self.printed += 1;
            io::stdout().lock().write_all(&page.out)?;
            // Standard error may be closed; the exit code says it too.
            let _ = io::stderr().lock().write_all(page.trouble.as_bytes());
        }
        Ok(())
    }
}

fn print_each(
    settings: &Settings,
    arguments: &Arguments,
    mut examiner: Examiner<'_>,
    candidates: &[Candidate],
) -> Result<Exit, Error> {
    if candidates.len() > 1 {
        examiner.grader.workers = 1;
    }
    let pages = Mutex::new(Pages {
        waiting: BTreeMap::new(),
        printed: 0,
        worst: Exit::Passed,
    });
    let numbered: Vec<(usize, &Candidate)> = candidates.iter().enumerate().collect();
    schedule::run(&numbered, settings.jobs, |&(number, candidate)| {
        let (page, exit) = page(settings, arguments, &examiner, candidate)?;
        let mut pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.take(number, page, exit)
    })?;
    let pages = pages.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(pages.worst)
}

fn page(
    settings: &Settings,
    arguments: &Arguments,
    examiner: &Examiner<'_>,
    candidate: &Candidate,
) -> io::Result<(Page, Exit)> {
    let asked = arguments.rubric.is_some();
    let name = shown(&candidate.path);
    let mut page = Page::default();
    let (record, grade) = match examiner.examine(&name, &candidate.path) {
        Ok((examined, grade)) => (examined.record, grade),
        Err(reason) => {
            page.trouble = format!("checker: {name}: {reason}\n");
            if !matches!(arguments.format, Format::System(_)) {
                return Ok((page, Exit::Environment));
            }
            let record = examiner.grader.unjudged(&name, &reason);
            (record, Err(Ungraded::Other(reason)))
        }
    };
    let view = arguments.shown.view().of(&record);
    let graded = (grade.as_ref(), asked);
    format::write(&mut page.out, settings, arguments.format, &view, graded)?;
    let points_count = asked || matches!(arguments.format, Format::System(_));
    let exit = match grade {
        Err(_) if points_count => Exit::Environment,
        _ => exit_of(&record),
    };
    Ok((page, exit))
}
