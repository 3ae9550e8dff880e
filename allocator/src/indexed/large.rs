//! Free blocks of 128 KiB and more: one heap, ordered by size and address.
//!
//! A request that is itself this large looks at every entry. Such requests exist only when a course
//! raises the threshold, and entries are few: 8 for each MiB of heap.

use core::ptr::NonNull;

use super::key::Key;
use super::states::States;
use super::{Full, is_valid, min_heap};

#[derive(Debug)]
pub(super) struct Large<'m> {
    keys: &'m mut [Key],
    count: usize,
}

impl<'m> Large<'m> {
    pub(super) const fn over(keys: &'m mut [Key]) -> Large<'m> {
        Large { keys, count: 0 }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn insert(
        &mut self,
        key: Key,
        states: &mut States<'_>,
        start: NonNull<u8>,
    ) -> Result<(), Full> {
        if self.count == self.keys.len() {
            self.drop_stale(states, start);
        }
        *self.keys.get_mut(self.count).ok_or(Full)? = key;
        self.count += 1;
        min_heap::push(&mut self.keys[..self.count]);
        Ok(())
    }

    /// The smallest valid key of at least `size` bytes, or else [`Key::NONE`].
    pub(super) fn smallest(&mut self, size: usize, valid: impl Fn(Key) -> bool) -> Key {
        while let Some(&first) = self.keys[..self.count].first() {
            if !valid(first) {
                self.remove_first();
            } else if first.size() >= size {
                return first;
            } else {
                let keys = self.keys[..self.count].iter().copied();
                let fitting = keys.filter(|&key| key.size() >= size && valid(key));
                return fitting.min().unwrap_or(Key::NONE);
            }
        }
        Key::NONE
    }

    pub(super) fn remove(&mut self, key: Key) {
        if self.keys[..self.count].first() == Some(&key) {
            self.remove_first();
        }
        // Elsewhere it goes stale by being handed out.
    }

    fn remove_first(&mut self) {
        min_heap::pop(&mut self.keys[..self.count]);
        self.count -= 1;
    }

    #[cold]
    fn drop_stale(&mut self, states: &mut States<'_>, start: NonNull<u8>) {
        let mut kept = 0;
        for at in 0..self.count {
            let key = self.keys[at];
            if is_valid(states, start, key) && states.see(key.number()) {
                self.keys[kept] = key;
                kept += 1;
            }
        }
        self.count = kept;
        let keys = &mut self.keys[..kept];
        keys.iter().for_each(|key| states.forget(key.number()));
        min_heap::arrange(keys);
    }
}
