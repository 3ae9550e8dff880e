//! A sequence of calls that was shortened until nothing more could be left out, in print.

use std::io::Write;

use anyhow::Error;

use crate::fuzz::Minimal;
use crate::types::Profile;
use crate::{explain, snapshot};

/// Tells what is wrong with the sequence; if it has at most so many calls, call by call, and with
/// the heap at the one that is wrong.
pub(super) fn show(
    out: &mut impl Write,
    minimal: &Minimal,
    profile: &Profile,
    most: usize,
) -> Result<(), Error> {
    let Minimal {
        calls,
        failure,
        transcript,
        expected,
        attempts,
        ..
    } = minimal;
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
    if let Some(position) = (failure.call.0 as usize).checked_sub(1) {
        let picture = explain::draw(transcript, expected, position, profile);
        writeln!(out, "{picture}\n")?;
    }
    Ok(())
}
