//! The words of the heap after a call, at every place that is or may be a header. How to read them
//! is decided later, from all calls together.

use super::{MappingNumber, Region};

/// Words that are kept of a place.
pub const WORDS: usize = 5;

/// A word that was an address in the heap is kept as its offset with this bit set.
pub const LINK: u64 = 1 << 62;

/// A word that was the address of a live mapping is kept as its number with this bit set.
pub const MAPPED: u64 = 1 << 61;

/// The words at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// In a raw transcript an address, in a transcript the bytes from the heap start.
    pub at: u64,
    /// What stood there.
    pub words: [u64; WORDS],
}

/// What is kept of the memory after a call. Offsets count from the heap start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// In order: where headers are, may be, or are pointed at.
    pub nodes: Vec<Node>,
    /// The parts of the heap, between which other code has moved the break (E5).
    pub regions: Vec<Region>,
    /// The break.
    pub end: u64,
    /// The words at the start of each live mapping.
    pub mappings: Vec<(MappingNumber, [u64; WORDS])>,
}

impl Memory {
    /// The words at an offset.
    pub fn words(&self, at: u64) -> Option<&[u64; WORDS]> {
        let found = self.nodes.binary_search_by_key(&at, |node| node.at);
        found.ok().map(|index| &self.nodes[index].words)
    }
}
