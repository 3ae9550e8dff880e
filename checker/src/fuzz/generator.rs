//! Makes sequences of legal calls, in phases that grow, shrink and fragment the heap.

use super::dice::Dice;
use super::legality::{self, number_of};
use super::sizes::{Class, MIXES, Mix, Rounding, Sizes};
use crate::types::{Call, CallNumber, Pointer, Profile};

/// What sequences are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Recipe {
    pub profile: Profile,
    /// Calls of a sequence.
    pub calls: u32,
    /// Which sizes are asked for.
    pub rounding: Rounding,
    /// Whether sizes may fall into the bands of the cut-offs V1 to V3. Only where the submission's
    /// own cut-offs are known.
    pub bands: bool,
}

impl Recipe {
    /// Sequences of this length that every permitted choice of the cut-offs treats alike.
    pub const fn new(profile: Profile, calls: u32) -> Self {
        Self {
            profile,
            calls,
            rounding: Rounding::Aligned,
            bands: false,
        }
    }
}

/// The sequence of a seed: the same one for the same recipe on every machine.
pub fn generate(seed: u64, recipe: &Recipe) -> Vec<Call> {
    let mut generator = Generator::new(seed, recipe);
    generator.open();
    while generator.calls.len() < recipe.calls as usize {
        generator.step();
    }
    // A step can make several calls.
    generator.calls.truncate(recipe.calls as usize);
    generator.calls
}

/// What a phase does to the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Grow,
    Shrink,
    Churn,
    Fragment,
    Resize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Malloc,
    Calloc,
    Realloc,
    Free,
    Rare,
}

impl Phase {
    const ALL: &[(u64, Self)] = &[
        (3, Self::Grow),
        (2, Self::Shrink),
        (4, Self::Churn),
        (3, Self::Fragment),
        (3, Self::Resize),
    ];

    const fn deeds(self) -> [(u64, Deed); 5] {
        let [malloc, calloc, realloc, free] = match self {
            Self::Grow => [60, 10, 14, 14],
            Self::Shrink => [10, 3, 12, 73],
            Self::Churn | Self::Fragment => [36, 8, 16, 38],
            Self::Resize => [13, 3, 66, 16],
        };
        [
            (malloc, Deed::Malloc),
            (calloc, Deed::Calloc),
            (realloc, Deed::Realloc),
            (free, Deed::Free),
            (2, Deed::Rare),
        ]
    }
}

#[derive(Clone, Copy, Debug)]
struct Live {
    number: CallNumber,
    size: u64,
    /// Whether it surely lies in the heap.
    on_heap: bool,
}

struct Generator {
    dice: Dice,
    sizes: Sizes,
    calls: Vec<Call>,
    live: Vec<Live>,
    /// Payload bytes of the live blocks.
    bytes: u64,
    most_blocks: usize,
    most_bytes: u64,
    phase: Phase,
    mix: Mix,
    left: u64,
    /// Sizes of blocks that were given back, the latest ones.
    released: [u64; 8],
    base: Option<CallNumber>,
    base_sought: bool,
}

/// One call in so many makes a mapping or takes one block of nearly all the preallocation: these
/// cost as much as hundreds of others.
const RARELY: u64 = 400;

impl Generator {
    fn new(seed: u64, recipe: &Recipe) -> Self {
        let mut dice = Dice::new(seed);
        // Few blocks meet the same neighbours again and again, many make long searches.
        let most_blocks = dice.pick(&[6, 20, 60, 120, 250]);
        let most_bytes = dice.pick(&[24 << 10, 90 << 10, 160 << 10]);
        Self {
            dice,
            sizes: Sizes {
                profile: recipe.profile,
                rounding: recipe.rounding,
                bands: recipe.bands,
            },
            calls: Vec::with_capacity(recipe.calls as usize),
            live: Vec::new(),
            bytes: 0,
            most_blocks,
            most_bytes,
            phase: Phase::Grow,
            mix: MIXES[0],
            left: 0,
            released: [0; 8],
            base: None,
            base_sought: true,
        }
    }

