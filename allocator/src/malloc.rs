//! `malloc` and its family over the one heap of a process, for whole programs by `LD_PRELOAD`.
//!
//! The heap is the same, and so is what it does with its blocks. What real programs need besides:
//! payloads at multiples of 16, threads, `fork`, `errno`, and fewer system calls: the kernel's
//! break is moved in larger steps ahead of the heap, and mappings start at [`THRESHOLD`], also
//! those of `calloc`. Blocks up to 1 KiB that are freed are kept for the next request of their size,
//! 32 of each, before the heap merges them. The index is for a heap of [`INDEXED`] bytes and takes
//! 705 MiB of address space; past that, calls become slow and stay right.
//!
//! Refuses to keep one heap a thread: all threads share one, under a lock. Eight of them, and forks
//! meanwhile, for ten minutes:
//! `OSMEM_STRESS=600 cargo test -p osmem --test programs -- --nocapture threads`.
//!
//! The names are exported by the library only (`panic = "abort"`): a test program with this
//! feature keeps the allocator that it has.

mod ahead;
mod mutex;
mod process;
mod quick;

use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

use crate::indexed::Indexed;
use crate::literal::heap::{Config, Heap};

use ahead::Ahead;
use mutex::Mutex;
use process::{Process, usable};
use quick::Quick;

/// Chunks of this many bytes are mappings.
pub const THRESHOLD: usize = 1 << 20;

/// Heap bytes that the index is made for.
pub const INDEXED: usize = 4 << 30;

const PAGE: usize = 4096;

const CONFIG: Config = Config {
    mmap_threshold: THRESHOLD,
    page_size: THRESHOLD,
    preallocation: Config::DEFAULT.preallocation,
};

static mut INDEX: [u64; Indexed::words(INDEXED)] = [0; Indexed::words(INDEXED)];

static PROCESS: Mutex<Process> = Mutex::new(Process {
    heap: Heap::with_engine(Ahead::new(), CONFIG, engine()),
    quick: Quick::EMPTY,
});

#[expect(static_mut_refs, reason = "the one reference that is ever made")]
const fn engine() -> Indexed<'static> {
    // SAFETY: no other code uses the index, and this is called once, for the one heap.
    let memory = unsafe { &mut INDEX };
    // SAFETY: the memory is zero.
    unsafe { Indexed::new(memory) }
}

/// At least `size` bytes, or NULL.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub extern "C" fn malloc(size: usize) -> Option<NonNull<u8>> {
    let payload = PROCESS.lock().allocate(size);
    or_no_memory(payload)
}

/// Gives a payload back.
///
/// # Safety
///
/// `ptr` is NULL or came from one of these functions, and is not used any more.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn free(ptr: Option<NonNull<u8>>) {
    if let Some(payload) = ptr {
        // SAFETY: the process has one heap, so the caller's promise is about this one.
        unsafe { PROCESS.lock().free(payload) }
    }
}

/// Zeroed memory for `nmemb` elements of `size` bytes, or NULL.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub extern "C" fn calloc(nmemb: usize, size: usize) -> Option<NonNull<u8>> {
    let bytes = nmemb.checked_mul(size);
    let payload = bytes.and_then(|bytes| PROCESS.lock().allocate_zeroed(bytes));
    or_no_memory(payload)
}

/// Changes the size of a payload, moving it if need be, or NULL.
///
/// # Safety
///
/// As for [`free`].
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn realloc(ptr: Option<NonNull<u8>>, size: usize) -> Option<NonNull<u8>> {
    let Some(payload) = ptr else {
        return malloc(size);
    };
    if size == 0 {
        // SAFETY: the caller's promise is the same.
        unsafe { free(ptr) };
        return None;
    }
    // SAFETY: as in `free`.
    let payload = unsafe { PROCESS.lock().resize(payload, size) };
    or_no_memory(payload)
}

/// [`realloc`] for `nmemb` elements of `size` bytes.
///
/// # Safety
///
/// As for [`free`].
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn reallocarray(
    ptr: Option<NonNull<u8>>,
    nmemb: usize,
    size: usize,
) -> Option<NonNull<u8>> {
    match nmemb.checked_mul(size) {
        // SAFETY: the caller's promise is the same.
        Some(bytes) => unsafe { realloc(ptr, bytes) },
        None => or_no_memory(None),
    }
}

/// Memory at a multiple of `alignment`, a power of 2, or NULL.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub extern "C" fn aligned_alloc(alignment: usize, size: usize) -> Option<NonNull<u8>> {
    if !alignment.is_power_of_two() {
        set_errno(libc::EINVAL);
        return None;
    }
    let payload = PROCESS.lock().allocate_aligned(alignment, size);
    or_no_memory(payload)
}

/// The older name of [`aligned_alloc`].
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub extern "C" fn memalign(alignment: usize, size: usize) -> Option<NonNull<u8>> {
    aligned_alloc(alignment, size)
}

/// Memory at the start of a page.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub extern "C" fn valloc(size: usize) -> Option<NonNull<u8>> {
    aligned_alloc(PAGE, size)
}

/// Whole pages.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub extern "C" fn pvalloc(size: usize) -> Option<NonNull<u8>> {
    let size = size.max(1).checked_next_multiple_of(PAGE);
    aligned_alloc(PAGE, size.unwrap_or(usize::MAX))
}

/// As [`aligned_alloc`], with the answer in `*memptr` and an error number as the result.
///
/// # Safety
///
/// `memptr` may be written to.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn posix_memalign(
    memptr: *mut Option<NonNull<u8>>,
    alignment: usize,
    size: usize,
) -> c_int {
    if !alignment.is_power_of_two() || alignment < size_of::<*mut c_void>() {
        return libc::EINVAL;
    }
    let payload = PROCESS.lock().allocate_aligned(alignment, size);
    if payload.is_none() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller's promise.
    unsafe { memptr.write(payload) };
    0
}

/// How many bytes the payload has, at least what was asked for.
///
/// # Safety
///
/// `ptr` is NULL or a payload of these functions.
#[cfg_attr(all(panic = "abort", not(test)), unsafe(no_mangle))]
pub unsafe extern "C" fn malloc_usable_size(ptr: Option<NonNull<u8>>) -> usize {
    // SAFETY: the caller's promise; the size of a live block changes through its owner only.
    ptr.map_or(0, |payload| unsafe { usable(payload) })
}

#[inline]
fn or_no_memory(payload: Option<NonNull<u8>>) -> Option<NonNull<u8>> {
    if payload.is_none() {
        set_errno(libc::ENOMEM);
    }
    payload
}

#[cold]
fn set_errno(number: c_int) {
    // SAFETY: the address of this thread's errno is always valid.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { errno.write(number) };
}

/// A fork copies the heap as it is, so no thread may be inside it: the forking thread takes the
/// lock.
#[cfg(all(panic = "abort", not(test)))]
mod fork {
    use super::PROCESS;

    // SAFETY: the loader calls each entry of this section once, without arguments used here.
    // Early: handlers of others run before the lock is taken and after it is given back.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static AT_START: extern "C" fn() = at_start;

    extern "C" fn at_start() {
        // SAFETY: the handlers stay as long as the library, which is never unloaded. Without
        // memory for them, only a fork of many threads is at risk.
        unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after)) };
    }

    unsafe extern "C" fn before() {
        PROCESS.acquire();
    }

    unsafe extern "C" fn after() {
        // SAFETY: `before` took it in this thread, which is the child's only one. Waiters of the
        // parent do not exist in the child, so at worst a wake has no effect.
        unsafe { PROCESS.release() };
    }
}
