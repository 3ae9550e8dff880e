//! Numbers of blocks that were freed since the last search.
//!
//! Refuses to grow: what does not fit is only counted as an overflow, and found by a walk.

use super::key::Number;

/// A stack with a limit. An entry may be stale, or there twice.
#[derive(Debug)]
pub(super) struct Pending<'m> {
    entries: &'m mut [u32],
    len: usize,
    overflowed: bool,
}

impl<'m> Pending<'m> {
    pub(super) const fn over(entries: &'m mut [u32]) -> Pending<'m> {
        Pending {
            entries,
            len: 0,
            overflowed: false,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, number: Number) {
        match self.entries.get_mut(self.len) {
            Some(entry) => {
                *entry = number.0;
                self.len += 1;
            }
            None => self.overflowed = true,
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Number> {
        let len = self.len.checked_sub(1)?;
        let entry = self.entries.get(len)?;
        self.len = len;
        Some(Number(*entry))
    }

    /// Whether there were more than fit.
    #[inline]
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.overflowed = false;
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
        assert!(!pending.overflowed());
        pending.push(Number(9));
        assert!(pending.overflowed());
        assert_eq!(
            [pending.pop(), pending.pop(), pending.pop()],
            [Some(Number(8)), Some(Number(7)), None]
        );
        pending.clear();
        assert!(!pending.overflowed());
    }
}
