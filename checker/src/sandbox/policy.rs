//! Which system calls are harmless, which are checked, and the seccomp filters made from that.

use std::collections::BTreeMap;

use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// What is done with a system call at which a process has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// Moves the break, maps or unmaps: recorded with its result.
    Memory,
    /// Perhaps a marker.
    Marker,
    /// Installs a filter: allowed to the fork server, once, and only the one that it was given.
    Filter,
    /// Sends a signal: allowed to the process itself, which is how `abort` works.
    Signal,
    /// Makes a process: allowed to the fork server, once for each request.
    Fork,
    /// Opens the file whose path is at this address: allowed for what loading needs.
    Open {
        path: u64,
        /// How the file is to be opened.
        flags: u64,
    },
    /// Harmless.
    Allowed,
    /// No allocator needs it.
    Forbidden,
}

/// System calls that change nothing but the process's own output and end: what `printf`, `assert`,
/// `perror`, `exit` and a random seed need, and questions.
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
    libc::SYS_sysinfo,
    libc::SYS_getrlimit,
    libc::SYS_getrusage,
    libc::SYS_getcpu,
    libc::SYS_times,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
];

/// What the loader and the C library also do before `main`: map, protect and read opened files, and
/// set up their own thread.
const LOADING: &[i64] = &[
    // The first program is ours; a second one is noticed after the exec, before it runs.
    libc::SYS_execve,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_close,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_getrlimit,
    libc::SYS_rt_sigaction,
    libc::SYS_sigaltstack,
    libc::SYS_sched_getaffinity,
    libc::SYS_sysinfo,
];

/// How a scenario's system call of this number is treated when the process stops at it.
pub fn treatment(number: u64) -> Treatment {
    match number as i64 {
        libc::SYS_brk | libc::SYS_mmap | libc::SYS_munmap => Treatment::Memory,
        libc::SYS_getppid => Treatment::Marker,
        libc::SYS_tgkill | libc::SYS_tkill | libc::SYS_kill => Treatment::Signal,
        _ => Treatment::Forbidden,
    }
}

/// Whether the loader has mapped all libraries when it makes this system call, and has run nothing
/// of them yet.
pub const fn is_before_constructors(number: u64) -> bool {
    number as i64 == libc::SYS_arch_prctl
}

/// How a system call is treated while the library is loaded and while the server forks.
pub fn while_loading(number: u64, arguments: &[u64; 6]) -> Treatment {
    const FORK: u64 = (libc::CLONE_PARENT | libc::SIGCHLD) as u64;
    let open = |path, flags| Treatment::Open { path, flags };
    match number as i64 {
        libc::SYS_getppid => Treatment::Marker,
        libc::SYS_tgkill | libc::SYS_tkill | libc::SYS_kill => Treatment::Signal,
        libc::SYS_prctl => Treatment::Filter,
        libc::SYS_clone if arguments[..2] == [FORK, 0] => Treatment::Fork,
        libc::SYS_open => open(arguments[0], arguments[1]),
        libc::SYS_openat => open(arguments[1], arguments[2]),
        libc::SYS_arch_prctl => Treatment::Allowed,
        libc::SYS_mmap if may_map(arguments[2], arguments[3]) => Treatment::Allowed,
        libc::SYS_mprotect if may_protect(arguments[2]) => Treatment::Allowed,
        other if LOADING.contains(&other) && other != libc::SYS_execve => Treatment::Allowed,
        _ => Treatment::Forbidden,
    }
}

/// What a report calls a system call that loading may not make.
pub fn refused_name(number: u64) -> String {
    let name = super::name(number);
    match number as i64 {
        libc::SYS_mmap | libc::SYS_mprotect => format!("{name} with PROT_EXEC"),
        _ => name,
    }
}

const EXECUTED: u64 = libc::PROT_EXEC as u64;
/// What the loader asks for where a library's file says that it is executed.
const CODE: u64 = (libc::PROT_READ | libc::PROT_EXEC) as u64;
const NO_FILE: u64 = libc::MAP_ANONYMOUS as u64;

/// Whether loading may map memory like this: what is executed lies in a file, and cannot be written.
const fn may_map(protection: u64, flags: u64) -> bool {
    protection & EXECUTED == 0 || (protection == CODE && flags & NO_FILE == 0)
}

