//! Records the allocations of a program that is run as it always is.
//!
//! The program loads the library of the crate `recorder`, which writes down each call of `malloc`
//! and its family; when it has ended, the log is worked into a [`Trace`](traces::Trace). The
//! program is the user's own and trusted: it runs with the user's rights, streams and environment,
//! and nothing is kept from it.

mod journal;
mod program;
mod transcription;

pub use program::{Captured, Error, Order, capture};
pub use transcription::Damaged;
