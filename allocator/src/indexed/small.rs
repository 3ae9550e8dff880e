//! Free blocks below 1 KiB: for each size the set of lines of the heap that have one.
//!
//! The sets are bitmaps of three levels, so that the lowest line is found with three looks, and a
//! block comes and goes with a handful of bits. Which block of the line it is, the state map
//! tells. Words of different sizes for the same part of the
//! heap lie side by side: a small heap needs few cache lines of all this.
//!
//! Refuses to keep anything stale: a block leaves before its size changes. And it refuses a block
//! without a header behind it, which is the last one of the heap.

use super::key::{Key, Number};
use super::states::States;
use crate::align::ALIGNMENT;

/// Sizes, and bits of the set of them.
pub(super) const SIZES: usize = 128;
/// Lines, or words of the level below, for each word.
const BITS: usize = 64;
/// Block numbers for each line.
const NUMBERS: usize = super::line::PLACES * super::states::PLACE / ALIGNMENT;

/// A word for each size.
pub(super) type Row = [u64; SIZES];

/// The rows of each level that are needed for so many lines, the lowest level first.
pub(super) const fn rows(lines: usize) -> [usize; 3] {
    let words = lines.div_ceil(BITS);
    let groups = words.div_ceil(BITS);
    [words, groups, groups.div_ceil(BITS)]
}

#[derive(Debug)]
pub(super) struct Small<'m> {
    /// A bit for each size of which there is a block.
    sizes: [u64; SIZES / BITS],
    /// A bit for each word of `words` that is not zero, in groups; and so downwards.
    groups: &'m mut [Row],
    words: &'m mut [Row],
    lines: &'m mut [Row],
}

