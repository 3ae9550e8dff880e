//! Runs a compiler under limits, and ends everything that it started.
//!
//! The limits are set by a shell between us and the compiler (`ulimit`), because setting them
//! after a fork would need unsafe code. Arguments are handed over as positional parameters and
//! never become part of the shell's text. Messages go to a file rather than through a pipe: a
//! process that escaped could hold a pipe open for ever, and the limit on file size bounds them.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::Limits;
use crate::submission::neutral;
use crate::sys::inherited;
use crate::sys::trace::signal_name;

/// A limit that cannot be set is one that is lower already.
const SCRIPT: &str = "ulimit -c 0; ulimit -t \"$1\"; ulimit -f \"$2\"; ulimit -v \"$3\"; shift 3
exec \"$@\" 2>&1";

/// A command that runs a program under limits. The environment is empty but for what a compiler
/// needs, so that no `CPATH` or `GCC_*` of the user changes a verdict.
pub(super) fn limited(program: &Path, limits: &Limits, scratch: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(SCRIPT)
        .arg("sh")
        .arg(limits.cpu_seconds.to_string())
        .arg(limits.file_bytes.div_ceil(512).to_string())
        .arg(limits.memory_bytes.div_ceil(1024).to_string())
        .arg(program)
        .env_clear()
        .env("LC_ALL", "C")
        .env("TMPDIR", scratch)
        .process_group(0);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    inherited::without_data_limit(&mut command);
    command
}

/// How a command ended.
pub(super) enum End {
    /// By itself, or by a signal that was not ours.
    Exited(ExitStatus),
    /// By us, at the deadline.
    TimedOut,
    /// By us, because it wrote more than allowed.
    TooMuch,
}

impl End {
    pub(super) fn is_success(&self) -> bool {
        matches!(self, Self::Exited(status) if status.success())
    }

    /// The signal that ended the program itself, by its name.
    pub(super) fn signal(&self) -> Option<String> {
        match self {
            Self::Exited(status) => status.signal().map(signal_name),
            Self::TimedOut | Self::TooMuch => None,
        }
    }
}

/// Which bytes of long messages are kept.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    /// So many from the beginning.
    First(u64),
    /// So many before the end.
    Last(u64),
}

/// Runs a command until it ends, the deadline comes, or it wrote too much, which is asked now and
/// then; and returns what it said, made harmless.
/// No process of its group is left; one that made a group of its own can be.
pub(super) fn run(
    mut command: Command,
    deadline: Instant,
    mut log: File,
    kept: Kept,
    too_much: impl Fn() -> bool,
) -> io::Result<(End, String)> {
    let child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(Stdio::null())
        .spawn()?;
    let end = finish(child, deadline, too_much)?;
    let said = messages(&mut log, kept)?;
    Ok((end, said))
}

/// Nanoseconds in which commands ran and no process of theirs wanted a processor or a disk.
static ASLEEP: AtomicU64 = AtomicU64::new(0);

/// How long all commands of this process together have slept.
pub(super) fn asleep() -> Duration {
    Duration::from_nanos(ASLEEP.load(Ordering::Relaxed))
}

/// Whether all processes of a group wait for something that is neither a processor nor a disk. Where
/// that cannot be seen, they do not.
fn sleeps(group: Pid) -> bool {
    let group = group.as_raw().to_string();
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    let mut seen = false;
    for process in processes.flatten() {
        let Ok(text) = fs::read_to_string(process.path().join("stat")) else {
            continue;
        };
        // The name can hold anything, and stands in parentheses: state, parent and group follow.
        let after_name = text.rsplit(") ").next().unwrap_or_default();
        let mut words = after_name.split(' ');
        let (state, own) = (words.next(), words.nth(1));
        if own != Some(&group) {
            continue;
        }
        seen = true;
        if matches!(state, Some("R" | "D")) {
            return false;
        }
    }
    seen
}

/// The child is not reaped before its group is ended: until then no other process can get its
/// number.
fn finish(mut child: Child, deadline: Instant, too_much: impl Fn() -> bool) -> io::Result<End> {
    let group = Pid::from_raw(child.id().cast_signed());
    let exited = wait_until(group, deadline, too_much);
    // ESRCH only says that no process is left.
    let _ = killpg(group, Signal::SIGKILL);
    let status = child.wait()?;
    Ok(exited?.unwrap_or(End::Exited(status)))
}

