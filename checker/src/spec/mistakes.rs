//! The known mistakes: each a change of one decision of the specification.
//!
//! An entry is a name, the clause that it breaks, what the submission does (the end of a sentence
//! that starts with "it"), a question for the student that says where to look and not what to
//! write, and the change. To add one, add an entry here and its sample in `ref_tests/mistakes`.

use std::sync::OnceLock;

use super::blocks::Block;
use super::decide::Coalescing::{Nothing, Pairs};
use super::decide::{
    Coalescing, Freeing, Growth, Handed, Purpose, Route, Site, Situation, Splitting,
};
use super::state::Request;
use crate::types::{Clause, MapRequest, Place, State as Status};

/// Bytes of a pointer.
const POINTER: u64 = size_of::<u64>() as u64;

macro_rules! points {
    ($($(#[$doc:meta])* $point:ident: $decision:ty;)*) => {
        /// A decision point.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Point {
            $($(#[$doc])* $point,)*
            /// The place of a system call whose result is not checked (E3).
            Unchecked,
        }

        /// A change of the decision at one point: from the situation and what was decided so far.
        #[derive(Clone, Copy, Debug)]
        pub enum Change {
            $($(#[$doc])* $point(fn(&Situation<'_>, $decision) -> $decision),)*
            /// The place of a system call whose result is not checked (E3).
            Unchecked(Site),
        }

        impl Change {
            /// The point that it belongs to.
            #[must_use]
            pub const fn point(&self) -> Point {
                match self {
                    $(Self::$point(_) => Point::$point,)*
                    Self::Unchecked(_) => Point::Unchecked,
                }
            }
        }
    };
}

points! {
    /// The rounded size.
    Need: u64;
    /// Whether a request is refused with NULL before anything is done (A1, A3, A9, A10).
    Refuses: bool;
    /// Whether the product of a calloc that overflows is noticed (A5).
    SeesOverflow: bool;
    /// Whether `os_free(NULL)` reads a header (A6).
    ReadsNull: bool;
    /// Whether a header is read whose mapping was unmapped in an earlier call (A8).
    ReadsUnmapped: bool;
    /// Whether a header is used after its mapping is gone (A8).
    TouchesUnmapped: bool;
    /// Whether the heap is preallocated before a mapping is made; canonically not (C1).
    PreallocatesToMap: bool;
    /// Whether the old block is freed when there is no memory for the new one (E3).
    FreesOnFailure: bool;
    /// Whether a request is mapped (A2, A4, A13, A17).
    Maps: bool;
    /// What is asked of `mmap` (D1).
    MapRequest: MapRequest;
    /// The status in a mapping's header.
    MapStatus: Status;
    /// Bytes of the preallocation; 0 for none (C1).
    Preallocation: u64;
    /// Whether a heap that is in use already is preallocated once more; canonically not (C1).
    BeginsAgain: bool;
    /// Coalescing before a search (C2, C3).
    Coalesces: Coalescing;
    /// Coalescing after a search has found nothing; canonically nothing.
    CoalescesLate: bool;
    /// The size of a block that has taken in the next (C3, A15).
    MergedSize: u64;
    /// Whether a block takes in the next one when free blocks are coalesced (C3, E5).
    Joins: bool;
    /// The block that a search takes (C4).
    Fit: Option<usize>;
    /// Whether a block is split (C6).
    Splits: bool;
    /// The result of a split.
    Rest: Splitting;
    /// What is made of a block whose rest is not split off.
    Unsplit: Splitting;
    /// How the heap grows (C7).
    Growth: Growth;
    /// Where an appended block begins (C7, E5).
    AppendsAt: u64;
    /// Whether a block that is handed out is marked used.
    MarksUsed: bool;
    /// Whether a block ends at the break.
    IsLast: bool;
    /// `os_free` of a heap block (A7).
    Frees: Freeing;
    /// Whether a mapping is unmapped (A8, A17).
    Unmaps: bool;
    /// The range that is unmapped: bytes from the mapping's start, and the length.
    UnmapRange: (u64, u64);
    /// What `os_realloc(p, 0)` does: whether it frees, whether it returns NULL (A9).
    ReallocZero: (bool, bool);
    /// The way of a reallocation of a used heap block.
    Route: Route;
    /// The way of one that has merged all it could and is still too small (A16, V6).
    AfterMerging: Route;
    /// Whether one more free block is merged (A15); `first` tells whether it is the first.
    MergesOn: bool;
    /// Bytes by which the break moves for the last block (A14).
    LastGrowth: u64;
    /// What the header of the grown last block says (A14, C7).
    GrownSays: u64;
    /// Whether the free block before a block that has merged takes it in; canonically not (A15).
    SpreadsBack: bool;
    /// Whether the old block of a move is freed before the search (A16).
    FreesFirst: bool;
    /// Whether the old block of a move is freed at all.
    FreesOld: bool;
    /// The way of a reallocation of a mapped block (A17).
    MappedRoute: Route;
    /// Bytes that are copied (A11).
    Copies: u64;
    /// Bytes that are zeroed (A4).
    Zeroes: u64;
    /// Whether memory beyond the block stays as it was (E4).
    StaysInside: bool;
}

/// What a mistake needs to show, if ordinary calls do not show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// A system call that fails.
    Failure,
    /// A move of the break by other code.
    ForeignBreak,
    /// A product that overflows.
    Overflow,
}

macro_rules! mistakes {
    ($($name:ident $clause:ident $sentence:literal $hint:literal => [$($change:expr),* $(,)?];)*) => {
        /// A mistake that submissions are known to make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Mistake {
            $(#[doc = $sentence] $name,)*
        }

        impl Mistake {
            /// The whole catalogue, in the order of the clauses' chapters.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name in rubrics and in reports for machines.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The clause that it breaks.
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

            /// The decisions that it changes.
            #[must_use]
            pub fn changes(self) -> &'static [Change] {
                match self {
                    $(Self::$name => {
                        const CHANGES: &[Change] = &[$($change),*];
                        CHANGES
                    })*
                }
            }
        }
    };
}

use Change::*;

mistakes! {
    NoPreallocation C1 "never preallocates the heap"
        "by how many bytes should the first heap allocation move the break?"
        => [Preallocation(|_, _| 0)];
    PreallocationNotSplit C1 "hands out the whole preallocated block to the first request"
        "what should be left of the preallocated block after a small first request?"
        => [Splits(|s, splits| splits && !s.first)];
    PreallocatesByRequest C1 "adds the first request to the preallocation"
        "how many bytes should the first move of the break be, whatever is asked for?"
        => [Preallocation(|s, bytes| bytes + s.profile.header + s.need)];
    MappingCountsAsStart C1 "does not preallocate the heap when a block was mapped before"
        "how does your code tell that the heap is used for the first time?"
        => [Preallocation(|s, bytes| if s.mapped > 0 { 0 } else { bytes })];
    PreallocationPlusHeader C1 "preallocates one header more than it should"
        "do the 128 KiB include the first header?"
        => [Preallocation(|s, bytes| bytes + s.profile.header)];
    PreallocationDecimal C1 "preallocates 128000 bytes"
        "how many bytes is a KiB?"
        => [Preallocation(|_, bytes| bytes / 1024 * 1000)];
    PreallocatesPage C1 "preallocates only a page"
        "how large should the first move of the break be?"
        => [Preallocation(|s, _| s.profile.page.max(s.profile.header + s.need))];
    PreallocationTailDropped C1 "makes no free block from the rest of the preallocation"
        "draw the heap after the first request: which header follows the first block?"
        => [Rest(|s, split| if s.first && s.takes() { split.without_rest() } else { split })];
    MallocPreallocatesAgain C1 "preallocates the heap once more when os_malloc uses it for the first time after os_calloc"
        "do all functions know that the heap is preallocated already?"
        => [BeginsAgain(|s, again| again || s.heap.calloc_only && s.purpose != Purpose::Calloc)];
    CallocTakesFirstPage C1 "gives a page of the preallocated block to a first os_calloc and loses the rest"
        "which size does the preallocated block have when os_calloc is the first to need the heap?"
        => [
            Splits(|s, splits| splits && !(s.first && s.purpose == Purpose::Calloc)),
            Unsplit(|s, kept| match s.first && s.purpose == Purpose::Calloc {
                true => kept.cut_to(s.need.max(s.profile.page - s.profile.header)),
                false => kept,
            }),
        ];
    PreallocatesForMapping C1 "preallocates the heap although the first request is mapped"
        "which requests need the heap?"
        => [PreallocatesToMap(|s, _| !s.heap.started)];
    CallocDoesNotPreallocate C1 "does not preallocate when os_calloc is the first to need the heap"
        "which functions can be the first to need the heap?"
        => [Preallocation(|s, bytes| if s.purpose == Purpose::Calloc { 0 } else { bytes })];
    PreallocatesAgain C7 "grows the heap by the preallocation every time"
        "the preallocation happens once: how many bytes should each later growth ask for?"
        => [Growth(|s, _| Growth::Preallocate(s.profile.preallocation.max(s.profile.header + s.need), true))];
    PreallocatesAgainApart C7 "grows the heap by the preallocation every time and does not merge it with a free last block"
        "the preallocation happens once: how many bytes should each later growth ask for?"
        => [Growth(|s, _| Growth::Preallocate(s.profile.preallocation.max(s.profile.header + s.need), false))];
    GrowthTailDropped C7 "grows the heap by the preallocation every time and loses the rest of it"
        "the preallocation happens once: how many bytes should each later growth ask for, and what happens to the rest?"
        => [Growth(|s, _| {
            let total = s.profile.header + s.need;
            Growth::Append(s.profile.preallocation.max(total), s.need)
        })];
    GrowsByPages C7 "rounds each growth of the heap up to whole pages"
        "compare the argument of the second sbrk with the bytes that are missing"
        => [
            Growth(|s, growth| match growth {
                Growth::Extend(bytes) => Growth::Extend(s.pages(bytes)),
                Growth::Append(bytes, _) => Growth::Append(s.pages(bytes), s.pages(bytes) - s.profile.header),
                Growth::Cover(_) | Growth::Preallocate(..) => growth,
            }),
        ];
    FreeLastNotGrown C7 "appends a new block although the last block is free"
        "when no free block is large enough, how can a free block at the end of the heap help?"
        => [Growth(|s, growth| match growth {
            Growth::Extend(_) => Growth::Append(s.profile.header + s.need, s.need),
            other => other,
        })];
    MappingHidesLast C7 "does not grow the last block when a mapped block comes after it on the list"
        "which block is the last one of the heap, when mapped blocks are on the list too?"
        => [
            Growth(|s, growth| match growth {
                Growth::Extend(_) if s.has_mapping => Growth::Append(s.profile.header + s.need, s.need),
                other => other,
            }),
            Route(|s, route| match route {
                Route::GrowLast if s.has_mapping => Route::Move,
                other => other,
            }),
        ];
    FreeLastGrownByWhole C7 "grows a free last block by the whole size instead of the missing bytes"
        "how many bytes does the last block already have?"
        => [Growth(|s, growth| match growth {
            Growth::Extend(_) => Growth::Extend(s.need),
            other => other,
        })];
    SizeNotUpdatedByExtension C7 "leaves the old size in the header of a free last block that it grows and returns"
        "which size should the header have after the block has grown?"
        => [GrownSays(|s, says| if s.purpose == Purpose::Grow { says } else { s.size_of(s.index) })];
    ExtensionPlusHeader C7 "grows a free last block by the missing bytes and one more header"
        "does a block that grows need a second header?"
        => [Growth(|s, growth| match growth {
            Growth::Extend(bytes) => Growth::Extend(bytes + s.profile.header),
            other => other,
        })];
    ExtendedLastStaysFree C7 "leaves a free last block marked free after it has grown and returned it"
        "which status does the last block have after it was grown for a request?"
        => [MarksUsed(|s, marked| marked && s.handed != Handed::Extended)];
    GrowsUsedLast C7 "grows the last block although it is in use, and returns it"
        "which status must the last block have before it may be grown for a request?"
        => [Growth(|s, growth| match (growth, s.heap.blocks.last()) {
            (Growth::Append(..), Some(last)) if !last.free && last.size < s.need => {
                Growth::Cover(s.need - last.size)
            }
            (other, _) => other,
        })];
    AppendPlusHeader C7 "appends a block that is one header too large"
        "how many bytes does a new block at the end of the heap take?"
        => [Growth(|s, growth| match growth {
            Growth::Append(bytes, size) => Growth::Append(bytes + s.profile.header, size + s.profile.header),
            other => other,
        })];
    AppendWithoutHeader C7 "moves the break for a new block without room for its header"
        "how many bytes does a new block at the end of the heap take?"
        => [Growth(|s, growth| match growth {
            Growth::Append(_, size) => Growth::Append(s.need, size),
            other => other,
        })];
    NeverReuses C5 "grows the heap although a free block is large enough"
        "which free blocks does the search visit before the break moves?"
        => [Fit(|s, found| if s.first { found } else { None })];
    ThresholdNotSearched C5 "grows the heap without a search when the chunk is exactly as large as the threshold"
        "do all comparisons with the threshold use the same operator?"
        => [
            Maps(|s, maps| maps && !(s.purpose == Purpose::Malloc && s.is_at_threshold())),
            Fit(|s, found| found.filter(|_| s.first || s.purpose != Purpose::Malloc || !s.is_at_threshold())),
        ];
    FirstFit C4 "takes the first block that is large enough"
        "draw the heap before the call: which free blocks are large enough, and which of them should be taken?"
        => [Fit(|s, _| s.fitting().next())];
    LastFit C4 "takes the last block that is large enough"
        "does the search stop at the first candidate, at the last, or at the best?"
        => [Fit(|s, _| s.fitting().next_back())];
    WorstFit C4 "takes the largest free block"
        "draw the heap before the call: which free blocks are large enough, and which of them should be taken?"
        => [Fit(|s, _| s.fitting().rev().max_by_key(|&at| s.size_of(at)))];
    LastOfEquals C4 "takes the last of several free blocks of the same size"
        "what does the search do when it meets a second block of the best size?"
        => [Fit(|s, _| s.fitting().rev().min_by_key(|&at| s.size_of(at)))];
    OnlyLastBlock C4 "looks for free space only in the last block"
        "which free blocks does the search visit?"
        => [Fit(|s, _| s.fitting().next_back().filter(|at| at + 1 == s.heap.blocks.len()))];
    FirstNeverSearched C4 "never takes the first block of the heap"
        "where does the search begin?"
        => [Fit(|s, found| match s.first {
            true => found,
            false => s.fitting().filter(|&at| at > 0).min_by_key(|&at| s.size_of(at)),
        })];
    FitCountsHeader C4 "takes a free block only if it has room for a second header"
        "does a reused block need a second header? look at the sizes that the search compares"
        => [Fit(|s, _| s.heap.blocks.best_fit(s.need + s.profile.header))];
    ExactFitRefused C4 "does not take a free block of exactly the requested size"
        "look at the comparison in the search: < or <=?"
        => [Fit(|s, _| s.heap.blocks.best_fit(s.need + 1))];
    LargeFreeIgnored C4 "never takes a free block of 128 KiB or more"
        "with which size does the search for the smallest block begin?"
        => [Fit(|s, found| found.filter(|&at| s.size_of(at) < s.profile.preallocation))];
    AcceptsTooSmall C4 "takes a free block that is too small"
        "what does the search compare the request with: the payload, or the block with its header?"
        => [Fit(|s, _| s.heap.blocks.best_fit(s.need.saturating_sub(s.profile.header)))];
    NeverSplits C6 "never splits a reused block"
        "what happens to the rest of a free block that is much larger than the request?"
        => [Splits(|s, splits| splits && !s.takes())];
    SplitsLastOnly C6 "splits a reused block only at the end of the heap"
        "reuse a large block in the middle of the heap for a small request: what happens to the rest?"
        => [Splits(|s, splits| splits && (s.index + 1 == s.heap.blocks.len() || !s.takes()))];
    SplitsTooSmall C6 "splits even when the rest has only room for a header"
        "what is the smallest rest that makes a useful block? try it on paper with 32 bytes"
        => [Splits(|s, _| s.block().is_some() && s.rest() >= s.profile.header)];
    SplitsTooLate C6 "does not split when the rest has room for exactly a header and one unit"
        "look at the comparison that decides on a split: > or >=?"
        => [Splits(|s, splits| splits && s.rest() > s.profile.smallest_chunk())];
    SplitsFromTwoHeaders C6 "splits only when the rest is at least two headers"
        "what is the smallest rest that makes a useful block?"
        => [Splits(|s, splits| splits && s.rest() >= 2 * s.profile.header)];
    SplitsLargeRestOnly C6 "splits only when the rest is larger than the request"
        "which sizes does the decision on a split depend on?"
        => [Splits(|s, splits| splits && (s.rest() > s.need || s.need < s.profile.smallest_chunk()))];
    RestLosesHeader C6 "makes the rest one header too small when it splits a block"
        "add up all headers and payloads after a split: do they reach the break?"
        => [Rest(|s, mut split| {
            if let Some(rest) = &mut split.rest {
                let size = rest.size.saturating_sub(s.profile.header);
                *rest = Block::new(rest.start, size, true);
            }
            split
        })];
    SplitsUnaligned A18 "splits a block directly after the bytes that are asked for, which are not rounded up"
        "where does the rest of a block begin when 13 bytes of it are asked for?"
        => [Rest(|s, mut split| {
            let short = s.need - s.size.min(s.need);
            if let Some(rest) = &mut split.rest {
                *rest = Block::new(rest.start - short, rest.size + short, true);
            }
            Splitting { keeps: s.size, says: s.size, ..split }
        })];
    RestEightShort C6 "makes the rest 8 bytes too small when it splits a block"
        "add up all headers and payloads after a split: do they reach the break?"
        => [Rest(|s, mut split| {
            if let Some(rest) = &mut split.rest {
                let size = rest.size.saturating_sub(s.profile.alignment);
                *rest = Block::new(rest.start, size, true);
            }
            split
        })];
    RestTooLarge C6 "counts the header of the rest in the size of the rest when it splits a block"
        "add up all headers and payloads after a split: do they go past the break?"
        => [Rest(|s, mut split| {
            if let Some(rest) = &mut split.rest {
                *rest = Block::new(rest.start, rest.size + s.profile.header, true);
            }
            split
        })];
    RestTooFar C6 "puts the header of the rest too far away, by the length of a header, when it splits a block"
        "where does the payload end, and where does the next header begin? look at the pointer arithmetic"
        => [Rest(|s, mut split| {
            if let Some(rest) = &mut split.rest {
                *rest = Block::new(rest.start + s.profile.header, rest.size, true);
            }
            split
        })];
    RestStaysUsed C6 "marks the rest of a split block as used"
        "which status does the rest have after a split?"
        => [Rest(|_, mut split| {
            if let Some(rest) = &mut split.rest {
                rest.free = false;
            }
            split
        })];
    TailStaysUsed C6 "marks the rest as used when os_realloc splits a block"
        "which status does the rest have after os_realloc has made a block smaller?"
        => [Rest(|s, mut split| {
            if let Some(rest) = &mut split.rest {
                rest.free &= s.takes();
            }
            split
        })];
    TailDropped C6 "makes a reused block smaller but makes no free block from the rest"
        "add up all headers and payloads after a split: do they reach the break?"
        => [Rest(|s, split| if s.takes() { split.without_rest() } else { split })];
    SplitSizeNotUpdated C6 "leaves the old size in the header of a block that it splits"
        "which two headers change when a block is split?"
        => [Rest(|s, split| s.says_as_before(split))];
    UnsplitLosesRest C6 "writes the requested size into the header of a block that it does not split: bytes are lost"
        "a block is a little larger than needed and is not split: which size stays in its header?"
        => [Unsplit(|s, kept| if s.takes() { kept.cut_to(s.need) } else { kept })];
    SizeSaysLess B1 "writes the requested size into the header of a block that it does not split, although the block has more room"
        "a block is a little larger than needed and is not split: which size stays in its header?"
        => [Unsplit(|s, mut kept| { kept.says = s.need; kept })];
    CallocNeverSplits C6 "does not split the block that os_calloc takes"
        "does os_calloc use a free block the same way as os_malloc does?"
        => [Splits(|s, splits| splits && s.purpose != Purpose::Calloc)];
    ShorterHeader B1 "has a header of 24 bytes: size, status, next"
        "which fields does struct block_meta have, and how many bytes do they take?"
        => [];
    LongerHeader B1 "has a header that is longer than 32 bytes"
        "which fields does struct block_meta have, and how many bytes do they take?"
        => [];
    TailWithoutHeader B2 "keeps the free space at the end of the heap without a header"
        "does every free block have a header, also the last one?"
        => [];
    SizesUnreliable B1 "writes sizes into headers that are not the sizes of the blocks"
        "compare each header's size with the distance to the next header"
        => [];
    NoAlignment A18 "does not round payload sizes up to the alignment"
        "where does the second block start when the first has 13 bytes?"
        => [Need(|s, _| s.size)];
    AlignsToFour A18 "rounds payload sizes up to a multiple of 4 only"
        "which addresses may a block start at?"
        => [Need(|s, _| s.size.next_multiple_of(4))];
    AlignsToSixteen A18 "rounds payload sizes up to a multiple of 16"
        "what is the alignment of the assignment?"
        => [
            Need(|s, need| need.next_multiple_of(2 * s.profile.alignment)),
            Maps(|s, maps| maps || s.reaches(s.need)),
        ];
    AlignsPastMultiple A18 "adds a unit of the alignment to payload sizes that are multiples of it"
        "what does your rounding make of a size that needs none?"
        => [
            Need(|s, _| (s.size / s.profile.alignment + 1) * s.profile.alignment),
            Maps(|s, maps| maps || s.reaches(s.need)),
        ];
    StatusNotSet B1 "leaves a reused block marked free"
        "which status should the header of a block have after os_malloc returns it?"
        => [MarksUsed(|s, marked| marked && (s.first || s.handed != Handed::Found))];
    NeverCoalesces C3 "never coalesces free blocks"
        "two free blocks lie side by side and neither is large enough alone: what should happen?"
        => [Coalesces(|_, _| Nothing)];
    CoalescesPairs C3 "coalesces free blocks only in pairs"
        "what happens to three free blocks in a row?"
        => [Coalesces(|_, how| if how == Nothing { how } else { Pairs })];
    CoalescesOnlyAtFree C2 "coalesces only in os_free, not before a search"
        "which calls other than os_free can leave two free blocks side by side?"
        => [Coalesces(|_, _| Nothing)];
    CoalescesForwardOnly C3 "coalesces a freed block only with the next block, in os_free"
        "free two neighbours in both orders and compare the heaps"
        => [Coalesces(|_, _| Nothing)];
    CoalescesBackwardOnly C3 "coalesces a freed block only with the previous block, in os_free"
        "free two neighbours in both orders and compare the heaps"
        => [Coalesces(|_, _| Nothing)];
    CoalescesWhenNothingFits C2 "coalesces only after a search has failed"
        "the order of coalescing and searching matters: which comes first?"
        => [Coalesces(|_, _| Nothing), CoalescesLate(|_, _| true)];
    NoCoalescingInMalloc C2 "does not coalesce before os_malloc searches for a block"
        "what should os_malloc do before it searches for a block?"
        => [Coalesces(|s, how| if s.purpose == Purpose::Malloc { Nothing } else { how })];
    NoCoalescingInCalloc C2 "does not coalesce before os_calloc searches for a block"
        "does os_calloc search for its block in the same way as os_malloc?"
        => [Coalesces(|s, how| if s.purpose == Purpose::Calloc { Nothing } else { how })];
    NoCoalescingBeforeMove C2 "does not coalesce before os_realloc searches for a new block"
        "does os_realloc search for its new block in the same way as os_malloc?"
        => [Coalesces(|s, how| if s.moves() { Nothing } else { how })];
    CoalescingLosesHeader C3 "does not add the size of the header when it coalesces two blocks"
        "how many bytes does the first block gain when the second one's header disappears?"
        => [MergedSize(|s, size| if s.purpose == Purpose::Free { size.saturating_sub(s.profile.header) } else { size })];
    SizeNotUpdatedByMerging C3 "removes the merged block from its list without adding the bytes"
        "which size should a block have after it was merged with its neighbour?"
        => [MergedSize(|s, size| if s.purpose == Purpose::Free { s.size_of(s.index) } else { size })];
    MergeCountsPointer C3 "adds the size of a pointer instead of the size of the header when it merges two blocks"
        "how many bytes does the first block gain when the second one's header disappears?"
        => [MergedSize(|s, size| size.saturating_sub(s.profile.header - POINTER))];
    MappingParts C3 "does not merge two blocks when a mapped block lies between them on the list"
        "do two neighbours in memory always follow each other on the list?"
        => [Joins(|s, joins| joins && !s.has_mapping), MergesOn(|s, on| on && !s.has_mapping)];
    MergesUsedBlock C3 "merges a free block with a used one"
        "which of the two blocks must be free before they are merged?"
        => [Joins(|s, joins| joins || s.heap.adjoins(s.index))];
    ThresholdDecimal A2 "counts a KiB of the threshold as 1000 bytes"
        "how many bytes is a KiB?"
        => [Maps(|s, maps| match s.purpose {
            Purpose::Calloc => maps,
            _ => s.size >= s.profile.first_mapped(s.profile.mmap_threshold / 1024 * 1000),
        })];
    ThresholdBeyond A2 "maps only when the size without the header is above the threshold"
        "try sizes around the threshold, with and without the header"
        => [Maps(|s, maps| match s.purpose {
            Purpose::Calloc => maps,
            _ => s.size > s.profile.mmap_threshold,
        })];
    SearchesBeforeMapping A2 "takes a free block of the heap for a size that must be mapped"
        "what does your code check first: the size, or the free blocks?"
        => [Maps(|s, maps| maps && s.heap.blocks.best_fit(s.size).is_none())];
    GrowsLastBeforeMapping A2 "grows a free last block of the heap for a size that must be mapped"
        "what does your code check first: the size, or the end of the heap?"
        => [Maps(|s, maps| maps && !s.heap.blocks.last().is_some_and(|last| last.free))];
    NeverMaps A2 "never maps: large requests come from the heap"
        "which requests should not move the break at all?"
        => [Maps(|_, _| false)];
    MallocUsesPage A2 "uses the threshold of os_calloc, a page, in os_malloc"
        "which threshold belongs to which function?"
        => [Maps(|s, maps| match s.purpose {
            Purpose::Malloc => s.size >= s.profile.first_mapped(s.profile.page),
            _ => maps,
        })];
    CallocUsesMallocThreshold A4 "uses the threshold of os_malloc in os_calloc"
        "which threshold belongs to which function?"
        => [Maps(|s, maps| match s.purpose {
            Purpose::Calloc => s.size >= s.profile.first_mapped(s.profile.mmap_threshold),
            _ => maps,
        })];
    CallocNeverMaps A4 "never maps in os_calloc"
        "from which size on does os_calloc map?"
        => [Maps(|s, maps| maps && s.purpose != Purpose::Calloc)];
    CallocThresholdWithoutHeader A4 "compares the size of os_calloc with a page without adding the header"
        "what should be compared: the payload, or the payload with its header?"
        => [Maps(|s, maps| match s.purpose {
            Purpose::Calloc => s.size >= s.profile.page,
            _ => maps,
        })];
    CallocThresholdOfElement A4 "compares the size of one element with a page, not the size of all elements"
        "what does os_calloc compare with a page: one element, or all of them?"
        => [Maps(|s, maps| match s.request {
            Request::Calloc { size, .. } => size >= s.profile.first_mapped(s.profile.page),
            _ => maps,
        })];
    ReallocUsesPage A13 "uses the threshold of os_calloc, a page, when os_realloc grows a heap block"
        "which threshold belongs to which function?"
        => [Maps(|s, maps| match s.purpose {
            Purpose::Grow | Purpose::Move => s.size >= s.profile.first_mapped(s.profile.page),
            _ => maps,
        })];
    ReallocNullUsesOwnThreshold A9 "maps os_realloc(NULL, n) only when n is above the threshold"
        "does os_realloc(NULL, n) do the same as os_malloc(n), for every n?"
        => [Maps(|s, maps| match (s.request, s.purpose) {
            (Request::Realloc { .. }, Purpose::Malloc) => s.size > s.profile.mmap_threshold,
            _ => maps,
        })];
    CallocExtensionNotZeroed A4 "does not zero a free last block that os_calloc grows and returns"
        "only the bytes that the break has added are new: what is in the others?"
        => [Zeroes(|s, bytes| if s.handed == Handed::Extended { 0 } else { bytes })];
    CallocNotZeroed A4 "does not zero the memory of a block that os_calloc reuses"
        "which memory is already zero, and which is not?"
        => [Zeroes(|_, _| 0)];
    CallocZeroesMembersOnly A4 "zeroes nmemb bytes in os_calloc, not nmemb * size"
        "how many bytes should os_calloc zero?"
        => [Zeroes(|s, bytes| match s.request {
            Request::Calloc { count, .. } => bytes.min(count),
            _ => bytes,
        })];
    CallocZeroesElementOnly A4 "zeroes only one element in os_calloc"
        "how many bytes should os_calloc zero?"
        => [Zeroes(|s, bytes| match s.request {
            Request::Calloc { size, .. } => bytes.min(size),
            _ => bytes,
        })];
    CallocZeroesWordsOnly A4 "does not zero the last bytes in os_calloc when the size is not a multiple of 8"
        "how many bytes should os_calloc zero?"
        => [Zeroes(|_, bytes| bytes & !7)];
    CallocZeroesTooMuch A4 "zeroes memory after the end of the block in os_calloc"
        "how many bytes should os_calloc zero, and what comes after them?"
        => [Zeroes(|s, bytes| bytes.next_multiple_of(8) + s.profile.header)];
    CallocZeroServed A3 "returns a block for os_calloc of zero bytes"
        "what should os_calloc return when either argument is zero?"
        => [Refuses(|s, refuses| refuses && !(s.size == 0 && s.purpose == Purpose::Calloc))];
    ZeroServed A1 "returns a block for os_malloc(0)"
        "what should os_malloc(0) return?"
        => [Refuses(|s, refuses| refuses && !(s.size == 0 && s.purpose == Purpose::Malloc))];
    OverflowServed A5 "does not notice that the product of os_calloc overflows"
        "what is the largest product that a size_t can hold?"
        => [SeesOverflow(|_, _| false)];
    FreeNullCrashes A6 "reads a header in front of NULL in os_free(NULL)"
        "what should os_free(NULL) do?"
        => [ReadsNull(|_, _| true)];
    FreeDoesNothing A7 "does not mark a freed heap block free"
        "which status should the header have after os_free?"
        => [Frees(|s, how| if s.purpose == Purpose::Free { Freeing::Ignore } else { how })];
    BreakMovedDown A7 "moves the break down when the last block is freed"
        "should a freed heap block go back to the system?"
        => [Frees(|s, how| match how {
            Freeing::Mark if s.purpose == Purpose::Free && s.index + 1 == s.heap.blocks.len() => Freeing::LowerBreak,
            other => other,
        })];
    FreeEndTrimmed A7 "moves the break down when only free memory is left at the end of the heap"
        "should a freed heap block go back to the system?"
        => [Frees(|s, how| {
            let mut later = s.heap.blocks.iter().skip(s.index + 1);
            match how {
                Freeing::Mark if s.purpose == Purpose::Free && later.all(|block| block.free) => Freeing::LowerBreak,
                other => other,
            }
        })];
    FreeUnlinks A7 "removes a freed heap block from its list: its bytes are never used again"
        "how does a later os_malloc find a block that was freed?"
        => [Frees(|s, how| if s.purpose == Purpose::Free { Freeing::Unlink } else { how })];
    MappedNeverUnmapped A8 "never unmaps a mapped block in os_free"
        "what should os_free do with a block that came from mmap?"
        => [Unmaps(|s, unmaps| unmaps && s.purpose != Purpose::Free)];
    FreesBySize A8 "decides by the size, not by the status, whether os_free unmaps a block"
        "which blocks are mapped although they are smaller than 128 KiB?"
        => [Unmaps(|s, unmaps| unmaps && s.reaches(s.need))];
    UnmapsPayloadOnly A8 "unmaps without the header's bytes"
        "compare the length given to munmap with the length given to mmap"
        => [UnmapRange(|s, (at, length)| (at, length.saturating_sub(s.profile.header)))];
    UnmapsFromPayload A8 "unmaps from the payload instead of from the header"
        "where does the mapping start, and where does the payload?"
        => [UnmapRange(|s, (_, length)| (s.profile.header, length))];
    UnmapsWholePages A8 "rounds the length up to whole pages when it unmaps"
        "compare the length given to munmap with the length given to mmap"
        => [UnmapRange(|s, (at, length)| (at, s.pages(length)))];
    UnmapsUnaligned A8 "unmaps the requested size, not rounded up"
        "compare the length given to munmap with the length given to mmap"
        => [UnmapRange(|s, (at, length)| (at, length - (s.need - s.size)))];
    UnmapsTooMuch A8 "unmaps a page more than was mapped"
        "compare the length given to munmap with the length given to mmap"
        => [UnmapRange(|s, (at, length)| (at, length + s.profile.page))];
    WritesAfterUnmap A8 "uses the header of a mapped block after it has unmapped it"
        "which memory may still be read after munmap?"
        => [TouchesUnmapped(|_, _| true)];
    UnmappedStaysListed A8 "keeps an unmapped block on its list and reads it later"
        "which blocks still point to the block that was unmapped?"
        => [ReadsUnmapped(|_, _| true)];
    MapsWholePages D1 "rounds the length of a mapping up to whole pages"
        "compare the length given to mmap with the size of the chunk"
        => [MapRequest(|s, mut request| { request.length = s.pages(request.length); request })];
    MapsPayloadOnly D1 "maps without room for the header"
        "does the mapping hold both the header and the payload?"
        => [MapRequest(|s, mut request| { request.length -= s.profile.header; request })];
    MapsTwoHeaders D1 "maps one header more than it needs"
        "compare the length given to mmap with the size of the chunk"
        => [MapRequest(|s, mut request| { request.length += s.profile.header; request })];
    MapsShared D1 "maps with MAP_SHARED"
        "which flags does a mapping of one process need?"
        => [MapRequest(|_, mut request| {
            request.flags = request.flags & !libc::MAP_PRIVATE | libc::MAP_SHARED;
            request
        })];
    MapsExecutable D1 "maps with PROT_EXEC"
        "what does a program do with this memory: read, write, execute?"
        => [MapRequest(|_, mut request| { request.protection |= libc::PROT_EXEC; request })];
    MappedStatusUsed D1 "writes STATUS_ALLOC into the header of a mapped block"
        "which status should the header of a mapped block have?"
        => [MapStatus(|_, _| Status::Used)];
    ReallocNullRefused A9 "returns NULL for os_realloc(NULL, n)"
        "what should os_realloc do when the pointer is NULL?"
        => [Refuses(|s, refuses| refuses || matches!(s.request, Request::Realloc { target: Place::Null, .. }))];
    ReallocZeroKeeps A9 "does not free the block in os_realloc(p, 0)"
        "what should os_realloc do when the size is 0?"
        => [ReallocZero(|_, (_, null)| (false, null))];
    ReallocZeroReturnsPointer A9 "returns the old pointer from os_realloc(p, 0)"
        "what should os_realloc return when the size is 0?"
        => [ReallocZero(|_, (frees, _)| (frees, false))];
    ReallocOfFreeServed A10 "resizes a free block in os_realloc"
        "which status should os_realloc check before it does anything?"
        => [Refuses(|s, refuses| refuses && s.purpose != Purpose::Grow)];
    ReallocLosesContent A11 "does not copy the payload when os_realloc moves a block"
        "how many bytes of the old block must be in the new one?"
        => [Copies(|_, _| 0)];
    CopiesTooLittle A11 "copies too few bytes when os_realloc moves a block"
        "how many bytes of the old block must be in the new one?"
        => [Copies(|_, bytes| bytes.saturating_sub(8))];
    CopiesOldSize A11 "copies more bytes than a smaller new block holds"
        "which of the two sizes limits the copy?"
        => [Copies(|s, _| s.had)];
    CopiesNewSize A11 "copies more bytes than the old block has"
        "which of the two sizes limits the copy?"
        => [Copies(|s, _| s.size)];
    ReallocAlwaysMoves A12 "moves the block in every os_realloc"
        "when can the address stay as it is?"
        => [Route(|_, route| match route { Route::Keep | Route::GrowLast | Route::Merge => Route::Move, other => other })];
    ShrinkMoves A12 "moves a block that os_realloc makes smaller"
        "when can the address stay as it is?"
        => [Route(|s, route| match route {
            Route::Keep if s.rest() > 0 => Route::Move,
            other => other,
        })];
    MergesBeforeShrink A12 "adds the free blocks that follow to a block before it makes the block smaller"
        "what should happen to the end of a block when it is too small to be split off?"
        => [MergesOn(|s, on| on || s.purpose == Purpose::Shrink && s.heap.next_is_free(s.index))];
    ShrinkDoesNotSplit A12 "keeps the whole block when os_realloc makes it smaller"
        "what should happen to the end of a block that becomes smaller?"
        => [Splits(|s, splits| splits && s.purpose != Purpose::Shrink)];
    ShrinkSizeNotUpdated A12 "leaves the old size in the header of a block that os_realloc makes smaller"
        "which two headers change when os_realloc makes a block smaller?"
        => [Rest(|s, split| if s.purpose == Purpose::Shrink { s.says_as_before(split) } else { split })];
    ShrinksWithoutSplit A12 "writes the smaller size into the header and makes no free block from the rest"
        "add up all headers and payloads after os_realloc has made a block smaller: do they reach the break?"
        => [
            Rest(|s, split| if s.purpose == Purpose::Shrink { split.without_rest() } else { split }),
            Unsplit(|s, kept| if s.purpose == Purpose::Shrink { kept.cut_to(s.need) } else { kept }),
        ];
    LargeReallocStays A13 "keeps a heap block on the heap when it grows past the threshold"
        "where should a block of that size be?"
        => [Maps(|s, maps| maps && !matches!(s.purpose, Purpose::Grow | Purpose::Move))];
    ReallocNeverGrows A14 "never grows a block in place"
        "when can a block grow without moving?"
        => [Route(|_, route| match route { Route::GrowLast | Route::Merge => Route::Move, other => other })];
    LastNotGrown A14 "does not grow the last block in place"
        "what is special about the last block of the heap?"
        => [Route(|_, route| if route == Route::GrowLast { Route::Move } else { route })];
    LastGrownByWhole A14 "grows the last block by the whole size instead of the missing bytes"
        "how many bytes does the last block already have?"
        => [LastGrowth(|s, _| s.need)];
    LastGrownPlusHeader A14 "grows the last block by a header more than is missing"
        "does a block that grows need a second header?"
        => [LastGrowth(|s, bytes| bytes + s.profile.header)];
    LastGrowthNotAligned A14 "does not round the size up when it grows the last block"
        "where does the next block begin after the last one has grown to 13 bytes?"
        => [LastGrowth(|s, bytes| bytes.saturating_sub(s.need - s.size))];
    LastGrownWhenNothingFits A14 "grows the last block only when no free block is large enough"
        "what should os_realloc try first for the last block: to grow it, or to search for another block?"
        => [Route(|s, route| match route {
            Route::GrowLast if s.fits_after_merging() => Route::Move,
            other => other,
        })];
    GrowsAnyBlock A14 "moves the break to grow a block that is not the last one"
        "where does the new memory lie when the break moves?"
        => [Route(|_, route| if route == Route::Merge { Route::GrowLast } else { route })];
    SizeNotUpdatedByGrowth A14 "leaves the old size in the header of the last block when it grows"
        "which size should the header have after the block has grown?"
        => [GrownSays(|s, says| if s.purpose == Purpose::Grow { s.size_of(s.index) } else { says })];
    ReallocGrowIgnored A14 "returns the same pointer for a larger size without growing the block"
        "how many bytes may the caller use after os_realloc?"
        => [Route(|_, route| match route { Route::GrowLast | Route::Merge => Route::Ignore, other => other })];
    ReallocCountsHeader A12 "counts the bytes of a header as room when os_realloc checks whether the block is large enough"
        "does the size with which os_realloc compares count the header?"
        => [Route(|s, route| match route {
            Route::GrowLast | Route::Merge if s.need <= s.size_of(s.index) + s.profile.header => Route::Ignore,
            other => other,
        })];
    ReallocGrowRefused A14 "returns NULL when a heap block should grow"
        "in which ways can os_realloc provide a larger block?"
        => [Route(|_, route| match route { Route::GrowLast | Route::Merge => Route::Refuse, other => other })];
    NextNotMerged A15 "does not merge a growing block with the free blocks after it"
        "how can a free block directly after the growing block help?"
        => [Route(|_, route| if route == Route::Merge { Route::Move } else { route })];
    MergesOnlyOne A15 "merges a growing block with only one of the free blocks after it"
        "what if the first free block after it is not large enough?"
        => [MergesOn(|s, on| on && s.first)];
    MergesOnlyWhenEnough A15 "merges a growing block with the free blocks after it only when they are large enough together"
        "what does the assignment say about merged blocks that are still too small?"
        => [MergesOn(|s, on| on && s.heap.reach(s.index, s.profile.header) >= s.need)];
    MergedNotSplit A15 "does not split a block that has grown by merging"
        "the merged block is larger than needed: what should happen to the rest?"
        => [Splits(|s, splits| splits && s.purpose != Purpose::Grow)];
    MergedRestLost A15 "makes no free block from what is left after os_realloc has merged blocks"
        "add up all headers and payloads after a block has grown into its neighbours: do they reach the break?"
        => [
            Rest(|s, split| if s.purpose == Purpose::Grow { split.without_rest() } else { split }),
            Unsplit(|s, kept| if s.purpose == Purpose::Grow { kept.cut_to(s.need) } else { kept }),
        ];
    MergeLosesHeader A15 "does not add the size of the header when os_realloc merges two blocks"
        "how many bytes does a block gain when the next one's header disappears?"
        => [MergedSize(|s, size| if s.purpose == Purpose::Grow { size.saturating_sub(s.profile.header) } else { size })];
    MergeCountsLast A15 "counts only the last of several free blocks that a growing block takes in"
        "which size does the block have after the second merge: what does your code add to what?"
        => [MergedSize(|s, size| match s.purpose {
            Purpose::Grow => s.had + s.profile.header + s.size_of(s.index + 1),
            _ => size,
        })];
    PreviousTakesGrown A15 "lets the free block before a growing block take it in"
        "which blocks may be merged while os_realloc works on one of them?"
        => [SpreadsBack(|s, _| s.index > 0 && s.heap.blocks[s.index - 1].free && s.heap.adjoins(s.index - 1))];
    MergedStaysFree A15 "marks a block as free after os_realloc has grown it by merging"
        "which status should the block have after os_realloc?"
        => [MarksUsed(|s, marked| marked && s.handed != Handed::Merged)];
    GrowsAfterMerging A16 "moves the break for a block that reaches the end of the heap only after merging"
        "was the block the last one when os_realloc began?"
        => [AfterMerging(|s, route| if s.heap.is_last(s.index) { Route::GrowLast } else { route })];
    FreesBeforeMove A16 "frees the old block before it searches for the new one"
        "may the new block overlap the old one?"
        => [FreesFirst(|_, _| true)];
    MovesIntoTooSmall A16 "moves a block into a free block that is too small"
        "which two sizes does the search for the new block compare?"
        => [Fit(|s, found| match s.purpose {
            Purpose::Move | Purpose::MoveMapped => s.heap.blocks.iter().position(|block| block.free),
            _ => found,
        })];
    OldNotFreed A16 "does not free the old heap block after a move"
        "what should happen to the old block after os_realloc has copied it?"
        => [FreesOld(|_, _| false)];
    OldNotFreedByMapping A13 "does not free the old heap block when it moves it to a mapping"
        "what becomes of the old block on the path that maps the new one?"
        => [FreesOld(|s, frees| frees && s.handed != Handed::Mapped)];
    OldNotFreedBesideFree A16 "does not free the old block of a move when the free block after it was too small to grow into"
        "which path through os_realloc ends without a call of os_free?"
        => [
            MergesOn(|s, on| on && s.heap.reach(s.index, s.profile.header) >= s.need),
            FreesOld(|s, frees| {
                let beside = s.block().is_some() && s.heap.next_is_free(s.index);
                frees && !(beside && s.size < s.profile.mmap_threshold)
            }),
        ];
    MoveAlwaysAppends A16 "grows the heap for a block that moves, without searching for a free block"
        "does os_realloc search for its new block in the same way as os_malloc?"
        => [
            Fit(|s, found| if s.moves() && !s.first { None } else { found }),
            Coalesces(|s, how| if s.moves() { Nothing } else { how }),
        ];
    MappedKept A17 "keeps a mapping in place when it is large enough"
        "does the assignment make an exception for mapped blocks that shrink?"
        => [MappedRoute(|s, route| if s.need <= s.had { Route::Ignore } else { route })];
    MappedShrunkInPlace A17 "keeps a mapping in place when it is large enough and writes the new size into its header"
        "does the assignment make an exception for mapped blocks that shrink?"
        => [MappedRoute(|s, route| if s.need <= s.had { Route::Keep } else { route })];
    MappedReturnedAsIs A17 "returns a mapped block unchanged from os_realloc, for every size"
        "how many bytes may the caller use after os_realloc?"
        => [MappedRoute(|_, _| Route::Ignore)];
    MappedReallocRefused A17 "returns NULL for os_realloc of a mapped block"
        "what does os_realloc do with a block that came from mmap?"
        => [MappedRoute(|_, _| Route::Refuse)];
    MappedStaysMapped A17 "moves a mapped block to a new mapping even when the new size is small"
        "where would os_malloc take a block of the new size from?"
        => [Maps(|s, maps| maps || s.purpose == Purpose::MoveMapped)];
    OldNotUnmapped A17 "does not unmap the old mapping after a move"
        "what should happen to the old mapping after os_realloc has copied it?"
        => [Unmaps(|s, unmaps| unmaps && s.purpose != Purpose::MoveMapped)];
    UncheckedPreallocation E3 "does not check the sbrk that preallocates the heap"
        "what does sbrk return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::Preallocation)];
    UncheckedExtension E3 "does not check the sbrk that grows the free last block"
        "what does sbrk return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::Extension)];
    UncheckedAppend E3 "does not check the sbrk that appends a block"
        "what does sbrk return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::Append)];
    UncheckedReallocGrowth E3 "does not check the sbrk by which os_realloc grows the last block"
        "what does sbrk return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::LastGrowth)];
    UncheckedMapping E3 "does not check the mmap of os_malloc"
        "what does mmap return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::MallocMapping)];
    UncheckedCallocMapping E3 "does not check the mmap of os_calloc"
        "what does mmap return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::CallocMapping)];
    UncheckedReallocMapping E3 "does not check the mmap by which os_realloc moves a block"
        "what does mmap return when it fails, and what does your code do with it there?"
        => [Unchecked(Site::ReallocMapping)];
    TotalOverflows E3 "does not notice that the size plus the header overflows"
        "what is the largest size to which a header can be added?"
        => [Unchecked(Site::Size)];
    ReallocFailureFreesBlock E3 "frees the old block when os_realloc cannot get memory for a new one"
        "which block does the caller still have when os_realloc returns NULL?"
        => [FreesOnFailure(|_, _| true)];
    WritesPastPayload E4 "writes after the end of the payload of a block that it returns"
        "which bytes belong to the block, and which belong to the next block?"
        => [StaysInside(|_, _| false)];
    GrowsAcrossGap E5 "grows the last block over memory that belongs to other code, which moved the break"
        "other code may move the break too: how can you see that in the result of sbrk?"
        => [IsLast(|s, last| last || s.index + 1 == s.heap.blocks.len())];
    AppendsAtOwnEnd E5 "assumes that new memory follows its last block, although other code has moved the break"
        "which address does sbrk return, and does your code use it?"
        => [AppendsAt(|s, at| match s.heap.blocks.last() {
            Some(last) => last.start + s.profile.header + last.size,
            None => at,
        })];
    GapIgnored E5 "goes wrong when other code moves the break"
        "other code may move the break too: what does your code assume about the end of the heap?"
        => [];
    MergesAcrossGap E5 "merges blocks on both sides of memory that belongs to other code, which moved the break"
        "do two neighbours on the list always touch in memory?"
        => [Joins(|s, joins| joins || s.is_free_pair())];
}

/// What is odd about how headers are made: read from memory, not decided call by call.
impl Mistake {
    /// Whether it is found by how headers must be read, and changes no decision.
    #[must_use]
    pub fn is_of_headers(self) -> bool {
        self.changes().is_empty() && self.clause() != Clause::E5
    }
}

/// The mistakes that change the decision at a point, each with its change there.
pub(super) fn at(point: Point) -> &'static [(Mistake, Change)] {
    static BY_POINT: OnceLock<Vec<Vec<(Mistake, Change)>>> = OnceLock::new();
    let by_point = BY_POINT.get_or_init(|| {
        let mut by_point = vec![Vec::new(); Point::Unchecked as usize + 1];
        for mistake in Mistake::ALL {
            for change in mistake.changes() {
                by_point[change.point() as usize].push((*mistake, *change));
            }
        }
        by_point
    });
    &by_point[point as usize]
}

impl Mistake {
    /// What it needs to show.
    #[must_use]
    pub fn needs(self) -> Needs {
        match (self, self.clause()) {
            (Self::OverflowServed, _) => Needs::Overflow,
            (_, Clause::E3) => Needs::Failure,
            (_, Clause::E5) => Needs::ForeignBreak,
            _ => Needs::Nothing,
        }
    }

    /// The mistake of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }

    /// Whether headers or other blocks may be damaged by it, so that later calls go wrong too.
    #[must_use]
    pub fn corrupts(self) -> bool {
        let content = [Self::ReallocLosesContent, Self::CopiesTooLittle];
        let others = [
            Self::MergesAcrossGap,
            Self::GrowsAcrossGap,
            Self::ReallocOfFreeServed,
            Self::RestLosesHeader,
            Self::RestEightShort,
            Self::CoalescingLosesHeader,
            Self::MergeLosesHeader,
            Self::MergeCountsPointer,
            Self::SizeNotUpdatedByMerging,
            Self::SizeNotUpdatedByGrowth,
            Self::SizeNotUpdatedByExtension,
            Self::MergeCountsLast,
            Self::SplitSizeNotUpdated,
            Self::ShrinkSizeNotUpdated,
            Self::MappedShrunkInPlace,
            Self::FreeDoesNothing,
        ];
        others.contains(&self) || (self.damages() && !content.contains(&self))
    }

    /// Whether headers say other sizes than their blocks have because of it.
    #[must_use]
    pub const fn blurs_sizes(self) -> bool {
        matches!(
            self,
            Self::SizeSaysLess
                | Self::SplitSizeNotUpdated
                | Self::ShrinkSizeNotUpdated
                | Self::SizeNotUpdatedByMerging
                | Self::SizeNotUpdatedByGrowth
                | Self::SizeNotUpdatedByExtension
                | Self::MergesUsedBlock
        )
    }

    /// Whether a call may be right although the mistake is made: a walk over the list may end
    /// before it reaches an unmapped block, or mapped blocks lie elsewhere on it.
    #[must_use]
    pub const fn may_stay_hidden(self) -> bool {
        matches!(self, Self::UnmappedStaysListed | Self::MappingParts)
    }

    /// Whether memory is damaged by it: blocks overlap, content is lost, or the process crashes.
    #[must_use]
    pub const fn damages(self) -> bool {
        matches!(
            self,
            Self::AppendWithoutHeader
                | Self::GrowsUsedLast
                | Self::AcceptsTooSmall
                | Self::StatusNotSet
                | Self::ExtendedLastStaysFree
                | Self::MergedStaysFree
                | Self::MergesUsedBlock
                | Self::CallocZeroesTooMuch
                | Self::UnmapsTooMuch
                | Self::MapsPayloadOnly
                | Self::ReallocLosesContent
                | Self::CopiesTooLittle
                | Self::CopiesOldSize
                | Self::CopiesNewSize
                | Self::ReallocCountsHeader
                | Self::ReallocGrowIgnored
                | Self::GrowsAnyBlock
                | Self::PreviousTakesGrown
                | Self::MovesIntoTooSmall
                | Self::MappedReturnedAsIs
                | Self::RestTooLarge
                | Self::SplitSizeNotUpdated
                | Self::ShrinkSizeNotUpdated
                | Self::RestTooFar
                | Self::NoAlignment
                | Self::AlignsToFour
                | Self::SplitsUnaligned
                | Self::FreesBeforeMove
                | Self::OverflowServed
                | Self::WritesPastPayload
                | Self::WritesAfterUnmap
                | Self::UnmappedStaysListed
                | Self::FreeNullCrashes
        )
    }

    /// Whether a submission that makes it is charged for damaged memory too. Damage is not looked for
    /// where system calls fail, nor where the assignment is silent.
    #[must_use]
    pub fn adds_damage(self) -> bool {
        self.damages() && self.needs() == Needs::Nothing
    }
}

/// Results of splits that several mistakes have.
impl Splitting {
    /// The bytes of the rest are lost.
    const fn without_rest(self) -> Self {
        Self { rest: None, ..self }
    }

    /// The block ends after so many payload bytes, and its header says so.
    const fn cut_to(self, size: u64) -> Self {
        Self {
            keeps: size,
            says: size,
            ..self
        }
    }
}

/// Questions of the mistakes about a situation.
impl Situation<'_> {
    /// A split after which the block's header says what it said before.
    fn says_as_before(&self, split: Splitting) -> Splitting {
        let says = self.block().map_or(split.says, |block| block.said);
        Splitting { says, ..split }
    }

    /// Whether a payload, with its header, reaches the threshold of what is asked for.
    const fn reaches(&self, payload: u64) -> bool {
        let threshold = match self.purpose {
            Purpose::Calloc => self.profile.page,
            _ => self.profile.mmap_threshold,
        };
        self.profile.header + payload >= threshold
    }

    /// Whether a block is split because it is handed out.
    const fn takes(&self) -> bool {
        !matches!(self.purpose, Purpose::Shrink | Purpose::Grow)
    }

    fn is_free_pair(&self) -> bool {
        let (Some(block), Some(next)) = (self.block(), self.heap.blocks.get(self.index + 1)) else {
            return false;
        };
        block.free && next.free
    }

    /// Whether a search over the coalesced heap would find a block.
    fn fits_after_merging(&self) -> bool {
        let merged = self.heap.merged(self.profile.header);
        merged
            .iter()
            .any(|block| block.free && block.size >= self.need)
    }
}
