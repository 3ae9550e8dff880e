//! Slots instead of call numbers, for a program that keeps the pointers in an array.

use crate::{CallNumber, Trace};

impl Trace {
    /// For each call, the slot that its pointer lies in: the one that it returns, resizes or
    /// frees; `None` for `free(NULL)`. Besides, how many slots there are: as many as blocks live
    /// at the same time. A slot that was freed last is used again first.
    pub fn slots(&self) -> (u32, Vec<Option<u32>>) {
        let mut count = 0;
        let mut unused: Vec<u32> = Vec::new();
        let mut slots: Vec<Option<u32>> = Vec::with_capacity(self.steps().len());
        for step in self.steps() {
            let old = step
                .ends()
                .and_then(|CallNumber(number)| slots[number as usize - 1]);
            let slot = match (old, step.gives()) {
                (Some(old), None) => {
                    unused.push(old);
                    Some(old)
                }
                (Some(old), Some(_)) => Some(old),
                (None, None) => None,
                (None, Some(_)) => Some(unused.pop().unwrap_or_else(|| {
                    count += 1;
                    count - 1
                })),
            };
            slots.push(slot);
        }
        (count, slots)
    }
}

#[cfg(test)]
mod tests {
    use crate::{CallNumber, LeftOut, Step, Trace};

    #[test]
    fn slots_are_used_again() {
        let pointer = |number| Some(CallNumber(number));
        let steps = vec![
            Step::Malloc { size: 1 },
            Step::Malloc { size: 2 },
            Step::Free {
                pointer: pointer(1),
            },
            Step::Free { pointer: None },
            Step::Calloc { count: 1, size: 3 },
            Step::Realloc {
                pointer: pointer(2),
                size: 9,
            },
            Step::Realloc {
                pointer: pointer(6),
                size: 0,
            },
            Step::Realloc {
                pointer: None,
                size: 0,
            },
        ];
        let trace = Trace::new("p", LeftOut::default(), steps).unwrap();
        let (count, slots) = trace.slots();
        let expected = [0, 1, 0, 9, 0, 1, 1, 1].map(|slot| (slot < 9).then_some(slot));
        assert_eq!((count, slots.as_slice()), (2, expected.as_slice()));
    }
}
