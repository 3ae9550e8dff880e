//! `malloc` and its family: each call is passed on to the C library and recorded.

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::log::{ALIGNED, CALLOC, FREE, MALLOC, REALLOC, REALLOCATED};
use crate::process::record;

type Pointer = *mut c_void;

// What the C library's own functions are called beside their usual names.
unsafe extern "C" {
    fn __libc_malloc(size: usize) -> Pointer;
    fn __libc_calloc(count: usize, size: usize) -> Pointer;
    fn __libc_realloc(pointer: Pointer, size: usize) -> Pointer;
    fn __libc_free(pointer: Pointer);
    fn __libc_memalign(alignment: usize, size: usize) -> Pointer;
    fn __libc_valloc(size: usize) -> Pointer;
    fn __libc_pvalloc(size: usize) -> Pointer;
}

#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> Pointer {
    // SAFETY: any size may be asked for.
    let pointer = unsafe { __libc_malloc(size) };
    record(MALLOC, [pointer as u64, size as u64, 0]);
    pointer
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> Pointer {
    // SAFETY: as above.
    let pointer = unsafe { __libc_calloc(count, size) };
    record(CALLOC, [pointer as u64, count as u64, size as u64]);
    pointer
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(pointer: Pointer) {
    record(FREE, [pointer as u64, 0, 0]);
    // SAFETY: the caller's promise is the same.
    unsafe { __libc_free(pointer) };
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(pointer: Pointer, size: usize) -> Pointer {
    let begun = record(REALLOC, [pointer as u64, size as u64, 0]);
    // SAFETY: the caller's promise is the same.
    let new = unsafe { __libc_realloc(pointer, size) };
    if let Some(begun) = begun {
        record(REALLOCATED, [new as u64, begun, 0]);
    }
    new
}

#[unsafe(no_mangle)]
unsafe extern "C" fn reallocarray(pointer: Pointer, count: usize, size: usize) -> Pointer {
    match count.checked_mul(size) {
        // SAFETY: the caller's promise is the same.
        Some(bytes) => unsafe { realloc(pointer, bytes) },
        None => no_memory(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn memalign(alignment: usize, size: usize) -> Pointer {
    // SAFETY: the C library checks the alignment.
    let pointer = unsafe { __libc_memalign(alignment, size) };
    aligned(pointer, alignment, size)
}

#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(alignment: usize, size: usize) -> Pointer {
    memalign(alignment, size)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(to: *mut Pointer, alignment: usize, size: usize) -> c_int {
    if !alignment.is_power_of_two() || alignment < size_of::<Pointer>() {
        return libc::EINVAL;
    }
    let pointer = memalign(alignment, size);
    if pointer.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller promises that it may be written to.
    unsafe { to.write(pointer) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn valloc(size: usize) -> Pointer {
    // SAFETY: any size may be asked for.
    let pointer = unsafe { __libc_valloc(size) };
    aligned(pointer, PAGE, size)
}

#[unsafe(no_mangle)]
extern "C" fn pvalloc(size: usize) -> Pointer {
    // SAFETY: as above.
    let pointer = unsafe { __libc_pvalloc(size) };
    aligned(pointer, PAGE, size)
}

const PAGE: usize = 4096;

fn aligned(pointer: Pointer, alignment: usize, size: usize) -> Pointer {
    record(ALIGNED, [pointer as u64, size as u64, alignment as u64]);
    pointer
}

fn no_memory() -> Pointer {
    // SAFETY: the address of this thread's errno is always valid.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { errno.write(libc::ENOMEM) };
    ptr::null_mut()
}
