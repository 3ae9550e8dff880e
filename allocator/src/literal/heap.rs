//! The policy: what comes from the heap and what from a mapping, when the break moves, and the
//! four functions (sections A, C and D of the specification).
//!
//! Refuses to walk or change blocks by itself, which the list does, and to make system calls,
//! which the source does.

use core::ptr::NonNull;

use super::align::{ALIGNMENT, align, align_down};
use super::block::{Block, META, STATUS_ALLOC, STATUS_FREE, STATUS_MAPPED, total};
use super::engine::{BlockList, Engine};
use super::inspect::{self, BlockInfo, Blocks, Defect, Listing};
use super::list::List;
use super::source::{Refused, Source};

/// The numbers that a course may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// `malloc` and `realloc` map when header and payload together reach it, in bytes.
    pub mmap_threshold: usize,
    /// `calloc` maps when header and payload together reach it, in bytes.
    pub page_size: usize,
    /// The first growth of the heap, in bytes; 0 for none.
    pub preallocation: usize,
}

impl Config {
    /// The numbers of the assignment.
    pub const DEFAULT: Config = Config {
        mmap_threshold: 128 * 1024,
        page_size: 4096,
        preallocation: 128 * 1024,
    };
}

impl Default for Config {
    fn default() -> Config {
        Config::DEFAULT
    }
}

/// The allocator: a list of heap blocks, a list of mapped blocks, and the source of both.
///
/// Payloads are multiples of 8. A call that fails returns `None` and leaves every block as it
/// was (E3), except that free blocks may have been merged on the way (C2, A15).
///
/// ```
/// use osmem::arena::Arena;
/// use osmem::{Config, Heap};
///
/// let mut heap = Heap::new(Arena::new(1 << 20), Config::DEFAULT);
/// let payload = heap.malloc(1000);
/// assert!(payload.is_some());
/// assert_eq!(heap.listing().to_string(), "1000u 130008f");
/// // SAFETY: the payload comes from this heap, and is not used any more.
/// unsafe { heap.free(payload) };
/// assert_eq!(heap.listing().to_string(), "1000f 130008f");
/// ```
///
/// `L` is the engine: the literal [`List`], or [`Indexed`](crate::Indexed), which does the same.
#[derive(Debug)]
pub struct Heap<S, L = List> {
    source: S,
    config: Config,
    blocks: L,
    /// Mapped blocks, oldest first (D3).
    mapped: List,
}

// SAFETY: the blocks are memory of the source, which the heap alone links and which is the same
// for every thread; so the heap may move to where its source may.
unsafe impl<S: Send, L: BlockList> Send for Heap<S, L> {}

impl<S> Heap<S> {
    /// A heap that has not asked its source for anything yet, on the literal engine.
    pub const fn new(source: S, config: Config) -> Heap<S> {
        Heap::with_engine(source, config, List::new())
    }
}

impl<S, L> Heap<S, L> {
    /// A heap that has not asked its source for anything yet, on an engine without blocks.
    pub const fn with_engine(source: S, config: Config, blocks: L) -> Heap<S, L> {
        Heap {
            source,
            config,
            blocks,
            mapped: List::new(),
        }
    }

    /// Changes the numbers, before the first call.
    #[cfg(feature = "abi")]
    pub(crate) fn configure(&mut self, config: Config) {
        self.config = config;
    }
}

