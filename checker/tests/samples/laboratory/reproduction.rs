//! Mistakes found by random sequences, and the C programs that show them by themselves.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus};

use checker::testing::carried;
use checker::testing::fuzz::{self, Effort, Found, Options};
use checker::testing::types::Profile;

use super::{Error, MISTAKES, compile, grader};

/// What came of looking for a mistake.
pub(crate) struct Reproduction {
    /// The sequence that shows it, and the shrunk one.
    pub(crate) found: Found,
    /// The shrunk one's program.
    pub(crate) program: String,
    /// How it ended with the library.
    pub(crate) status: ExitStatus,
    /// What it said on standard error.
    pub(crate) message: String,
    /// Whether it succeeds with the reference.
    pub(crate) succeeds: bool,
}

impl Reproduction {
    /// Whether the program shows the failure by itself: its assertion fails, or a signal ends it, and
    /// with the reference neither happens.
    pub(crate) fn shows(&self) -> bool {
        self.status.signal().is_some() && self.succeeds
    }
}

/// Looks from a seed on for what a switch plants; `None` when a million calls do not show it.
pub(crate) fn reproduce(switch: &str, seed: u64) -> Result<Option<Reproduction>, Error> {
    let library = compile(MISTAKES, &[switch.to_owned()])?.bytes;
    let Some(found) = hunt(&library, seed, 1, Effort::default())?
        .into_iter()
        .next()
    else {
        return Ok(None);
    };
    let program = found.minimal.program(&Profile::DEFAULT, "random", BUILD);
    let (status, message) = run(&library, &program)?;
    let (reference, _) = run(carried::REFERENCE, &program)?;
    Ok(Some(Reproduction {
        found,
        program,
        status,
        message,
        succeeds: reference.success(),
    }))
}

/// Plays up to a million calls on one processor, and shrinks the first so many mistakes.
pub(crate) fn hunt(
    library: &[u8],
    seed: u64,
    mistakes: usize,
    effort: Effort,
) -> Result<Vec<Found>, Error> {
    let manner = grader().manner(library)?;
    let options = Options {
        seed,
        jobs: 1,
        mistakes,
        effort,
        ..Options::new(manner)
    };
    Ok(fuzz::run(library, &Profile::DEFAULT, &options)?.found)
}

/// How programs are compiled: without a warning.
const BUILD: &str = "gcc -g -Wall -Wextra -Werror -o repro repro.c -L. -losmem -Wl,-rpath,.";

/// Compiles an emitted program against a library, and runs it.
fn run(library: &[u8], program: &str) -> Result<(ExitStatus, String), Error> {
    let place = tempfile::tempdir()?;
    fs::write(place.path().join("libosmem.so"), library)?;
    fs::write(place.path().join("repro.c"), program)?;
    let mut words = BUILD.split(' ');
    let compiler = words.next().unwrap_or_default();
    let compiled = Command::new(compiler)
        .current_dir(&place)
        .args(words)
        .output()?;
    if !compiled.status.success() {
        let said = String::from_utf8_lossy(&compiled.stderr);
        return Err(format!("{said}{program}").into());
    }
    Ok(started(place.path())?)
}

fn started(place: &Path) -> io::Result<(ExitStatus, String)> {
    let done = Command::new("./repro").current_dir(place).output()?;
    let message = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Ok((done.status, message))
}
