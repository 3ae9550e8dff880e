//! The header of a block, and the way between header and payload.
//!
//! Refuses to know about other blocks: it reads and writes one header, and follows no link.

use core::mem::{offset_of, size_of};
use core::ptr::NonNull;

use super::align::{ALIGNMENT, align};

/// The size of a header, in bytes.
pub const META: usize = size_of::<BlockMeta>();

/// The block may be handed out.
pub const STATUS_FREE: i32 = 0;
/// The block was handed out from the heap.
pub const STATUS_ALLOC: i32 = 1;
/// The block was handed out and is a mapping of its own.
pub const STATUS_MAPPED: i32 = 2;

/// `struct block_meta`, as it stands in memory before each payload (B1).
#[repr(C)]
#[derive(Debug)]
pub struct BlockMeta {
    /// Payload bytes, a multiple of 8.
    pub size: usize,
    /// [`STATUS_FREE`], [`STATUS_ALLOC`] or [`STATUS_MAPPED`].
    pub status: i32,
    /// The block before this one on its list, or null.
    pub prev: *mut BlockMeta,
    /// The block after this one on its list, or null.
    pub next: *mut BlockMeta,
}

// The layout is part of the specification: the checker reads it from outside.
const _: () = assert!(META == 32 && META.is_multiple_of(ALIGNMENT));
const _: () = assert!(offset_of!(BlockMeta, size) == 0);
const _: () = assert!(offset_of!(BlockMeta, status) == 8);
const _: () = assert!(offset_of!(BlockMeta, prev) == 16);
const _: () = assert!(offset_of!(BlockMeta, next) == 24);

/// The bytes that a block with a payload of `n` takes: its chunk.
#[inline]
pub(crate) const fn total(n: usize) -> Option<usize> {
    match align(n) {
        Some(size) => size.checked_add(META),
        None => None,
    }
}

/// A block, known by the address of its header.
///
/// The code that makes one promises that the header exists and that no other code refers to it by
/// reference; the list and the heap drop their copies when they absorb or unmap a block. That
/// is why the accessors are safe. Headers are read and written field by field, so that the four
/// padding bytes after `status` keep their value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block(NonNull<BlockMeta>);

impl Block {
    /// Writes a header without neighbours at `start`.
    ///
    /// # Safety
    ///
    /// `start` is a multiple of 8, and `META + size` bytes from there are writable, belong to
    /// the allocator and hold nothing else.
    #[inline]
    pub(crate) unsafe fn create(start: NonNull<u8>, size: usize, status: i32) -> Block {
        let block = Block(start.cast());
        block.set_size(size);
        block.set_status(status);
        block.set_prev(None);
        block.set_next(None);
        block
    }

    /// The block that `payload` belongs to.
    ///
    /// # Safety
    ///
    /// `payload` was returned by [`Block::payload`], and its mapping still exists.
    #[inline]
    pub(crate) unsafe fn from_payload(payload: NonNull<u8>) -> Block {
        // SAFETY: the caller promises a payload, and each has a header META bytes before it.
        Block(unsafe { payload.sub(META) }.cast())
    }

    /// The block whose header stands at `start`.
    ///
    /// # Safety
    ///
    /// [`Block::create`] wrote a header there, and no other block has absorbed it since.
    #[inline]
    pub(crate) unsafe fn at(start: NonNull<u8>) -> Block {
        Block(start.cast())
    }

    /// Where the header starts.
    #[inline]
    pub(crate) fn start(self) -> NonNull<u8> {
        self.0.cast()
    }

    /// Where the payload starts (A18).
    #[inline]
    pub(crate) fn payload(self) -> NonNull<u8> {
        // SAFETY: a block has its META header bytes at least, so this stays inside it or one
        // past its end.
        unsafe { self.start().add(META) }
    }

    /// The first address after the block.
    #[inline]
    pub(crate) fn end(self) -> NonNull<u8> {
        // SAFETY: `size` bytes of payload belong to the block.
        unsafe { self.payload().add(self.size()) }
    }

    /// Payload bytes.
    #[inline]
    pub(crate) fn size(self) -> usize {
        // SAFETY: the header is there as long as the block is.
        unsafe { (*self.0.as_ptr()).size }
    }

    #[inline]
    pub(crate) fn status(self) -> i32 {
        // SAFETY: as in `size`.
        unsafe { (*self.0.as_ptr()).status }
    }

    #[inline]
    pub(crate) fn is_free(self) -> bool {
        self.status() == STATUS_FREE
    }

    #[inline]
    pub(crate) fn prev(self) -> Option<Block> {
        // SAFETY: as in `size`.
        NonNull::new(unsafe { (*self.0.as_ptr()).prev }).map(Block)
    }

    #[inline]
    pub(crate) fn next(self) -> Option<Block> {
        // SAFETY: as in `size`.
        NonNull::new(unsafe { (*self.0.as_ptr()).next }).map(Block)
    }

    #[inline]
    pub(crate) fn set_size(self, size: usize) {
        // SAFETY: the header is there as long as the block is, and writable.
        unsafe { (*self.0.as_ptr()).size = size }
    }

    #[inline]
    pub(crate) fn set_status(self, status: i32) {
        // SAFETY: as in `set_size`.
        unsafe { (*self.0.as_ptr()).status = status }
    }

    #[inline]
    pub(crate) fn set_prev(self, prev: Option<Block>) {
        // SAFETY: as in `set_size`.
        unsafe { (*self.0.as_ptr()).prev = Block::link(prev) }
    }

    #[inline]
    pub(crate) fn set_next(self, next: Option<Block>) {
        // SAFETY: as in `set_size`.
        unsafe { (*self.0.as_ptr()).next = Block::link(next) }
    }

    #[inline]
    fn link(to: Option<Block>) -> *mut BlockMeta {
        to.map_or(core::ptr::null_mut(), |block| block.0.as_ptr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_adds_the_header() {
        assert_eq!(total(1), Some(40));
        assert_eq!(total(1000), Some(1032));
        assert_eq!(total(usize::MAX - 40), Some(usize::MAX - 7));
        assert_eq!(total(usize::MAX - 38), None);
        assert_eq!(total(usize::MAX), None);
    }
}
