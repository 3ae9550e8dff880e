//! The permitted variations of section V, and which of them a submission made.

use std::fmt;
use std::ops::RangeInclusive;

use crate::types::Profile;

/// When adjacent free blocks are coalesced, besides before each search (V4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coalescing {
    /// At no other time.
    BeforeSearch,
    /// Over the whole heap whenever a heap block is freed by the caller.
    AtFree,
    /// The same, and when `os_realloc` releases the old block of a move.
    AtRelease,
    /// The same, and when a mapped block is freed.
    AtAnyRelease,
    /// The freed block with its neighbours, whenever the caller frees a heap block.
    NeighboursAtFree,
    /// The same, and when `os_realloc` releases the old block of a move.
    NeighboursAtRelease,
}

impl Coalescing {
    /// All readings, the canonical one first.
    pub const ALL: [Self; 6] = [
        Self::BeforeSearch,
        Self::AtFree,
        Self::AtRelease,
        Self::AtAnyRelease,
        Self::NeighboursAtFree,
        Self::NeighboursAtRelease,
    ];
}

/// What decides whether the new block of a moving `os_realloc` (A16, A17) is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relocation {
    /// The cut-off of `os_realloc` (V3).
    AsRealloc,
    /// The cut-off of `os_malloc` (V1), "allocate as `os_malloc(n)`" taken literally.
    AsMalloc,
}

/// What a call that failed for want of memory leaves behind (V10): "unchanged" in letter, or with
/// the coalescing and merging that came before the system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Blocks merged before the system call stay merged.
    StaysMerged,
    /// The blocks are as before the call.
    RolledBack,
}

/// One value on every axis of permitted variation. Cut-offs are payload sizes n: mapped exactly
/// when n is at least that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choices {
    /// V1: `os_malloc(n)` and `os_realloc(NULL, n)`.
    pub malloc_cutoff: u64,
    /// V2: `os_calloc`, of the product.
    pub calloc_cutoff: u64,
    /// V3: `os_realloc` of a live block.
    pub realloc_cutoff: u64,
    /// V4.
    pub coalescing: Coalescing,
    /// V5: a large `os_realloc` first tries to expand in place.
    pub expand_first: bool,
    /// V7: a block that is already big enough is kept in place even for a large size.
    pub keep_in_place: bool,
    /// Where a moved block goes.
    pub relocation: Relocation,
    /// V10.
    pub failure: Failure,
}

impl Choices {
    /// The choices of the clauses themselves, which goldens hold.
    #[must_use]
    pub const fn canonical(profile: &Profile) -> Self {
        Self {
            malloc_cutoff: profile.first_mapped(profile.mmap_threshold),
            calloc_cutoff: profile.first_mapped(profile.page),
            realloc_cutoff: profile.first_mapped(profile.mmap_threshold),
            coalescing: Coalescing::BeforeSearch,
            expand_first: false,
            keep_in_place: false,
            relocation: Relocation::AsRealloc,
            failure: Failure::StaysMerged,
        }
    }

    /// Whether both have the same value on each of `axes`.
    #[must_use]
    pub fn agree_on(&self, other: &Self, axes: AxisSet) -> bool {
        self.differing(other).intersection(axes).is_empty()
    }

    /// The axes on which the two differ.
    #[must_use]
    pub fn differing(&self, other: &Self) -> AxisSet {
        let Self {
            malloc_cutoff,
            calloc_cutoff,
            realloc_cutoff,
            coalescing,
            expand_first,
            keep_in_place,
            relocation,
            failure,
        } = *self;
        // Without branches: each replay is looked up by this.
        AxisSet::EMPTY
            .with(Axis::MallocCutoff, malloc_cutoff != other.malloc_cutoff)
            .with(Axis::CallocCutoff, calloc_cutoff != other.calloc_cutoff)
            .with(Axis::ReallocCutoff, realloc_cutoff != other.realloc_cutoff)
            .with(Axis::Coalescing, coalescing != other.coalescing)
            .with(Axis::Expansion, expand_first != other.expand_first)
            .with(Axis::BigEnough, keep_in_place != other.keep_in_place)
            .with(Axis::Relocation, relocation != other.relocation)
            .with(Axis::Failure, failure != other.failure)
    }

