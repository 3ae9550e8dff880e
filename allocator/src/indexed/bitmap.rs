//! Which bins have entries: a bit for each, and a bit for each word of those.
//!
//! Refuses to know what a bin is.

/// Words of the lower level.
pub(super) const WORDS: usize = 256;
/// Bits of the lower level.
pub(super) const BITS: usize = WORDS * 64;
/// Words of both levels.
pub(super) const ALL_WORDS: usize = WORDS + WORDS / 64;

#[derive(Debug)]
pub(super) struct Bitmap<'m> {
    words: &'m mut [u64; WORDS],
    /// A bit for each word that is not zero.
    summary: &'m mut [u64; WORDS / 64],
}

impl<'m> Bitmap<'m> {
    pub(super) const fn over(
        words: &'m mut [u64; WORDS],
        summary: &'m mut [u64; WORDS / 64],
    ) -> Bitmap<'m> {
        Bitmap { words, summary }
    }

    #[inline]
    pub(super) fn set(&mut self, bit: usize) {
        let word = bit / 64 % WORDS;
        self.words[word] |= 1 << (bit % 64);
        self.summary[word / 64] |= 1 << (word % 64);
    }

    #[inline]
    pub(super) fn has(&self, bit: usize) -> bool {
        self.words[bit / 64 % WORDS] & 1 << (bit % 64) != 0
    }

    #[inline]
    pub(super) fn clear(&mut self, bit: usize) {
        let word = bit / 64 % WORDS;
        self.words[word] &= !(1 << (bit % 64));
        if self.words[word] == 0 {
            self.summary[word / 64] &= !(1 << (word % 64));
        }
    }

    pub(super) fn clear_all(&mut self) {
        self.words.fill(0);
        self.summary.fill(0);
    }

    /// The first bit that is set, from this one on.
    #[inline]
    pub(super) fn first_from(&self, bit: usize) -> Option<usize> {
        let word = bit / 64;
        let here = self.words.get(word)? & (u64::MAX << (bit % 64));
        if here != 0 {
            return Some(word * 64 + here.trailing_zeros() as usize);
        }
        let word = self.word_from(word + 1)?;
        Some(word * 64 + self.words[word].trailing_zeros() as usize)
    }

    #[inline]
    fn word_from(&self, word: usize) -> Option<usize> {
        let mut mask = u64::MAX << (word % 64);
        for group in word / 64..WORDS / 64 {
            let here = self.summary[group] & mask;
            if here != 0 {
                return Some(group * 64 + here.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bit_is_found_across_words() {
        let (mut words, mut summary) = ([0; WORDS], [0; WORDS / 64]);
        let mut bitmap = Bitmap::over(&mut words, &mut summary);
        assert_eq!(bitmap.first_from(0), None);
        for bit in [3, 64, 5000, BITS - 1] {
            bitmap.set(bit);
        }
        for (from, found) in [(0, 3), (3, 3), (4, 64), (65, 5000), (5001, BITS - 1)] {
            assert_eq!(bitmap.first_from(from), Some(found), "from {from}");
        }
        assert_eq!(bitmap.first_from(BITS), None);
        bitmap.clear(5000);
        bitmap.clear(BITS - 1);
        assert_eq!(bitmap.first_from(65), None);
    }
}
