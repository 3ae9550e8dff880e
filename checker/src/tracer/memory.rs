//! The memory of one scenario's process, as its system calls say: where the heap is and which
//! mappings live.

use crate::types::{RawSystemCall, Region};

/// Heap regions and live mappings.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Where the break stands.
    pub(super) brk: u64,
    /// What the submission got from the break, in address order. More than one region where
    /// other code moved the break in between.
    pub(super) regions: Vec<Region>,
    /// The live mappings, in the order they were made.
    pub(super) mappings: Vec<Region>,
}

/// Who made a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Submission,
    /// Other code: the bytes are not the heap's.
    Foreign,
}

impl Memory {
    pub(super) fn starting_at(brk: u64) -> Self {
        Self {
            brk,
            ..Self::default()
        }
    }

    /// Takes note of a system call that has returned.
    pub(super) fn note(&mut self, call: RawSystemCall, caller: Caller, page: u64) {
        match call {
            RawSystemCall::Brk { after, .. } => self.note_break(after, caller),
            // A mapping of others is no block.
            RawSystemCall::Mmap { .. } if caller == Caller::Foreign => {}
            RawSystemCall::Mmap { arguments, result } => {
                if let Ok(start) = u64::try_from(result) {
                    let end = start.saturating_add(arguments[1]);
                    self.mappings.push(Region { start, end });
                }
            }
            RawSystemCall::Munmap {
                address,
                length,
                result: 0,
            } => {
                let end = address.saturating_add(length);
                // With its first page a mapping loses its header.
                self.mappings.retain(|mapping| {
                    end <= mapping.start || address >= mapping.start.saturating_add(page)
                });
            }
            RawSystemCall::Munmap { .. } => {}
        }
    }

    fn note_break(&mut self, after: u64, caller: Caller) {
        let before = std::mem::replace(&mut self.brk, after);
        if after > before && caller == Caller::Submission {
            match self.regions.last_mut() {
                Some(last) if last.end == before => last.end = after,
                _ => self.regions.push(Region {
                    start: before,
                    end: after,
                }),
            }
        }
        if after < before {
            self.regions.retain(|region| region.start < after);
            if let Some(last) = self.regions.last_mut() {
                last.end = last.end.min(after);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brk(memory: &mut Memory, after: u64, caller: Caller) {
        let call = RawSystemCall::Brk {
            before: memory.brk,
            requested: after,
            after,
        };
        memory.note(call, caller, 4096);
    }

    #[test]
    fn a_foreign_move_parts_the_heap() {
        let mut memory = Memory::starting_at(0x1000);
        brk(&mut memory, 0x3000, Caller::Submission);
        brk(&mut memory, 0x4000, Caller::Submission);
        brk(&mut memory, 0x5000, Caller::Foreign);
        brk(&mut memory, 0x6000, Caller::Submission);
        let seen: Vec<_> = memory
            .regions
            .iter()
            .map(|region| (region.start, region.end))
            .collect();
        assert_eq!(seen, [(0x1000, 0x4000), (0x5000, 0x6000)]);
        brk(&mut memory, 0x5000, Caller::Submission);
        assert_eq!(memory.regions.len(), 1);
    }

    #[test]
    fn a_mapping_lives_until_its_first_page_goes() {
        let mut memory = Memory::starting_at(0x1000);
        memory.note(
            RawSystemCall::Mmap {
                arguments: [0, 0x5000, 0, 0, 0, 0],
                result: 0x10000,
            },
            Caller::Submission,
            4096,
        );
        let unmap = |address, length| RawSystemCall::Munmap {
            address,
            length,
            result: 0,
        };
        memory.note(unmap(0x12000, 0x1000), Caller::Submission, 4096);
        assert_eq!(memory.mappings.len(), 1);
        memory.note(unmap(0x10000, 0x5000), Caller::Submission, 4096);
        assert_eq!(memory.mappings.len(), 0);
    }
}
