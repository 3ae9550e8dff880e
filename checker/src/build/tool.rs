//! Runs a program of the instructor's on a submission, under the same limits as a compiler.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use super::Limits;
use super::process::{End, limited, run};

/// What it says to standard error is not kept.
const SCRIPT: &str = "exec \"$@\" 2> /dev/null";

/// Runs a command in a folder and returns what it wrote to standard output, made harmless; however
/// it exits. Every process of its group is ended.
///
/// # Errors
///
/// When it could not be started, or did not end in time, in words.
pub fn run_tool(command: &[OsString], folder: &Path, limits: &Limits) -> Result<String, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut limited = limited(Path::new("/bin/sh"), limits, scratch.path());
    limited
        .args(["-c", SCRIPT, "sh"])
        .args(command)
        .current_dir(folder);
    let log = tempfile::tempfile().map_err(|error| error.to_string())?;
    let deadline = Instant::now() + limits.wall;
    let done = run(limited, deadline, log, limits.message_bytes);
    match done.map_err(|error| error.to_string())? {
        (End::Exited(_), said) => Ok(said),
        (End::TimedOut, _) => Err(format!(
            "it took longer than {} s",
            limits.wall.as_secs_f64()
        )),
    }
}
