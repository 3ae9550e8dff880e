//! Numbers of blocks that were freed since the last search.
//!
//! Refuses to grow: what does not fit is only counted, and found by a walk.

use super::key::Number;

/// A stack with a limit. An entry may be stale, or there twice.
#[derive(Debug)]
pub(super) struct Pending<'m> {
    entries: &'m mut [u32],
    /// Those that did not fit are counted too.
    count: usize,
}

impl<'m> Pending<'m> {
    pub(super) const fn over(entries: &'m mut [u32]) -> Pending<'m> {
        Pending { entries, count: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, number: Number) {
        if let Some(entry) = self.entries.get_mut(self.count) {
            *entry = number.0;
        }
        self.count += 1;
    }

    /// The latest entry; none, too, as long as there are some that did not fit.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Number> {
        let count = self.count.checked_sub(1)?;
        let entry = self.entries.get(count)?;
        self.count = count;
        Some(Number(*entry))
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_tells_when_it_overflows() {
        let mut entries = [0; 2];
        let mut pending = Pending::over(&mut entries);
        pending.push(Number(7));
        pending.push(Number(8));
        assert_eq!(pending.pop(), Some(Number(8)));
        pending.push(Number(8));
        pending.push(Number(9));
        assert!(pending.pop().is_none() && !pending.is_empty());
        pending.clear();
        assert!(pending.pop().is_none() && pending.is_empty());
    }
}
