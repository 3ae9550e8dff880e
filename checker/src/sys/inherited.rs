//! What a process inherits and what could change a verdict: blocked and
//! ignored signals, limits, the mask of new files, open descriptors, the personality; and a filter
//! that denies system calls of which no program expects that they fail. Also the limit on a worker's
//! memory, which nothing that the worker starts inherits.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::personality::{self, Persona};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{
    SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask,
};
use nix::sys::stat::{Mode, umask};
use nix::sys::time::TimeSpec;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::time::{ClockId, ClockNanosleepFlags, clock_nanosleep};
use nix::unistd::{ForkResult, fork};

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
    pub resource: Resource,
    /// The hard limit, in the resource's unit.
    pub limit: u64,
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
    // SAFETY: it touches no memory.
    let mask = unsafe { libc::umask(0) };
    // Only a filter makes it fail.
    let mask = Mode::from_bits(mask).ok_or_else(|| io::Error::other("umask is denied"))?;
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

/// The first that is denied of the system calls without which nothing ends or waits, so that the
/// checker would hang, or fail where it cannot say why. To be called before there are other threads.
pub fn denied() -> Option<&'static str> {
    const ENDING: [(libc::c_long, &str); 2] = [
        (libc::SYS_exit, "exit"),
        (libc::SYS_exit_group, "exit_group"),
    ];
    let no_time = TimeSpec::from_duration(Duration::ZERO);
    let waits = clock_nanosleep(
        ClockId::CLOCK_MONOTONIC,
        ClockNanosleepFlags::empty(),
        &no_time,
    );
    if waits.is_err() {
        return Some("clock_nanosleep");
    }
    let ending = ENDING.into_iter().find(|&(number, _)| !ends(number));
    ending.map(|(_, name)| name)
}

/// Whether a process ends by this system call.
fn ends(number: libc::c_long) -> bool {
    // SAFETY: the child makes one system call, and then nothing but die.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            // SAFETY: it ends the process.
            unsafe { libc::syscall(number, 0) };
            // SAFETY: by a signal, or by an instruction that is none.
            unsafe { libc::abort() }
        }
        Ok(ForkResult::Parent { child }) => {
            !matches!(waitpid(child, None), Ok(WaitStatus::Signaled(..)))
        }
        // That is found where processes are started.
        Err(_) => true,
    }
}

/// Whether processes can be made by `vfork`, as compilers make them: where it is denied, GCC waits a
/// quarter of a minute for each of its parts before it says so.
pub fn can_vfork() -> bool {
    const DENIED: libc::c_int = 1;
    static CAN: OnceLock<bool> = OnceLock::new();
    *CAN.get_or_init(|| {
        // SAFETY: the child makes system calls only.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                // SAFETY: the process that it makes shares its memory, and ends at once.
                #[expect(deprecated, reason = "nothing else asks for this system call")]
                let made = unsafe { libc::vfork() };
                let denied = made == -1 && matches!(Errno::last(), Errno::EPERM | Errno::ENOSYS);
                // SAFETY: it ends the process, without what other threads have begun.
                unsafe { libc::_exit(if denied { DENIED } else { 0 }) }
            }
            Ok(ForkResult::Parent { child }) => {
                !matches!(waitpid(child, None), Ok(WaitStatus::Exited(_, DENIED)))
            }
            // That is found where processes are started.
            Err(_) => true,
        }
    })
}

/// Ends the process where `exit_group` may be denied. To be called before there are other threads.
pub fn end(code: u8) -> ! {
    // SAFETY: the only thread ends, and with it the process.
    unsafe { libc::syscall(libc::SYS_exit, libc::c_int::from(code)) };
    std::process::exit(code.into())
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

/// Limits the memory that this process can write to. Only the soft limit is lowered, so that
/// [`without_data_limit`] gives back what it was.
pub fn limit_data(bytes: u64) -> io::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_DATA)?;
    Ok(setrlimit(Resource::RLIMIT_DATA, bytes.min(most), most)?)
}

/// Keeps [`limit_data`] from a program that is started: with the limit, `brk` and `mmap` would answer
/// otherwise.
pub fn without_data_limit(command: &mut Command) {
    // SAFETY: between fork and exec the closure makes system calls only; it neither allocates nor takes
    // a lock.
    unsafe { command.pre_exec(|| limit_data(u64::MAX)) };
}

fn by_default(signal: Signal) -> io::Result<()> {
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: no handler of ours is replaced by one that could run.
    unsafe { sigaction(signal, &action) }?;
    Ok(())
}

/// Whether programs can be made to lie at the same addresses each time.
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
