//! The system calls of the scenario program, and the marker.

use core::ffi::{c_char, c_int};

use ref_tests::tape::Shared;
use ref_tests::wire::{Control, Marker};

unsafe extern "C" {
    static mut stdout: *mut libc::FILE;
    static mut stderr: *mut libc::FILE;
    fn fwide(stream: *mut libc::FILE, mode: c_int) -> c_int;
}

/// Lets a submission print without touching the heap: a buffered `printf` would allocate its
/// buffer with `malloc` at the first character, which moves the break.
pub(crate) fn prepare_standard_streams() {
    // SAFETY: `stdout` is the C library's, and no other thread is there.
    let stream = unsafe { stdout };
    // SAFETY: nothing has been printed yet, which is what setvbuf asks for.
    unsafe { libc::setvbuf(stream, core::ptr::null_mut::<c_char>(), libc::_IONBF, 0) };
    // SAFETY: as above. `perror` on a stream that has no orientation yet opens a second stream,
    // with memory from `malloc`.
    let errors = unsafe { stderr };
    // SAFETY: `errors` is the C library's open stream.
    unsafe { fwide(errors, -1) };
}

/// A system call as the kernel takes it, without the C library's bookkeeping in between.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn raw(number: i64, [a, b, c, d, e, f]: [u64; 6]) -> i64 {
    let result: i64;
    // SAFETY: the callers below pass numbers and arguments that touch no memory of Rust's; the
    // kernel changes rax, rcx and r11 only.
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

/// Reports to the checker; without one it is a `getppid` that nobody asked for.
pub(crate) fn mark(marker: &Marker) {
    raw(libc::SYS_getppid, marker.encode());
}

/// Where the break stands. Not by `sbrk(0)`: the C library would remember the answer, and the
/// submission's first `sbrk` would make one system call less.
pub(crate) fn current_break() -> u64 {
    raw(libc::SYS_brk, [0; 6]) as u64
}

/// Moves the break up as a library beside the submission would, through the C library, which so
/// knows where the break stands. Returns where it stood; `None` when it did not move.
pub(crate) fn move_break(bytes: u64) -> Option<u64> {
    // SAFETY: the bytes that are gained belong to nobody yet.
    let before = unsafe { libc::sbrk(bytes as libc::intptr_t) };
    (before as isize != -1).then_some(before as u64)
}

/// Forks with the checker as the child's parent, so that nothing of the child stays behind here.
/// Returns 0 in the child, else the child's id or a negative error number.
pub(crate) fn fork_for_parent() -> i64 {
    // clone without a new stack and without shared memory is fork.
    raw(
        libc::SYS_clone,
        [(libc::CLONE_PARENT | libc::SIGCHLD) as u64, 0, 0, 0, 0, 0],
    )
}

/// Installs the checker's seccomp filter for good.
pub(crate) fn install_filter(control: &Control) -> bool {
    // SAFETY: NO_NEW_PRIVS takes no pointers.
    let kept = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    let program = libc::sock_fprog {
        len: control.filter_length as u16,
        filter: (&raw const control.filter).cast_mut().cast(),
    };
    // SAFETY: `program` points to `filter_length` instructions in the kernel's layout, which the
    // kernel copies and checks.
    let installed = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    kept == 0 && installed == 0
}

/// Maps what is shared with the checker.
pub(crate) fn map_shared(descriptor: c_int) -> Option<*mut Shared> {
    let length = size_of::<Shared>();
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh mapping at an address of the kernel's choice disturbs nothing.
    let address = unsafe {
        libc::mmap(
            core::ptr::null_mut(),
            length,
            protection,
            libc::MAP_SHARED,
            descriptor,
            0,
        )
    };
    (address != libc::MAP_FAILED).then_some(address.cast())
}

/// Writes text; what the other side does not take is lost.
pub(crate) fn write(descriptor: c_int, bytes: &[u8]) {
    // SAFETY: `bytes` is readable for its length.
    unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
}

pub(crate) fn close(descriptor: c_int) {
    // SAFETY: closing a descriptor touches no memory.
    unsafe { libc::close(descriptor) };
}

/// Ends the process as a C program does, destructors of the submission included.
pub(crate) fn exit(status: c_int) -> ! {
    // SAFETY: no Rust value needs to be dropped.
    unsafe { libc::exit(status) }
}

/// Ends the process at once.
pub(crate) fn exit_now(status: c_int) -> ! {
    // SAFETY: as above.
    unsafe { libc::_exit(status) }
}
