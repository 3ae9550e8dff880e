//! Random sequences of calls, which find what numbered scenarios cannot.
//!
//! A sequence is generated from a seed, played at full speed in the traced process, and judged
//! from outside against the model. The first divergence is narrowed down to the call that is to
//! blame, and the sequence is shrunk to a minimal one that fails in the same way, which can be
//! shown as a transcript and as a C program of its own.
//!
//! Known limits: sequences do not make system calls fail (E3) nor move the break on behalf of
//! somebody else (E5); scenarios do. Bytes of live payloads are read when the block is resized or
//! freed and at each stop, so damage that is repaired in between is not seen.

mod dice;
mod emit;
mod examiner;
mod failure;
mod generator;
mod hunt;
mod legality;
mod rate;
mod shrink;
mod sizes;
mod trial;

pub use emit::{Program, emit};
pub use failure::{Failure, FailureKind};
pub use generator::{Recipe, generate};
pub use hunt::{
    FIRST_SEED, Found, LONGEST, Minimal, Options, Report, examine, minimize, run, run_on,
};
pub use legality::first_illegal;
pub use rate::{Rate, measure};
pub use shrink::Effort;
pub use sizes::Rounding;

#[cfg(test)]
mod tests;
