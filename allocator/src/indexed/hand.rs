//! The free blocks settled last, kept out of the bins for as long as they are few.
//!
//! A hole that is eaten from the left, or that grows with each free, changes its size with each
//! call: here that is one word written, in the bins an entry made and one gone stale. The state
//! map knows the place of each block in the hand, so nothing here is ever stale.
//!
//! Refuses to hold more than a handful, because each search looks at all of them.

use super::key::{Key, Number};
use super::states::HAND_PLACES;

const PLACES: usize = 8;

const _: () = assert!(PLACES <= HAND_PLACES && PLACES.is_power_of_two());

/// Free places are [`Key::NONE`].
#[derive(Debug)]
pub(super) struct Hand {
    keys: [Key; PLACES],
    /// The place that is given up next.
    oldest: usize,
}

impl Hand {
    pub(super) const EMPTY: Hand = Hand {
        keys: [Key::NONE; PLACES],
        oldest: 0,
    };

    /// Takes a key in; returns its place, and what was there.
    #[inline]
    pub(super) fn put(&mut self, key: Key) -> (usize, Option<Key>) {
        let place = self.oldest % PLACES;
        self.oldest = place + 1;
        let displaced = core::mem::replace(&mut self.keys[place], key);
        (place, (displaced != Key::NONE).then_some(displaced))
    }

    /// The smallest key of at least `size` bytes and below `bound`, or else `bound`.
    #[inline]
    pub(super) fn smallest(&self, size: usize, bound: Key) -> Key {
        let least = Key::new(size, Number(0));
        let mut best = bound;
        // Without branches: which one fits is anybody's guess.
        for &key in &self.keys {
            let fitting = if key >= least { key } else { Key::NONE };
            best = best.min(fitting);
        }
        best
    }

    /// Empties a place.
    #[inline]
    pub(super) fn remove(&mut self, place: usize) {
        self.keys[place % PLACES] = Key::NONE;
    }

    /// Changes the key at a place.
    #[inline]
    pub(super) fn change(&mut self, place: usize, key: Key) {
        self.keys[place % PLACES] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(size: usize, number: u32) -> Key {
        Key::new(size, Number(number))
    }

    #[test]
    fn the_oldest_is_displaced() {
        let mut hand = Hand::EMPTY;
        for number in 0..PLACES as u32 {
            assert_eq!(hand.put(key(80, number * 10)), (number as usize, None));
        }
        assert_eq!(hand.put(key(80, 99)), (0, Some(key(80, 0))));
    }

    #[test]
    fn the_smallest_key_is_found() {
        let mut hand = Hand::EMPTY;
        hand.put(key(80, 5));
        hand.put(key(96, 15));
        let (place, _) = hand.put(key(88, 25));
        assert_eq!(hand.smallest(88, Key::NONE), key(88, 25));
        assert_eq!(hand.smallest(88, key(88, 24)), key(88, 24), "the bound");
        assert_eq!(hand.smallest(104, Key::NONE), Key::NONE);
        hand.change(place, key(104, 25));
        assert_eq!(hand.smallest(104, Key::NONE), key(104, 25));
        hand.remove(place);
        assert_eq!(hand.smallest(104, Key::NONE), Key::NONE);
    }
}
