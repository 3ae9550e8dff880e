//! What the checker inherits from the process that started it does not change a verdict.

use std::process::Command;

use libtest_mimic::Failed;

use super::sample::sample;

/// Everything that can be reset, at once.
const INHERITED: &str = "trap '' TRAP CHLD HUP INT XCPU SEGV
    ulimit -Sv 400000; ulimit -Sd 1000; ulimit -Sn 16; umask 0777; cd /; exec 9</etc/passwd
    export CPATH=/nowhere GCC_EXEC_PREFIX=/nowhere MAKEFLAGS=-n LC_ALL=xx";
/// Hard limits that are too low.
const TOO_LOW: [&str; 3] = ["ulimit -v 400000", "ulimit -d 1000", "ulimit -f 10"];

pub(super) fn changes_nothing() -> Result<(), Failed> {
    let usual = grades("true")?;
    super::require(usual.0 == Some(1) && usual.1.len() == 3, || {
        format!("{usual:?}")
    })?;
    let seen = grades(INHERITED)?;
    super::require(seen == usual, || format!("{seen:?}, usually {usual:?}"))?;
    for start in TOO_LOW {
        let seen = grades(start)?;
        let right = seen.0 == Some(4) && seen.1.is_empty();
        super::require(right, || format!("{start}: {seen:?}"))?;
    }
    Ok(())
}

/// The exit code, and a line for each grade, when a shell does this before it starts the checker.
fn grades(start: &str) -> Result<(Option<i32>, Vec<String>), Failed> {
    let output = Command::new("sh")
        .args(["-c", &format!("{start}; exec \"$0\" grade --jobs 1 \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_checker"))
        .args(["bare", "first_fit", "crash_in_seventh_call"].map(sample))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let grades = text.lines().filter(|line| line.contains(" of 100 points"));
    Ok((output.status.code(), grades.map(str::to_owned).collect()))
}
