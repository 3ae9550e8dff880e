//! Which bytes of the heap belong to live blocks: one bit for each eight bytes.
//!
//! Whether a block overlaps another is one look at as many bits as it has units, however many
//! blocks are live.

/// Heap bytes that are watched. What lies beyond is compared block by block.
const REACH: u64 = 64 << 20;
const UNIT: u64 = 8;
const BITS: u64 = u64::BITS as u64;
const WORDS: usize = (REACH / UNIT / BITS) as usize;

/// The occupied units from a base address on.
pub(crate) struct Occupancy {
    base: u64,
    words: [u64; WORDS],
}

impl Occupancy {
    /// Nothing is occupied.
    pub(crate) const fn new() -> Self {
        Self {
            base: 0,
            words: [0; WORDS],
        }
    }

    /// Sets the address from which on it watches.
    pub(crate) fn start_at(&mut self, base: u64) {
        self.base = base;
    }

    /// Whether all of `start..end` is watched.
    pub(crate) fn covers(&self, start: u64, end: u64) -> bool {
        self.base <= start && start <= end && end - self.base <= REACH
    }

    /// Whether any byte of `start..end`, which is covered, is occupied.
    pub(crate) fn touches(&self, start: u64, end: u64) -> bool {
        self.parts(start, end)
            .any(|(word, mask)| self.words[word] & mask != 0)
    }

    /// Occupies `start..end`, which is covered.
    pub(crate) fn occupy(&mut self, start: u64, end: u64) {
        self.parts(start, end)
            .for_each(|(word, mask)| self.words[word] |= mask);
    }

    /// Gives `start..end`, which is covered, free.
    pub(crate) fn clear(&mut self, start: u64, end: u64) {
        self.parts(start, end)
            .for_each(|(word, mask)| self.words[word] &= !mask);
    }

    /// The words that hold the units of `start..end`, each with a mask of the bits that do.
    fn parts(&self, start: u64, end: u64) -> impl Iterator<Item = (usize, u64)> + use<> {
        let first = (start - self.base) / UNIT;
        let after = (end - self.base).div_ceil(UNIT);
        (first / BITS..after.div_ceil(BITS)).map(move |word| {
            let low = first.saturating_sub(word * BITS);
            let high = (after - word * BITS).min(BITS);
            let mask = (u64::MAX << low) & (u64::MAX >> (BITS - high));
            (word as usize, mask)
        })
    }
}
