//! `checker grade`: submissions from source or as libraries, one or a class of them.

mod arguments;
mod class;
mod pages;
mod secret;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Error};
use clap::Parser;

use super::{Exit, Settings, Wrong, own, text_of};
use crate::batch::crew::{self, Setup};
use crate::batch::examiner::{Candidate, Examiner};
use crate::batch::ids::ids;
use crate::batch::manifest::{self, Listed};
use crate::batch::seeding::Seeding;
use crate::grading::Grader;
use crate::rubric::{Known, Rubric};
use crate::submission::{self, shown};
use crate::suite::SCENARIOS;
use crate::sys::server;
use crate::vary;

pub(super) use arguments::{Arguments, How, commands};

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let how = &arguments.how;
    if crew::is_worker() {
        return work(settings, how);
    }
    let rubric_text = rubric_text(how.rubric.as_deref())?;
    let all = candidates(arguments)?;
    check_again(&all, &arguments.again)?;
    let in_slice = |candidate: &Candidate| arguments.slice.contains(&candidate.id);
    let candidates: Vec<Candidate> = all.into_iter().filter(in_slice).collect();
    let secret = secret::of(how.secret.as_deref(), arguments.out.as_deref())?;
    let examiner = examiner(settings, how, &rubric_text, &secret)?;
    let workers = if candidates.len() > 1 {
        1
    } else {
        settings.jobs
    };
    let setup = setup(&examiner, rubric_text, secret, workers);
    match &arguments.out {
        Some(folder) => class::run(settings, arguments, &setup, &examiner, candidates, folder),
        None => pages::print(settings, arguments, &setup, &examiner, &candidates),
    }
}

/// What grades one submission again and again, in a process of its own.
pub(super) fn alone(settings: &Settings, how: &How) -> Result<Setup, Error> {
    let rubric_text = rubric_text(how.rubric.as_deref())?;
    let secret = secret::of(how.secret.as_deref(), None)?;
    let examiner = examiner(settings, how, &rubric_text, &secret)?;
    Ok(setup(&examiner, rubric_text, secret, settings.jobs))
}

fn setup(examiner: &Examiner<'_>, rubric: String, secret: String, workers: usize) -> Setup {
    Setup {
        // Twice its time, for a machine that is busy, and what reports need.
        patience: examiner.grader.budget * 2 + Duration::from_secs(60),
        memory: memory(&examiner.grader, workers),
        rubric,
        secret,
        tests: SCENARIOS
            .own()
            .iter()
            .find_map(|own| Some(own.test.as_ref()?.folder.clone())),
        workers,
    }
}

/// Bytes of memory that a worker may write to: far more than any submission is known to need. What is
/// seen of it becomes several states of the heap for each call; a random sequence of 2,000 calls in a
/// heap of many small blocks alone takes 210 MiB.
fn memory(grader: &Grader, workers: usize) -> u64 {
    const LEAST: u64 = 352 << 20;
    const OF_PROCESSOR: u64 = 32 << 20;
    let processors = match workers {
        0 => server::processors().map_or(1, |all| all.len()),
        some => some,
    };
    LEAST + 4 * grader.room() + OF_PROCESSOR * processors as u64
}

/// Grades what another process of this program names, one submission after the other.
pub(super) fn work(settings: &Settings, how: &How) -> Result<Exit, Error> {
    crew::serve(|setup: &Setup| -> Result<_, Error> {
        own::load(settings, setup.tests.as_deref(), None)?;
        let mut examiner = examiner(settings, how, &setup.rubric, &setup.secret)?;
        examiner.grader.workers = setup.workers;
        Ok(examiner)
    })?;
    Ok(Exit::Passed)
}

