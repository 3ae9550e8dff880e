//! What the tracer saw, with the addresses of the one process it saw them in.

use ref_tests::wire::PayloadFault;

use super::{Call, CallNumber, End, Node, Phase};

/// A block header as it lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where it lies.
    pub address: u64,
    /// Its `size`.
    pub size: u64,
    /// Its `status`.
    pub status: i32,
    /// Its `prev`.
    pub previous: u64,
    /// Its `next`.
    pub next: u64,
}

/// A run of addresses that the submission got by moving the break: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first address.
    pub start: u64,
    /// The first address after it.
    pub end: u64,
}

impl Region {
    /// Whether the address lies in it.
    #[must_use]
    pub const fn contains(self, address: u64) -> bool {
        self.start <= address && address < self.end
    }
}

/// The headers found in the heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapHeaders {
    /// In address order.
    pub headers: Vec<Header>,
    /// Where and why the walk from header to header came to an end too early.
    pub broken: Option<(u64, String)>,
}

/// A system call for memory, as the kernel was asked and as it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawSystemCall {
    /// `brk(address)`.
    Brk {
        /// The break before.
        before: u64,
        /// Where it was asked to go; 0 asks where it is.
        requested: u64,
        /// Where it was afterwards.
        after: u64,
    },
    /// `mmap` with its six arguments.
    Mmap {
        /// The arguments.
        arguments: [u64; 6],
        /// An address, or a negative error number.
        result: i64,
    },
    /// `munmap(address, length)`.
    Munmap {
        /// The address.
        address: u64,
        /// The length in bytes.
        length: u64,
        /// 0, or a negative error number.
        result: i64,
    },
}

/// A call that returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCall {
    /// Its number.
    pub number: CallNumber,
    /// The call.
    pub call: Call,
    /// The address that it returned.
    pub result: u64,
    /// What the scenario program found in the payloads.
    pub payload: Option<PayloadFault>,
    /// The system calls since the call before.
    pub system_calls: Vec<RawSystemCall>,
    /// The heap's regions after it, in address order.
    pub regions: Vec<Region>,
    /// The headers in them.
    pub heap: HeapHeaders,
    /// The headers at the start of the live mappings.
    pub mappings: Vec<Header>,
    /// The words at the places that are or may be headers, in address order.
    pub nodes: Vec<Node>,
    /// The words at the start of the live mappings.
    pub mapped: Vec<Node>,
}

/// One scenario as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The break before the first call: the heap start.
    pub heap_start: u64,
    /// The calls that returned, in order.
    pub calls: Vec<RecordedCall>,
    /// The system calls of one that did not.
    pub unfinished: Vec<RawSystemCall>,
    /// How the process ended.
    pub end: End,
    /// What it printed, the part that was kept.
    pub output: Vec<u8>,
    /// Whether any of that went to standard error.
    pub complained: bool,
}

impl Recording {
    /// The calls that were made, the one in which the process ended included.
    #[must_use]
    pub fn made(&self) -> Vec<Call> {
        let last = self.end.moment().filter(|it| it.phase == Phase::InCall);
        let last = last.and_then(|moment| moment.call);
        self.calls.iter().map(|it| it.call).chain(last).collect()
    }
}
