//! A course's own scenarios: from files to the table of scenarios.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Error;
use ref_tests::scenario::{Scenario, Steps};

use super::{Command, Settings, Wrong};
use crate::profile;
use crate::snapshot::script::{Script, ScriptError};
use crate::submission::shown;
use crate::suite::{Own, SCENARIOS, Test};

/// The ending of a scenario's file.
pub(super) const ENDING: &str = "snap";

/// Adds the scenarios of `--scenarios`, those that were made of tests in this folder, and those files
/// that stand among the patterns, which become patterns that select them.
pub(super) fn load(
    settings: &Settings,
    tests: Option<&Path>,
    command: Option<&mut Command>,
) -> Result<(), Error> {
    let mut files = Vec::new();
    if let Some(folder) = tests {
        files.extend(files_of(folder, ENDING)?);
    }
    for path in &settings.scenarios {
        files.extend(files_of(path, ENDING)?);
    }
    // Outcomes that are about to be rewritten need not be valid.
    let rewrites = matches!(command, Some(Command::Bless(_)));
    let patterns = command.and_then(Command::patterns);
    for pattern in patterns.into_iter().flatten() {
        let path = PathBuf::from(&*pattern);
        if ends_in(&path, ENDING) {
            *pattern = stem(&path)?;
            if !files.contains(&path) {
                files.push(path);
            }
        }
    }
    let mut own: Vec<Own> = Vec::new();
    for path in files {
        let read = read(&path, rewrites)?;
        check_name(&read, &own)?;
        own.push(read);
    }
    check_needs(&own)?;
    Ok(SCENARIOS.add(own)?)
}

/// The text of a scenario's file, read.
pub(super) fn script(path: &Path) -> Result<(String, Script), Wrong> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = 1 + count_lines(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        Wrong(format!("{}:{line}: expected text in UTF-8", shown(path)))
    })?;
    let script = Script::parse(&stem(path)?, &text, &profile::in_use());
    Ok((text, script.map_err(|error| wrong(path, &error))?))
}

fn read(path: &Path, rewrites: bool) -> Result<Own, Wrong> {
    let (text, script) = script(path)?;
    let golden = match rewrites {
        true => None,
        false => script.golden().map_err(|error| {
            let hint = "`checker bless` writes the outcomes again";
            Wrong(format!("{} ({hint})", wrong(path, &error)))
        })?,
    };
    let purpose = script
        .purpose
        .unwrap_or_else(|| script.stem.replace('-', " "));
    let needs = script.needs.into_iter().map(|(_, name)| leaked(name));
    let program = path.with_extension("so");
    let test = match program.is_file() {
        true => Some(test(&program)?),
        false => None,
    };
    let scenario = Scenario {
        stem: leaked(script.stem),
        purpose: leaked(purpose),
        clauses: script.clauses.leak(),
        kind: script.kind,
        needs: needs.collect::<Vec<_>>().leak(),
        source: leaked(text),
        points: script.points,
        steps: Steps::Listed(script.calls.leak()),
    };
    Ok(Own {
        scenario,
        path: path.to_owned(),
        golden: golden.map(|golden| golden.render()),
        test,
    })
}

/// The program of a course's own test.
fn test(path: &Path) -> Result<Test, Wrong> {
    let program = fs::read(path).map_err(|error| unreadable(path, &error))?;
    Ok(Test {
        program: program.leak(),
        folder: path.parent().map(Path::to_owned).unwrap_or_default(),
    })
}

/// The table lives as long as the program.
fn leaked(text: String) -> &'static str {
    text.leak()
}

/// The files of this ending in a folder, in the order of their names, or this file itself.
pub(super) fn files_of(path: &Path, ending: &str) -> Result<Vec<PathBuf>, Wrong> {
    if ends_in(path, ending) {
        return Ok(vec![path.to_owned()]);
    }
    let list = || -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
        entries.collect()
    };
    let mut files = list().map_err(|error| unreadable(path, &error))?;
    files.retain(|path| ends_in(path, ending));
    files.sort();
    match files.is_empty() {
        true => Err(Wrong(format!(
            "nothing in {}: expected files NAME.{ending}",
            shown(path)
        ))),
        false => Ok(files),
    }
}

fn ends_in(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending) && path.is_file()
}

/// What a scenario is called, which is the name of its file.
pub(super) fn stem(path: &Path) -> Result<String, Wrong> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.filter(|stem| stem.chars().all(plain));
    stem.map(ToOwned::to_owned).ok_or_else(|| {
        let reason = "the name of a scenario has ASCII letters, digits, - and _ only";
        Wrong(format!("{}: {reason}", shown(path)))
    })
}

/// Names tell scenarios apart, and numbers do.
fn check_name(new: &Own, before: &[Own]) -> Result<(), Wrong> {
    let taken = |other: &&Scenario| {
        other.stem == new.scenario.stem || other.number() == new.scenario.number()
    };
    let own = before.iter().map(|own| &own.scenario);
    let mut known = ref_tests::SCENARIOS.iter().chain(own);
    known.find(taken).map_or(Ok(()), |other| {
        let path = shown(&new.path);
        let number = new.scenario.number();
        let reason = format!("{path}: {number} is taken by the scenario {}", other.stem);
        Err(Wrong(reason))
    })
}

fn check_needs(own: &[Own]) -> Result<(), Wrong> {
    for Own { scenario, path, .. } in own {
        let own = own.iter().map(|own| &own.scenario);
        let known: Vec<&str> = ref_tests::SCENARIOS
            .iter()
            .chain(own)
            .map(Scenario::number)
            .collect();
        if let Some(missing) = scenario.needs.iter().find(|name| !known.contains(name)) {
            let path = shown(path);
            wrong!("{path}: needs: no scenario has the number {missing}");
        }
    }
    Ok(())
}

fn wrong(path: &Path, error: &ScriptError) -> Wrong {
    Wrong(format!("{}:{error}", shown(path)))
}

fn unreadable(path: &Path, error: &io::Error) -> Wrong {
    Wrong(format!("cannot read {}: {error}", shown(path)))
}

fn count_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
