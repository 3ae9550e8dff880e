//! Says whether the process has one thread. If so, a lock need not be an atomic exchange, which would
//! wait for every store before it.
//!
//! Refuses to guess: outside the libraries, which are made for glibc 2.32 or later, there may
//! always be others.

/// Whether this thread is the only one. While it holds a lock of ours, it makes no other.
#[inline]
pub(crate) fn is_alone() -> bool {
    #[cfg(all(any(feature = "abi", feature = "malloc"), target_env = "gnu"))]
    {
        unsafe extern "C" {
            /// Not 0 as long as the C library knows of one thread.
            static __libc_single_threaded: core::ffi::c_char;
        }
        let flag = &raw const __libc_single_threaded;
        // SAFETY: the C library keeps a byte there; as long as it says that there is one thread,
        // that thread is the only one to write it.
        unsafe { flag.read_volatile() != 0 }
    }
    #[cfg(not(all(any(feature = "abi", feature = "malloc"), target_env = "gnu")))]
    false
}
