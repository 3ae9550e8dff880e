//! The C side: `os_malloc`, `os_calloc`, `os_realloc`, `os_free` over the one heap of the
//! process.
//!
//! Refuses to decide anything: it takes the lock and calls the heap, through the debug mode when
//! that is on. NULL is `None`, which has the same bits.
//!
//! The heap is on the indexed engine, or on the literal one with the feature `literal`. The index
//! is for a heap of [`INDEXED`] bytes; past that, calls become slow and stay right. It lies in
//! .bss: 88 MiB of address space, which a small `RLIMIT_AS` has to allow.

use core::ptr::NonNull;

use crate::debug::{Debug, variable};
#[cfg(not(feature = "literal"))]
use crate::indexed::Indexed;
use crate::literal::heap::{Config, Heap};
#[cfg(feature = "literal")]
use crate::literal::list::List;
use crate::literal::source::Os;
use crate::lock::Lock;

static LIBRARY: Lock<Library> = Lock::new(Library {
    heap: Heap::with_engine(Os::new(), Config::DEFAULT, engine()),
    debug: Debug::OFF,
    started: false,
    plain: false,
});

#[cfg(feature = "literal")]
type Engine = List;

#[cfg(feature = "literal")]
const fn engine() -> Engine {
    List::new()
}

/// Heap bytes that the index is made for.
pub const INDEXED: usize = 512 << 20;

#[cfg(not(feature = "literal"))]
type Engine = Indexed<'static>;

#[cfg(not(feature = "literal"))]
static mut INDEX: [u64; Indexed::words(INDEXED)] = [0; Indexed::words(INDEXED)];

#[cfg(not(feature = "literal"))]
#[expect(static_mut_refs, reason = "the one reference that is ever made")]
const fn engine() -> Engine {
    // SAFETY: no other code uses the index, and this is called once, for the one heap.
    let memory = unsafe { &mut INDEX };
    // SAFETY: the memory is zero.
    unsafe { Indexed::new(memory) }
}

struct Library {
    heap: Heap<Os, Engine>,
    debug: Debug,
    started: bool,
    /// Started, and the debug mode is off: what every call asks first.
    plain: bool,
}

/// Memory of `size` bytes, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn os_malloc(size: usize) -> Option<NonNull<u8>> {
    let library = &mut *LIBRARY.lock();
    if library.plain {
        return library.heap.malloc(size);
    }
    library.malloc(size)
}

/// Zeroed memory for `nmemb` elements of `size` bytes, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn os_calloc(nmemb: usize, size: usize) -> Option<NonNull<u8>> {
    let library = &mut *LIBRARY.lock();
    if library.plain {
        return library.heap.calloc(nmemb, size);
    }
    library.calloc(nmemb, size)
}

/// Changes the size of a block, moving it if need be, or NULL.
///
/// # Safety
///
/// `ptr` is NULL or came from one of these functions, and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn os_realloc(ptr: Option<NonNull<u8>>, size: usize) -> Option<NonNull<u8>> {
    let library = &mut *LIBRARY.lock();
    if library.plain {
        // SAFETY: the process has one heap, so the caller's promise is about this one.
        return unsafe { library.heap.realloc(ptr, size) };
    }
    // SAFETY: as above.
    unsafe { library.realloc(ptr, size) }
}

/// Gives a block back.
///
/// # Safety
///
/// As for [`os_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn os_free(ptr: Option<NonNull<u8>>) {
    let library = &mut *LIBRARY.lock();
    if library.plain {
        // SAFETY: as in `os_realloc`.
        return unsafe { library.heap.free(ptr) };
    }
    // SAFETY: as in `os_realloc`.
    unsafe { library.free(ptr) }
}

/// The first call, and all calls with the debug mode on.
impl Library {
    #[cold]
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.start();
        self.debug.malloc(&mut self.heap, size)
    }

    #[cold]
    fn calloc(&mut self, nmemb: usize, size: usize) -> Option<NonNull<u8>> {
        self.start();
        self.debug.calloc(&mut self.heap, nmemb, size)
    }

    /// # Safety
    ///
    /// As for [`os_realloc`].
    #[cold]
    unsafe fn realloc(&mut self, ptr: Option<NonNull<u8>>, size: usize) -> Option<NonNull<u8>> {
        self.start();
        // SAFETY: the process has one heap, so the caller's promise is about this one.
        unsafe { self.debug.realloc(&mut self.heap, ptr, size) }
    }

    /// # Safety
    ///
    /// As for [`os_free`].
    #[cold]
    unsafe fn free(&mut self, ptr: Option<NonNull<u8>>) {
        self.start();
        // SAFETY: as above.
        unsafe { self.debug.free(&mut self.heap, ptr) }
    }

    /// Reads the environment, once, before the first call.
    fn start(&mut self) {
        if self.started {
            return;
        }
        self.started = true;
        self.debug = Debug::parse(variable(c"OSMEM_DEBUG").unwrap_or_default());
        self.plain = self.debug.is_off();
        self.heap.configure(Config {
            mmap_threshold: number(c"OSMEM_MMAP_THRESHOLD")
                .unwrap_or(Config::DEFAULT.mmap_threshold),
            page_size: Os::page_size().unwrap_or(Config::DEFAULT.page_size),
            ..Config::DEFAULT
        });
    }
}

/// A variable that is a decimal number.
fn number(name: &core::ffi::CStr) -> Option<usize> {
    str::from_utf8(variable(name)?).ok()?.parse().ok()
}

/// Runs when the process exits or the library is unloaded.
extern "C" fn at_exit() {
    // A thread that exits inside a call never releases the lock.
    if let Some(library) = LIBRARY.try_lock() {
        library.debug.exit(&library.heap);
    }
}

// SAFETY: the loader calls each entry of this section once, without arguments.
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = at_exit;
