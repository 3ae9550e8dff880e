//! `checker repro`: a mistake as a C program that a person would write.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use clap::Args;

use super::building::Building;
use super::grade::{rubric, rubric_text};
use super::terminal::quoted;
use super::{Exit, Settings, Wrong, reference};
use crate::build::Library;
use crate::carried;
use crate::fuzz::{self, Failure, Options, Program};
use crate::grading::{Grader, prepared};
use crate::plan;
use crate::profile;
use crate::record::{Record, ScenarioResult};
use crate::report::by_cost;
use crate::selection;
use crate::submission::{Form, Sources, Submission, shown};
use crate::suite::SCENARIOS;
use crate::tracer::Stage;
use crate::types::{Call, CallNumber};

/// Writes a mistake of a submission as a C program to standard output: the calls, shrunk, and the
/// one assertion that fails. It succeeds with the reference. Its first comment has the command that
/// compiles it in the submission's own folder.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The scenario (0609); without it, the most expensive mistake. Then the submission: a folder,
    /// a .c file or a .so file; without it, the current folder.
    #[arg(value_name = "SCENARIO|DIR", num_args = 0..=2)]
    what: Vec<String>,
    #[command(flatten)]
    building: Building,
}

/// What is asked for.
struct Wanted {
    /// The scenario, where one is named.
    index: Option<usize>,
    path: PathBuf,
}

impl Arguments {
    fn wanted(&self) -> Result<Wanted, Wrong> {
        let scenario = |text: &String| {
            let found = selection::indices(std::slice::from_ref(text));
            found
                .ok()
                .filter(|found| found.len() == 1)
                .map(|found| found[0])
        };
        let (index, path) = match self.what.as_slice() {
            [] => (None, ".".to_owned()),
            [only] if Path::new(only).exists() => (None, only.clone()),
            [only] => (Some(only), ".".to_owned()),
            [number, path, ..] => (Some(number), path.clone()),
        };
        let known = index.map(|text| {
            scenario(text).ok_or_else(|| {
                Wrong(format!(
                    "{text:?} is neither one scenario (0609) nor a submission"
                ))
            })
        });
        Ok(Wanted {
            index: known.transpose()?,
            path: path.into(),
        })
    }
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let Wanted { index, path } = arguments.wanted()?;
    let library = reference::library(settings, Some(&path), &arguments.building)?;
    let (name, grader) = (shown(&path), settings.grader(&[])?);
    let record = grader.examine(&name, &Ok(library.clone()), 0.0)?;
    let Some(case) = case(&record, index)? else {
        let what = index.map(|index| format!(", {}", SCENARIOS[index].stem));
        let what = what.unwrap_or_default();
        writeln!(
            io::stderr(),
            "checker: {name}{what}: nothing is wrong, so there is nothing to show"
        )?;
        return Ok(Exit::Passed);
    };
    let build = commands(&library, &path);
    let program = program(settings, &grader, &library, &case, &build)?;
    io::stdout().lock().write_all(program.as_bytes())?;
    Ok(Exit::Failed)
}

/// A run in which something goes wrong.
struct Case<'r> {
    /// The scenario, or `seed 7`.
    stem: &'r str,
    /// The mistakes that it is about, by name.
    mistakes: Vec<&'r str>,
    result: Option<&'r ScenarioResult>,
}

/// What goes wrong in the scenario, or by the most expensive mistake.
fn case(record: &Record, index: Option<usize>) -> Result<Option<Case<'_>>, Error> {
    let result = |stem: &str| record.results.iter().find(|one| one.stem == stem);
    if let Some(index) = index {
        let result = result(SCENARIOS[index].stem);
        return Ok(result.filter(|it| it.failure.is_some()).map(|it| Case {
            stem: &it.stem,
            mistakes: it.mistakes.iter().map(String::as_str).collect(),
            result: Some(it),
        }));
    }
    // Without a grade there is no most expensive mistake; the first one is used.
    let grade = rubric(&rubric_text(None)?, None)?.grade_with_style(record, None);
    let mistakes = by_cost(record, grade.as_ref().ok());
    let shown = mistakes.iter().find_map(|mistake| {
        let stem = mistake.example.as_ref()?.stem.as_str();
        Some(Case {
            stem,
            mistakes: vec![mistake.name.as_str()],
            result: result(stem),
        })
    });
    let wrong = || {
        let mut results = record.results.iter();
        let result = results.find(|one| one.status.is_wrong() && one.failure.is_some())?;
        Some(Case {
            stem: &result.stem,
            mistakes: Vec::new(),
            result: Some(result),
        })
    };
    Ok(shown.or_else(wrong))
}

