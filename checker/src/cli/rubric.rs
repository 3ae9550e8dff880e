//! `checker rubric`: checks a rubric and says what it gives points for.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Error;

use super::Exit;
use super::grade::{rubric, rubric_text};
use crate::suite::SCENARIOS;

pub(super) fn run(path: Option<&Path>, print: bool) -> Result<Exit, Error> {
    let text = rubric_text(path)?;
    let rubric = rubric(&text, path)?;
    let mut out = io::stdout().lock();
    if print {
        out.write_all(text.as_bytes())?;
        return Ok(Exit::Passed);
    }
    let mut counted = 0;
    for (name, maximum, scenarios) in rubric.parts() {
        counted += scenarios;
        writeln!(
            out,
            "  {maximum:>5}  {name} ({})",
            plural(scenarios, "scenario")
        )?;
    }
    if let Some(style) = rubric.style() {
        writeln!(out, "  {:>5}  style", style.maximum())?;
    }
    let rest = SCENARIOS.len() - counted;
    let rest = plural(rest, "scenario");
    writeln!(
        out,
        "{} points at most; {rest} without points",
        rubric.maximum()
    )?;
    Ok(Exit::Passed)
}

fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}
