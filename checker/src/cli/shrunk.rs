//! A sequence of calls that was shortened until nothing more could be left out, in print.

use std::io::Write;

use anyhow::Error;

use crate::fuzz::Minimal;
use crate::model::{self, Choices, Environment, FaultSet};
use crate::types::Profile;
use crate::{explain, snapshot};

/// A sequence of more calls is not printed.
const PRINTED: usize = 100;

/// Tells what is wrong with the sequence; call by call, and with the heap at the one that is wrong.
pub(super) fn show(
    out: &mut impl Write,
    minimal: &Minimal,
    profile: &Profile,
    choices: &Choices,
) -> Result<(), Error> {
    let Minimal {
        calls,
        failure,
        transcript,
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
    if calls.len() > PRINTED {
        return Ok(());
    }
    writeln!(out, "{}", snapshot::render("shrunk", transcript))?;
    let nothing = Environment::default();
    let expected = model::run(profile, choices, FaultSet::NONE, nothing, calls);
    if let Some(position) = (failure.call.0 as usize).checked_sub(1) {
        let picture = explain::draw(transcript, &expected, position, profile);
        writeln!(out, "{picture}\n")?;
    }
    Ok(())
}