impl<'m> Small<'m> {
    /// No blocks: rows that are all zero, as many as [`rows`] says.
    pub(super) const fn over(levels: [&'m mut [Row]; 3]) -> Small<'m> {
        let [lines, words, groups] = levels;
        Small {
            sizes: [0; SIZES / BITS],
            groups,
            words,
            lines,
        }
    }

    /// Whether blocks of this size are kept here.
    #[inline]
    pub(super) fn hold(size: usize) -> bool {
        size / ALIGNMENT < SIZES
    }

    /// Takes in a block that is settled.
    #[inline]
    pub(super) fn insert(&mut self, key: Key, states: &mut States<'_>) {
        states.join_small(key.number());
        let (size, line) = (which(key.size()), line_of(key.number()));
        let word = &mut self.lines[line / BITS][size];
        let is_new = *word == 0;
        *word |= 1 << (line % BITS);
        if is_new {
            self.note_word(size, line / BITS);
        }
    }

    /// Takes a word of `lines` that is not zero any more into the sets above.
    #[inline(never)]
    fn note_word(&mut self, size: usize, word: usize) {
        let group = word / BITS;
        self.words[group][size] |= 1 << (word % BITS);
        self.groups[group / BITS][size] |= 1 << (group % BITS);
        self.sizes[size / BITS] |= 1 << (size % BITS);
    }

    /// The smallest size of at least `size` bytes of which there is a block.
    #[inline]
    pub(super) fn fitting(&self, size: usize) -> Option<usize> {
        let at = which(size);
        let here = self.sizes[at / BITS] >> (at % BITS);
        if here != 0 {
            return Some(size + here.trailing_zeros() as usize * ALIGNMENT);
        }
        let larger = self.sizes[1];
        let is_larger = at < BITS && larger != 0;
        is_larger.then(|| (BITS + larger.trailing_zeros() as usize) * ALIGNMENT)
    }

    /// The lowest block of a size of which there is one.
    #[inline]
    pub(super) fn lowest(&self, size: usize, states: &States<'_>) -> Option<Key> {
        let number = states.lowest_small(self.lowest_line(size)?, size)?;
        Some(Key::new(size, number))
    }

    /// Takes out a block that is there.
    #[inline]
    pub(super) fn remove(&mut self, key: Key, states: &mut States<'_>) {
        if states.leave_small(key.number(), key.size()) {
            let (size, line) = (which(key.size()), line_of(key.number()));
            let word = &mut self.lines[line / BITS][size];
            *word &= !(1 << (line % BITS));
            if *word == 0 {
                self.forget_word(size, line / BITS);
            }
        }
    }

    /// Takes a word of `lines` that has become zero out of the sets above.
    #[inline(never)]
    fn forget_word(&mut self, size: usize, word: usize) {
        let group = word / BITS;
        let words = &mut self.words[group][size];
        *words &= !(1 << (word % BITS));
        if *words == 0 {
            self.groups[group / BITS][size] &= !(1 << (group % BITS));
            if self.groups.iter().all(|row| row[size] == 0) {
                self.sizes[size / BITS] &= !(1 << (size % BITS));
            }
        }
    }

    #[inline]
    fn lowest_line(&self, size: usize) -> Option<usize> {
        let size = which(size);
        let (at, groups) = self
            .groups
            .iter()
            .map(|row| row[size])
            .enumerate()
            .find(|&(_, groups)| groups != 0)?;
        let group = at * BITS + groups.trailing_zeros() as usize;
        let word = group * BITS + self.words.get(group)?[size].trailing_zeros() as usize;
        Some(word * BITS + self.lines.get(word)?[size].trailing_zeros() as usize)
    }
}

#[inline]
fn which(size: usize) -> usize {
    size / ALIGNMENT % SIZES
}

#[inline]
fn line_of(number: Number) -> usize {
    number.0 as usize / NUMBERS
}

#[cfg(test)]
mod tests {
    use super::super::room::{self, Room};
    use super::super::states::State;
    use super::*;

    /// Blocks of these sizes in turn, all of them settled and kept.
    fn with_blocks(
        sizes: &[usize],
        blocks: usize,
        test: impl FnOnce(&mut Small<'_>, &mut States<'_>, Vec<Key>),
    ) {
        let sizes = sizes.iter().copied().cycle().take(blocks);
        let numbers = sizes.clone().scan(Number(0), |end, size| {
            Some(std::mem::replace(end, end.behind(size)))
        });
        let keys: Vec<Key> = sizes
            .zip(numbers)
            .map(|(size, at)| Key::new(size, at))
            .collect();
        let end = keys.last().map(|last| last.number().behind(last.size()));
        let end = end.expect("a block");
        let mut memory = vec![0; room::words(end.offset())];
        let room = Room::carve(&mut memory);
        let mut states = States::over(room.lines);
        let mut small = Small::over(room.small);
        for key in &keys {
            states.create(key.number(), State::Settled);
            small.insert(*key, &mut states);
        }
        states.create(end, State::Gap);
        test(&mut small, &mut states, keys);
    }

    #[test]
    fn the_lowest_of_a_size_comes_first() {
        // 40,000 blocks lie in more lines than one group has.
        with_blocks(&[8, 1016, 600], 40_000, |small, states, keys| {
            for size in [8, 600, 1016] {
                for &key in keys.iter().filter(|key| key.size() == size) {
                    assert_eq!(small.fitting(size), Some(size));
                    assert_eq!(small.lowest(size, states), Some(key));
                    small.remove(key, states);
                }
                assert_ne!(small.fitting(size), Some(size));
            }
        });
    }

    #[test]
    fn a_line_stays_for_as_long_as_it_has_a_block_of_the_size() {
        with_blocks(&[40, 48], 60, |small, states, keys| {
            for &key in keys.iter().rev().filter(|key| key.size() == 40) {
                assert_eq!(small.fitting(16), Some(40));
                small.remove(key, states);
            }
            assert_eq!(small.fitting(16), Some(48));
            assert_eq!(small.fitting(56), None);
        });
    }
}