/// The four functions.
impl<S: Source, L: BlockList> Heap<S, L> {
    /// `os_malloc`: `bytes` of uninitialised memory (A1, A2).
    #[inline]
    pub fn malloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let block = self.allocate(bytes, self.config.mmap_threshold)?;
        Some(block.payload())
    }

    /// `os_calloc`: `count * bytes` of zeroes (A3, A4, A5).
    #[inline]
    pub fn calloc(&mut self, count: usize, bytes: usize) -> Option<NonNull<u8>> {
        let bytes = count.checked_mul(bytes)?;
        let block = self.allocate(bytes, self.config.page_size)?;
        // A new mapping is zero already.
        if block.status() == STATUS_ALLOC {
            // SAFETY: the payload has `bytes` bytes at least and no other code has it yet.
            unsafe { block.payload().write_bytes(0, bytes) };
        }
        Some(block.payload())
    }

    /// `os_free`: the heap block becomes free, the mapped block is unmapped (A6, A7, A8).
    ///
    /// # Safety
    ///
    /// `payload` is `None`, or was returned by this heap and not unmapped or merged since then;
    /// no code uses its bytes any more.
    #[inline]
    pub unsafe fn free(&mut self, payload: Option<NonNull<u8>>) {
        let Some(payload) = payload else {
            return;
        };
        // SAFETY: the caller promises that this is a payload of this heap.
        let block = unsafe { Block::from_payload(payload) };
        // The failure cannot be reported; a mapping that stays is a block that stays (E3).
        let _ = self.release(block);
    }

    /// `os_realloc`: at least `bytes` bytes that begin with what the payload holds (A9 to A17).
    ///
    /// # Safety
    ///
    /// As for [`Heap::free`]; when the result is `Some`, the old payload is gone.
    pub unsafe fn realloc(
        &mut self,
        payload: Option<NonNull<u8>>,
        bytes: usize,
    ) -> Option<NonNull<u8>> {
        let Some(old) = payload else {
            return self.malloc(bytes); // A9
        };
        if bytes == 0 {
            // SAFETY: the caller's promise is the same.
            unsafe { self.free(payload) }; // A9
            return None;
        }
        let chunk = total(bytes)?;
        // SAFETY: the caller promises that this is a payload of this heap.
        let block = unsafe { Block::from_payload(old) };
        let block = match block.status() {
            STATUS_MAPPED => self.relocate(block, bytes), // A17
            STATUS_ALLOC if chunk >= self.config.mmap_threshold => self.relocate(block, bytes), // A13
            STATUS_ALLOC => self.resize(block, bytes),
            _ => None, // A10
        }?;
        Some(block.payload())
    }
}

/// What the four functions have in common.
impl<S: Source, L: BlockList> Heap<S, L> {
    /// A block from the heap, or a mapping when its chunk reaches the threshold.
    #[inline(always)]
    fn allocate(&mut self, bytes: usize, threshold: usize) -> Option<Block> {
        if bytes == 0 {
            return None; // A1, A3
        }
        let chunk = total(bytes)?;
        let block = if chunk < threshold {
            self.take(chunk - META)
        } else {
            self.map(chunk)
        };
        block.ok()
    }

    /// A block of the heap: the best fit, or else new memory (C1 to C7).
    #[inline(always)]
    fn take(&mut self, size: usize) -> Result<Block, Refused> {
        match self.blocks.take_best_fit(size) {
            Some(block) => Ok(block),
            None => self.take_more(size),
        }
    }

    /// A block of new memory.
    #[cold]
    fn take_more(&mut self, size: usize) -> Result<Block, Refused> {
        if self.blocks.list().first().is_none() {
            self.preallocate()?;
            if let Some(block) = self.blocks.take_best_fit(size) {
                return Ok(block);
            }
        }
        let block = self.grow(size)?;
        self.blocks.take(block, size);
        Ok(block)
    }

