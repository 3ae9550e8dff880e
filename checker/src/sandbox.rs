//! What a submission's process may do: the policy, and the seccomp filter made from it.
//!
//! The filter lets the harmless calls pass at full speed. Everything else stops the process and is
//! looked at by name, so that a violation is seen and reported instead of failing quietly.

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

mod names;

pub use names::name;

/// What is done with a system call at which the process has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Moves the break, maps or unmaps: recorded with its result.
    Memory,
    /// Perhaps a marker.
    Marker,
    /// Sends a signal: allowed to the process itself, which is how `abort` works.
    Signal,
    /// Nothing an allocator needs.
    Forbidden,
}

/// System calls that change nothing but the process's own output and end: what `printf`, `assert`,
/// `perror`, `exit` and a random seed need.
const HARMLESS: &[i64] = &[
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_restart_syscall,
    libc::SYS_pause,
    libc::SYS_uname,
];

/// How the system call of this number is treated when the process stops at it.
#[must_use]
pub fn treatment(number: u64) -> Treatment {
    match number as i64 {
        libc::SYS_brk | libc::SYS_mmap | libc::SYS_munmap => Treatment::Memory,
        libc::SYS_getppid => Treatment::Marker,
        libc::SYS_tgkill | libc::SYS_tkill | libc::SYS_kill => Treatment::Signal,
        _ => Treatment::Forbidden,
    }
}

/// The filter, one instruction a number, in the kernel's layout.
pub fn filter() -> Result<Vec<u64>, seccompiler::BackendError> {
    let rules = HARMLESS
        .iter()
        .map(|&number| (number, Vec::new()))
        .collect();
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(rules, SeccompAction::Trace(0), SeccompAction::Allow, arch)?;
    let program = BpfProgram::try_from(filter)?;
    Ok(program.iter().map(packed).collect())
}

/// `struct sock_filter`: code (16 bits), jt (8), jf (8), k (32).
fn packed(instruction: &seccompiler::sock_filter) -> u64 {
    let mut bytes = [0; 8];
    bytes[..2].copy_from_slice(&instruction.code.to_ne_bytes());
    bytes[2] = instruction.jt;
    bytes[3] = instruction.jf;
    bytes[4..].copy_from_slice(&instruction.k.to_ne_bytes());
    u64::from_ne_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_fits_the_shared_page() {
        let length = filter().unwrap().len();
        assert!(
            (HARMLESS.len()..ref_tests::wire::FILTER_CAPACITY).contains(&length),
            "{length}"
        );
    }

    #[test]
    fn what_is_let_through_is_nothing_for_memory() {
        for &number in HARMLESS {
            assert_eq!(
                treatment(number as u64),
                Treatment::Forbidden,
                "{}",
                name(number as u64)
            );
        }
    }
}
