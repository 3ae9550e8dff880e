//! The numbered scenarios of the conformance suite, and the language that they are written in.
//!
//! This library knows nothing of processes, tracing or verdicts: a scenario is a list of calls.
//! The program beside it (`main.rs`, feature `program`) makes those calls for real.

#![no_std]
#![forbid(unsafe_code)]

pub mod call;
pub mod clause;
pub mod pattern;
pub mod profile;
pub mod scenario;
pub mod script;
pub mod tape;
pub mod wire;

/// What a scenario's file imports.
pub mod prelude {
    pub use crate::clause::Clause::{self, *};
    pub use crate::scenario::Scenario;
    pub use crate::script::{Handle, Script};
}

// One module a file of `src/scenarios`, and the table `SCENARIOS` of them all in the order of
// their numbers: written by the build script, so that a scenario is added by adding its file.
include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));
