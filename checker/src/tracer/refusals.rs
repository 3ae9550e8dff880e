//! System calls for memory that are made to fail.

use crate::inject::{Counter, Injection, Limit};
use crate::types::MemoryCall;
use crate::types::RawSystemCall;

/// Counts the submission's system calls and says which of them fail.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refusals {
    injection: Injection,
    counter: Counter,
}

/// How a system call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The result that the process gets when the kernel is not asked.
    pub(super) answer: i64,
    /// The limit by which the kernel refuses.
    pub(super) limit: Option<Limit>,
    /// Whether the kernel refuses this call by that limit.
    pub(super) kernel_agrees: bool,
}

impl Refusals {
    pub(super) fn of(injection: Injection) -> Self {
        Self {
            injection,
            ..Self::default()
        }
    }

    /// How the system call fails; `None` when it may happen. `page` is in bytes.
    pub(super) fn refusal(&mut self, call: RawSystemCall, page: u64) -> Option<Refusal> {
        let no_memory = -i64::from(libc::ENOMEM);
        let (kind, answer) = match call {
            // A query does not fail (V9). Memory can always be given back; where the kernel refused it,
            // no C library would notice that.
            RawSystemCall::Brk {
                before, requested, ..
            } if requested <= before => return None,
            // The kernel answers with the break as it is. The C library takes an error number for
            // a new break and believes that it moved.
            RawSystemCall::Brk { before, .. } => (MemoryCall::Brk, before as i64),
            RawSystemCall::Mmap { .. } => (MemoryCall::Mmap, no_memory),
            RawSystemCall::Munmap { .. } => (MemoryCall::Munmap, no_memory),
        };
        let limit = self.injection.limit();
        self.counter.fails(kind, self.injection).then_some(Refusal {
            answer,
            limit,
            kernel_agrees: limit.is_some_and(|limit| is_beyond(limit, call, page)),
        })
    }
}

/// Whether a limit of nothing at all keeps the call from happening. That on data counts bytes; that
/// on address space counts pages, so it does not see a move within the last page.
fn is_beyond(limit: Limit, call: RawSystemCall, page: u64) -> bool {
    match (call, limit) {
        (RawSystemCall::Brk { .. } | RawSystemCall::Mmap { .. }, Limit::Data) => true,
        (RawSystemCall::Mmap { .. }, Limit::AddressSpace) => true,
        (
            RawSystemCall::Brk {
                before, requested, ..
            },
            Limit::AddressSpace,
        ) => requested.div_ceil(page) > before.div_ceil(page),
        (RawSystemCall::Munmap { .. }, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: u64 = 4096;

    fn brk(requested: u64) -> RawSystemCall {
        RawSystemCall::Brk {
            before: 0x1000,
            requested,
            after: 0,
        }
    }

    #[test]
    fn the_second_growth_fails_and_queries_and_moves_down_do_not_count() {
        let mut refusals = Refusals::of(Injection::failing(Some(MemoryCall::Brk), 2, 1));
        let mut answer = |requested| Some(refusals.refusal(brk(requested), PAGE)?.answer);
        assert_eq!(answer(0), None);
        assert_eq!(answer(0x2000), None);
        assert_eq!(answer(0x1000), None);
        assert_eq!(answer(0x0fff), None);
        assert_eq!(answer(0x3000), Some(0x1000));
        assert_eq!(answer(0x3000), None);
    }

    #[test]
    fn a_limit_is_left_to_the_kernel_where_it_counts_the_call() {
        for limit in [Limit::Data, Limit::AddressSpace] {
            let mut refusals = Refusals::of(Injection::limited(limit, 2));
            let arguments = [0, 0x20000, 3, 0x22, u64::MAX, 0];
            let mmap = RawSystemCall::Mmap {
                arguments,
                result: 0,
            };
            let mut agrees = |call| Some(refusals.refusal(call, PAGE)?.kernel_agrees);
            assert_eq!(agrees(mmap), None);
            assert_eq!(agrees(mmap), Some(true));
            assert_eq!(agrees(brk(0x1001)), Some(true));
            assert_eq!(agrees(brk(0x0fff)), None);
            let munmap = RawSystemCall::Munmap {
                address: 0x10000,
                length: 0x20000,
                result: 0,
            };
            assert_eq!(agrees(munmap), None);
        }
    }
}
