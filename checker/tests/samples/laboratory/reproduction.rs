//! Mistakes found by random sequences, and the C programs that show them by themselves.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus};

use checker::carried;
use checker::fuzz::{self, Found, Options};
use checker::types::Profile;

use super::{Error, MISTAKES, compile, grader};

/// What came of looking for a mistake.
pub(crate) struct Reproduction {
    /// The sequence that shows it, and the shrunk one.
    pub(crate) found: Found,
    /// How the shrunk one's program ended.
    pub(crate) status: ExitStatus,
    /// What it said on standard error.
    pub(crate) message: String,
}

impl Reproduction {
    /// Whether the program shows the failure by itself: it ends with 1 and names the call, or is
    /// ended by a signal.
    pub(crate) fn shows(&self) -> bool {
        let told = self.status.code() == Some(1) && self.message.starts_with("call ");
        told || self.status.signal().is_some()
    }
}

/// Looks from a seed on for what a switch plants; `None` when a million calls do not show it.
pub(crate) fn reproduce(switch: &str, seed: u64) -> Result<Option<Reproduction>, Error> {
    let library = compile(MISTAKES, &[switch.to_owned()])?.bytes;
    let Some(found) = hunt(&library, seed)?.into_iter().next() else {
        return Ok(None);
    };
    let (status, message) = run(&library, &found.minimal.program)?;
    Ok(Some(Reproduction {
        found,
        status,
        message,
    }))
}

/// Plays up to a million calls on one processor, and shrinks each mistake that is found.
pub(crate) fn hunt(library: &[u8], seed: u64) -> Result<Vec<Found>, Error> {
    let manner = grader().manner(library)?;
    let options = Options {
        seed,
        jobs: 1,
        ..Options::new(manner)
    };
    Ok(fuzz::run(library, &Profile::DEFAULT, &options)?.found)
}

/// Compiles an emitted program against a library as its head comment says, and runs it.
fn run(library: &[u8], program: &str) -> Result<(ExitStatus, String), Error> {
    let place = tempfile::tempdir()?;
    fs::write(place.path().join("libosmem.so"), library)?;
    fs::write(place.path().join("repro.c"), program)?;
    for (name, text) in carried::HEADERS {
        fs::write(place.path().join(name), text)?;
    }
    let compiled = Command::new("gcc")
        .current_dir(&place)
        .args([
            "-g",
            "-o",
            "repro",
            "repro.c",
            "-L.",
            "-losmem",
            "-Wl,-rpath,.",
        ])
        .output()?;
    if !compiled.status.success() {
        return Err(String::from_utf8_lossy(&compiled.stderr).into());
    }
    Ok(started(place.path())?)
}

fn started(place: &Path) -> io::Result<(ExitStatus, String)> {
    let done = Command::new("./repro").current_dir(place).output()?;
    let message = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Ok((done.status, message))
}
