//! What was worked out about single calls, for the search for causes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::call::Explained;
use crate::spec::{Mistake, points};

/// Results about single calls that the search for causes needs often: each is computed once.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// For each call, by its position: how well each set of mistakes that was tried explains it.
    pub(super) explained: RefCell<Vec<BTreeMap<u128, Option<Explained>>>>,
    /// The calls that are right and in which a mistake would have shown; and how many of those that
    /// are right and consulted it were looked at.
    pub(super) against: RefCell<BTreeMap<Mistake, (usize, Vec<usize>)>>,
}

impl Evidence {
    /// What was worked out of some of the calls alone.
    pub(super) fn of_calls(&self, positions: &[usize]) -> Self {
        let known = self.explained.borrow();
        let mut explained = vec![BTreeMap::new(); known.len()];
        for &position in positions {
            if let Some(of_call) = known.get(position) {
                explained[position].clone_from(of_call);
            }
        }
        Self {
            explained: RefCell::new(explained),
            ..Self::default()
        }
    }
}

/// A number for a set of mistakes. Sets that do the same have the same number: the order counts only
/// where two of them change the same decision. `None` for a set that is too large.
pub(super) fn name_of(set: &[Mistake]) -> Option<u128> {
    let mut bytes = [0; 16];
    let numbers = bytes.get_mut(..set.len())?;
    for (number, mistake) in numbers.iter_mut().zip(set) {
        *number = *mistake as u8 + 1;
    }
    let each = set.iter().map(|it| points(&[*it]).count_ones());
    if points(set).count_ones() == each.sum::<u32>() {
        numbers.sort_unstable();
    }
    Some(u128::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mistakes_of_one_decision_have_an_order() {
        use Mistake::{FirstFit, NoPreallocation, PreallocatesByRequest};
        let name = |set: [Mistake; 2]| name_of(&set).unwrap();
        assert_eq!(
            name([FirstFit, NoPreallocation]),
            name([NoPreallocation, FirstFit])
        );
        assert_ne!(
            name([PreallocatesByRequest, NoPreallocation]),
            name([NoPreallocation, PreallocatesByRequest])
        );
        assert_eq!(name_of(&[FirstFit; 17]), None);
    }
}