/// Waits for the child. `None` when it has ended by itself, else why it has to be killed.
fn wait_until(
    child: Pid,
    deadline: Instant,
    too_much: impl Fn() -> bool,
) -> io::Result<Option<End>> {
    const INTERVAL: Duration = Duration::from_millis(50);
    let mut asked = Instant::now();
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    let mut pause = Duration::from_millis(1);
    loop {
        if waitid(Id::Pid(child), flags)? != WaitStatus::StillAlive {
            return Ok(too_much().then_some(End::TooMuch));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Some(End::TimedOut));
        }
        if asked.elapsed() > INTERVAL {
            if too_much() {
                return Ok(Some(End::TooMuch));
            }
            if sleeps(child) {
                let slept = u64::try_from(asked.elapsed().as_nanos()).unwrap_or(u64::MAX);
                ASLEEP.fetch_add(slept, Ordering::Relaxed);
            }
            asked = Instant::now();
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn messages(log: &mut File, kept: Kept) -> io::Result<String> {
    let mut bytes = Vec::new();
    let (start, kept) = match kept {
        Kept::First(kept) => (0, kept),
        Kept::Last(kept) => (log.metadata()?.len().saturating_sub(kept), kept),
    };
    log.seek(SeekFrom::Start(start))?;
    log.take(kept).read_to_end(&mut bytes)?;
    let mut text = neutral(&bytes);
    let left = log.metadata()?.len().saturating_sub(bytes.len() as u64);
    let notice = format!("\n[{left} more bytes were not kept]\n");
    match (left, start) {
        (0, _) => {}
        (_, 0) => text += &notice,
        _ => text.insert_str(0, &notice),
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limits: &Limits) -> (End, String) {
        let mut command = limited(Path::new("/bin/sh"), limits, Path::new("/"));
        command.arg("-c").arg(script);
        let deadline = Instant::now() + limits.wall;
        let log = tempfile::tempfile().unwrap();
        run(command, deadline, log, Kept::First(1000), || false).unwrap()
    }

    #[test]
    fn both_streams_are_kept_and_harmless() {
        let (end, said) = sh(
            "echo a; echo b >&2; printf '\\033'; exit 3",
            &Limits::default(),
        );
        assert!(!end.is_success());
        assert_eq!(said, "a\nb\n\\u{1b}");
    }

    #[test]
    fn truncation_is_said() {
        let (end, said) = sh("yes | head -c 5000", &Limits::default());
        assert!(end.is_success());
        assert!(said.ends_with("\n[4000 more bytes were not kept]\n"));
    }

    #[test]
    fn the_environment_and_the_limits_are_ours() {
        let limits = Limits {
            file_bytes: 4096,
            memory_bytes: 1 << 29,
            ..Limits::default()
        };
        let (_, said) = sh("ulimit -f; ulimit -v; ulimit -c; env; cat", &limits);
        assert!(said.starts_with("8\n524288\n0\n"), "{said}");
        assert!(
            said.contains("LC_ALL=C\n") && !said.contains("HOME="),
            "{said}"
        );
    }

    #[test]
    fn the_whole_group_ends_at_the_deadline() {
        let limits = Limits {
            wall: Duration::from_millis(200),
            ..Limits::default()
        };
        let start = Instant::now();
        let (end, said) = sh("sleep 60 & echo $!; wait", &limits);
        assert!(matches!(end, End::TimedOut));
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
        let state = std::fs::read_to_string(format!("/proc/{}/stat", said.trim()));
        assert!(state.is_err() || state.unwrap().contains(") Z"));
    }

    #[test]
    fn remaining_processes_end_too() {
        let (end, said) = sh("sleep 60 >/dev/null & echo $!", &Limits::default());
        assert!(end.is_success());
        std::thread::sleep(Duration::from_millis(50));
        let state = std::fs::read_to_string(format!("/proc/{}/stat", said.trim()));
        assert!(state.is_err() || state.unwrap().contains(") Z"));
    }

    #[test]
    fn sleep_is_noticed_and_work_is_not() {
        let slept = |script| {
            let before = asleep();
            sh(script, &Limits::default());
            asleep().saturating_sub(before)
        };
        // Other tests run commands meanwhile, which may sleep too.
        assert!(slept("sleep 0.5") >= Duration::from_millis(200));
        let mut command = Command::new("/bin/sh");
        let busy = command.args(["-c", "while :; do :; done"]).process_group(0);
        let mut busy = busy.spawn().unwrap();
        let group = Pid::from_raw(busy.id().cast_signed());
        assert!(!sleeps(group));
        killpg(group, Signal::SIGSTOP).unwrap();
        while !sleeps(group) {
            thread::sleep(Duration::from_millis(1));
        }
        busy.kill().unwrap();
        busy.wait().unwrap();
        assert!(!sleeps(group));
    }

    #[test]
    fn a_signal_is_named() {
        let (end, _) = sh("kill -XCPU $$", &Limits::default());
        assert_eq!(end.signal().as_deref(), Some("SIGXCPU"));
    }
}
