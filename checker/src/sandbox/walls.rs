//! Puts the walls together from the layers that are wanted and available.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use landlock::RulesetError;
use nix::sys::resource::Resource;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use walkdir::WalkDir;

use super::user::{self, Purpose};
use super::{IsolationOptions, files, policy};
use crate::sys::walls::Walls;

/// Bytes of stack, whatever the user of the checker has: where a stack overflows is part of the
/// verdict.
const STACK: u64 = 8 << 20;

/// The walls around a fork server and its forks. `memory` and `output` are bytes, `seconds` is
/// processor time, far beyond what the watchdog permits.
pub fn around_program(
    options: IsolationOptions,
    memory: u64,
    output: u64,
    seconds: u64,
) -> io::Result<Walls> {
    // Its output lies in memory: without this limit it could take all of it.
    let mut limits = vec![(Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_FSIZE, output)];
    if options.rlimits {
        limits.extend([
            (Resource::RLIMIT_AS, memory),
            (Resource::RLIMIT_CPU, seconds),
            (Resource::RLIMIT_STACK, STACK),
            (Resource::RLIMIT_NOFILE, 64),
            (Resource::RLIMIT_MEMLOCK, 0),
        ]);
    }
    Ok(Walls {
        limits,
        user: wanted_user(options, Purpose::Tracing, user::next_key()),
        // Sockets are forbidden by name already, and an empty network takes milliseconds.
        network: options.network && !options.seccomp,
        landlock: ruleset(options, files::for_loading),
        filters: vec![policy::loading_filter(options.seccomp).map_err(io::Error::other)?],
        traced: true,
    })
}

/// Puts walls around a compiler that works in `folder`, and gives the folder to
/// the user that the compiler becomes.
pub fn around_compiler(
    options: IsolationOptions,
    command: &mut Command,
    folder: &Path,
) -> io::Result<()> {
    let user = compiler_user(options, folder);
    if let Some(user) = user {
        hand_over(folder, user)?;
    }
    let mut limits = vec![(Resource::RLIMIT_CORE, 0)];
    if options.rlimits {
        limits.push((Resource::RLIMIT_NOFILE, 256));
        limits.push((Resource::RLIMIT_NPROC, processes(user)));
    }
    let filters = match options.seccomp {
        true => policy::compiler_filters().map_err(io::Error::other)?.into(),
        false => Vec::new(),
    };
    let walls = Walls {
        limits,
        user,
        network: options.network,
        landlock: ruleset(options, || files::for_compiling(folder)),
        filters,
        traced: false,
    };
    walls.surround(command);
    Ok(())
}

/// Ends every process of the user that a compiler in `folder` became, in whatever group or
/// session it is. Does nothing where the compiler had no user of its own.
pub fn sweep_up(options: IsolationOptions, folder: &Path) {
    // More rounds than one, because a process that is about to end can still fork.
    const ROUNDS: usize = 100;
    let Some(user) = compiler_user(options, folder).filter(|&user| user::is_ours(user)) else {
        return;
    };
    for _ in 0..ROUNDS {
        let left = processes_of(user);
        if left.is_empty() {
            return;
        }
        for process in left {
            // ESRCH: it has ended by itself.
            let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The user that a compiler in this folder becomes.
fn compiler_user(options: IsolationOptions, folder: &Path) -> Option<u32> {
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    let user = wanted_user(options, Purpose::Compiling, hasher.finish());
    user.filter(|_| is_reachable(folder))
}

/// Where a ruleset cannot be made, the layer is missing, as the probe says.
fn ruleset(
    options: IsolationOptions,
    make: impl FnOnce() -> Result<Option<OwnedFd>, RulesetError>,
) -> Option<OwnedFd> {
    let made = options.landlock.then(make)?;
    made.ok().flatten()
}

fn wanted_user(options: IsolationOptions, purpose: Purpose, key: u64) -> Option<u32> {
    options
        .uid
        .then(|| user::unused(purpose, key).ok())
        .flatten()
}

/// How many processes a user may have: 128 more than there are.
fn processes(user: Option<u32>) -> u64 {
    const MORE: u64 = 128;
    let own = match user {
        Some(_) => 0,
        None => tasks_of(nix::unistd::getuid().as_raw()),
    };
    own + MORE
}

/// How many threads a user has.
fn tasks_of(user: u32) -> u64 {
    let tasks = |process| fs::read_dir(format!("/proc/{process}/task"));
    let count = |process| tasks(process).map_or(1, |tasks| tasks.count() as u64);
    processes_of(user).into_iter().map(count).sum()
}

/// The living processes of a user.
fn processes_of(user: u32) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = entries.filter(|entry| entry.metadata().is_ok_and(|status| status.uid() == user));
    let numbers = own.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|&process| !is_zombie(process)).collect()
}

fn is_zombie(process: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in parentheses, can hold anything.
    status
        .rsplit(')')
        .next()
        .is_some_and(|rest| rest.starts_with(" Z"))
}

/// Whether another user can get to the folder.
pub(super) fn is_reachable(folder: &Path) -> bool {
    folder
        .ancestors()
        .skip(1)
        .all(|above| fs::metadata(above).is_ok_and(|status| status.mode() & 0o001 != 0))
}

/// Gives away what belongs to us in the folder. A hard link to a file elsewhere is left alone, and
/// links are not followed. No process that could change the folder is running at this time.
fn hand_over(folder: &Path, user: u32) -> io::Result<()> {
    let own = nix::unistd::geteuid().as_raw();
    for entry in WalkDir::new(folder).follow_links(false) {
        let entry = entry.map_err(io::Error::other)?;
        let status = entry.path().symlink_metadata()?;
        let single = status.is_dir() || (status.is_file() && status.nlink() == 1);
        if single && status.uid() == own {
            lchown(entry.path(), Some(user), Some(user))?;
        }
    }
    Ok(())
}
