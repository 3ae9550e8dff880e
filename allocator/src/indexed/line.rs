//! A line of the state map: what is known of 64 places, which are 2 KiB of heap.
//!
//! Where headers stand also tells how long blocks are: a block ends where the next header starts.
//! A line is asked which of its small free blocks can have some size, all at once and without a
//! look at the heap.
//!
//! Refuses to know what the byte of a place means.

/// Places of a line.
pub(super) const PLACES: usize = 64;

/// A byte for each place, 0 where no header stands, and sets of places: bit n stands for place n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Line {
    /// Where a header stands.
    pub(super) headers: u64,
    /// Where that of a small free block stands.
    pub(super) small: u64,
    pub(super) places: [u8; PLACES],
}

impl Line {
    /// Places of small free blocks that may end so many places further, or in the one after that:
    /// a header stands there, or those places lie behind the line.
    #[inline]
    pub(super) fn candidates(&self, places: usize) -> u64 {
        debug_assert!(places < PLACES - 1);
        let ends = self.headers >> (places % PLACES);
        let behind = !(u64::MAX >> 1 >> (places % PLACES));
        self.small & (ends | ends >> 1 | behind)
    }

    /// Where the header after this one stands, if it is in the line.
    #[inline]
    pub(super) fn next_header(&self, place: usize) -> Option<usize> {
        let next = self.headers & (u64::MAX << 1 << (place % PLACES));
        (next != 0).then(|| next.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(places: &[usize]) -> u64 {
        places.iter().map(|place| 1 << place).sum()
    }

    fn line(headers: u64, small: u64) -> Line {
        Line {
            headers,
            small,
            places: [0; PLACES],
        }
    }

    #[test]
    fn candidates_end_at_a_header_or_behind_the_line() {
        let line = line(set(&[0, 5, 10, 11, 31]), set(&[0, 5, 10, 31]));
        assert_eq!(line.candidates(1), set(&[10]));
        assert_eq!(line.candidates(5), set(&[0, 5]));
        assert_eq!(line.candidates(4), set(&[0, 5]));
        assert_eq!(line.candidates(20), set(&[10]));
        assert_eq!(line.candidates(31), set(&[0]));
        assert_eq!(line.candidates(32), set(&[31]));
    }

    #[test]
    fn the_next_header_is_found() {
        let line = line(set(&[0, 5, 63]), 0);
        assert_eq!(line.next_header(0), Some(5));
        assert_eq!(line.next_header(5), Some(63));
        assert_eq!(line.next_header(63), None);
    }
}
