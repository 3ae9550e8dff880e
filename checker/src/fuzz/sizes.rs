//! The sizes that calls ask for: classes that reach every clause.

use super::dice::Dice;
use crate::spec::Cut;
use crate::types::Profile;

/// Which sizes a sequence asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Multiples of the alignment, but for some blocks that are never touched again.
    ///
    /// A header may hold n or align(n) (B1), so two allocators may differ in whether a block of
    /// 1001 bytes is reused for 1004. These sequences don't ask.
    Aligned,
    /// Any size. An allocator that compares requested sizes can then be blamed wrongly.
    Any,
}

/// A class of payload sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Up to eight units.
    Tiny,
    /// A power of two, or a header or a unit beside it.
    Border,
    /// Up to 1 KiB, small ones more often.
    Small,
    /// Up to 8 KiB.
    Medium,
    /// Between a sixteenth and an eighth of the preallocation.
    Large,
    /// Just below the threshold: the largest that come from the heap.
    Threshold,
}

/// How often a phase asks for which class.
pub(super) type Mix = &'static [(u64, Class)];

/// What phases choose from.
pub(super) const MIXES: &[Mix] = &[
    // Little nodes and strings, as most programs ask for.
    &[
        (60, Class::Tiny),
        (15, Class::Border),
        (24, Class::Small),
        (1, Class::Medium),
    ],
    &[
        (15, Class::Tiny),
        (25, Class::Border),
        (50, Class::Small),
        (10, Class::Medium),
    ],
    // Buffers among small things.
    &[
        (40, Class::Tiny),
        (20, Class::Small),
        (35, Class::Medium),
        (5, Class::Large),
    ],
    &[(50, Class::Border), (50, Class::Tiny)],
];

/// Draws sizes under the rules of a recipe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) profile: Profile,
    pub(super) rounding: Rounding,
    /// Whether sizes may fall into the bands V1 to V3.
    pub(super) bands: bool,
}

impl Sizes {
    /// A size of the class, at least 1, that `os_malloc` takes from the heap.
    pub(super) fn heap(&self, dice: &mut Dice, class: Class) -> u64 {
        let unit = self.profile.alignment;
        let size = match class {
            Class::Tiny => unit * dice.between(1, 8),
            Class::Border => self.border(dice),
            Class::Small => skewed(dice, 1 << 10),
            Class::Medium => dice.between(1 << 10, 1 << 13),
            Class::Large => {
                let most = self.profile.preallocation / 8;
                dice.between(most / 2, most)
            }
            Class::Threshold => self.largest_on_heap() - unit * dice.below(8),
        };
        self.rounded(dice, size).min(self.largest_on_heap())
    }

    /// A size that `os_malloc` and `os_realloc` map, whatever the cut-offs.
    pub(super) fn mapped(&self, dice: &mut Dice) -> u64 {
        let threshold = self.profile.mmap_threshold;
        let beyond = match dice.below(4) {
            0 => 0,
            1 => self.profile.alignment,
            2 => dice.below(self.profile.page),
            _ => dice.below(threshold / 2),
        };
        let first = Cut::ReallocHeap.band(&self.profile);
        let first = self.profile.align(*first.end()).unwrap_or(threshold);
        self.rounded(dice, threshold + beyond).max(first)
    }

    /// A size within the band of V1 and V3, when the recipe allows it.
    pub(super) fn in_threshold_band(&self, dice: &mut Dice) -> Option<u64> {
        let threshold = self.profile.mmap_threshold;
        let first = self.profile.first_mapped(threshold);
        self.bands.then(|| dice.between(first, threshold))
    }

    /// A product for `os_calloc` that comes from the heap.
    pub(super) fn calloc_heap(&self, dice: &mut Dice, class: Class) -> u64 {
        let largest = self.aligned_down(self.profile.first_mapped(self.profile.page) - 1);
        let size = match dice.below(12) {
            0 => largest - self.profile.alignment * dice.below(4),
            _ => self.heap(dice, class),
        };
        size.min(largest)
    }

    /// A product for `os_calloc` that is mapped, where the recipe allows it one in the band of V2.
    pub(super) fn calloc_mapped(&self, dice: &mut Dice) -> u64 {
        let page = self.profile.page;
        if self.bands && dice.once_in(2) {
            return dice.between(self.profile.first_mapped(page), page);
        }
        let first = page - 2 * self.profile.alignment;
        let beyond = if dice.once_in(2) {
            page
        } else {
            6 * self.profile.alignment
        };
        let size = first + dice.below(beyond);
        self.rounded(dice, size).max(first)
    }

    /// A size that leaves the alignment something to do.
    pub(super) fn odd(&self, dice: &mut Dice) -> u64 {
        let unit = self.profile.alignment;
        unit * dice.below(24) + dice.between(1, unit - 1)
    }

    /// A size near another, so that a block of the other size fits exactly, or leaves a rest just
    /// too small or just large enough to be split off (C6).
    pub(super) fn near(&self, dice: &mut Dice, size: u64) -> u64 {
        let (unit, chunk) = (self.profile.alignment, self.profile.smallest_chunk());
        let less = dice.pick(&[0, 0, unit, chunk - unit, chunk, chunk + unit]);
        let size = self.rounded(dice, size.saturating_sub(less).max(1));
        size.min(self.largest_on_heap())
    }

    /// Whether `os_malloc` surely takes a block of this size from the heap.
    pub(super) fn is_on_heap(&self, size: u64) -> bool {
        size <= self.largest_on_heap()
    }

    fn largest_on_heap(&self) -> u64 {
        self.aligned_down(self.profile.first_mapped(self.profile.mmap_threshold) - 1)
    }

    fn border(&self, dice: &mut Dice) -> u64 {
        let power = 1 << dice.between(3, 12);
        let (unit, header) = (self.profile.alignment, self.profile.header);
        match dice.below(6) {
            0 => power + unit,
            1 if power > unit => power - unit,
            2 if power > header => power - header,
            3 => power + header,
            4 if power > header + unit => power - header - unit,
            _ => power,
        }
    }

    fn rounded(&self, dice: &mut Dice, size: u64) -> u64 {
        let unit = self.profile.alignment;
        match self.rounding {
            Rounding::Aligned => size.next_multiple_of(unit),
            Rounding::Any => (size.next_multiple_of(unit) - dice.below(unit)).max(1),
        }
    }

    fn aligned_down(&self, size: u64) -> u64 {
        size / self.profile.alignment * self.profile.alignment
    }
}

/// Up to `most`, each power of two as often as the others.
fn skewed(dice: &mut Dice, most: u64) -> u64 {
    let power = dice.between(3, u64::from(most.ilog2()));
    dice.between(1 << (power - 1), 1 << power)
}
