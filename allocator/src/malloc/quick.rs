//! Small blocks that were freed, kept back from the heap for the next request of their size.
//!
//! To the heap a block that is kept is allocated, so it is not merged with its neighbours; that is
//! why few are kept. A status of its own in the header tells it from a live one.
//!
//! Refuses to look for another size than the one that is asked for.

use core::ptr::NonNull;

use crate::literal::block::{Block, STATUS_ALLOC};

use super::process::ALIGNMENT;

/// Blocks of each size that are kept.
const DEPTH: usize = 32;
/// How many of them the heap gets when there is one more.
const SURPLUS: usize = DEPTH / 2;
/// Sizes up to 1 KiB.
const SIZES: usize = 1024 / ALIGNMENT + 1;

/// In place of the status of a block: kept back.
const STATUS_KEPT: i32 = 0x4e9;

/// The block that was freed last is the first to go out again: it is the one in the cache.
#[derive(Clone, Copy, Debug)]
struct Stack {
    count: usize,
    blocks: [Option<Block>; DEPTH],
}

#[derive(Debug)]
pub(super) struct Quick([Stack; SIZES]);

// SAFETY: the blocks are memory of the heap that no code uses, the same for every thread.
unsafe impl Send for Quick {}

impl Quick {
    pub(super) const EMPTY: Quick = Quick(
        [Stack {
            count: 0,
            blocks: [None; DEPTH],
        }; SIZES],
    );

    /// A payload of just this size, a multiple of [`ALIGNMENT`].
    #[inline]
    pub(super) fn take(&mut self, size: usize) -> Option<NonNull<u8>> {
        let stack = self.0.get_mut(size / ALIGNMENT)?;
        let count = stack.count.checked_sub(1)?;
        let block = (*stack.blocks.get(count)?)?;
        stack.count = count;
        block.set_status(STATUS_ALLOC);
        Some(block.payload())
    }

    /// Keeps an allocated block, unless it is too large. What becomes too many is released.
    #[inline]
    pub(super) fn keep(&mut self, block: Block, release: impl FnMut(NonNull<u8>)) -> bool {
        let Some(stack) = self.0.get_mut(block.size() / ALIGNMENT) else {
            return false;
        };
        if stack.count == DEPTH {
            stack.release(SURPLUS, release);
        }
        let Some(place) = stack.blocks.get_mut(stack.count) else {
            return false;
        };
        block.set_status(STATUS_KEPT);
        *place = Some(block);
        stack.count += 1;
        true
    }

    /// Releases all blocks.
    #[cold]
    pub(super) fn release_all(&mut self, mut release: impl FnMut(NonNull<u8>)) {
        for stack in &mut self.0 {
            stack.release(stack.count, &mut release);
        }
    }
}

impl Stack {
    /// Releases the blocks that were freed first.
    #[cold]
    fn release(&mut self, count: usize, mut release: impl FnMut(NonNull<u8>)) {
        for block in self.blocks[..count].iter().copied().flatten() {
            block.set_status(STATUS_ALLOC);
            release(block.payload());
        }
        self.blocks.copy_within(count..self.count, 0);
        self.count -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literal::block::META;

    fn with_blocks(sizes: &[usize], test: impl FnOnce(&mut Quick, &[Block])) {
        let mut memory = vec![0_u64; sizes.len() * (META + 2048) / 8];
        let start = NonNull::from(&mut memory[..]).cast::<u8>();
        let block = |(at, &size): (usize, &usize)| {
            // SAFETY: META + 2048 bytes of the memory for each block.
            let header = unsafe { start.add(at * (META + 2048)) };
            // SAFETY: as above.
            unsafe { Block::create(header, size, STATUS_ALLOC) }
        };
        let blocks: Vec<Block> = sizes.iter().enumerate().map(block).collect();
        test(&mut { Quick::EMPTY }, &blocks);
    }

    #[test]
    fn the_last_block_of_a_size_comes_first() {
        with_blocks(&[32, 32, 48, 1040], |quick, blocks| {
            let keep = |quick: &mut Quick, at: usize| quick.keep(blocks[at], |_| unreachable!());
            assert!(keep(quick, 0) && keep(quick, 1) && keep(quick, 2));
            assert!(!keep(quick, 3), "too large");
            assert_ne!(blocks[0].status(), STATUS_ALLOC);
            assert_eq!(quick.take(32), Some(blocks[1].payload()));
            assert_eq!(quick.take(32), Some(blocks[0].payload()));
            assert_eq!(quick.take(32), None);
            assert_eq!(blocks[0].status(), STATUS_ALLOC);
        });
    }

    #[test]
    fn the_first_half_is_released_when_there_are_too_many() {
        with_blocks(&[64; DEPTH + 1], |quick, blocks| {
            let mut released = Vec::new();
            for &block in blocks {
                assert!(quick.keep(block, |payload| released.push(payload)));
            }
            let first: Vec<_> = blocks[..SURPLUS]
                .iter()
                .map(|block| block.payload())
                .collect();
            assert_eq!(released, first);
            assert_eq!(quick.take(64), Some(blocks[DEPTH].payload()));
            quick.release_all(|payload| released.push(payload));
            assert_eq!(released.len(), DEPTH);
            assert_eq!(quick.take(64), None);
        });
    }
}
