//! The literal engine: find the best fit, split, coalesce, by walking the list.
//!
//! This is the small clear one, the one to read: it does what the clauses say, in their words,
//! and each search walks the whole heap. The indexed engine does the same to every byte, faster;
//! tests hold it to what this file does.
//!
//! Refuses to know about sizes of requests, thresholds or the system: it keeps blocks in order
//! and says which one fits.

use super::block::{Block, STATUS_ALLOC, STATUS_FREE};
use super::engine::{BlockList, Engine};
use super::list::List;

impl BlockList for List {}

impl Engine for List {
    fn list(&self) -> &List {
        self
    }

    fn append(&mut self, block: Block) {
        self.push(block);
    }

    fn extend_last(&mut self, last: Block, bytes: usize) {
        last.set_size(last.size() + bytes);
    }

    fn take_best_fit(&mut self, size: usize) -> Option<Block> {
        coalesce(self);
        let block = best_fit(self, size)?;
        self.take(block, size);
        Some(block)
    }

    fn take(&mut self, block: Block, size: usize) {
        block.set_status(STATUS_ALLOC);
        self.cut(block, size);
    }

    fn give_back(&mut self, block: Block) {
        block.set_status(STATUS_FREE);
    }

    fn split(&mut self, block: Block, size: usize) {
        self.cut(block, size);
    }

    fn absorb_until(&mut self, block: Block, size: usize) {
        while block.size() < size && absorb_next(self, block) {}
    }
}

/// Merges all adjacent free blocks (C3).
fn coalesce(list: &mut List) {
    let mut cursor = list.first();
    while let Some(block) = cursor {
        if block.is_free() {
            while absorb_next(list, block) {}
        }
        cursor = block.next();
    }
}

/// The smallest free block of at least `size` bytes, of several the lowest one (C4).
fn best_fit(list: &List, size: usize) -> Option<Block> {
    let mut best: Option<Block> = None;
    for block in list.iter() {
        let fits = block.is_free() && block.size() >= size;
        if fits && best.is_none_or(|best| block.size() < best.size()) {
            best = Some(block);
        }
    }
    best
}

/// Merges the next block into this one, if it is free and no gap lies between (C3, E5).
fn absorb_next(list: &mut List, block: Block) -> bool {
    let next = block.next();
    let Some(next) = next.filter(|next| next.is_free() && next.start() == block.end()) else {
        return false;
    };
    list.absorb(block, next);
    true
}
