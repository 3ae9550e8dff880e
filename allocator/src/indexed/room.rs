//! The parts of the memory that an index gets.
//!
//! Refuses to read or write it: pages that an index never needs are never touched.

use core::mem::{align_of, size_of};

use super::bins::Bin;
use super::bitmap::{self, Bitmap};
use super::key::Key;
use super::pool::Pool;
use super::states::PLACE;

/// Heap bytes that the parts are counted for.
const UNIT: usize = 512;
/// Words of a unit's part of the state map.
const STATES: usize = UNIT / PLACE / 8;
/// Words of a unit's part of the pending numbers: two.
const PENDING: usize = 1;
/// Words of a unit's part of the pool: at most 6 blocks in 512 bytes are free and apart, and an
/// array may be half empty.
const POOL: usize = 8;
/// Units for each large key: 4 for each large block that fits.
const UNITS_OF_LARGE: usize = 128 * 1024 / 4 / UNIT;

/// Words that every index has, however small: bins, bitmap, the state of the heap's end, and a
/// few large keys.
const FIXED: usize = size_of::<Bin>() / 8 * bitmap::BITS + bitmap::ALL_WORDS + 1 + 64;

/// Words for a heap of `limit` bytes.
pub(super) const fn words(limit: usize) -> usize {
    let units = limit.div_ceil(UNIT);
    FIXED + units * (STATES + PENDING + POOL) + units.div_ceil(UNITS_OF_LARGE)
}

pub(super) struct Room<'m> {
    pub(super) bins: &'m mut [Bin; bitmap::BITS],
    pub(super) bitmap: Bitmap<'m>,
    pub(super) states: &'m mut [u8],
    pub(super) pending: &'m mut [u32],
    pub(super) large: &'m mut [Key],
    pub(super) pool: Pool<'m>,
}

impl<'m> Room<'m> {
    /// Shares the memory out; all of it is zero.
    ///
    /// # Panics
    ///
    /// When there is less than [`words`] of an empty heap.
    pub(super) const fn carve(memory: &'m mut [u64]) -> Room<'m> {
        assert!(memory.len() >= FIXED);
        let units = units_in(memory.len());
        let (bins, memory) = memory.split_at_mut(size_of::<Bin>() / 8 * bitmap::BITS);
        let (bitmap, memory) = memory.split_at_mut(bitmap::WORDS);
        let (summary, memory) = memory.split_at_mut(bitmap::ALL_WORDS - bitmap::WORDS);
        let (states, memory) = memory.split_at_mut(1 + units * STATES);
        let (pending, memory) = memory.split_at_mut(units * PENDING);
        let (large, memory) = memory.split_at_mut(64 + units / UNITS_OF_LARGE);
        // SAFETY: a bin is made of u32 and u16.
        let bins = unsafe { cast::<Bin>(bins) };
        // SAFETY: a state is a u8.
        let states = unsafe { cast::<u8>(states) };
        // SAFETY: a number is a u32.
        let pending = unsafe { cast::<u32>(pending) };
        // SAFETY: a key is a u64.
        let large = unsafe { cast::<Key>(large) };
        // SAFETY: a number is a u32.
        let pool = unsafe { cast::<u32>(memory) };
        Room {
            bins: exactly(bins),
            bitmap: Bitmap::over(exactly(bitmap), exactly(summary)),
            // The first byte of the extra word is the place of the heap's end.
            states: states.split_at_mut(units * STATES * 8 + 1).0,
            pending,
            large,
            pool: Pool::over(pool),
        }
    }
}

/// The units of a heap that these words are for.
const fn units_in(words: usize) -> usize {
    // The inverse of `words`: each group of units takes one word more, for a large key.
    let group = (STATES + PENDING + POOL) * UNITS_OF_LARGE + 1;
    (words - FIXED) * UNITS_OF_LARGE / group
}

const fn exactly<T, const N: usize>(slice: &mut [T]) -> &mut [T; N] {
    match slice.first_chunk_mut() {
        Some(array) => array,
        None => panic!("parts are carved to length"),
    }
}

/// The same memory as something else.
///
/// # Safety
///
/// `T` is made of unsigned integers, so that any bytes are a `T`.
const unsafe fn cast<T>(words: &mut [u64]) -> &mut [T] {
    const { assert!(align_of::<T>() <= align_of::<u64>() && 8 % align_of::<T>() == 0) };
    let count = words.len() * 8 / size_of::<T>();
    // SAFETY: the alignment is enough, `count` of T fit into the words, which are borrowed for as
    // long as the result, and the caller says that any bytes will do.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_limit() {
        for limit in [0, 1, 512, 100_000, 1 << 20, 64 << 20] {
            let mut memory = vec![0; words(limit)];
            let room = Room::carve(&mut memory);
            assert!((room.states.len() - 1) * PLACE >= limit, "{limit}");
            assert!(room.pending.len() >= limit / 256, "{limit}");
            assert!(room.large.len() >= limit / (128 * 1024) * 4, "{limit}");
        }
    }
}
