//! What a process inherits and what could change a verdict: blocked and
//! ignored signals, limits, the mask of new files, open descriptors, the personality.

use std::fs;
use std::io;

use nix::sys::personality::{self, Persona};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask,
};
use nix::sys::stat::{Mode, umask};

/// Limits whose soft value is raised to the hard one.
const LIMITS: [Resource; 8] = [
    Resource::RLIMIT_AS,
    Resource::RLIMIT_CPU,
    Resource::RLIMIT_DATA,
    Resource::RLIMIT_FSIZE,
    Resource::RLIMIT_MEMLOCK,
    Resource::RLIMIT_NOFILE,
    Resource::RLIMIT_NPROC,
    Resource::RLIMIT_STACK,
];

/// A hard limit below what is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLow {
    /// On what.
    pub resource: Resource,
    /// What it is, in the resource's unit.
    pub limit: u64,
    /// What is needed.
    pub needed: u64,
}

/// Resets what this process has inherited, as far as possible. To be called once, before there are
/// other threads.
pub fn reset() -> io::Result<()> {
    let none = SigSet::empty();
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&none), None)?;
    // Where it is ignored, no child can be waited for.
    by_default(Signal::SIGCHLD)?;
    // The checker relies on access to its own files.
    let mask = umask(Mode::empty());
    umask(mask & (Mode::S_IRWXG | Mode::S_IRWXO));
    for resource in LIMITS {
        let (_, most) = getrlimit(resource)?;
        // Where a limit cannot be raised, `too_low` tells whether it is enough.
        let _ = setrlimit(resource, most, most);
    }
    // Some containers forbid it; then it stays as it is.
    let _ = personality::set(Persona::empty());
    keep_descriptors();
    Ok(())
}

/// Back to how a process starts out, for what is about to become another program. Only system calls.
pub(super) fn reset_signals() -> io::Result<()> {
    for signal in Signal::iterator() {
        // Two cannot be changed and need not be.
        let _ = by_default(signal);
    }
    let none = SigSet::empty();
    Ok(sigprocmask(SigmaskHow::SIG_SETMASK, Some(&none), None)?)
}

/// The first of these limits, as (resource, what is needed), that is too low for good.
#[must_use]
pub fn too_low(needed: &[(Resource, u64)]) -> Option<TooLow> {
    needed.iter().find_map(|&(resource, needed)| {
        let (_, limit) = getrlimit(resource).ok()?;
        (limit < needed).then_some(TooLow {
            resource,
            limit,
            needed,
        })
    })
}

fn by_default(signal: Signal) -> io::Result<()> {
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: no handler of ours is replaced by one that could run.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

/// Whether programs can be made to lie at the same addresses each time.
#[must_use]
pub fn can_fix_addresses() -> bool {
    let Ok(before) = personality::get() else {
        return false;
    };
    let fixed = personality::set(before | Persona::ADDR_NO_RANDOMIZE).is_ok();
    // What was allowed one way is allowed back.
    let _ = personality::set(before);
    fixed
}

/// Inherited open descriptors are not passed on to processes that the checker starts.
fn keep_descriptors() {
    // Without /proc, nothing works later.
    let open = fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten();
    let numbers = open.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    for descriptor in numbers.filter(|&number| number > 2) {
        // SAFETY: setting the close-on-exec flag touches no memory; what is closed is refused.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}
