//! A break that the kernel is asked to move in larger steps than the heap asks for.
//!
//! Refuses to give memory back, and to bridge a gap: when other code has moved the break, the rest
//! of the last step is left, and the heap goes on after the gap (E5).

use core::ptr::NonNull;

use crate::literal::source::{Os, Refused, Source};

/// The least step, in bytes.
const LEAST: usize = 1 << 20;
/// The largest step; between the two it is an eighth of the heap.
const MOST: usize = 64 << 20;
/// The break is at a multiple of it whenever the heap starts or goes on after a gap.
const ALIGNMENT: usize = 16;

/// The break and the mappings of this process, the break a step ahead of the heap.
#[derive(Debug)]
pub(super) struct Ahead {
    os: Os,
    /// The break as the heap knows it; none at first, and when it is to be asked for again.
    at: Option<NonNull<u8>>,
    /// Bytes from there to the break as the kernel knows it.
    left: usize,
    /// Bytes that the heap has.
    used: usize,
}

// SAFETY: the break is the same for every thread.
unsafe impl Send for Ahead {}

impl Ahead {
    pub(super) const fn new() -> Ahead {
        Ahead {
            os: Os::new(),
            at: None,
            left: 0,
            used: 0,
        }
    }

    /// Moves the kernel's break until `bytes` are left.
    #[cold]
    fn advance(&mut self, from: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        let actual = Os::asked_break()?;
        if actual.addr().get() != from.addr().get() + self.left {
            // Other code moved it. The heap asks where it is, and tries again.
            self.at = None;
            return Err(Refused);
        }
        let missing = bytes - self.left;
        let step = missing.max((self.used / 8).clamp(LEAST, MOST));
        let step = step.next_multiple_of(ALIGNMENT);
        let moved = self.os.move_break(actual, step).map(|()| step);
        // Near a limit less will do.
        let moved = moved.or_else(|_| self.os.move_break(actual, missing).map(|()| missing));
        self.left += moved?;
        Ok(())
    }

    /// Where the kernel's break stands, moved to a multiple of [`ALIGNMENT`].
    #[cold]
    fn start(&mut self) -> Result<NonNull<u8>, Refused> {
        let actual = Os::asked_break()?;
        let address = actual.addr().get();
        let padding = address.next_multiple_of(ALIGNMENT) - address;
        if padding > 0 {
            self.os.move_break(actual, padding)?;
        }
        self.left = 0;
        // SAFETY: the padding is memory that the break has just passed.
        Ok(unsafe { actual.add(padding) })
    }
}

// SAFETY: the heap gets what lies between two positions of the kernel's break, once, and nothing
// that other code moved the break over; mappings are those of the system.
unsafe impl Source for Ahead {
    fn current_break(&mut self) -> Result<NonNull<u8>, Refused> {
        let at = match self.at {
            Some(at) => at,
            None => self.start()?,
        };
        self.at = Some(at);
        Ok(at)
    }

    fn move_break(&mut self, from: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        if bytes > self.left {
            self.advance(from, bytes)?;
        }
        // SAFETY: `bytes` of what is left lie after the break.
        self.at = Some(unsafe { from.add(bytes) });
        self.left -= bytes;
        self.used += bytes;
        Ok(())
    }

    fn map(&mut self, bytes: usize) -> Result<NonNull<u8>, Refused> {
        self.os.map(bytes)
    }

    unsafe fn unmap(&mut self, start: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        // SAFETY: the caller's promise is passed on.
        unsafe { self.os.unmap(start, bytes) }
    }
}