/// What grades as the arguments say.
fn examiner(
    settings: &Settings,
    how: &How,
    rubric_text: &str,
    secret: &str,
) -> Result<Examiner<'static>, Error> {
    let budget = Duration::try_from_secs_f64(how.budget).context("--budget")?;
    let options = how.building.options()?;
    let grader = settings.grader(&[])?;
    if how.vary && secret.is_empty() {
        wrong!(
            "--vary: sizes follow from a secret: name one with --secret FILE, or keep \
                      results with --out DIR"
        );
    }
    let plans = match how.vary {
        true => vary::plans(&grader.profile, secret),
        false => grader.plans,
    };
    Ok(Examiner {
        grader: Grader {
            plans,
            twice: true,
            budget,
            secret: secret.to_owned(),
            ..grader
        },
        options,
        rubric: rubric(rubric_text, how.rubric.as_deref())?,
        // Who names a secret wants all random sequences to depend on it.
        seeding: match how.secret {
            Some(_) => Seeding::OfSecret(secret::number(secret)),
            None => how.seeds.seeding(),
        },
    })
}

/// The submission in the current folder, with the usual options.
pub(super) fn here(settings: &Settings) -> Result<Exit, Error> {
    #[derive(Parser)]
    struct Usual {
        #[command(flatten)]
        arguments: Arguments,
    }
    let Usual { arguments } = Usual::parse_from(["checker", "."]);
    run(settings, &arguments)
}

/// The submissions that were named, with their names.
fn candidates(arguments: &Arguments) -> Result<Vec<Candidate>, Error> {
    let unnamed = |path: &PathBuf| Listed {
        path: path.clone(),
        name: None,
    };
    let mut all: Vec<Listed> = arguments.submissions.iter().map(unnamed).collect();
    if let Some(file) = &arguments.manifest {
        let listed = manifest::read(file);
        let reason = |error| Wrong(format!("cannot read the manifest {}: {error}", shown(file)));
        all.extend(listed.map_err(reason)?);
    }
    match all.as_slice() {
        [] => wrong!("the manifest names no submission"),
        [only] => refuse_class(&only.path)?,
        _ => {}
    }
    // A name is called as a folder of that name would be.
    let named = |it: &Listed| match &it.name {
        Some(name) => PathBuf::from(name.replace('/', "_")),
        None => it.path.clone(),
    };
    let ids = ids(&all.iter().map(named).collect::<Vec<_>>());
    let candidates = ids.into_iter().zip(all);
    let candidate = |(id, Listed { path, .. })| Candidate { id, path };
    Ok(candidates.map(candidate).collect())
}

/// A folder with the submissions of a class is none itself.
fn refuse_class(path: &Path) -> Result<(), Wrong> {
    const SHOWN: usize = 5;
    let inside = submission::inside(path);
    if inside.len() < 2 {
        return Ok(());
    }
    let folder = shown(path);
    let folder = folder.trim_end_matches('/');
    let more = match inside.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Wrong(format!(
        "{folder} holds {} submissions and is none itself: {}{more}; \
         `checker grade {folder}/* --out results` grades them all",
        inside.len(),
        inside[..inside.len().min(SHOWN)].join(", "),
    )))
}

fn check_again(candidates: &[Candidate], again: &[String]) -> Result<(), Wrong> {
    let known = |id: &&String| candidates.iter().any(|one| one.id == **id);
    let unknown = again.iter().find(|id| !known(id));
    unknown.map_or(Ok(()), |id| {
        Err(Wrong(format!("--again: no submission is called {id:?}")))
    })
}

/// The text of a rubric, or of the one that is used when no other is named.
pub(super) fn rubric_text(path: Option<&Path>) -> Result<String, Wrong> {
    match path {
        Some(path) => text_of("the rubric ", path),
        None => Ok(crate::rubric::BUILT_IN.to_owned()),
    }
}

pub(super) fn rubric(text: &str, path: Option<&Path>) -> Result<Rubric, Wrong> {
    let rubric = Rubric::parse(text, &Known::all(&SCENARIOS));
    let name = path.map_or_else(|| "the built-in rubric".to_owned(), shown);
    rubric.map_err(|error| Wrong(format!("{name}: {error}")))
}
