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
        header_at: impl Fn(u64) -> Found,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for block in self.blocks.iter_mut().filter(|block| !block.reported) {
            let found = header_at(block.address.wrapping_sub(profile.header));
            if let Some(reason) = complaint(block, found, profile) {
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

/// `STATUS_ALLOC` and `STATUS_MAPPED`.
const ALLOC: i32 = 1;
const MAPPED: i32 = 2;

/// What stands where a live block's header must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// A heap block's header.
    Heap(Header),
    /// A mapping's header.
    Mapping(Header),
    /// It cannot be told.
    Unknown,
    /// None.
    Nothing,
}

fn complaint(block: &Block, found: Found, profile: &Profile) -> Option<String> {
    let (header, due, exact) = match found {
        Found::Heap(header) => (header, ALLOC, false),
        // A mapping is made for its block alone, so nothing can be left over in it.
        Found::Mapping(header) => (header, MAPPED, true),
        Found::Unknown => return None,
        Found::Nothing => {
            return Some("no header of the heap or of a mapping stands in front of it".to_owned());
        }
    };
    let (size, asked) = (header.size, block.size);
    if header.status != due {
        return Some(format!("its status is {}, and {due} is due", header.status));
    }
    if size < asked {
        return Some(format!(
            "its size is {size}, though {asked} bytes were asked for"
        ));
    }
    let fits = size == asked || Some(size) == profile.align(asked);
    (exact && !fits).then(|| format!("its size is {size}, and {asked} bytes were asked for"))
}
