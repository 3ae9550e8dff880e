//! Why a call does what it does, and the sentences about a call that does something else.
//!
//! A [`Reason`] is declared beside the code that follows it, with its clause and the deviations that
//! break it. Which of them a wrong call shows is found in `judge/words.rs`, which fills in the facts.

use std::{fmt, ptr};

use crate::types::Clause;

/// Why a call does what it does.
pub struct Reason {
    pub(super) name: &'static str,
    /// The clause that it rests on.
    pub clause: Clause,
    /// What breaks it, each with a sentence of its own; with none, the usual one is said.
    pub(super) deviations: &'static [(Deviation, &'static str)],
}

impl Reason {
    /// What is said of a deviation that breaks it; nothing where the usual sentence is said.
    #[must_use]
    pub fn words(&self, deviation: Deviation) -> Option<&'static str> {
        let mut all = self.deviations.iter();
        all.find(|(it, _)| *it == deviation)
            .map(|(_, words)| *words)
    }
}

/// Each is declared once.
impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for Reason {}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Declares reasons: name, clause, and what breaks them.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $clause:ident [$($deviation:ident $($words:literal)?),* $(,)?];)*) => {$(
        $(#[$doc])*
        pub(in crate::spec) static $name: $crate::spec::Reason = $crate::spec::Reason {
            name: stringify!($name),
            clause: $crate::types::Clause::$clause,
            deviations: &[$(($crate::spec::Deviation::$deviation, concat!($($words)?))),*],
        };
    )*};
}
pub(super) use reasons;

macro_rules! deviations {
    ($($name:ident $clause:ident $words:literal;)*) => {
        /// What a call does other than it should.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Deviation {
            $(#[doc = $words] $name,)*
        }

        impl Deviation {
            /// The clause that it breaks where no reason of the call says more.
            #[must_use]
            pub const fn clause(self) -> Clause {
                match self { $(Self::$name => Clause::$clause),* }
            }

            /// The usual sentence about it. Facts stand in braces: those of its own, and in each
            /// sentence `{asked}`, `{total}` (with header), `{threshold}`, `{page}` and `{call}`,
            /// with which a sentence begins that has none.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words),* }
            }
        }
    };
}

deviations! {
    OtherGrowth C7 "moves the break by {seen} bytes; it must move it by {due}";
    NoGrowth C7 "does not move the break; it must move it by {due} bytes";
    NeedlessGrowth C5 "moves the break by {seen} bytes; it must not move it";
    GrowsDespiteFit C5 "moves the break although the free block at {best} with {room} bytes is large enough";
    GrowsDespiteRun C3 "moves the break although the free blocks from {best} on, when coalesced, are one block of {room} bytes";
    LowersBreak A7 "moves the break down by {bytes} bytes; heap memory is never given back";
    Maps A2 "maps; {total} bytes with the header must come from the heap (threshold {threshold})";
    DoesNotMap A2 "does not map; {total} bytes with the header must be mapped (threshold {threshold})";
    OtherMapping D1 "maps with wrong arguments; the mapping must be private, anonymous, readable and writable";
    OtherLength D1 "maps {seen} bytes; header and payload need {due}";
    KeepsMapping A17 "keeps the mapped block at {old}; it must move";
    UnmapsOtherLength A8 "unmaps {seen} bytes of a mapping of {due}";
    UnmapsElsewhere A8 "unmaps from {seen}; it must unmap from the header";
    DoesNotUnmap A8 "does not unmap its mapping of {due} bytes";
    NeedlessUnmapping D2 "unmaps memory although it frees no mapped block";
    OtherSystemCalls E1 "makes the wrong system calls";
    ReturnsNothing E4 "returns nothing";
    ReturnsNull A18 "returns NULL; it must return {due}";
    NotNull E3 "returns {seen}; it must return NULL";
    Moves A18 "moves the block at {old} to {seen}; it must stay";
    Stays A18 "keeps the block at {old}; it must move to {due}";
    OtherFit C4 "takes the block at {seen} with {size} bytes; best fit is the block at {best} with {room} bytes";
    OtherPlace A18 "returns {seen}; it must return {due}";
    StaysUsed B2 "leaves the block at {block} with {seen} bytes marked used; it must be free";
    StaysFree B1 "leaves the block at {block} with {seen} bytes marked free; it is in use";
    TooLarge B2 "leaves {seen} bytes in the block at {block}; it must have {due}";
    OtherSize B2 "leaves {seen} bytes in the block at {block}; it must have {due}";
    NoHeader B2 "leaves no header at {block}, where a {status} block of {due} bytes must begin; these bytes are lost";
    NeedlessBlock B2 "leaves a block at {block}, where no block may be";
    SaysOtherSize B1 "leaves size {seen} in the header of the block at {block}, which has {due} bytes";
    OtherBreak A7 "leaves the break in the wrong place";
    OtherStatus D1 "leaves the wrong status in the header of mapping {mapping}; expected {due} (mapped)";
    OtherMappedSize B1 "leaves size {seen} in the header of mapping {mapping}; its payload has {due} bytes";
    OtherMappedHeader B1 "leaves a wrong header in a mapping";
    DoesNotReturn E4 "does not return";
    DamagesMemory E4 "damages memory";
    ChangesPayload E4 "after {call} byte {offset} of {whose} has changed";
    DoesNotKeep A11 "does not keep byte {offset}";
    NotZero A4 "returns memory whose byte {offset} is not zero";
    Misaligned A18 "returns a pointer that is not aligned";
    OutOfBounds A18 "returns a block that extends past the end of its memory";
    Overlaps A18 "returns a block that overlaps p{other}";
}

impl Deviation {
    /// Whether it breaks the last reason of a call, whatever that is, where none names it.
    #[must_use]
    pub const fn breaks_any(self) -> bool {
        use Deviation::{NeedlessBlock, NeedlessGrowth, OtherSize, StaysUsed, TooLarge};
        matches!(
            self,
            NeedlessGrowth | StaysUsed | TooLarge | OtherSize | NeedlessBlock
        )
    }
}
