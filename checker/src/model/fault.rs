//! The catalogue of known mistakes: each changes the simulation in one place.

use crate::types::{Clause, Finding};

macro_rules! faults {
    ($($name:ident $clause:ident $sentence:literal $hint:literal;)*) => {
        /// A mistake that submissions are known to make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Fault {
            $(#[doc = $sentence] $name,)*
        }

        impl Fault {
            /// The whole catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in reports for machines.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The clause that it violates.
            #[must_use]
            pub const fn clause(self) -> Clause {
                match self { $(Self::$name => Clause::$clause),* }
            }

            /// What the submission does, as the end of a sentence that starts with "it".
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }

            /// Where to look, without saying what to write.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint),* }
            }
        }
    };
}

faults! {
    NoPreallocation C1 "never preallocates the heap"
        "compare the first move of the break with what the assignment says of the first heap allocation";
    PreallocationNotSplit C1 "hands out the whole preallocated block to the first request"
        "what should be left of the preallocated block after a small first request?";
    PreallocatesAgain C7 "grows the heap by the preallocation every time"
        "the preallocation happens once; look at what each later growth asks for";
    GrowsByPages C7 "rounds each growth of the heap up to whole pages"
        "compare the argument of the second sbrk with the bytes that are missing";
    FirstFit C4 "takes the first block that is large enough"
        "draw the heap before the call: which free blocks would do, and which should be taken?";
    WorstFit C4 "takes the largest free block"
        "draw the heap before the call: which free blocks would do, and which should be taken?";
    LastOfEquals C4 "takes the last of several free blocks of the same size"
        "what does the search do when it meets a second block of the best size?";
    LastFit C4 "takes the last block that is large enough"
        "does the search stop at the first candidate, at the last, or at the best?";
    OnlyLastBlock C4 "looks for free space in the last block only"
        "which free blocks does the search visit?";
    FitCountsHeader C4 "finds a free block too small unless it has room for another header"
        "does the block that is reused need a second header? look at what the search compares";
    NeverSplits C6 "never splits a reused block"
        "what happens to the rest of a free block that is much larger than the request?";
    SplitsLastOnly C6 "splits a reused block only at the end of the heap"
        "reuse a large block in the middle of the heap for something small: what becomes of the rest?";
    SplitsTooSmall C6 "splits even when the rest has room for a header only"
        "what is the smallest rest that makes a useful block? try it on paper with 32 bytes";
    SplitsTooLate C6 "does not split when the rest has room for exactly a header and one unit"
        "look at the comparison that decides on a split, at its boundary";
    SplitsLargeRestOnly C6 "splits only when the rest is larger than the request"
        "which sizes does the decision on a split depend on?";
    RestLosesHeader C6 "forgets bytes when it splits: the rest is a header too small"
        "add up all headers and payloads after a split: do they reach the break?";
    TailDropped C6 "cuts a block to size but makes no block of the rest"
        "add up all headers and payloads after a split: do they reach the break?";
    NoAlignment A18 "does not round payload sizes up to the alignment"
        "where does the second block start when the first has 13 bytes?";
    NeverCoalesces C3 "never coalesces free blocks"
        "what becomes of two free blocks side by side when neither is large enough alone?";
    CoalescesPairs C3 "coalesces free blocks in pairs only"
        "what happens to three free blocks in a row?";
    CoalescesOnlyAtFree C2 "coalesces at os_free only, not before a search"
        "free blocks can appear side by side without os_free: which calls leave some behind?";
    CoalescesForwardOnly C3 "coalesces a freed block with the next one only"
        "free two neighbours in both orders and compare the heaps";
    CoalescesBackwardOnly C3 "coalesces a freed block with the previous one only"
        "free two neighbours in both orders and compare the heaps";
    CoalescesWhenNothingFits C2 "coalesces only after a search has failed"
        "the order of coalescing and searching matters: which comes first?";
    NoCoalescingBeforeMove C2 "does not coalesce before os_realloc looks for a new place"
        "does os_realloc look for its new block the same way as os_malloc does?";
    NoCoalescingInCalloc C2 "does not coalesce before os_calloc looks for a block"
        "does os_calloc look for its block the same way as os_malloc does?";
    CoalescingLosesHeader C3 "loses the header's bytes when it coalesces"
        "how many bytes does the first block gain when the second one's header disappears?";
    ReallocCoalescesFirst A15 "coalesces the whole heap at the start of os_realloc"
        "when does the assignment say that coalescing happens, and is growing in place a search?";
    FreeLastNotGrown C7 "appends a block although the last one is free"
        "when nothing fits, what can be done with a free block at the end of the heap?";
    FreeLastGrownByWhole C7 "grows a free last block by the whole size instead of the missing bytes"
        "how many bytes does the last block already have?";
    ThresholdDecimal A2 "takes 128 KiB for 128000 bytes"
        "how many bytes is a KiB?";
    ThresholdBeyond A2 "maps only what is larger than the threshold by itself"
        "try sizes around the threshold, with and without the header";
    NeverMaps A2 "never maps: large requests come from the heap"
        "which requests should not touch the break at all?";
    MallocUsesPage A2 "maps os_malloc from a page on, as os_calloc does"
        "which threshold belongs to which function?";
    CallocUsesMallocThreshold A4 "uses the threshold of os_malloc in os_calloc"
        "which threshold belongs to which function?";
    CallocThresholdWithoutHeader A4 "leaves out the header when it compares os_calloc's size with a page"
        "what takes part in the comparison: the payload, or the whole chunk?";
    CallocNotZeroed A4 "does not zero all of the memory that os_calloc reuses"
        "which memory is zero by itself, and which is not?";
    CallocZeroServed A3 "serves os_calloc of zero bytes"
        "what should os_calloc return when either argument is zero?";
    ZeroServed A1 "serves os_malloc(0)"
        "what should os_malloc(0) return?";
    FreeDoesNothing A7 "does not mark a freed heap block free"
        "what does the header say after os_free?";
    BreakMovedDown A7 "moves the break down when the last block is freed"
        "does a freed heap block go back to the system?";
    MappedNeverUnmapped A8 "never unmaps a mapped block"
        "what should os_free do with a block that came from mmap?";
    UnmapsPayloadOnly A8 "unmaps without the header's bytes"
        "compare the length given to munmap with the one given to mmap";
    UnmapsFromPayload A8 "unmaps from the payload on instead of from the header"
        "where does the mapping start, and where does the payload?";
    MapsWholePages D1 "rounds the length of a mapping up to whole pages"
        "compare the length given to mmap with the size of the chunk";
    MapsPayloadOnly D1 "maps without room for the header"
        "does the mapping hold both the header and the payload?";
    ReallocNullRefused A9 "returns NULL for os_realloc(NULL, n)"
        "what is os_realloc of no block?";
    ReallocZeroKeeps A9 "does not free the block at os_realloc(p, 0)"
        "what is os_realloc to no bytes?";
    ReallocOfFreeServed A10 "serves os_realloc of a free block"
        "which status should os_realloc check before it does anything?";
    ReallocLosesContent A11 "does not copy the whole payload when os_realloc moves a block"
        "how many bytes of the old block must be in the new one?";
    ReallocAlwaysMoves A12 "moves the block at every os_realloc"
        "when can the address stay as it is?";
    ReallocNeverGrows A14 "never grows a block in place"
        "when can a block grow without moving?";
    ShrinkDoesNotSplit A12 "does not split off the tail when a block shrinks"
        "what becomes of the bytes that os_realloc gives up?";
    ShrinkMergesTail A12 "merges the tail of a shrunk block with the next free block at once"
        "when does the assignment say that coalescing happens?";
    LargeReallocStays A13 "keeps a heap block in the heap however large it gets"
        "does the threshold apply to os_realloc?";
    LastNotGrown A14 "does not grow the last block in place"
        "what can os_realloc do with a block that ends at the break?";
    LastGrownByWhole A14 "grows the last block by the whole size instead of the missing bytes"
        "how many bytes does the block already have?";
    LastGrownWhenNothingFits A14 "looks for a free block before it grows the last block in place"
        "which comes first for the last block: growing or searching?";
    NextNotMerged A15 "does not merge the free block behind when a block grows"
        "what lies behind the block that grows?";
    MergesAllFollowing A15 "merges all free blocks behind a growing block at once"
        "when is the block large enough to stop?";
    MergesOnlyOne A15 "merges one free block at most when a block grows"
        "what if the first free block behind is not enough but the second would be?";
    MergesOnlyWhenEnough A15 "merges the free blocks behind only when together they are enough"
        "what does the assignment say of merged blocks that turn out too small?";
    MergedNotSplit A15 "does not split a block that has grown by merging"
        "what becomes of what is left of the merged block?";
    GrowsAfterMerging A16 "moves the break for a block that reached the end of the heap by merging"
        "was the block the last one when os_realloc began?";
    FreesBeforeMove A16 "frees the old block before it looks for the new one"
        "may the new block overlap the old one?";
    MovesIntoTooSmall A16 "moves a block into a free block that is too small"
        "what does the search for the new place compare with what?";
    OldNotFreed A16 "does not free the old heap block after a move"
        "what happens to the old block when os_realloc has copied it?";
    MappedKept A17 "keeps a mapping in place when it is large enough"
        "does the assignment make an exception for mapped blocks that shrink?";
    OldNotUnmapped A17 "does not unmap the old mapping after a move"
        "what happens to the old mapping when os_realloc has copied it?";
}