fn program(
    settings: &Settings,
    grader: &Grader,
    library: &Library,
    case: &Case<'_>,
    build: &str,
) -> Result<String, Error> {
    let profile = grader.profile;
    let stage = Stage::new(
        &library.bytes,
        profile,
        grader.limits,
        grader.watchdog.clone(),
    )?
    .isolated(settings.isolation());
    let options = Options {
        jobs: settings.jobs,
        ..Options::new(grader.manner(&library.bytes)?)
    };
    let title = format!("{}, shrunk", case.stem);
    let calls = calls(&stage, grader, &options, case.stem)?;
    let again = prepared(&profile, &calls);
    for calls in [&calls, &again] {
        let failures = fuzz::examine(&stage, &profile, &options, calls)?;
        let wanted = |failure: &&Failure| {
            let name = failure.name();
            name.is_some_and(|name| case.mistakes.contains(&name.as_str()))
        };
        let first = failures.iter().find(wanted).or_else(|| failures.first());
        if let Some(failure) = first {
            let minimal = fuzz::minimize(&stage, &profile, &options, calls, failure)?;
            return Ok(minimal.program(&profile, &title, build));
        }
    }
    // It shows when a system call fails, and not before.
    let failure = case.result.and_then(|result| result.failure.as_ref());
    let made = failure.and_then(|failure| failure.call).unwrap_or(1) as usize;
    let program = Program {
        profile: &profile,
        title: case.stem,
        calls: &calls[..made.clamp(1, calls.len())],
        blamed: CallNumber(u32::try_from(made).unwrap_or(u32::MAX)),
        sentence: failure.map_or("", |failure| failure.sentence.as_str()),
        transcript: None,
        plain: false,
        build,
    };
    Ok(program.text())
}

/// The calls of a scenario, or of a random sequence in which something goes wrong.
fn calls(
    stage: &Stage,
    grader: &Grader,
    options: &Options,
    stem: &str,
) -> Result<Vec<Call>, Error> {
    let profile = &grader.profile;
    if let Some(scenario) = SCENARIOS.iter().find(|it| it.stem == stem) {
        return Ok(plan::calls(scenario, profile));
    }
    let seed = stem.strip_prefix("seed ").and_then(|it| it.parse().ok());
    let options = Options {
        seed: seed.unwrap_or(fuzz::FIRST_SEED),
        ..Options::for_grade(options.manner.clone())
    };
    let odd = fuzz::first_odd(stage, profile, &options)?;
    Ok(odd.map(|odd| odd.calls).unwrap_or_default())
}

/// The commands that compile and run the program with the submission, from the current folder.
fn commands(library: &Library, path: &Path) -> String {
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(Path::new("")),
    };
    let within = |inner: &Path| {
        // Component by component: without `./` and `/` at its ends.
        let joined: PathBuf = folder.join(inner).components().collect();
        let plain = joined.strip_prefix(".").unwrap_or(&joined);
        match plain.as_os_str().is_empty() {
            true => ".".to_owned(),
            false => quoted(&shown(plain)),
        }
    };
    let run = "-Wl,-rpath,. && ./repro";
    let sources = match Submission::locate(path).map(|it| it.form) {
        // A makefile builds in its own way.
        Ok(Form::Sources(sources)) if library.remark.is_none() => sources,
        Ok(Form::Library(file)) => {
            return format!("gcc -g -o repro repro.c ./{} {run}", within(&file.path));
        }
        _ => {
            return format!(
                "gcc -g -o repro repro.c -L{0} -losmem -Wl,-rpath,{0} && ./repro",
                within(Path::new(""))
            );
        }
    };
    let units = library.sources.iter().map(|unit| within(unit));
    let includes = sources.include_folders.iter();
    let includes = includes.map(|folder| format!("-I{}", within(folder)));
    let kit = missing_header(&sources).then(|| "-Ikit".to_owned());
    let words: Vec<String> = units.chain(includes).chain(kit.clone()).collect();
    let renaming = profile::edition().renaming();
    let flags = renaming.iter().map(|flag| format!(" {}", quoted(flag)));
    let flags: String = flags.collect();
    let export = kit.map_or("", |_| "[ -d kit ] || checker export kit # the headers\n");
    format!(
        "{export}gcc -g -fcommon{flags} -o repro repro.c {} && ./repro",
        words.join(" ")
    )
}

/// Whether it is built with headers that it does not bring.
fn missing_header(sources: &Sources) -> bool {
    let headers = carried::HEADERS.iter();
    let mut headers = headers.map(|(name, _)| *name);
    let own = sources.included.iter();
    let own: Vec<&OsStr> = own.map(|file| file.name()).collect();
    headers.any(|name| !own.contains(&OsStr::new(name)))
}