    /// This choice on one axis, in words.
    #[must_use]
    pub fn describe(&self, axis: Axis) -> String {
        let number = axis.number();
        let words = match axis {
            Axis::MallocCutoff => format!("maps os_malloc from n = {} on", self.malloc_cutoff),
            Axis::CallocCutoff => format!("maps os_calloc from m*n = {} on", self.calloc_cutoff),
            Axis::ReallocCutoff => format!("maps os_realloc from n = {} on", self.realloc_cutoff),
            Axis::Coalescing => self.coalescing.to_string(),
            Axis::Expansion if self.expand_first => {
                "expands in place before mapping a large os_realloc".to_owned()
            }
            Axis::Expansion => "maps a large os_realloc at once".to_owned(),
            Axis::BigEnough if self.keep_in_place => {
                "keeps a block that is big enough, even for a large os_realloc".to_owned()
            }
            Axis::BigEnough => {
                "maps a large os_realloc even of a block that is big enough".to_owned()
            }
            Axis::Relocation => self.relocation.to_string(),
            Axis::Failure => self.failure.to_string(),
        };
        format!("{words} ({number})")
    }
}

impl fmt::Display for Choices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, axis) in Axis::ALL.into_iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", self.describe(axis))?;
        }
        Ok(())
    }
}

impl fmt::Display for Coalescing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeforeSearch => "coalesces before each search only",
            Self::AtFree => "coalesces at each os_free too",
            Self::AtRelease => "coalesces whenever a heap block is released too",
            Self::AtAnyRelease => "coalesces whenever any block is released too",
            Self::NeighboursAtFree => "merges a block with its neighbours at each os_free too",
            Self::NeighboursAtRelease => {
                "merges a block with its neighbours whenever it is released too"
            }
        })
    }
}

impl fmt::Display for Relocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AsRealloc => "a moved block goes where os_realloc's own cut-off says",
            Self::AsMalloc => "a moved block goes where os_malloc's cut-off says",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StaysMerged => "keeps blocks merged when a system call fails",
            Self::RolledBack => "leaves every block as it was when a system call fails",
        })
    }
}

/// The permitted cut-offs of an axis; `None` for an axis that is no cut-off.
#[must_use]
pub fn band(profile: &Profile, axis: Axis) -> Option<RangeInclusive<u64>> {
    let threshold = profile.mmap_threshold;
    let page = profile.page;
    match axis {
        Axis::MallocCutoff | Axis::ReallocCutoff => {
            Some(profile.first_mapped(threshold)..=threshold)
        }
        // 16 with the assignment's own numbers.
        Axis::CallocCutoff => Some(profile.first_mapped(page)..=page - 2 * profile.alignment),
        _ => None,
    }
}

/// An axis of permitted variation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// V1.
    MallocCutoff,
    /// V2.
    CallocCutoff,
    /// V3.
    ReallocCutoff,
    /// V4.
    Coalescing,
    /// V5.
    Expansion,
    /// V7.
    BigEnough,
    /// V1 against V3 where `os_realloc` moves a block.
    Relocation,
    /// V10.
    Failure,
}

impl Axis {
    /// All axes.
    pub const ALL: [Self; 8] = [
        Self::MallocCutoff,
        Self::CallocCutoff,
        Self::ReallocCutoff,
        Self::Coalescing,
        Self::Expansion,
        Self::BigEnough,
        Self::Relocation,
        Self::Failure,
    ];

    /// Its number in section V.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::MallocCutoff => "V1",
            Self::CallocCutoff => "V2",
            Self::ReallocCutoff => "V3",
            Self::Coalescing => "V4",
            Self::Expansion => "V5",
            Self::BigEnough => "V7",
            Self::Relocation => "V1, V3",
            Self::Failure => "V10",
        }
    }
}

/// A set of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct AxisSet(u8);

impl AxisSet {
    /// No axis.
    pub const EMPTY: Self = Self(0);

    /// The set with this axis added, if that holds.
    const fn with(self, axis: Axis, holds: bool) -> Self {
        Self(self.0 | (holds as u8) << axis as u8)
    }

    /// Adds one.
    pub const fn insert(&mut self, axis: Axis) {
        *self = self.with(axis, true);
    }

    /// Whether it is in the set.
    #[must_use]
    pub const fn contains(self, axis: Axis) -> bool {
        self.0 & (1 << axis as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Those in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its axes in order.
    pub fn iter(self) -> impl Iterator<Item = Axis> {
        Axis::ALL
            .into_iter()
            .filter(move |axis| self.contains(*axis))
    }
}
