//! The free blocks settled last, kept out of the bins for as long as they are few.
//!
//! A hole that is eaten from the left, or that grows with each free, changes its size with each
//! call: here that is a word written, in the bins an entry made and one gone stale. The state map
//! knows which blocks are in the hand, so nothing here is ever stale.
//!
//! All places are read and written each time, without branches and at addresses that never change:
//! the processor cannot predict which of them is meant, and a wrong prediction costs more.
//!
//! Refuses to hold more than a handful, because each search looks at all of them.

use super::key::Key;

const PLACES: usize = 2;

/// The latest first; free places are [`Key::NONE`].
#[derive(Debug)]
pub(super) struct Hand([Key; PLACES]);

impl Hand {
    pub(super) const EMPTY: Hand = Hand([Key::NONE; PLACES]);

    /// Takes a key in; returns the oldest when there was no place, or else [`Key::NONE`].
    #[inline]
    pub(super) fn put(&mut self, key: Key) -> Key {
        let mut moving = key;
        for place in &mut self.0 {
            let (kept, next) = if moving == Key::NONE {
                (*place, Key::NONE)
            } else {
                (moving, *place)
            };
            *place = kept;
            moving = next;
        }
        moving
    }

    /// The smallest key of at least `size` bytes and below `bound`, or else `bound`.
    #[inline]
    pub(super) fn smallest(&self, size: usize, bound: Key) -> Key {
        let fitting = self.0.iter().map(|key| key.fitting(size));
        fitting.fold(bound, Key::min)
    }

    /// Takes a key out; it need not be there.
    #[inline]
    pub(super) fn remove(&mut self, key: Key) {
        self.replace(key, Key::NONE);
    }

    /// Puts another key in the place of one that is there.
    #[inline]
    pub(super) fn replace(&mut self, old: Key, key: Key) {
        for place in &mut self.0 {
            *place = if *place == old { key } else { *place };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Number;
    use super::*;

    fn key(size: usize, number: u32) -> Key {
        Key::new(size, Number(number))
    }

    #[test]
    fn the_oldest_is_displaced() {
        let mut hand = Hand::EMPTY;
        for number in 0..PLACES as u32 {
            assert_eq!(hand.put(key(80, number)), Key::NONE);
        }
        assert_eq!(hand.put(key(80, 99)), key(80, 0));
        hand.replace(key(80, 99), Key::NONE);
        assert_eq!(hand.put(key(80, 98)), Key::NONE);
        assert_eq!(hand.put(key(80, 97)), key(80, 1));
    }

    #[test]
    fn the_smallest_key_is_found() {
        let mut hand = Hand::EMPTY;
        hand.put(key(80, 5));
        hand.put(key(88, 25));
        assert_eq!(hand.smallest(88, Key::NONE), key(88, 25));
        assert_eq!(hand.smallest(88, key(88, 24)), key(88, 24), "the bound");
        assert_eq!(hand.smallest(104, Key::NONE), Key::NONE);
        hand.replace(key(88, 25), key(104, 25));
        assert_eq!(hand.smallest(104, Key::NONE), key(104, 25));
        hand.remove(key(104, 25));
        assert_eq!(hand.smallest(104, Key::NONE), Key::NONE);
    }
}
