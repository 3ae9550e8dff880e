//! The seam between policy and block list: what a heap asks of the blocks it has.
//!
//! There are two engines, which differ only in speed: every
//! address, every system call and every heap byte is the same.
//!
//! - [`List`], the literal one, walks. It is the one to read.
//! - [`Indexed`](crate::Indexed) finds the same blocks through an index beside the heap.
//!
//! Refuses to know about requests, thresholds and the system, as the engines do.

use super::block::Block;
use super::list::List;

/// An engine: [`List`] or [`Indexed`](crate::Indexed), and no others.
#[expect(private_bounds, reason = "sealed: the methods speak of raw blocks")]
pub trait BlockList: Engine {}

/// Blocks in address order, of which the free ones can be searched for.
///
/// A heap changes headers through these methods only, and passes blocks of the list only.
pub(crate) trait Engine {
    /// The blocks themselves, linked.
    fn list(&self) -> &List;

    /// Puts a new block after the last one.
    fn append(&mut self, block: Block);

    /// Lets the last block reach `bytes` further, into memory that was just gained.
    fn extend_last(&mut self, last: Block, bytes: usize);

    /// Merges all adjacent free blocks (C2, C3), then hands out the smallest free block of at least
    /// `size` bytes, of several the lowest one (C4), cut down to `size` (C6).
    fn take_best_fit(&mut self, size: usize) -> Option<Block>;

    /// Hands out this free block, cut down to `size` bytes.
    fn take(&mut self, block: Block, size: usize);

    /// Marks a block free for reuse (A7); merging waits for the next search.
    fn give_back(&mut self, block: Block);

    /// Cuts an allocated block down to `size` bytes, when the rest makes a block of its own (C6).
    fn split(&mut self, block: Block, size: usize);

    /// Merges the free blocks that follow, one at a time, until `size` bytes are there (A15).
    fn absorb_until(&mut self, block: Block, size: usize);
}
