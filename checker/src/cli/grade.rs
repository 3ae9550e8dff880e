//! `checker grade`: submissions from source or as libraries, one or a class of them.

mod arguments;
mod class;
mod pages;

use std::path::Path;

use anyhow::Error;
use clap::Parser;

use super::{Exit, Settings, Wrong};
use crate::batch::examiner::{Candidate, Examiner};
use crate::batch::ids::ids;
use crate::batch::manifest;
use crate::build;
use crate::rubric::{Known, Rubric};
use crate::submission::shown;
use crate::suite::SCENARIOS;

pub(super) use arguments::Arguments;

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
        None => pages::print(settings, arguments, examiner, &candidates),
    }
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
    let rubric = Rubric::parse(text, &Known::all(&SCENARIOS));
    let name = path.map_or_else(|| "the built-in rubric".to_owned(), shown);
    Ok(rubric.map_err(|error| Wrong(format!("{name}: {error}")))?)
}