    /// The first calls: mostly nothing special, sometimes a block that uses all or nearly all of
    /// the preallocation, so that the heap grows from then on, or a mapping before all other calls.
    fn open(&mut self) {
        match self.dice.below(8) {
            0 | 1 => {
                let largest = self.sizes.heap(&mut self.dice, Class::Threshold);
                let spared = self.sizes.heap(&mut self.dice, Class::Medium);
                let spared = if self.dice.once_in(2) { spared } else { 0 };
                let size = largest - spared;
                self.push(Call::Malloc { size });
            }
            2 => {
                let size = self.sizes.mapped(&mut self.dice);
                self.adopt(Call::Malloc { size }, size, false);
            }
            3 => {
                let size = self.sizes.calloc_mapped(&mut self.dice);
                self.adopt(Call::Calloc { count: 1, size }, size, false);
            }
            _ => {}
        }
    }

    fn step(&mut self) {
        if self.left == 0 {
            self.enter_phase();
        }
        self.left = self.left.saturating_sub(1);
        let full = self.live.len() >= self.most_blocks || self.bytes >= self.most_bytes;
        match self.dice.weigh(&self.phase.deeds()) {
            Deed::Malloc | Deed::Calloc if full => self.free(),
            Deed::Malloc => self.malloc(),
            Deed::Calloc => self.calloc(),
            Deed::Realloc => self.realloc(full),
            Deed::Free => self.free(),
            Deed::Rare => self.rare(),
        }
    }

    fn enter_phase(&mut self) {
        self.phase = self.dice.weigh(Phase::ALL);
        self.mix = self.dice.pick(MIXES);
        self.left = self.dice.between(20, 300);
        if self.phase == Phase::Fragment {
            self.fragment();
        }
    }

    /// A run of blocks of which every second one is given back.
    fn fragment(&mut self) {
        let room = self.most_blocks.saturating_sub(self.live.len()) as u64;
        let count = self.dice.between(2, 24).min(room);
        let first = self.live.len();
        for _ in 0..count {
            self.malloc();
        }
        let mut index = first;
        while index < self.live.len() {
            self.free_at(index);
            index += 1;
        }
    }

    fn malloc(&mut self) {
        if self.dice.once_in(64) {
            return self.pin();
        }
        let size = self.malloc_size();
        let call = match self.dice.once_in(16) {
            true => Call::Realloc {
                pointer: Pointer::Null,
                size,
            },
            false => Call::Malloc { size },
        };
        self.adopt(call, size, self.sizes.is_on_heap(size));
    }

    /// A block of an odd size that is never touched again.
    fn pin(&mut self) {
        let size = self.sizes.odd(&mut self.dice);
        let call = match self.dice.below(3) {
            0 => Call::Calloc { count: 1, size },
            1 => Call::Realloc {
                pointer: Pointer::Null,
                size,
            },
            _ => Call::Malloc { size },
        };
        self.push(call);
    }

    fn malloc_size(&mut self) -> u64 {
        let dice = &mut self.dice;
        if dice.once_in(RARELY) {
            let banded = self.sizes.in_threshold_band(dice);
            return match dice.below(8) {
                0 => self.sizes.heap(dice, Class::Threshold),
                _ => banded.unwrap_or_else(|| self.sizes.mapped(dice)),
            };
        }
        let before = dice.pick(&self.released);
        if before > 0 && dice.once_in(4) {
            return self.sizes.near(dice, before);
        }
        let class = dice.weigh(self.mix);
        self.sizes.heap(dice, class)
    }

    fn calloc(&mut self) {
        let dice = &mut self.dice;
        let mapped = dice.once_in(30);
        let product = if mapped {
            self.sizes.calloc_mapped(dice)
        } else {
            let class = dice.weigh(self.mix);
            self.sizes.calloc_heap(dice, class)
        };
        let element = dice.pick(&[1, 1, 2, 4, 8]);
        let (count, size) = match product % element {
            0 => (product / element, element),
            _ => (1, product),
        };
        let (count, size) = if dice.once_in(2) {
            (count, size)
        } else {
            (size, count)
        };
        self.adopt(Call::Calloc { count, size }, product, !mapped);
    }

