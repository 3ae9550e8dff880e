//! The live blocks, as the calls say, and the checks of new ones.

use crate::types::{CallNumber, Finding, Pointer, Profile, RawStep};

/// The live blocks and what each call returned.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Indexed by call number less one.
    returned: Vec<u64>,
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    number: CallNumber,
    address: u64,
    size: u64,
}

impl Live {
    /// Takes away the block that a call frees.
    pub(super) fn release(&mut self, recorded: &RawStep) {
        let released = recorded.call.released(recorded.result == 0);
        if let Some(address) = released.and_then(|pointer| self.address(pointer)) {
            self.blocks.retain(|block| block.address != address);
        }
    }

    /// Adds the block that a call returned, and says what is wrong with its place, as far as that
    /// can be told without its header.
    pub(super) fn adopt(&mut self, recorded: &RawStep, profile: &Profile) -> Vec<Finding> {
        let address = recorded.result;
        self.returned.push(address);
        let Some(size) = recorded.call.size().filter(|_| address != 0) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        if !address.is_multiple_of(profile.alignment) {
            findings.push(Finding::Misaligned);
        }
        let end = address.saturating_add(size);
        let overlaps = |block: &&Block| address < block.end() && block.address < end;
        if let Some(other) = self.blocks.iter().find(overlaps) {
            findings.push(Finding::Overlap {
                other: other.number,
            });
        }
        self.blocks.push(Block {
            number: recorded.number,
            address,
            size,
        });
        findings
    }

    fn address(&self, pointer: Pointer) -> Option<u64> {
        match pointer {
            Pointer::Null => None,
            Pointer::Of(number) => self
                .returned
                .get(number.0 as usize - 1)
                .copied()
                .filter(|&it| it != 0),
        }
    }
}

impl Block {
    fn end(&self) -> u64 {
        self.address.saturating_add(self.size)
    }
}
