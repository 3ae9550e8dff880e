//! A sequence of calls that was shortened until nothing more could be left out, in print.

use std::io::Write;

use anyhow::Error;

use crate::fuzz::Minimal;
use crate::{explain, snapshot};

/// Tells what is wrong with the sequence; if it has at most so many calls, call by call, and with
/// the heap at the one that is wrong.
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
        let header = due.before.heap.header();
        writeln!(out, "{}\n", explain::draw(due, header))?;
    }
    Ok(())
}
