//! Records the allocations of a program that runs as usual.
//!
//! The program loads the library of the crate `preload`, which writes down each call of `malloc`
//! and its family; after the program has ended, the log is converted into a
//! [`Trace`](traces::Trace). The program belongs to the user and is trusted: it runs with the
//! user's rights, streams and environment, without isolation.

#![forbid(unsafe_code)]

mod journal;
mod program;
mod transcription;

pub use program::{Error, Order, Recorded, record};
pub use transcription::Damaged;
