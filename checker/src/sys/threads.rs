//! Finds out whether threads can be started.
//!
//! Some containers answer `clone3` with EPERM. The C library falls back on `clone` only where it is
//! told that the system call does not exist.

use std::io;
use std::thread;

use super::walls;

/// Starts a thread as a test; if only `clone3` is denied, makes the C library use
/// `clone`, in this process and in all that it starts.
pub fn ensure(without_clone3: &[u64]) -> io::Result<()> {
    let start = || thread::Builder::new().spawn(|| ()).map(drop);
    match start() {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
            walls::install_here(without_clone3)?;
            start()
        }
        started => started,
    }
}
