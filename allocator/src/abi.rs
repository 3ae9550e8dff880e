//! The C side: `os_malloc`, `os_calloc`, `os_realloc`, `os_free` over the one heap of the
//! process.
//!
//! Refuses to decide anything: it takes the lock and calls the heap. NULL is `None`, which has
//! the same bits.

use core::ptr::NonNull;

use crate::heap::{Config, Heap};
use crate::lock::Lock;
use crate::source::Os;

static HEAP: Lock<Heap<Os>> = Lock::new(Heap::new(Os::new(), Config::DEFAULT));

/// Memory of `size` bytes, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn os_malloc(size: usize) -> Option<NonNull<u8>> {
    HEAP.lock().malloc(size)
}

/// Zeroed memory for `nmemb` elements of `size` bytes, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn os_calloc(nmemb: usize, size: usize) -> Option<NonNull<u8>> {
    HEAP.lock().calloc(nmemb, size)
}

/// Changes the size of a block, moving it if need be, or NULL.
///
/// # Safety
///
/// `ptr` is NULL or came from one of these functions, and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn os_realloc(ptr: Option<NonNull<u8>>, size: usize) -> Option<NonNull<u8>> {
    // SAFETY: the process has one heap, so the caller's promise is about this one.
    unsafe { HEAP.lock().realloc(ptr, size) }
}

/// Gives a block back.
///
/// # Safety
///
/// As for [`os_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn os_free(ptr: Option<NonNull<u8>>) {
    // SAFETY: as in `os_realloc`.
    unsafe { HEAP.lock().free(ptr) }
}

/// Without std there is nobody to report a panic to.
#[cfg(all(panic = "abort", not(test)))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: abort has no precondition.
    unsafe { libc::abort() }
}
