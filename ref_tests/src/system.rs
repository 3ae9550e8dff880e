//! The system calls of the scenario program, and the marker.
//!
//! They are made here, instruction by instruction: a submission is looked through for every name
//! before the C library is, so a function of the C library that is called by its name may be the
//! submission's. What only the C library can do is called at an address ([`Borrowed`]).

use core::ffi::{c_int, c_void};

use ref_tests::tape::Shared;
use ref_tests::wire::{Borrowed, Control, Marker};

use crate::start;

unsafe extern "C" {
    static mut stdout: *mut libc::FILE;
    static mut stderr: *mut libc::FILE;
    fn fwide(stream: *mut libc::FILE, mode: c_int) -> c_int;
}

/// The functions as the loader finds them by name, for a run by hand.
pub(crate) fn borrowed_by_name() -> Borrowed {
    Borrowed {
        sbrk: libc::sbrk as *const () as u64,
        setvbuf: libc::setvbuf as *const () as u64,
        fwide: fwide as *const () as u64,
        stdout: &raw const stdout as u64,
        stderr: &raw const stderr as u64,
        exit: libc::exit as *const () as u64,
    }
}

/// Lets a submission print without touching the heap: a buffered `printf` would allocate its
/// buffer with `malloc` at the first character, which moves the break.
pub(crate) fn prepare_standard_streams(borrowed: &Borrowed) {
    type SetBuffer = extern "C" fn(*mut c_void, *mut c_void, c_int, usize) -> c_int;
    type Orient = extern "C" fn(*mut c_void, c_int) -> c_int;
    // SAFETY: the C library has this function at this address.
    let set_buffer = unsafe { core::mem::transmute::<u64, SetBuffer>(borrowed.setvbuf) };
    // SAFETY: as above.
    let orient = unsafe { core::mem::transmute::<u64, Orient>(borrowed.fwide) };
    // Nothing has been printed yet, which is what setvbuf asks for.
    let none = core::ptr::null_mut();
    set_buffer(stream(borrowed.stdout), none, libc::_IONBF, 0);
    // `perror` on a stream that has no orientation yet opens a second stream, with memory from
    // `malloc`.
    orient(stream(borrowed.stderr), -1);
}

/// The stream whose address is kept at this address.
fn stream(place: u64) -> *mut c_void {
    // SAFETY: the C library keeps a pointer there for the life of the process.
    unsafe { (place as *const *mut c_void).read() }
}

/// A system call as the kernel takes it, without the C library's bookkeeping in between.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn raw(number: i64, [a, b, c, d, e, f]: [u64; 6]) -> i64 {
    let result: i64;
    // SAFETY: the callers below pass what the kernel writes into no memory of Rust's, or memory that
    // is theirs to be read; the kernel changes rax, rcx and r11 only.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the scenario program makes raw system calls, so far for x86_64 only");

/// Reports to the checker; without a checker it is a useless `getppid`.
pub(crate) fn mark(marker: &Marker) {
    raw(libc::SYS_getppid, marker.encode());
}

/// Where the break stands. Not by `sbrk(0)`: the C library would remember the answer, and the
/// submission's first `sbrk` would make one system call less.
pub(crate) fn current_break() -> u64 {
    raw(libc::SYS_brk, [0; 6]) as u64
}

/// Moves the break up as a library beside the submission would, through the C library's `sbrk`,
/// which so knows where the break stands. Returns where it stood; `None` when it did not move.
pub(crate) fn move_break(sbrk: u64, bytes: u64) -> Option<u64> {
    type Sbrk = extern "C" fn(libc::intptr_t) -> *mut c_void;
    // SAFETY: the C library has this function at this address.
    let sbrk = unsafe { core::mem::transmute::<u64, Sbrk>(sbrk) };
    let before = sbrk(bytes as libc::intptr_t);
    (before as isize != -1).then_some(before as u64)
}

/// Forks with the checker as the child's parent, so that nothing of the child stays here.
/// Returns 0 in the child, else the child's id or a negative error number.
pub(crate) fn fork_for_parent() -> i64 {
    // clone without a new stack and without shared memory is fork.
    raw(
        libc::SYS_clone,
        [(libc::CLONE_PARENT | libc::SIGCHLD) as u64, 0, 0, 0, 0, 0],
    )
}

/// Installs the checker's seccomp filter for good, if there is one. The checker sees to it that this
/// filter, and no other, is the one that the kernel is handed.
pub(crate) fn install_filter(control: &Control) -> bool {
    if control.filter_length == 0 {
        return true;
    }
    let program = libc::sock_fprog {
        len: control.filter_length as u16,
        filter: (&raw const control.filter).cast_mut().cast(),
    };
    let (option, mode) = (
        libc::PR_SET_SECCOMP as u64,
        u64::from(libc::SECCOMP_MODE_FILTER),
    );
    let program = &raw const program as u64;
    raw(libc::SYS_prctl, [option, mode, program, 0, 0, 0]) == 0
}

/// Maps what is shared with the checker.
pub(crate) fn map_shared(descriptor: c_int) -> Option<*mut Shared> {
    let length = size_of::<Shared>() as u64;
    let protection = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    let flags = libc::MAP_SHARED as u64;
    let address = raw(
        libc::SYS_mmap,
        [0, length, protection, flags, descriptor as u64, 0],
    );
    (address > 0).then_some(address as *mut Shared)
}

/// Writes text; what the other side does not take is lost.
pub(crate) fn write(descriptor: c_int, bytes: &[u8]) {
    let (start, length) = (bytes.as_ptr() as u64, bytes.len() as u64);
    raw(libc::SYS_write, [descriptor as u64, start, length, 0, 0, 0]);
}

pub(crate) fn close(descriptor: c_int) {
    raw(libc::SYS_close, [descriptor as u64, 0, 0, 0, 0, 0]);
}

/// Ends the process as a C program does, destructors of the submission included.
pub(crate) fn exit(status: c_int) -> ! {
    start::run_destructors();
    exit_now(status)
}

/// Ends the process at once.
pub(crate) fn exit_now(status: c_int) -> ! {
    loop {
        raw(libc::SYS_exit_group, [status as u64, 0, 0, 0, 0, 0]);
    }
}