/// Whether loading may protect memory like this: nothing that was written becomes executed, but
/// the stack, where compilers put the entry to a nested function.
const fn may_protect(protection: u64) -> bool {
    protection & EXECUTED == 0 || protection & libc::PROT_GROWSDOWN as u64 != 0
}

/// Whether loading may open this file: the library itself, or the system's libraries.
pub fn is_readable(path: &[u8], flags: u64, libraries: &[String]) -> bool {
    const CHANGING: i32 = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND;
    let upwards = path.split(|&byte| byte == b'/').any(|name| name == b"..");
    let in_folder = |folder: &&str| {
        path.strip_prefix(folder.as_bytes())
            .is_some_and(|rest| rest.starts_with(b"/"))
    };
    let known = libraries.iter().any(|library| path == library.as_bytes())
        || super::files::LOADER
            .iter()
            .any(|file| path == file.as_bytes())
        || super::files::LIBRARIES.iter().any(in_folder);
    known && !upwards && flags & CHANGING as u64 == 0
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The filter for scenarios, which the server installs before its first fork, one instruction a
/// number, in the kernel's layout.
pub fn scenario_filter(enforced: bool) -> Result<Vec<u64>, BackendError> {
    const SEEN: &[i64] = &[
        libc::SYS_brk,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_getppid,
    ];
    match enforced {
        true => {
            let mut rules = unconditional(HARMLESS);
            rules.insert(libc::SYS_prlimit64, vec![reading_limits()?]);
            allowing(rules)
        }
        false => tracing(&[SEEN, SIGNALS].concat()),
    }
}

/// The filter of the fork server, which its forks inherit. A filter that is installed on top of it
/// is seen: it could answer for the kernel, or keep the scenario's from being installed.
pub(super) fn loading_filter(enforced: bool) -> Result<Vec<u64>, BackendError> {
    if !enforced {
        let seen = [libc::SYS_getppid, libc::SYS_arch_prctl, libc::SYS_seccomp];
        let mut rules = unconditional(&[&seen, SIGNALS].concat());
        let option = equal(0, libc::PR_SET_SECCOMP as u64)?;
        rules.insert(libc::SYS_prctl, vec![rule(vec![option])?]);
        let executed = || SeccompCondition::new(2, Dword, MaskedEq(EXECUTED), EXECUTED);
        rules.insert(libc::SYS_mprotect, vec![rule(vec![executed()?])?]);
        rules.insert(libc::SYS_mmap, vec![rule(vec![executed()?])?]);
        return compiled(rules, SeccompAction::Allow, SeccompAction::Trace(0));
    }
    let mut rules = unconditional(HARMLESS);
    rules.extend(unconditional(LOADING));
    // The others are looked at.
    let data = || SeccompCondition::new(2, Dword, MaskedEq(EXECUTED), 0);
    let of_file = SeccompCondition::new(3, Dword, MaskedEq(NO_FILE), 0)?;
    let code = rule(vec![equal(2, CODE)?, of_file])?;
    rules.insert(libc::SYS_mmap, vec![rule(vec![data()?])?, code]);
    rules.insert(libc::SYS_mprotect, vec![rule(vec![data()?])?]);
    rules.insert(libc::SYS_prlimit64, vec![reading_limits()?]);
    allowing(rules)
}

/// System calls that send signals.
const SIGNALS: &[i64] = &[
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_send_signal,
];

/// What no compiler, linker or `make` needs. No process can leave the process group, so ending the
/// group ends all of them.
const NOT_FOR_COMPILERS: &[i64] = &[
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pidfd_getfd,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_mknod,
    libc::SYS_mknodat,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
];

/// Name spaces that a new process could get for itself.
const NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// The filters of a compiler and all that it starts: two, because one has one answer only.
pub(super) fn compiler_filters() -> Result<[Vec<u64>; 2], BackendError> {
    let mut rules = unconditional(NOT_FOR_COMPILERS);
    let spaces = (0..i32::BITS)
        .map(|bit| 1_u64 << bit)
        .filter(|bit| NAMESPACES as u64 & bit != 0)
        .map(|bit| rule(vec![SeccompCondition::new(0, Qword, MaskedEq(bit), bit)?]));
    rules.insert(libc::SYS_clone, spaces.collect::<Result<_, _>>()?);
    let other = SeccompCondition::new(2, Dword, seccompiler::SeccompCmpOp::Ne, ABORT)?;
    rules.insert(libc::SYS_tgkill, vec![rule(vec![other])?]);
    let refused = compiled(rules, SeccompAction::Allow, errno(libc::EPERM))?;
    // A filter cannot see its arguments.
    Ok([refused, without_clone3()?])
}

/// A filter for which `clone3` does not exist. The C library falls back on `clone`.
pub fn without_clone3() -> Result<Vec<u64>, BackendError> {
    let unknown = unconditional(&[libc::SYS_clone3]);
    compiled(unknown, SeccompAction::Allow, errno(libc::ENOSYS))
}

const ABORT: u64 = libc::SIGABRT as u64;

const fn errno(number: i32) -> SeccompAction {
    SeccompAction::Errno(number as u32)
}

fn unconditional(numbers: &[i64]) -> Rules {
    numbers.iter().map(|&number| (number, Vec::new())).collect()
}

/// Limits are read, not set.
fn reading_limits() -> Result<SeccompRule, BackendError> {
    rule(vec![SeccompCondition::new(2, Qword, Eq, 0)?])
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions)
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, Dword, Eq, value)
}

