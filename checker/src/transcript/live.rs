//! The blocks that are live as the calls say, and what must hold of them.

use crate::types::{Call, CallNumber, Finding, Header, Pointer, Profile, RecordedCall};

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
    /// A wrong header is reported once, where it goes wrong.
    reported: bool,
}

impl Live {
    /// Takes away the block that a call frees.
    pub(super) fn release(&mut self, recorded: &RecordedCall) {
        let pointer = match recorded.call {
            Call::Free { pointer } => pointer,
            // A reallocation that returns NULL for a size leaves the block as it was.
            Call::Realloc { pointer, size } if size == 0 || recorded.result != 0 => pointer,
            _ => return,
        };
        if let Some(address) = self.address(pointer) {
            self.blocks.retain(|block| block.address != address);
        }
    }

    /// Adds the block that a call returned, and says what is wrong with its place.
    pub(super) fn adopt(
        &mut self,
        recorded: &RecordedCall,
        profile: &Profile,
        contains: impl Fn(u64, u64) -> bool,
    ) -> Vec<Finding> {
        let address = recorded.result;
        self.returned.push(address);
        let Some(size) = payload_size(recorded.call).filter(|_| address != 0) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        if !address.is_multiple_of(profile.alignment) {
            findings.push(Finding::Misaligned);
        }
        let (start, end) = (
            address.wrapping_sub(profile.header),
            address.saturating_add(size),
        );
        if !contains(start, end) {
            findings.push(Finding::OutOfBounds);
        }
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
            reported: false,
        });
        findings
    }

    /// What is wrong with the headers of the live blocks (B1).
    pub(super) fn header_findings(
        &mut self,
        profile: &Profile,
        header_at: impl Fn(u64) -> Option<Header>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for block in self.blocks.iter_mut().filter(|block| !block.reported) {
            if let Some(reason) =
                complaint(block, header_at(block.address.wrapping_sub(profile.header)))
            {
                block.reported = true;
                findings.push(Finding::Header {
                    block: block.number,
                    reason,
                });
            }
        }
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

fn payload_size(call: Call) -> Option<u64> {
    match call {
        Call::Malloc { size } | Call::Realloc { size, .. } => Some(size),
        Call::Calloc { count, size } => count.checked_mul(size),
        Call::Free { .. } | Call::MoveBreak { .. } => None,
    }
}

/// Statuses of live blocks: `STATUS_ALLOC` and `STATUS_MAPPED`.
const LIVE_STATUSES: [i32; 2] = [1, 2];

fn complaint(block: &Block, header: Option<Header>) -> Option<String> {
    let Some(header) = header else {
        return Some("no header of the heap or of a mapping stands in front of it".to_owned());
    };
    if !LIVE_STATUSES.contains(&header.status) {
        return Some(format!(
            "its header says status {} though it is in use",
            header.status
        ));
    }
    (header.size < block.size).then(|| {
        format!(
            "its header says {} bytes though {} were asked for",
            header.size, block.size
        )
    })
}
