//! Size arithmetic: `align(n)` of the specification.
//!
//! Refuses to wrap around: a size that does not fit is `None`, which the functions above turn
//! into NULL.

/// Every header and every payload starts at a multiple of it.
pub(crate) const ALIGNMENT: usize = 8;

/// `n` rounded up to a multiple of [`ALIGNMENT`].
#[inline]
pub(crate) const fn align(n: usize) -> Option<usize> {
    match n.checked_add(ALIGNMENT - 1) {
        Some(n) => Some(align_down(n)),
        None => None,
    }
}

/// `n` rounded down to a multiple of [`ALIGNMENT`].
#[inline]
pub(crate) const fn align_down(n: usize) -> usize {
    n - n % ALIGNMENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn align_rounds_up_to_eight() {
        assert_eq!(align(0), Some(0));
        assert_eq!(align(1), Some(8));
        assert_eq!(align(8), Some(8));
        assert_eq!(align(usize::MAX - 7), Some(usize::MAX - 7));
        assert_eq!(align(usize::MAX - 6), None);
    }

    #[test]
    fn align_down_rounds_down_to_eight() {
        assert_eq!(align_down(7), 0);
        assert_eq!(align_down(8), 8);
        assert_eq!(align_down(usize::MAX), usize::MAX - 7);
    }
}