fn allowing(rules: Rules) -> Result<Vec<u64>, BackendError> {
    compiled(rules, SeccompAction::Trace(0), SeccompAction::Allow)
}

fn tracing(numbers: &[i64]) -> Result<Vec<u64>, BackendError> {
    compiled(
        unconditional(numbers),
        SeccompAction::Allow,
        SeccompAction::Trace(0),
    )
}

fn compiled(
    rules: Rules,
    otherwise: SeccompAction,
    matching: SeccompAction,
) -> Result<Vec<u64>, BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = SeccompFilter::new(rules, otherwise, matching, arch)?;
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
    use crate::sandbox::name;

    #[test]
    fn the_filter_fits_the_shared_page() {
        let length = scenario_filter(true).unwrap().len();
        assert!(
            (HARMLESS.len()..ref_tests::wire::FILTER_CAPACITY).contains(&length),
            "{length}"
        );
        scenario_filter(false).unwrap();
        for enforced in [true, false] {
            assert!(!loading_filter(enforced).unwrap().is_empty());
        }
        compiler_filters().unwrap();
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

    #[test]
    fn only_the_servers_own_kind_of_fork_is_one() {
        let clone = libc::SYS_clone as u64;
        let fork = (libc::CLONE_PARENT | libc::SIGCHLD) as u64;
        assert_eq!(
            while_loading(clone, &[fork, 0, 0, 0, 0, 0]),
            Treatment::Fork
        );
        for other in [
            [libc::SIGCHLD as u64, 0, 0, 0, 0, 0],
            [fork, 4096, 0, 0, 0, 0],
            [fork | libc::CLONE_UNTRACED as u64, 0, 0, 0, 0, 0],
            [fork | libc::CLONE_VM as u64, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(while_loading(clone, &other), Treatment::Forbidden);
        }
    }

    #[test]
    fn only_code_of_a_file_is_executed() {
        let [read, write] = [libc::PROT_READ as u64, libc::PROT_WRITE as u64];
        let private = libc::MAP_PRIVATE as u64;
        assert!(may_map(read | write, NO_FILE | private) && may_map(CODE, private));
        assert!(!may_map(CODE, NO_FILE | private) && !may_map(CODE | write, private));
        assert!(may_protect(read) && !may_protect(CODE) && !may_protect(EXECUTED));
        assert!(may_protect(CODE | write | libc::PROT_GROWSDOWN as u64));
    }

    #[test]
    fn loading_reads_libraries_only() {
        const OWN: &str = "/proc/self/fd/7";
        let own = [OWN.to_owned()];
        let reading = (libc::O_RDONLY | libc::O_CLOEXEC) as u64;
        for path in [OWN, "/etc/ld.so.cache", "/lib/x86_64-linux-gnu/libc.so.6"] {
            assert!(is_readable(path.as_bytes(), reading, &own), "{path}");
            assert!(!is_readable(path.as_bytes(), libc::O_RDWR as u64, &own));
        }
        for path in [
            "/etc/passwd",
            "/lib/../etc/passwd",
            "/libx",
            "x",
            "/proc/1/mem",
        ] {
            assert!(!is_readable(path.as_bytes(), reading, &own), "{path}");
        }
    }
}
