//! The allocators that are timed: those of this crate as the libraries that users get, the C
//! library's, and well-kept ones.
//!
//! Refuses to inline this crate's allocators into the loop: they are loaded and called through
//! pointers, as a program calls them.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ffi::{CString, c_void};
use std::path::Path;

/// What a trace needs. Sizes come along for those who want them back.
pub(crate) trait Contestant {
    unsafe fn alloc(&self, size: usize) -> *mut u8;
    unsafe fn alloc_zeroed(&self, size: usize) -> *mut u8;
    unsafe fn free(&self, payload: *mut u8, size: usize);
    unsafe fn realloc(&self, payload: *mut u8, old: usize, new: usize) -> *mut u8;
}

/// Names in the order of the report; the second column is the feature list of a library that has
/// to be built, and the prefix of its functions.
pub(crate) const NAMES: [(&str, Option<(&str, &str)>); 7] = [
    ("strict", Some(("abi", "os_"))),
    ("drop-in", Some(("malloc", ""))),
    ("glibc", None),
    ("mimalloc", None),
    ("dlmalloc", None),
    ("rlsf", None),
    ("literal", Some(("abi,literal", "os_"))),
];

type Malloc = unsafe extern "C" fn(usize) -> *mut c_void;
type Calloc = unsafe extern "C" fn(usize, usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);
type Realloc = unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void;

/// Four functions of C.
pub(crate) struct Functions {
    malloc: Malloc,
    calloc: Calloc,
    free: Free,
    realloc: Realloc,
}

impl Functions {
    pub(crate) fn of_glibc() -> Functions {
        Functions {
            malloc: libc::malloc,
            calloc: libc::calloc,
            free: libc::free,
            realloc: libc::realloc,
        }
    }

    pub(crate) fn of_mimalloc() -> Functions {
        Functions {
            malloc: libmimalloc_sys::mi_malloc,
            calloc: mi_calloc,
            free: libmimalloc_sys::mi_free,
            realloc: libmimalloc_sys::mi_realloc,
        }
    }

    /// The functions of a library, each with this prefix to its name.
    pub(crate) fn of_library(path: &Path, prefix: &str) -> Functions {
        let path = CString::new(path.as_os_str().as_encoded_bytes()).expect("no zero byte");
        // SAFETY: the library is ours, and its initialisers have no precondition.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        assert!(!library.is_null(), "{path:?} does not load");
        let symbol = |name: &str| {
            let name = CString::new(format!("{prefix}{name}")).expect("no zero byte");
            // SAFETY: the library is loaded.
            let symbol = unsafe { libc::dlsym(library, name.as_ptr()) };
            assert!(!symbol.is_null(), "{path:?} has no {name:?}");
            symbol
        };
        Functions {
            // SAFETY: the library exports the name as a function of this type.
            malloc: unsafe { std::mem::transmute::<*mut c_void, Malloc>(symbol("malloc")) },
            // SAFETY: as above.
            calloc: unsafe { std::mem::transmute::<*mut c_void, Calloc>(symbol("calloc")) },
            // SAFETY: as above.
            free: unsafe { std::mem::transmute::<*mut c_void, Free>(symbol("free")) },
            // SAFETY: as above.
            realloc: unsafe { std::mem::transmute::<*mut c_void, Realloc>(symbol("realloc")) },
        }
    }
}

/// What the bindings leave out.
unsafe extern "C" fn mi_calloc(count: usize, bytes: usize) -> *mut c_void {
    // SAFETY: the caller asks for elements of a size that is not 0, and for less than there is.
    unsafe { libmimalloc_sys::mi_zalloc(count * bytes) }
}

impl Contestant for Functions {
    unsafe fn alloc(&self, size: usize) -> *mut u8 {
        // SAFETY: malloc has no precondition.
        unsafe { (self.malloc)(size) }.cast()
    }

    unsafe fn alloc_zeroed(&self, size: usize) -> *mut u8 {
        // SAFETY: calloc has no precondition.
        unsafe { (self.calloc)(1, size) }.cast()
    }

    unsafe fn free(&self, payload: *mut u8, _: usize) {
        // SAFETY: the caller's promise.
        unsafe { (self.free)(payload.cast()) }
    }

    unsafe fn realloc(&self, payload: *mut u8, _: usize, new: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { (self.realloc)(payload.cast(), new) }.cast()
    }
}

/// dlmalloc in Rust, without a lock.
pub(crate) struct Dl(UnsafeCell<dlmalloc::Dlmalloc>);

impl Dl {
    pub(crate) fn new() -> Dl {
        Dl(UnsafeCell::new(dlmalloc::Dlmalloc::new()))
    }

    #[expect(clippy::mut_from_ref, reason = "one thread, and no call within a call")]
    unsafe fn inner(&self) -> &mut dlmalloc::Dlmalloc {
        // SAFETY: the caller is done with it before the next call.
        unsafe { &mut *self.0.get() }
    }
}

impl Contestant for Dl {
    unsafe fn alloc(&self, size: usize) -> *mut u8 {
        // SAFETY: used for this call only.
        let inner = unsafe { self.inner() };
        // SAFETY: the size is not 0.
        unsafe { inner.malloc(size, 16) }
    }

    unsafe fn alloc_zeroed(&self, size: usize) -> *mut u8 {
        // SAFETY: used for this call only.
        let inner = unsafe { self.inner() };
        // SAFETY: the size is not 0.
        unsafe { inner.calloc(size, 16) }
    }

    unsafe fn free(&self, payload: *mut u8, size: usize) {
        // SAFETY: used for this call only.
        let inner = unsafe { self.inner() };
        // SAFETY: the caller's promise.
        unsafe { inner.free(payload, size, 16) }
    }

    unsafe fn realloc(&self, payload: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: used for this call only.
        let inner = unsafe { self.inner() };
        // SAFETY: the caller's promise.
        unsafe { inner.realloc(payload, old, 16, new) }
    }
}

/// A two-level segregated fit allocator, with its lock.
pub(crate) struct Tlsf(rlsf::GlobalTlsf);

impl Tlsf {
    pub(crate) fn new() -> Tlsf {
        Tlsf(rlsf::GlobalTlsf::new())
    }
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).expect("a small size")
}

impl Contestant for Tlsf {
    unsafe fn alloc(&self, size: usize) -> *mut u8 {
        // SAFETY: the size is not 0.
        unsafe { self.0.alloc(layout(size)) }
    }

    unsafe fn alloc_zeroed(&self, size: usize) -> *mut u8 {
        // SAFETY: the size is not 0.
        unsafe { self.0.alloc_zeroed(layout(size)) }
    }

    unsafe fn free(&self, payload: *mut u8, size: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(payload, layout(size)) }
    }

    unsafe fn realloc(&self, payload: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.realloc(payload, layout(old), new) }
    }
}
