//! The restrictions of a process, set between fork and exec, so that none of its code runs without
//! them.
//!
//! Everything that needs memory is made before the fork: between fork and exec, only system calls
//! are allowed.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};

use super::inherited;

/// The restrictions of one process and all that it starts. Empty ones are not set.
#[derive(Debug, Default)]
pub struct Walls {
    /// Resource limits, soft and hard.
    pub limits: Vec<(Resource, u64)>,
    /// The user and the group that it becomes, for good.
    pub user: Option<u32>,
    /// Whether it gets a network of its own, with nothing in it, where that is possible.
    pub network: bool,
    /// A Landlock ruleset.
    pub landlock: Option<OwnedFd>,
    /// Seccomp filters, one instruction a number, in the kernel's layout.
    pub filters: Vec<Vec<u64>>,
    /// Whether the thread that starts it becomes its tracer.
    pub traced: bool,
}

impl Walls {
    /// Makes the command set them when it starts.
    pub fn surround(self, command: &mut Command) {
        // SAFETY: between fork and exec the closure makes system calls only; it neither allocates
        // nor takes a lock.
        unsafe { command.pre_exec(move || self.put_up()) };
    }

    /// In the order in which one still permits the next.
    fn put_up(&self) -> io::Result<()> {
        inherited::reset_signals()?;
        umask(Mode::S_IWGRP | Mode::S_IWOTH);
        prefer_for_the_end();
        if self.network {
            // Where it is not allowed, other restrictions block the network.
            let _ = unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWIPC);
        }
        for &(resource, limit) in &self.limits {
            set_limit(resource, limit)?;
        }
        if let Some(user) = self.user {
            become_user(user)?;
        }
        // After the change of user, which clears it.
        control(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)?;
        control(libc::PR_SET_NO_NEW_PRIVS, 1)?;
        if let Some(rules) = &self.landlock {
            // SAFETY: a descriptor and a number; no memory is touched.
            let done =
                unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0) };
            succeeded(done)?;
        }
        if self.traced {
            nix::sys::ptrace::traceme()?;
        }
        self.filters.iter().try_for_each(|filter| install(filter))
    }
}

/// A limit that is lower already stays as it is.
fn set_limit(resource: Resource, limit: u64) -> io::Result<()> {
    match setrlimit(resource, limit, limit) {
        Err(nix::errno::Errno::EPERM) => Ok(()),
        done => Ok(done?),
    }
}

fn become_user(user: u32) -> io::Result<()> {
    // SAFETY: no groups, so no memory is read.
    let done = unsafe { libc::setgroups(0, std::ptr::null()) };
    succeeded(done.into())?;
    // SAFETY: numbers only. The raw call: the C library's would signal other threads.
    let done = unsafe { libc::syscall(libc::SYS_setresgid, user, user, user) };
    succeeded(done)?;
    // SAFETY: as above.
    let done = unsafe { libc::syscall(libc::SYS_setresuid, user, user, user) };
    succeeded(done)
}

fn control(option: libc::c_int, value: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the options that are used here take numbers only.
    let done = unsafe { libc::prctl(option, value, 0, 0, 0) };
    succeeded(done.into())
}

/// Installs a filter in this thread and all that it starts.
pub(super) fn install_here(filter: &[u64]) -> io::Result<()> {
    control(libc::PR_SET_NO_NEW_PRIVS, 1)?;
    install(filter)
}

fn install(filter: &[u64]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_ptr().cast_mut().cast(),
    };
    // SAFETY: `program` points to as many instructions as it says, in the kernel's layout; the
    // kernel copies and checks them.
    let done = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    succeeded(done.into())
}

fn succeeded(result: libc::c_long) -> io::Result<()> {
    match result {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// When memory runs out, this process is to go before the checker does.
fn prefer_for_the_end() {
    const FILE: &CStr = c"/proc/self/oom_score_adj";
    // SAFETY: the path ends with NUL.
    let file = unsafe { libc::open(FILE.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    if file == -1 {
        return;
    }
    // SAFETY: four readable bytes. Where it fails, nothing is lost but the preference.
    unsafe { libc::write(file, b"1000".as_ptr().cast(), 4) };
    // SAFETY: the descriptor is ours.
    unsafe { libc::close(file) };
}

/// Keeps other processes of the same user from reading this one's memory, tracing it, or opening
/// its files through `/proc`. Also no core is dumped.
pub fn hide_this_process() -> io::Result<()> {
    control(libc::PR_SET_DUMPABLE, 0)
}
