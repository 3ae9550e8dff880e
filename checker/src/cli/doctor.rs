//! `checker doctor`: what this machine offers.

use std::io::{self, Write as _};

use anyhow::Error;

use super::{Exit, Settings};
use crate::machine::{self, State};

pub(super) fn run(settings: &Settings) -> Result<Exit, Error> {
    let findings = machine::findings(settings.isolation());
    let mut out = io::stdout().lock();
    for finding in &findings {
        let state = match finding.state {
            State::Good => "good   ",
            State::Less => "less   ",
            State::Missing => "MISSING",
        };
        writeln!(out, "{state}  {}: {}", finding.what, finding.found)?;
    }
    let missing = findings.iter().any(|it| it.state == State::Missing);
    let verdict = match missing {
        true => "submissions cannot be judged here",
        false => "submissions can be judged here",
    };
    writeln!(out, "\n{verdict}")?;
    Ok(if missing { Exit::Machine } else { Exit::Passed })
}
