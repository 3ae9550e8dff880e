//! The state of an allocator between two calls: the blocks of the heap, the break, and the
//! mappings. Offsets count from the start of the heap; there are no addresses.

use super::blocks::{Block, Blocks};
use crate::types::{MappingNumber, Place, Pointer, Profile, State as Status};

/// The heap and the mappings, as the headers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The heap.
    pub heap: Heap,
    /// All mappings of the run that were made for blocks, in the order of their numbers.
    pub mappings: Vec<Mapping>,
    /// How many mappings the run has made; the next one is numbered one more.
    pub mapped: u32,
}

/// The heap blocks and the room around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heap {
    /// In address order.
    pub blocks: Blocks,
    /// The break.
    pub end: u64,
    /// Where the break was moved by other code (E5): `start..end`, in address order.
    pub gaps: Vec<(u64, u64)>,
    /// Whether the heap has been preallocated (C1).
    pub started: bool,
    /// Whether no other function than `os_calloc` has taken a block from it.
    pub calloc_only: bool,
}

/// A mapping that was made for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its number, `M1` and so on.
    pub number: MappingNumber,
    /// Bytes that were asked of `mmap`.
    pub length: u64,
    /// Payload bytes, as its header says.
    pub size: u64,
    /// Payload bytes that were asked for.
    pub asked: u64,
    /// The status that its header says.
    pub status: Status,
    /// Whether it has not been unmapped.
    pub live: bool,
}

/// A call with its pointer looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// `os_malloc(size)`.
    Malloc {
        /// Bytes.
        size: u64,
    },
    /// `os_calloc(count, size)`.
    Calloc {
        /// Members.
        count: u64,
        /// Bytes of each.
        size: u64,
    },
    /// `os_realloc(target, size)`.
    Realloc {
        /// The block.
        target: Place,
        /// Bytes.
        size: u64,
    },
    /// `os_free(target)`.
    Free {
        /// The block.
        target: Place,
    },
    /// Other code moves the break.
    MoveBreak {
        /// Bytes upwards.
        bytes: u64,
    },
}

impl Request {
    /// The call with its pointer looked up by `place`.
    pub fn of(call: &crate::types::Call, place: impl Fn(Pointer) -> Place) -> Self {
        use crate::types::Call;
        match *call {
            Call::Malloc { size } => Self::Malloc { size },
            Call::Calloc { count, size } => Self::Calloc { count, size },
            Call::Realloc { pointer, size } => Self::Realloc {
                target: place(pointer),
                size,
            },
            Call::Free { pointer } => Self::Free {
                target: place(pointer),
            },
            Call::MoveBreak { bytes } => Self::MoveBreak { bytes },
        }
    }
}

impl State {
    /// Before the first call.
    #[must_use]
    pub fn new(header: u64) -> Self {
        Self {
            heap: Heap {
                blocks: Blocks::new(header),
                end: 0,
                gaps: Vec::new(),
                started: false,
                calloc_only: true,
            },
            mappings: Vec::new(),
            mapped: 0,
        }
    }

    /// The live mapping of this number.
    #[must_use]
    pub fn mapping(&self, number: MappingNumber) -> Option<&Mapping> {
        let mut live = self.mappings.iter().filter(|mapping| mapping.live);
        live.find(|mapping| mapping.number == number)
    }
}

impl Heap {
    /// Bytes of a header.
    #[must_use]
    pub const fn header(&self) -> u64 {
        self.blocks.header()
    }

    /// The index of the block whose header is at `start`.
    #[must_use]
    pub fn at(&self, start: u64) -> Option<usize> {
        self.blocks.at(start)
    }

    /// The same heap, with each block extended to the next one if the bytes between them are too few
    /// for a block. `None` if the heap stays the same.
    pub(crate) fn with_whole_rooms(&self, profile: &Profile) -> Option<Self> {
        let mut heap = None;
        for (at, block) in self.blocks.iter().enumerate() {
            let end = self.blocks.end_of(at);
            let next = self.blocks.get(at + 1).map_or(self.end, |next| next.start);
            let few = end < next && next - end < profile.smallest_chunk();
            if few && !self.has_gap(end, next) {
                let whole: &mut Self = heap.get_or_insert_with(|| self.clone());
                whole.blocks[at].size = next - block.start - profile.header;
            }
        }
        heap
    }

    /// Whether the break was moved by other code between the two offsets.
    #[must_use]
    pub fn has_gap(&self, from: u64, to: u64) -> bool {
        self.gaps
            .iter()
            .any(|&(start, end)| from <= start && end <= to)
    }

    /// Whether the next block on the list is a neighbour: no memory of other code lies in between
    /// (E5). Bytes that the allocator itself has lost do not separate its blocks.
    #[must_use]
    pub fn adjoins(&self, index: usize) -> bool {
        let Some(next) = self.blocks.get(index + 1) else {
            return false;
        };
        let block = self.blocks[index];
        self.gaps.is_empty() || !self.has_gap(block.start, next.start)
    }

    /// Whether the block is the last one before the break.
    #[must_use]
    pub fn is_last(&self, index: usize) -> bool {
        let last = index + 1 == self.blocks.len();
        last && (self.gaps.is_empty() || !self.has_gap(self.blocks[index].start, self.end))
    }

    /// Whether the next block is a free neighbour.
    #[must_use]
    pub fn next_is_free(&self, index: usize) -> bool {
        self.blocks.get(index + 1).is_some_and(|next| next.free) && self.adjoins(index)
    }

    /// The size that the block would have with all free neighbours that follow it.
    #[must_use]
    pub fn reach(&self, index: usize, header: u64) -> u64 {
        let mut size = self.blocks[index].size;
        let mut last = index;
        while self.next_is_free(last) {
            last += 1;
            size += header + self.blocks[last].size;
        }
        size
    }

    /// Joins a free block with its free neighbours: the next, the one before, or both.
    pub fn join_around(&mut self, start: u64, forward: bool, backward: bool) {
        let header = self.header();
        let Some(at) = self.at(start).filter(|at| self.blocks[*at].free) else {
            return;
        };
        let join = |heap: &mut Self, at: usize| {
            let next = heap.blocks.remove(at + 1);
            let block = &mut heap.blocks[at];
            block.size += header + next.size;
            block.said = block.size;
        };
        if forward && self.next_is_free(at) {
            join(self, at);
        }
        if backward && at > 0 && self.blocks[at - 1].free && self.adjoins(at - 1) {
            join(self, at - 1);
        }
    }

    /// The blocks as goldens show them.
    #[must_use]
    pub fn layout(&self) -> Vec<crate::types::Block> {
        let blocks = self.blocks.iter();
        let block = |block: &Block| crate::types::Block {
            size: block.size,
            state: if block.free {
                Status::Free
            } else {
                Status::Used
            },
        };
        blocks.map(block).collect()
    }

    /// The blocks with each run of adjacent free ones taken as one (V4).
    pub fn merged(&self, header: u64) -> Vec<Block> {
        let mut merged: Vec<Block> = Vec::with_capacity(self.blocks.len());
        for (index, block) in self.blocks.iter().enumerate() {
            match merged.last_mut() {
                Some(last) if last.free && block.free && self.adjoins(index - 1) => {
                    last.size += header + block.size;
                    last.said = last.said.wrapping_add(header).wrapping_add(block.said);
                }
                _ => merged.push(*block),
            }
        }
        merged
    }
}
