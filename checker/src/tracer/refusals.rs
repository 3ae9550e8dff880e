//! System calls for memory that are made to fail.

use crate::model::{Environment, MemoryCall};
use crate::types::RawSystemCall;

/// Counts the submission's system calls and says which of them fail.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refusals {
    environment: Environment,
    moves: u32,
    mappings: u32,
    unmappings: u32,
}

impl Refusals {
    pub(super) fn of(environment: Environment) -> Self {
        Self {
            environment,
            ..Self::default()
        }
    }

    /// What the process is told in place of the system call; `None` when it may happen.
    pub(super) fn result(&mut self, call: RawSystemCall) -> Option<i64> {
        let no_memory = -i64::from(libc::ENOMEM);
        let (kind, count, answer) = match call {
            // A query does not fail (V9).
            RawSystemCall::Brk {
                before, requested, ..
            } if requested == 0 || requested == before => return None,
            // The kernel answers with the break as it is. The C library takes an error number for
            // a new break and believes that it moved.
            RawSystemCall::Brk { before, .. } => (MemoryCall::Brk, &mut self.moves, before as i64),
            RawSystemCall::Mmap { .. } => (MemoryCall::Mmap, &mut self.mappings, no_memory),
            RawSystemCall::Munmap { .. } => (MemoryCall::Munmap, &mut self.unmappings, no_memory),
        };
        *count += 1;
        let nth = *count;
        let all = self.moves + self.mappings + self.unmappings;
        self.environment.fails(kind, nth, all).then_some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_move_of_the_break_fails_and_queries_do_not_count() {
        let mut refusals = Refusals::of(Environment::failing(Some(MemoryCall::Brk), 2, 1));
        let call = |requested| RawSystemCall::Brk {
            before: 0x1000,
            requested,
            after: 0,
        };
        assert_eq!(refusals.result(call(0)), None);
        assert_eq!(refusals.result(call(0x2000)), None);
        assert_eq!(refusals.result(call(0x1000)), None);
        assert_eq!(refusals.result(call(0x3000)), Some(0x1000));
        assert_eq!(refusals.result(call(0x3000)), None);
    }
}
