//! A course's own test: a C program with a `main`, whose calls go through here.
//!
//! It is a shared object that is loaded after the submission. Its linker has renamed its calls
//! (`os_malloc`, `exit`) to `__wrap_os_malloc`, `__wrap_exit`, which are functions of this program:
//! so each call is reported from this program's own code, before it is made and after it has
//! returned. The checker itself finds out what a pointer means and which payloads are live.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use ref_tests::call::CallNumber;
use ref_tests::tape::Shared;
use ref_tests::wire::{Borrowed, Function, Message};

use crate::reporter::Reporter;
use crate::{functions, system};

core::arch::global_asm!(
    ".weak osmem_course_main",
    ".macro passed_on name, function",
    ".globl \\name",
    ".type \\name, @function",
    "\\name: jmp \\function",
    ".size \\name, . - \\name",
    ".endm",
    "passed_on __wrap_os_malloc, {malloc}",
    "passed_on __wrap_os_calloc, {calloc}",
    "passed_on __wrap_os_realloc, {realloc}",
    "passed_on __wrap_os_free, {free}",
    "passed_on __wrap_exit, {end}",
    "passed_on __wrap__exit, {end_now}",
    "passed_on __wrap__Exit, {end_now}",
    malloc = sym malloc,
    calloc = sym calloc,
    realloc = sym realloc,
    free = sym free,
    end = sym end,
    end_now = sym end_now,
);

unsafe extern "C" {
    fn osmem_course_main(
        count: c_int,
        arguments: *const *const c_char,
        environment: *const *const c_char,
    ) -> c_int;
}

static SHARED: AtomicPtr<Shared> = AtomicPtr::new(ptr::null_mut());
static NONCE: AtomicU64 = AtomicU64::new(0);
/// Where the C library's `exit` is.
static EXIT: AtomicU64 = AtomicU64::new(0);

/// Runs the test that was loaded.
pub(crate) fn run(shared: *mut Shared, nonce: u64, borrowed: &Borrowed) -> ! {
    SHARED.store(shared, Ordering::Relaxed);
    NONCE.store(nonce, Ordering::Relaxed);
    EXIT.store(borrowed.exit, Ordering::Relaxed);
    let arguments = [c"test".as_ptr(), ptr::null()];
    let environment = [ptr::null()];
    // SAFETY: the checker loads the test that defines it; the arrays end with NULL and live as long
    // as the process.
    let status = unsafe { osmem_course_main(1, arguments.as_ptr(), environment.as_ptr()) };
    end(status)
}

fn reporter() -> Reporter {
    let shared = SHARED.load(Ordering::Relaxed);
    Reporter::new(shared, NONCE.load(Ordering::Relaxed))
}

/// Makes a call between two reports. Without its function nothing can follow.
fn made(function: Function, first: u64, second: u64, call: impl FnOnce() -> Option<u64>) -> u64 {
    let reporter = reporter();
    reporter.mark(Message::Calling {
        function,
        first,
        second,
    });
    let Some(result) = call() else {
        let number = CallNumber(0);
        reporter.mark(Message::Missing { number });
        system::exit_now(0)
    };
    reporter.mark(Message::CameBack { result });
    result
}

extern "C" fn malloc(size: usize) -> *mut c_void {
    let size = size as u64;
    made(Function::Malloc, size, 0, || functions::malloc(size)) as *mut c_void
}

extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let (count, size) = (count as u64, size as u64);
    let call = || functions::calloc(count, size);
    made(Function::Calloc, count, size, call) as *mut c_void
}

extern "C" fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void {
    let (pointer, size) = (pointer as u64, size as u64);
    let call = || functions::realloc(pointer, size);
    made(Function::Realloc, pointer, size, call) as *mut c_void
}

extern "C" fn free(pointer: *mut c_void) {
    let pointer = pointer as u64;
    let call = || functions::free(pointer).map(|()| 0);
    made(Function::Free, pointer, 0, call);
}

/// The test ends: `main` has returned, or it calls `exit`.
extern "C" fn end(status: c_int) -> ! {
    type Exit = extern "C" fn(c_int) -> !;
    reporter().mark(Message::End);
    let exit = EXIT.load(Ordering::Relaxed);
    // SAFETY: the C library has this function at this address.
    let exit = unsafe { core::mem::transmute::<u64, Exit>(exit) };
    exit(status)
}

/// The test ends by `_exit`.
extern "C" fn end_now(status: c_int) -> ! {
    reporter().mark(Message::End);
    system::exit_now(status)
}
