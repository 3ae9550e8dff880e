//! Random numbers that are the same for a seed on every machine and in every version.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng as _;

/// A source of random choices.
///
/// The generator is a crate's that promises its values; how they become choices is written out
/// here, because `rand` may change its sampling between versions.
#[derive(Clone, Debug)]
pub(super) struct Dice(Pcg64);

/// Any fixed number: which of PCG's streams is used.
const STREAM: u128 = 0x6f73_6d65_6d00;

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Pcg64::new(u128::from(seed), STREAM))
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        (wide >> 64) as u64
    }

    /// A number of `low..=high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True once in `many` times.
    pub(super) fn once_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// One of the values.
    pub(super) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.index(values.len())]
    }

    /// An index below `length`.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// One of the values, each as often as its weight says.
    pub(super) fn weigh<T: Copy>(&mut self, values: &[(u64, T)]) -> T {
        let mut left = self.below(values.iter().map(|(weight, _)| weight).sum());
        for &(weight, value) in values {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                None => return value,
            }
        }
        unreachable!("the weights add up to more than was drawn")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_never_change() {
        let mut dice = Dice::new(1);
        let seen: Vec<u64> = (0..6).map(|_| dice.below(1000)).collect();
        assert_eq!(seen, [218, 275, 135, 66, 663, 808]);
    }

    #[test]
    fn choices_stay_in_their_ranges() {
        let mut dice = Dice::new(7);
        for _ in 0..1000 {
            assert!((3..=9).contains(&dice.between(3, 9)));
            assert_ne!(dice.weigh(&[(3, 'a'), (0, 'b'), (1, 'c')]), 'b');
        }
    }
}