    fn realloc(&mut self, full: bool) {
        let Some(index) = self.choose() else {
            return self.malloc();
        };
        let Live {
            number,
            size,
            on_heap,
        } = self.live[index];
        // Few blocks are mapped, and few of these would ever meet another mapping.
        let size = if !on_heap && self.dice.once_in(4) {
            self.sizes.mapped(&mut self.dice)
        } else {
            self.new_size(size, full)
        };
        self.forget(index);
        let pointer = Pointer::Of(number);
        let on_heap = self.sizes.is_on_heap(size);
        self.adopt(Call::Realloc { pointer, size }, size, on_heap);
    }

    /// What a block of `size` bytes is resized to.
    fn new_size(&mut self, size: u64, full: bool) -> u64 {
        let dice = &mut self.dice;
        let unit = self.sizes.profile.alignment;
        if dice.once_in(RARELY) {
            let banded = self.sizes.in_threshold_band(dice);
            return banded.unwrap_or_else(|| self.sizes.mapped(dice));
        }
        let wanted = match dice.below(if full { 4 } else { 10 }) {
            0 => size / 2,
            1 => size,
            2 | 3 => return self.sizes.near(dice, size.min(1 << 14)),
            4 | 5 => size + unit * dice.between(1, 8),
            6 => size * 2,
            7 => size + size / 2,
            8 => size + self.sizes.profile.header + unit * dice.between(1, 32),
            _ => {
                let class = dice.weigh(self.mix);
                return self.sizes.heap(dice, class);
            }
        };
        // Large blocks do not stay large.
        let wanted = if wanted > 1 << 14 {
            wanted / 64
        } else {
            wanted
        };
        self.sizes.near(dice, wanted.max(1).next_multiple_of(unit))
    }

    fn free(&mut self) {
        match self.choose() {
            Some(index) => self.free_at(index),
            None => self.malloc(),
        }
    }

    fn free_at(&mut self, index: usize) {
        let Live {
            number,
            size,
            on_heap,
        } = self.live[index];
        self.forget(index);
        if on_heap {
            self.released.rotate_right(1);
            self.released[0] = size;
        }
        let pointer = Pointer::Of(number);
        if self.dice.once_in(32) {
            self.push(Call::Realloc { pointer, size: 0 });
            return;
        }
        self.push(Call::Free { pointer });
        if self.base() == Some(number) {
            // A10: its header is its own until the next call.
            let size = self.sizes.near(&mut self.dice, size);
            self.push(Call::Realloc { pointer, size });
        }
    }

    /// The calls that do nothing.
    fn rare(&mut self) {
        let size = self.dice.below(64);
        let call = match self.dice.below(5) {
            0 => Call::Malloc { size: 0 },
            1 => Call::Calloc { count: 0, size },
            2 => Call::Calloc {
                count: size,
                size: 0,
            },
            3 => Call::Realloc {
                pointer: Pointer::Null,
                size: 0,
            },
            _ => Call::Free {
                pointer: Pointer::Null,
            },
        };
        self.push(call);
    }

    /// A live block: any, the newest or the oldest.
    fn choose(&mut self) -> Option<usize> {
        let last = self.live.len().checked_sub(1)?;
        let index = match self.dice.below(8) {
            0 => 0,
            1 | 2 => last,
            _ => self.dice.index(last + 1),
        };
        Some(index)
    }

    fn adopt(&mut self, call: Call, size: u64, on_heap: bool) {
        self.push(call);
        let number = number_of(self.calls.len() - 1);
        self.bytes += size;
        self.live.push(Live {
            number,
            size,
            on_heap,
        });
    }

    fn forget(&mut self, index: usize) {
        let gone = self.live.remove(index);
        self.bytes -= gone.size;
    }

    fn push(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// The block at the heap start, once the first calls have been made.
    fn base(&mut self) -> Option<CallNumber> {
        if self.base_sought {
            self.base = legality::base(&self.sizes.profile, &self.calls);
            self.base_sought = self.base.is_none() && self.calls.len() < 100;
        }
        self.base
    }
}
