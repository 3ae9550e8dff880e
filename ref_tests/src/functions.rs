//! The submission's four functions, found at run time.
//!
//! They are weak references without a library to satisfy them at link time: `LD_PRELOAD` does, and
//! what a submission lacks stays null. `dlopen` would do too, but it allocates with `malloc` and so
//! moves the break before the first call.

use core::ffi::c_void;

core::arch::global_asm!(
    ".weak os_malloc",
    ".weak os_calloc",
    ".weak os_realloc",
    ".weak os_free"
);

unsafe extern "C" {
    fn os_malloc(size: usize) -> *mut c_void;
    fn os_calloc(count: usize, size: usize) -> *mut c_void;
    fn os_realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    fn os_free(pointer: *mut c_void);
}

/// Calls `os_malloc`; `None` when the submission lacks it.
pub(crate) fn malloc(size: u64) -> Option<u64> {
    present(os_malloc as *const c_void).then(|| {
        // SAFETY: the function is there; it takes any size.
        let pointer = unsafe { os_malloc(size as usize) };
        pointer as u64
    })
}

/// Calls `os_calloc`; `None` when the submission lacks it.
pub(crate) fn calloc(count: u64, size: u64) -> Option<u64> {
    present(os_calloc as *const c_void).then(|| {
        // SAFETY: the function is there; it takes any sizes.
        let pointer = unsafe { os_calloc(count as usize, size as usize) };
        pointer as u64
    })
}

/// Calls `os_realloc` with NULL or what one of these functions returned; `None` when the
/// submission lacks it.
pub(crate) fn realloc(pointer: u64, size: u64) -> Option<u64> {
    present(os_realloc as *const c_void).then(|| {
        // SAFETY: the function is there, and the caller passes what it may take. The checker
        // observes what a wrong submission does with it.
        let pointer = unsafe { os_realloc(pointer as *mut c_void, size as usize) };
        pointer as u64
    })
}

/// Calls `os_free` with NULL or what one of these functions returned; `None` when the submission
/// lacks it.
pub(crate) fn free(pointer: u64) -> Option<()> {
    present(os_free as *const c_void).then(|| {
        // SAFETY: as in `realloc`.
        unsafe { os_free(pointer as *mut c_void) }
    })
}

/// Whether a weak reference was resolved. The address goes through a volatile read, because the
/// compiler takes it for granted that a function has one.
fn present(function: *const c_void) -> bool {
    // SAFETY: a local variable can be read.
    let address = unsafe { core::ptr::read_volatile(&raw const function) };
    !address.is_null()
}
