//! Random sequences of calls, which find what numbered scenarios cannot.
//!
//! A sequence is generated from a seed, played at full speed in the traced process, and compared
//! with the specification. When something is wrong, the sequence is played again with a stop after
//! each call and judged as scenarios are; each mistake is shrunk to a minimal sequence that shows
//! it, as a transcript and as a C program.
//!
//! Known limits: sequences do not make system calls fail (E3) nor move the break on behalf of
//! other code (E5); scenarios do. Bytes of live payloads are read when the block is resized or
//! freed and at each stop, so damage that is repaired in between is not seen.

mod comparison;
mod dice;
mod emit;
mod failure;
mod generator;
mod hunt;
mod legality;
mod rate;
mod shrink;
mod sizes;
mod trial;

pub use emit::Program;
pub use failure::Failure;
pub use generator::{Recipe, generate};
pub use hunt::{
    FIRST_SEED, Found, Hunted, LONGEST, Minimal, OddSequence, Options, examine, first_odd,
    minimize, odd_again, run,
};
#[cfg(test)]
use legality::first_illegal;
pub use rate::measure;
pub use shrink::Effort;
pub use sizes::Rounding;
pub use trial::Closely;

use crate::judge::Reading;
use crate::spec::{Choices, Mistake};
use crate::types::Profile;

/// What random sequences must know of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// The permitted choices that it makes.
    pub choices: Choices,
    /// How its headers are read.
    pub reading: Reading,
    /// Which sizes may be asked for.
    pub rounding: Rounding,
    /// The mistakes that it is known to make: of several that explain a call, they come first.
    pub mistakes: Vec<Mistake>,
}

impl Manner {
    /// The manner of a submission that does everything as the clauses say.
    pub fn canonical(profile: &Profile) -> Self {
        Self {
            choices: Choices::canonical(profile),
            reading: Reading::plain(profile),
            rounding: Rounding::Any,
            mistakes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
