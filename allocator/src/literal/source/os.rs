//! The system calls for memory, all of them: `brk`, `mmap`, `munmap` (E1).
//!
//! Refuses to trust: each result is checked (E3). One `brk` for each growth and no query before it,
//! as `sbrk` does: where the break stands is what the C library noted when it was last moved, by this
//! library or by another (E5).

use core::ptr::{self, NonNull};

use super::{Refused, Source};

/// The break and the mappings of this process.
#[derive(Debug, Default)]
pub struct Os(());

impl Os {
    /// The memory of this process.
    pub const fn new() -> Os {
        Os(())
    }

    /// The size of a page, in bytes.
    pub fn page_size() -> Option<usize> {
        // SAFETY: sysconf has no precondition; the page size comes from the auxiliary vector.
        usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()
    }

    /// Where the break stands, asked of the kernel: also when a bare system call moved it, of which
    /// the C library's note does not tell.
    #[cfg(feature = "malloc")]
    pub(crate) fn asked_break() -> Result<NonNull<u8>, Refused> {
        renew_note();
        noted_break()
    }
}

// SAFETY: the kernel gives zeroed private pages, and Linux leaves everything as it was when one
// of these calls fails. Other users of the break get memory above what was moved here.
unsafe impl Source for Os {
    fn current_break(&mut self) -> Result<NonNull<u8>, Refused> {
        noted_break()
    }

    fn move_break(&mut self, from: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        let target = from.addr().checked_add(bytes).ok_or(Refused)?;
        // SAFETY: `from` is the break, so this only adds memory and takes none away.
        let status = unsafe { libc::brk(from.as_ptr().wrapping_add(bytes).cast()) };
        // A kernel or a filter that answers -ENOMEM looks like a very high break to glibc, which
        // reports success: only the break itself tells the truth.
        if status == 0 && noted_break().map(NonNull::addr) == Ok(target) {
            return Ok(());
        }
        // The note may be wrong now; the C library must not go on from there.
        renew_note();
        Err(Refused)
    }

    fn map(&mut self, bytes: usize) -> Result<NonNull<u8>, Refused> {
        // SAFETY: a new private mapping at an address of the kernel's choice replaces nothing.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(Refused);
        }
        NonNull::new(start.cast()).ok_or(Refused)
    }

    unsafe fn unmap(&mut self, start: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        // SAFETY: the caller promises that this is a whole mapping that no code uses.
        match unsafe { libc::munmap(start.as_ptr().cast(), bytes) } {
            0 => Ok(()),
            _ => Err(Refused),
        }
    }
}

/// Lets the C library ask the kernel where the break stands, and note that.
fn renew_note() {
    // SAFETY: address 0 is below every break, so the kernel only answers.
    unsafe { libc::brk(ptr::null_mut()) };
}

/// The break as the C library noted it at the last `brk`; it asks the kernel when it has no note yet.
fn noted_break() -> Result<NonNull<u8>, Refused> {
    // The kernel's error numbers, seen as addresses, are the last page.
    const ERRORS: usize = usize::MAX - 4095;
    // SAFETY: an increment of 0 moves nothing.
    let noted = unsafe { libc::sbrk(0) }.cast::<u8>();
    if noted.addr() >= ERRORS {
        return Err(Refused);
    }
    NonNull::new(noted).ok_or(Refused)
}
