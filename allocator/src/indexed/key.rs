//! Names of blocks in the index: a number for an address, a key for a size and an address.
//!
//! Refuses to know whether a block is there.

use crate::literal::align::ALIGNMENT;
use crate::literal::block::META;

/// A block, by the distance of its header from the heap's start in multiples of 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(pub(super) u32);

impl Number {
    /// The number of a header this many bytes from the start; past every heap when it has none.
    #[inline]
    pub(super) fn at_offset(offset: usize) -> Number {
        Number(u32::try_from(offset / ALIGNMENT).unwrap_or(u32::MAX))
    }

    /// The same for an offset that lies in an indexed heap, or at its end.
    #[inline]
    pub(super) fn inside(offset: usize) -> Number {
        debug_assert_eq!(Number::at_offset(offset).0 as usize, offset / ALIGNMENT);
        Number((offset / ALIGNMENT) as u32)
    }

    /// The number of the place after a block of this size.
    #[inline]
    pub(super) fn after(self, size: usize) -> Number {
        Number(self.0.wrapping_add(((META + size) / ALIGNMENT) as u32))
    }

    #[inline]
    pub(super) fn offset(self) -> usize {
        self.0 as usize * ALIGNMENT
    }
}

/// A free block, ordered by size and then by address: the smallest key is the best fit (C4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    /// Larger than the key of any block.
    pub(super) const NONE: Key = Key(u64::MAX);

    /// The size is less than an indexed heap, so a 32-bit count of multiples of 8 holds it.
    #[inline]
    pub(super) fn new(size: usize, number: Number) -> Key {
        Key(((size / ALIGNMENT) as u64) << 32 | u64::from(number.0))
    }

    /// The key itself if its block has at least `size` bytes, or else [`Key::NONE`].
    #[inline]
    pub(super) fn fitting(self, size: usize) -> Key {
        if self >= Key::new(size, Number(0)) {
            self
        } else {
            Key::NONE
        }
    }

    #[inline]
    pub(super) fn size(self) -> usize {
        (self.0 >> 32) as usize * ALIGNMENT
    }

    #[inline]
    pub(super) fn number(self) -> Number {
        Number(self.0 as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_by_size_and_then_by_address() {
        let keys = [(8, 9), (16, 2), (16, 3), (1 << 30, 0)].map(|(s, n)| Key::new(s, Number(n)));
        assert!(keys.is_sorted());
        assert_eq!((keys[2].size(), keys[2].number()), (16, Number(3)));
        assert!(keys[3] < Key::NONE);
    }

    #[test]
    fn numbers_count_multiples_of_eight() {
        assert_eq!(Number::at_offset(40), Number(5));
        assert_eq!(Number(5).offset(), 40);
        assert_eq!(Number::at_offset(usize::MAX), Number(u32::MAX));
    }
}
