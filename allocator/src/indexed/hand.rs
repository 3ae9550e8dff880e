//! The free blocks settled last, kept out of the bins for as long as they are few.
//!
//! A hole that is eaten from the left, or that grows with each free, changes its size with each
//! call: here that is one word written, in the bins an entry made and one gone stale.
//!
//! Refuses to hold more than a handful, because each search looks at all of them.

use super::key::Key;

const PLACES: usize = 4;

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

    /// Takes a key in, in place of one of the same block if there is one; returns what it
    /// displaced.
    pub(super) fn put(&mut self, key: Key) -> Option<Key> {
        let same = |old: &&mut Key| old.number() == key.number();
        if let Some(old) = self.keys.iter_mut().find(same) {
            *old = key;
            return None;
        }
        let place = &mut self.keys[self.oldest % PLACES];
        self.oldest = (self.oldest + 1) % PLACES;
        let displaced = core::mem::replace(place, key);
        (displaced != Key::NONE).then_some(displaced)
    }

    /// The smallest key of at least `size` bytes and below `bound`, unless it is stale.
    pub(super) fn smallest(
        &mut self,
        size: usize,
        bound: Key,
        valid: impl Fn(Key) -> bool,
    ) -> Option<Key> {
        let mut best = bound;
        for key in &mut self.keys {
            if *key < best && key.size() >= size {
                if valid(*key) {
                    best = *key;
                } else {
                    *key = Key::NONE;
                }
            }
        }
        (best != bound).then_some(best)
    }

    pub(super) fn remove(&mut self, key: Key) {
        for place in &mut self.keys {
            if *place == key {
                *place = Key::NONE;
            }
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
            assert_eq!(hand.put(key(80, number * 10)), None);
        }
        assert_eq!(hand.put(key(88, 10)), None, "the same block");
        assert_eq!(hand.put(key(80, 99)), Some(key(80, 0)));
    }

    #[test]
    fn the_smallest_valid_key_is_found() {
        let mut hand = Hand::EMPTY;
        hand.put(key(80, 5));
        hand.put(key(96, 15));
        hand.put(key(88, 25));
        assert_eq!(hand.smallest(81, Key::NONE, |_| true), Some(key(88, 25)));
        assert_eq!(
            hand.smallest(81, key(88, 25), |_| true),
            None,
            "below the bound"
        );
        assert_eq!(
            hand.smallest(8, Key::NONE, |key| key.size() > 80),
            Some(key(88, 25))
        );
        assert_eq!(
            hand.smallest(8, Key::NONE, |_| true),
            Some(key(88, 25)),
            "stale ones are gone"
        );
        hand.remove(key(88, 25));
        assert_eq!(hand.smallest(8, Key::NONE, |_| true), Some(key(96, 15)));
    }
}
