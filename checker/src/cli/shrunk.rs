//! Prints a sequence of calls that was shrunk until no call could be left out.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Error};

use super::own;
use crate::fuzz::Minimal;
use crate::profile;
use crate::snapshot::script::Script;
use crate::snapshot::{Snapshot, SnapshotStep};
use crate::spec::{self, Choices};
use crate::types::{Call, End};
use crate::{explain, snapshot};

/// How a program is compiled beside a library.
const BUILD: &str = "gcc -g -o repro repro.c -L. -losmem -Wl,-rpath,. && ./repro";

/// Writes the sequence to a file: as a scenario when it is called NAME.snap, else as a C program.
pub(super) fn emit(path: &Path, minimal: &Minimal) -> Result<(), Error> {
    let text = match path.extension() {
        Some(ending) if ending == own::ENDING => scenario(&own::stem(path)?, minimal),
        _ => minimal.program(&profile::in_use(), "A sequence that was shrunk", BUILD),
    };
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// What the specification says of these calls.
pub(super) fn golden(stem: &str, calls: &[Call]) -> Snapshot {
    let profile = profile::in_use();
    let due = spec::outcomes(&profile, &Choices::canonical(&profile), calls);
    let steps = calls.iter().zip(due);
    Snapshot {
        stem: stem.to_owned(),
        steps: steps
            .map(|(&call, outcome)| SnapshotStep { call, outcome })
            .collect(),
        unfinished: Vec::new(),
        end: End::Finished(0),
    }
}

/// The sequence with what each call must do.
fn scenario(stem: &str, minimal: &Minimal) -> String {
    let golden = golden(stem, &minimal.calls);
    let failure = &minimal.failure;
    let head = vec![
        format!("purpose: {}", stem.replace('-', " ")),
        format!("clauses: {}", failure.clause),
        format!(
            "# Call {}: {}.",
            failure.call.0,
            failure.sentence.replace('\n', " ")
        ),
    ];
    Script::of_calls(stem, head, &golden)
}

/// Prints what is wrong with the sequence; if it has at most this many calls, call by call, with
/// the heap at the wrong call.
pub(super) fn show(out: &mut impl Write, minimal: &Minimal, most: usize) -> Result<(), Error> {
    let Minimal {
        calls,
        failure,
        transcript,
        attempts,
        ..
    } = minimal;
    if let (Some(name), Some(mistake)) = (failure.name(), failure.mistake()) {
        writeln!(out, "{mistake} ({}, {name})", failure.clause)?;
    }
    writeln!(
        out,
        "shrunk to {} calls in {attempts} attempts; call {}:\n  {}\n",
        calls.len(),
        failure.call.0,
        failure.sentence
    )?;
    if calls.len() > most {
        return Ok(());
    }
    writeln!(out, "{}", snapshot::render("shrunk", transcript))?;
    if let Some(due) = &failure.due {
        let heaps = explain::heaps(due, due.before.heap.header());
        writeln!(out, "{}\n", explain::draw(&heaps))?;
    }
    Ok(())
}
