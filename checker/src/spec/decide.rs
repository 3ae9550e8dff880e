//! The decision points of the specification: where a known mistake can change what is decided.
//!
//! At each point the specification decides, from a [`Situation`]; a mistake is a change of that
//! decision. The specification itself knows no mistake.

use std::sync::OnceLock;

use super::blocks::Block;
use super::mistakes::Mistake;
use super::state::{Heap, Request};
use crate::types::Profile;

/// What a decision is about.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The constants.
    pub profile: &'a Profile,
    /// The heap at this moment.
    pub heap: &'a Heap,
    /// The call.
    pub request: Request,
    /// What the decision is part of.
    pub purpose: Purpose,
    /// Payload bytes that are asked for.
    pub size: u64,
    /// The same, rounded up as the clauses say.
    pub need: u64,
    /// The index of the block that it is about; one past the last where there is none.
    pub index: usize,
    /// Whether the heap has served no request yet.
    pub first: bool,
    /// Payload bytes of the block that `os_realloc` is given.
    pub had: u64,
    /// Where a block that is handed out comes from.
    pub handed: Handed,
    /// How many mappings were made before.
    pub mapped: u32,
    /// Whether one of them is live.
    pub has_mapping: bool,
}

/// Where a block that is handed out comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// A search has found it (C4).
    Found,
    /// It is the free last block, grown (C7).
    Extended,
    /// It was appended (C7).
    Appended,
    /// It has grown by merging (A15).
    Merged,
    /// It is a mapping.
    Mapped,
}

impl Situation<'_> {
    /// The block that it is about.
    pub(super) fn block(&self) -> Option<&Block> {
        self.heap.blocks.get(self.index)
    }

    /// Whether the chunk of what is asked for is exactly as large as the threshold.
    pub(super) fn is_at_threshold(&self) -> bool {
        self.profile.header + self.need == self.profile.mmap_threshold
    }

    /// The free blocks that are large enough, in address order.
    pub(super) fn fitting(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let blocks = &self.heap.blocks;
        (0..blocks.len()).filter(|&at| blocks[at].free && blocks[at].size >= self.need)
    }

    /// The size of the block at an index.
    pub(super) fn size_of(&self, index: usize) -> u64 {
        self.heap.blocks[index].size
    }

    /// Bytes of the block that are left over.
    pub(super) fn rest(&self) -> u64 {
        self.block()
            .map_or(0, |block| block.size.saturating_sub(self.need))
    }

    /// Whether the new block is for a reallocation that moves.
    pub(super) fn moves(&self) -> bool {
        matches!(self.purpose, Purpose::Move | Purpose::MoveMapped)
    }

    /// The size without its last bits, as many as pages have.
    pub(super) const fn pages(&self, bytes: u64) -> u64 {
        self.profile.whole_pages(bytes)
    }
}

/// What a block is looked for, split or given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `os_malloc`, `os_realloc(NULL, n)`.
    Malloc,
    /// `os_calloc`.
    Calloc,
    /// The new block of a heap block that moves.
    Move,
    /// The new block of a mapped one.
    MoveMapped,
    /// `os_realloc` to a size that fits (A12).
    Shrink,
    /// `os_realloc` that grows in place (A14, A15).
    Grow,
    /// `os_free`.
    Free,
}

/// How a reallocation of a used heap block goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A12.
    Keep,
    /// A14.
    GrowLast,
    /// A15.
    Merge,
    /// A13 and A16.
    Move,
    /// NULL, and nothing else.
    Refuse,
    /// The same pointer, and nothing else.
    Ignore,
}

/// How blocks are coalesced before a search (C3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coalescing {
    /// All adjacent free blocks become one.
    All,
    /// Each free block is merged with the one after it, once.
    Pairs,
    /// Nothing.
    Nothing,
}

/// The result of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splitting {
    /// Payload bytes that the block keeps.
    pub keeps: u64,
    /// What the block's header says then.
    pub says: u64,
    /// The rest; `None` where its bytes are lost.
    pub rest: Option<Block>,
}

/// How the heap grows when nothing fits (C7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// The free last block grows by this many bytes of the break.
    Extend(u64),
    /// The break moves by the first; a block of the second, in payload bytes, is appended.
    Append(u64, u64),
    /// The last block, which is in use, grows by this many bytes of the break and is handed out again.
    Cover(u64),
    /// As the second; the new block is joined with the free one before it, if so, and split.
    Preallocate(u64, bool),
}

/// What `os_free` makes of a heap block (A7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeing {
    /// It becomes free.
    Mark,
    /// Nothing happens.
    Ignore,
    /// It is removed from the list without becoming part of another block.
    Unlink,
    /// It is removed from the list, and the break moves down by its chunk.
    LowerBreak,
}

/// A place where a system call may fail (E3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// The preallocation (C1).
    Preallocation,
    /// Growing the free last block (C7).
    Extension,
    /// Appending a block (C7).
    Append,
    /// Growing a used last block (A14).
    LastGrowth,
    /// A mapping of `os_malloc`.
    MallocMapping,
    /// A mapping of `os_calloc`.
    CallocMapping,
    /// A mapping of `os_realloc` of a live block.
    ReallocMapping,
    /// An unmapping.
    Unmapping,
    /// Not a system call: the sum of a size and the header, which may overflow.
    Size,
}

/// What is tried in a step: mistakes that are made, and whether to look for those that would have
/// decided otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch<'a> {
    pub(super) made: &'a [Mistake],
    /// The points at which they change something, a bit each.
    pub(super) points: u64,
    pub(super) looks: bool,
    pub(super) differing: Vec<Mistake>,
    /// Whether the size is one that no system can give.
    pub(super) huge: bool,
}

/// The points at which these mistakes change something, a bit each: those of no common point can be
/// made in any order.
#[must_use]
pub fn points(mistakes: &[Mistake]) -> u64 {
    static OF_EACH: OnceLock<Vec<u64>> = OnceLock::new();
    let of_each = OF_EACH.get_or_init(|| {
        let bits = |mistake: &Mistake| {
            let changes = mistake.changes().iter();
            changes.fold(0, |points, change| points | 1 << change.point() as u64)
        };
        Mistake::ALL.iter().map(bits).collect()
    });
    let each = mistakes.iter().map(|mistake| of_each[*mistake as usize]);
    each.fold(0, |points, more| points | more)
}

/// Decides at a point: what the clauses say, changed by the mistakes that are made.
macro_rules! decide {
    ($watch:expr, $point:ident, $situation:expr, $canonical:expr) => {{
        let canonical = $canonical;
        let point = $crate::spec::mistakes::Point::$point;
        if !$watch.huge && ($watch.looks || $watch.points >> point as u64 & 1 == 1) {
            let situation = $situation;
            if $watch.looks {
                for &(mistake, ref change) in $crate::spec::mistakes::at(point) {
                    if let $crate::spec::mistakes::Change::$point(change) = change
                        && change(&situation, canonical) != canonical
                        && !$watch.differing.contains(&mistake)
                    {
                        $watch.differing.push(mistake);
                    }
                }
            }
            let mut decision = canonical;
            for mistake in $watch.made {
                for change in mistake.changes() {
                    if let $crate::spec::mistakes::Change::$point(change) = change {
                        decision = change(&situation, decision);
                    }
                }
            }
            decision
        } else {
            canonical
        }
    }};
}
pub(super) use decide;
