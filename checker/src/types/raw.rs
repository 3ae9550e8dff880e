//! Raw transcripts: what the tracer saw, with the addresses of the process.

use std::sync::Arc;

use ref_tests::wire::PayloadFinding;

use super::{Call, CallNumber, End, Node, Phase};

/// A block header as it lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub address: u64,
    pub size: u64,
    pub status: i32,
    pub previous: u64,
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
        arguments: [u64; 6],
        /// An address, or a negative error number.
        result: i64,
    },
    /// `munmap(address, length)`.
    Munmap {
        address: u64,
        length: u64,
        /// 0, or a negative error number.
        result: i64,
    },
}

/// A call that returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawStep {
    pub number: CallNumber,
    pub call: Call,
    /// The address that it returned.
    pub result: u64,
    /// What the scenario program found in the payloads.
    pub payload: Option<PayloadFinding>,
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

impl RawStep {
    fn bytes(&self) -> u64 {
        /// A state has all mappings, and there are several states for a call.
        const STATES: usize = 3;
        let Self {
            system_calls,
            regions,
            heap,
            mappings,
            nodes,
            mapped,
            ..
        } = self;
        let lists = [
            size_of_val(&**system_calls),
            size_of_val(&**regions),
            size_of_val(&*heap.headers),
            size_of_val(&**nodes),
            STATES * size_of_val(&**mappings),
            STATES * size_of_val(&**mapped),
        ];
        (size_of::<Self>() + lists.iter().sum::<usize>()) as u64
    }
}

/// What a process was doing when it made a system call for memory, or when it ended: as it was in its
/// registers and on its stack. What it means in the sources is found out later, where it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub call: CallNumber,
    /// Which of its system calls it is, from 0, queries of the break left out; `None` is what ended
    /// the process.
    pub system_call: Option<usize>,
    pub registers: Registers,
    /// The stack from the stack pointer up, as far as it was kept.
    pub stack: Vec<u8>,
    /// The address of its first byte: the stack pointer, unless there is no memory.
    pub stack_start: u64,
}

/// The registers of a process, numbered as DWARF does: 6 is `rbp`, 7 `rsp`, 16 the address of the
/// instruction.
pub type Registers = [u64; 17];

/// Where a shared library lies in a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Its file, as the kernel names it.
    pub path: String,
    /// Where its first byte lies: its own addresses count from there.
    pub base: u64,
    /// Where its instructions lie.
    pub text: Vec<Region>,
}

impl Module {
    /// The address in its file of what lies at this address in the process; `None` where that is
    /// no instruction of it.
    pub fn own(&self, address: u64) -> Option<u64> {
        let inside = self.text.iter().any(|region| region.contains(address));
        inside.then(|| address.wrapping_sub(self.base))
    }
}

/// The libraries of a process through which a way to the submission's sources leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The submission.
    pub library: Module,
    pub c_library: Module,
}

/// Where a process did what may have to be told by function and line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// Where its system calls for memory were made, and where it ended.
    pub sites: Vec<Site>,
    /// Where the instructions lie that these speak of.
    pub code: Arc<Code>,
}

impl Trail {
    /// Where a call made this one of its system calls, from 0; for `None`, where it ended the process.
    pub fn site(&self, call: CallNumber, system_call: Option<usize>) -> Option<&Site> {
        let mut sites = self.sites.iter();
        sites.find(|site| site.call == call && site.system_call == system_call)
    }
}

/// One scenario as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTranscript {
    /// The break before the first call: the heap start.
    pub heap_start: u64,
    /// The calls that returned, in order.
    pub calls: Vec<RawStep>,
    /// The system calls of one that did not.
    pub unfinished: Vec<RawSystemCall>,
    pub end: End,
    /// What it printed, the part that was kept.
    pub output: Vec<u8>,
    /// Whether any of that went to standard error.
    pub complained: bool,
    /// Where in its code it did what may have to be told.
    pub trail: Trail,
}

impl RawTranscript {
    /// The calls that were made, the one in which the process ended included.
    pub fn made(&self) -> Vec<Call> {
        let last = self.end.moment().filter(|it| it.phase == Phase::InCall);
        let last = last.and_then(|moment| moment.call);
        self.calls.iter().map(|it| it.call).chain(last).collect()
    }

    /// Bytes of memory that it takes; of mappings, what they become when they are judged.
    pub fn bytes(&self) -> u64 {
        let calls: u64 = self.calls.iter().map(RawStep::bytes).sum();
        let sites = self.trail.sites.iter();
        let stacks: usize = sites.map(|site| size_of::<Site>() + site.stack.len()).sum();
        let others = size_of_val(&*self.unfinished) + self.output.len() + stacks;
        calls + others as u64
    }
}
