//! Why something is wrong, before it is put into words.

use crate::types::{Block, Place};

/// A block with the bytes from the heap start to its header.
pub(super) type Placed = (u64, Block);

/// Why something is wrong; the numbers that the sentence needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The break moved in a call that maps.
    BreakMovedForMapping {
        /// By so many bytes.
        by: i64,
    },
    NoPreallocation {
        seen: Option<i64>,
    },
    MappedInsteadOfHeap,
    HeapInsteadOfMapping,
    WrongMapRequest {
        expected: u64,
        seen: u64,
    },
    NotUnmapped,
    WrongUnmap {
        expected: u64,
        seen: u64,
        start: Place,
    },
    NeedlessUnmap,
    BreakMovedDown {
        by: u64,
    },
    BreakMovedThoughFits {
        block: Placed,
    },
    BreakMovedThoughCoalesced {
        block: Placed,
    },
    BreakMovedInPlace,
    BreakMovedForNothing {
        by: i64,
    },
    WrongGrowth {
        expected: i64,
        seen: i64,
    },
    NotGrown {
        expected: i64,
    },
    OtherSystemCalls,
    NotRefused,
    Refused,
    OtherBlock {
        seen: Placed,
        best: Placed,
    },
    NotCoalescedBlock {
        seen: u64,
        best: Placed,
    },
    MovedThough,
    StayedInPlace,
    OverlapsOld,
    OtherPlace,
    Undecodable {
        at: u64,
        reason: String,
    },
    Unlinked,
    NotSplit {
        block: Placed,
        seen: u64,
    },
    SplitTooSmall {
        block: Placed,
        seen: u64,
    },
    NotMarkedFree {
        start: u64,
        size: u64,
    },
    NotMarkedUsed {
        start: u64,
        size: u64,
    },
    NotCoalesced {
        start: u64,
        expected: u64,
        seen: u64,
    },
    CoalescedTooMuch {
        start: u64,
        expected: u64,
        seen: u64,
    },
    OtherLayout {
        start: u64,
    },
}
