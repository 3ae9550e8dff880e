//! Arrays of 32-bit entries for the bins, of 4, 8, 16, ... places.
//!
//! Refuses to join arrays: what was given back is used again for the same length only.

use super::Full;

/// The places of the shortest array.
pub(super) const SHORTEST: u32 = 4;
/// Lengths up to 2^31 places.
const LENGTHS: usize = 30;

/// Where an array starts in the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Start(pub(super) u32);

#[derive(Debug)]
pub(super) struct Pool<'m> {
    places: &'m mut [u32],
    /// Places from here on were never used.
    fresh: u32,
    /// For each length, the array that was given back last, plus 1; 0 for none. Its first place has the
    /// one before it, in the same way.
    spare: [u32; LENGTHS],
}

impl<'m> Pool<'m> {
    pub(super) const fn over(places: &'m mut [u32]) -> Pool<'m> {
        Pool {
            places,
            fresh: 0,
            spare: [0; LENGTHS],
        }
    }

    /// An array of `length` places, a power of 2.
    pub(super) fn take(&mut self, length: u32) -> Result<Start, Full> {
        let spare = &mut self.spare[which(length)];
        if let Some(start) = spare.checked_sub(1) {
            *spare = self.places[start as usize];
            return Ok(Start(start));
        }
        let start = self.fresh;
        let end = start.checked_add(length).ok_or(Full)?;
        if end as usize > self.places.len() {
            return Err(Full);
        }
        self.fresh = end;
        Ok(Start(start))
    }

    pub(super) fn give_back(&mut self, start: Start, length: u32) {
        if length >= SHORTEST {
            let spare = &mut self.spare[which(length)];
            self.places[start.0 as usize] = core::mem::replace(spare, start.0 + 1);
        }
    }

    /// Takes all arrays back.
    pub(super) fn clear(&mut self) {
        self.fresh = 0;
        self.spare = [0; LENGTHS];
    }

    /// The first `length` places of the array.
    #[inline]
    pub(super) fn array(&mut self, start: Start, length: u32) -> &mut [u32] {
        let start = start.0 as usize;
        &mut self.places[start..start + length as usize]
    }

    pub(super) fn copy(&mut self, from: Start, to: Start, length: u32) {
        let from = from.0 as usize;
        let source = from..from + length as usize;
        self.places.copy_within(source, to.0 as usize);
    }
}

fn which(length: u32) -> usize {
    (length / SHORTEST).trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_used_again_for_their_length() {
        let mut places = [0; 20];
        let mut pool = Pool::over(&mut places);
        let (four, eight) = (pool.take(4).expect("room"), pool.take(8).expect("room"));
        pool.array(eight, 8).fill(7);
        let other = pool.take(4).expect("room");
        pool.give_back(four, 4);
        pool.give_back(other, 4);
        assert!(pool.take(8).is_err());
        assert_eq!(pool.take(4).expect("room"), other);
        assert_eq!(pool.take(4).expect("room"), four);
        assert_eq!(pool.take(4).expect("room"), Start(16));
        assert!(pool.take(4).is_err());
        assert_eq!(pool.array(eight, 8), [7; 8]);
    }
}