    /// Frees a heap block, or unmaps a mapped one. Freeing twice changes nothing.
    #[inline]
    fn release(&mut self, block: Block) -> Result<(), Refused> {
        match block.status() {
            STATUS_MAPPED => self.unmap(block),
            STATUS_ALLOC => {
                self.blocks.give_back(block);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Makes a block of the heap larger or smaller, in place if possible (A12, A14, A15, A16).
    fn resize(&mut self, block: Block, bytes: usize) -> Option<Block> {
        let size = align(bytes)?;
        if block.size() < size && self.ends_at_break(block).ok()? {
            self.extend(block, size - block.size()).ok()?; // A14
            return Some(block);
        }
        self.blocks.absorb_until(block, size); // A15
        if block.size() < size {
            return self.relocate(block, bytes); // A16
        }
        self.blocks.split(block, size); // A12, A15
        Some(block)
    }

    /// Moves a block's contents to a new block, as `os_malloc` gives it (A13, A16, A17).
    ///
    /// The old block stays allocated until the copy is done, so that the two never overlap.
    fn relocate(&mut self, old: Block, bytes: usize) -> Option<Block> {
        let new = self.allocate(bytes, self.config.mmap_threshold)?;
        let kept = bytes.min(old.size()); // A11
        // SAFETY: both payloads have `kept` bytes, and two allocated blocks do not overlap.
        unsafe { new.payload().copy_from_nonoverlapping(old.payload(), kept) };
        if self.release(old).is_err() {
            // NULL promises that the old block is still there, and it is: drop the new one (E3).
            let _ = self.release(new);
            return None;
        }
        Some(new)
    }
}

/// The break.
impl<S: Source, L: BlockList> Heap<S, L> {
    /// The first growth: one free block (C1).
    fn preallocate(&mut self) -> Result<(), Refused> {
        let chunk = align_down(self.config.preallocation);
        if chunk < META + ALIGNMENT {
            return Ok(());
        }
        self.append(chunk - META).map(drop)
    }

    /// A free block of at least `size` bytes at the end of the heap (C7).
    fn grow(&mut self, size: usize) -> Result<Block, Refused> {
        match self.blocks.list().last() {
            Some(last) if last.is_free() && self.ends_at_break(last)? => {
                self.extend(last, size - last.size())?;
                Ok(last)
            }
            _ => self.append(size),
        }
    }

    /// Whether the block is the heap's last one and no gap lies between it and the break (E5).
    fn ends_at_break(&mut self, block: Block) -> Result<bool, Refused> {
        if self.blocks.list().last() != Some(block) {
            return Ok(false);
        }
        Ok(self.source.current_break()? == block.end())
    }

    /// Makes the last block, which ends at the break, larger by `missing` bytes.
    fn extend(&mut self, last: Block, missing: usize) -> Result<(), Refused> {
        self.source.move_break(last.end(), missing)?;
        self.blocks.extend_last(last, missing);
        Ok(())
    }

    /// A new free block of `size` bytes at the break.
    fn append(&mut self, size: usize) -> Result<Block, Refused> {
        let start = self.source.current_break()?;
        // Below the last block's end the memory of blocks was taken away: no way to go on (E5).
        if self
            .blocks
            .list()
            .last()
            .is_some_and(|last| start < last.end())
        {
            return Err(Refused);
        }
        // Other code may have left the break anywhere; a header needs a multiple of 8 (A18).
        let padding = align_down(start.addr().get() + ALIGNMENT - 1) - start.addr().get();
        let bytes = size.checked_add(META + padding).ok_or(Refused)?;
        self.source.move_break(start, bytes)?;
        // SAFETY: the padding is part of the memory that the break has just passed.
        let header = unsafe { start.add(padding) };
        // SAFETY: `header` is aligned, and META + `size` fresh bytes follow it.
        let block = unsafe { Block::create(header, size, STATUS_FREE) };
        self.blocks.append(block);
        Ok(block)
    }
}

/// Mappings.
impl<S: Source, L: BlockList> Heap<S, L> {
    /// A mapping of its own for one block (D1, D2).
    #[cold]
    fn map(&mut self, chunk: usize) -> Result<Block, Refused> {
        let start = self.source.map(chunk)?;
        // SAFETY: a mapping is page-aligned, and `chunk` is META plus the payload.
        let block = unsafe { Block::create(start, chunk - META, STATUS_MAPPED) };
        self.mapped.append(block);
        Ok(block)
    }

    /// Gives a mapping back, whole (A8, D2).
    #[cold]
    fn unmap(&mut self, block: Block) -> Result<(), Refused> {
        self.mapped.remove(block);
        // SAFETY: the mapping was made with this start and length, and its block is released.
        let unmapped = unsafe { self.source.unmap(block.start(), META + block.size()) };
        if unmapped.is_err() {
            self.mapped.append(block);
        }
        unmapped
    }
}

/// Looking at the heap.
impl<S: Source, L: BlockList> Heap<S, L> {
    /// The blocks between the heap's start and the break, in address order.
    pub fn blocks(&self) -> Blocks<'_> {
        Blocks::of(self.blocks.list())
    }

    /// The mapped blocks.
    pub fn mapped_blocks(&self) -> Blocks<'_> {
        Blocks::of(&self.mapped)
    }

    /// The heap's blocks as text, such as `1000u 130008f`.
    pub fn listing(&self) -> Listing<'_> {
        Listing::of(self.blocks.list())
    }

    /// The heap or mapped block that has this payload, found without reading before it.
    pub fn find(&self, payload: NonNull<u8>) -> Option<BlockInfo> {
        let mut all = self.blocks().chain(self.mapped_blocks());
        all.find(|block| block.payload == payload)
    }

    /// Checks that the heap's blocks are sound.
    ///
    /// # Errors
    ///
    /// The first [`Defect`].
    pub fn validate(&mut self) -> Result<(), Defect> {
        match self.source.current_break() {
            Ok(end) => inspect::validate(self.blocks.list(), end),
            Err(Refused) => Ok(()),
        }
    }

    /// The source of memory. It cannot be exchanged: the blocks are its memory.
    pub fn source(&self) -> &S {
        &self.source
    }
}