impl Fault {
    /// Whether nobody can tell the heap's blocks once the mistake was made. It explains any layout,
    /// and so it explains much that has another reason.
    #[must_use]
    pub const fn blurs(self) -> bool {
        matches!(
            self,
            Self::RestLosesHeader | Self::TailDropped | Self::CoalescingLosesHeader
        )
    }

    /// Whether the mistake can leave memory in the state that the finding describes, while the
    /// simulation still knows what follows.
    #[must_use]
    pub const fn excuses(self, finding: &Finding) -> bool {
        match self {
            Self::CallocNotZeroed => matches!(finding, Finding::NotZero { .. }),
            Self::ReallocLosesContent => matches!(finding, Finding::NotKept { .. }),
            // The old block stays free when the system has no memory for the new one.
            Self::FreesBeforeMove => {
                matches!(finding, Finding::NotKept { .. } | Finding::Header { .. })
            }
            // A dead block can still be resized, into one that is live.
            Self::FreeDoesNothing => matches!(finding, Finding::PayloadChanged { .. }),
            Self::RestLosesHeader
            | Self::TailDropped
            | Self::CoalescingLosesHeader
            | Self::UnmapsFromPayload => {
                matches!(finding, Finding::Links { .. } | Finding::Header { .. })
            }
            Self::MappedKept => matches!(finding, Finding::Header { .. }),
            Self::NoAlignment => true,
            _ => false,
        }
    }
}

/// A set of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct FaultSet(u128);

const _: () = assert!(Fault::ALL.len() <= 128);

impl FaultSet {
    /// An allocator without mistakes.
    pub const NONE: Self = Self(0);

    /// One mistake.
    #[must_use]
    pub const fn of(fault: Fault) -> Self {
        Self(1 << fault as u32)
    }

    /// The same and one more.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | Self::of(fault).0)
    }

    /// Whether the mistake is in the set.
    #[must_use]
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u32) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether one of them can leave memory in the state that the finding describes.
    #[must_use]
    pub fn excuses(self, finding: &Finding) -> bool {
        !self.is_empty() && self.iter().any(|fault| fault.excuses(finding))
    }

    /// Its faults in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL
            .iter()
            .copied()
            .filter(move |fault| self.has(*fault))
    }
}
