//! What the layers hand to each other: plain data, no logic beyond naming it.
//!
//! Nothing here holds an absolute address: places are offsets from the heap start or within a
//! numbered mapping, so that two runs of the same behaviour are equal values.

mod memory;
mod outcome;
mod raw;
mod verdict;

pub use memory::{LINK, MAPPED, Memory, Node, WORDS};
pub use outcome::{
    Block, Errno, Finding, Layout, MapRequest, MappingNumber, MemoryCall, Outcome, Place, State,
    Step, SystemCall, Transcript,
};
pub use raw::{
    Code, Header, HeapHeaders, Module, RawStep, RawSystemCall, RawTranscript, Region, Registers,
    Site, Trail,
};
pub use ref_tests::call::{Call, CallNumber, Pointer};
pub use ref_tests::clause::Clause;
pub use ref_tests::profile::Profile;
pub use ref_tests::scenario::Kind;
pub use verdict::{End, Moment, Phase, Status};
