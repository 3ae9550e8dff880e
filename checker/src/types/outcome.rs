//! What one call did, as seen from outside the process.

use serde::{Deserialize, Serialize};

use super::verdict::End;
use super::{Call, CallNumber, Memory};

/// The number of a mapping within a scenario, from 1, in the order of the `mmap` calls: `M1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MappingNumber(pub u32);

/// A system call's error number, as in `errno(3)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

/// Where a pointer points, without an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Null,
    /// Bytes from the start of the heap; the heap reaches up to the break.
    Heap(u64),
    /// Bytes from the start of a live mapping.
    Mapping(MappingNumber, u64),
    /// Neither in the heap nor in a live mapping.
    Elsewhere,
}

/// The arguments of an `mmap`, but for the address hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MapRequest {
    /// Bytes asked for, not rounded to pages.
    pub length: u64,
    /// Whether an address was asked for instead of NULL.
    pub hinted: bool,
    /// `PROT_*` bits.
    pub protection: i32,
    /// `MAP_*` bits.
    pub flags: i32,
    pub descriptor: i32,
    pub offset: u64,
}

impl MapRequest {
    /// The request that clause D1 prescribes for `length` bytes.
    pub const fn canonical(length: u64) -> Self {
        Self {
            length,
            hinted: false,
            protection: libc::PROT_READ | libc::PROT_WRITE,
            flags: libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            descriptor: -1,
            offset: 0,
        }
    }
}

/// A system call for memory, with its result. Queries of the break are not kept (V9).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SystemCall {
    /// The break was asked to move by `delta` bytes.
    Brk {
        /// Bytes; negative is down.
        delta: i64,
        /// Why it did not.
        failed: Option<Errno>,
    },
    /// A mapping was asked for.
    Mmap {
        request: MapRequest,
        /// The mapping that it made, or why it made none.
        result: Result<MappingNumber, Errno>,
    },
    /// A mapping was given back.
    Munmap {
        start: Place,
        length: u64,
        /// Why it was not.
        failed: Option<Errno>,
    },
}

/// A kind of system call for memory. Queries of the break are none (V9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryCall {
    /// A move of the break.
    Brk,
    Mmap,
    Munmap,
}

impl MemoryCall {
    /// The kind of a system call.
    pub const fn of(call: &SystemCall) -> Self {
        match call {
            SystemCall::Brk { .. } => Self::Brk,
            SystemCall::Mmap { .. } => Self::Mmap,
            SystemCall::Munmap { .. } => Self::Munmap,
        }
    }
}

/// What a block's header says of its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// `STATUS_FREE`.
    #[serde(rename = "f")]
    Free,
    /// `STATUS_ALLOC`.
    #[serde(rename = "u")]
    Used,
    /// `STATUS_MAPPED`.
    #[serde(rename = "m")]
    Mapped,
    /// No status of the assignment.
    #[serde(rename = "x")]
    Unknown(i32),
}

impl State {
    /// What stands for it after a size: `1000u`.
    pub const fn letter(self) -> char {
        match self {
            Self::Free => 'f',
            Self::Used => 'u',
            Self::Mapped => 'm',
            Self::Unknown(_) => 'x',
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// Payload bytes, rounded up to the alignment (B1 lets a header hold either).
    pub size: u64,
    pub state: State,
}

/// The blocks of the heap in address order, read from their headers. The first block starts at the
/// heap start, each next one directly after it. Where other code moved the break (E5), the heap has
/// several regions: their blocks are here one region after another, without the gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The blocks fill the heap up to the break.
    Blocks(Vec<Block>),
    /// From some place on, the headers cannot be decoded.
    Undecodable {
        /// The blocks in front of that place.
        blocks: Vec<Block>,
        /// Bytes from the heap start to the first header that cannot be decoded.
        at: u64,
        /// What is wrong with it, as a lower-case fragment.
        reason: String,
    },
}

/// All that one call did that can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// Where the returned pointer points; `None` for a call that returns nothing.
    pub result: Option<Place>,
    /// The system calls that it made, in order.
    pub system_calls: Vec<SystemCall>,
    /// The heap after it.
    pub layout: Layout,
}

/// A fact about memory that no permitted variation excuses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// A live payload lost its content (A11, A18, E4).
    PayloadChanged {
        /// The call that returned the block.
        block: CallNumber,
        /// The first wrong byte, counted from the start of the payload.
        offset: u64,
    },
    /// `os_realloc` did not keep the payload (A11).
    NotKept {
        /// The first wrong byte.
        offset: u64,
    },
    /// `os_calloc` returned bytes that are not zero (A4).
    NotZero {
        /// The first such byte.
        offset: u64,
    },
    /// The returned pointer is no multiple of the alignment (A18).
    Misaligned,
    /// The returned payload reaches outside the heap and every mapping (A18).
    OutOfBounds,
    /// The returned payload overlaps that of a live block (A18).
    Overlap {
        /// The call that returned the other block.
        other: CallNumber,
    },
}

/// One call and all that was seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub call: Call,
    pub outcome: Outcome,
    /// What is wrong with memory after it, whatever was expected.
    pub findings: Vec<Finding>,
    /// The words in memory after it.
    pub memory: Memory,
}

/// A whole run of a scenario, without addresses. Call k is `steps[k - 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// The calls that returned.
    pub steps: Vec<Step>,
    /// The system calls of a call that did not return.
    pub unfinished: Vec<SystemCall>,
    pub end: End,
}

impl Transcript {
    /// How far after the start of the heap the call that first used it returned a payload: the
    /// length of a header, for most submissions.
    pub fn first_payload(&self) -> Option<u64> {
        let mut steps = self.steps.iter();
        let step = steps.find(|step| !step.memory.regions.is_empty())?;
        match step.outcome.result {
            Some(Place::Heap(offset)) => offset.checked_sub(step.memory.regions[0].start),
            _ => None,
        }
    }
}
