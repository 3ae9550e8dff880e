//! Records the allocations of a program that runs as usual.
//!
//! The program loads the library of the crate `recorder`, which writes down each call of `malloc`
//! and its family; after the program has ended, the log is converted into a
//! [`Trace`](traces::Trace). The program belongs to the user and is trusted: it runs with the
//! user's rights, streams and environment, without isolation.

mod journal;
mod program;
mod transcription;

pub use program::{Captured, Error, Order, capture};
pub use transcription::Damaged;
