//! Where memory comes from: the break, and mappings.
//!
//! Refuses to know about blocks: it moves the break and makes mappings, nothing more.

mod os;

pub use os::Os;

use core::ptr::NonNull;

/// The system said no; nothing changed (E3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// A break and mappings.
///
/// # Safety
///
/// An implementor promises that
/// - bytes between two positions of the break, once passed by [`Source::move_break`], are
///   readable, writable, zero at first and unused by other code, as long as the heap is used;
/// - a mapping is page-aligned, readable, writable, zero at first and unused by other code until it
///   is unmapped;
/// - what was refused changed nothing.
pub unsafe trait Source {
    /// Where the break stands now.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the system does not tell.
    fn current_break(&mut self) -> Result<NonNull<u8>, Refused>;

    /// Moves the break from `from`, where it stands now, up by `bytes`.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the break did not move.
    fn move_break(&mut self, from: NonNull<u8>, bytes: usize) -> Result<(), Refused>;

    /// Makes a private, anonymous mapping (D1).
    ///
    /// # Errors
    ///
    /// [`Refused`] when there is no mapping.
    fn map(&mut self, bytes: usize) -> Result<NonNull<u8>, Refused>;

    /// Removes a whole mapping.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the mapping is still there.
    ///
    /// # Safety
    ///
    /// [`Source::map`] returned `start` for the same number of `bytes`, and no code uses the
    /// mapping any more.
    unsafe fn unmap(&mut self, start: NonNull<u8>, bytes: usize) -> Result<(), Refused>;
}
