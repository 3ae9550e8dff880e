//! Runs a program of the instructor's on a submission, under the same limits as a compiler.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use super::Limits;
use super::folder::TemporaryFolder;
use super::process::{End, Kept, limited, run};

/// What it says to standard error is not kept.
const SCRIPT: &str = "exec \"$@\" 2> /dev/null";

/// Runs a command in a folder and returns what it wrote to standard output, made harmless; however
/// it exits. Of long output the end is kept. Every process of its group is ended.
///
/// An error says in words that it could not be started, or did not end in time.
pub fn run_tool(command: &[OsString], folder: &Path, limits: &Limits) -> Result<String, String> {
    let scratch = TemporaryFolder::new().map_err(|error| error.to_string())?;
    let mut limited = limited(Path::new("/bin/sh"), limits, scratch.root());
    limited
        .args(["-c", SCRIPT, "sh"])
        .args(command)
        .current_dir(folder);
    let log = tempfile::tempfile().map_err(|error| error.to_string())?;
    let deadline = Instant::now() + limits.wall;
    let kept = Kept::Last(limits.message_bytes);
    let too_much = || scratch.used() > limits.folder_bytes;
    let done = run(limited, deadline, log, kept, too_much);
    match done.map_err(|error| error.to_string())? {
        (End::Exited(_), said) => Ok(said),
        (End::TimedOut, _) => Err(format!(
            "it took longer than {} s",
            limits.wall.as_secs_f64()
        )),
        (End::TooMuch, _) => Err(format!(
            "it wrote more than {} bytes of temporary files",
            limits.folder_bytes
        )),
    }
}
