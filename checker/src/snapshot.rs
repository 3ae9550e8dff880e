//! The text form of a transcript, for goldens and for showing a failing run.
//!
//! Writing and reading are exact inverses, and every snapshot has exactly one spelling: a text that
//! parses is byte for byte the text that rendering gives. So two runs behaved alike exactly when
//! their snapshots are the same text. Nothing here decides what is right. Findings about memory are
//! not part of a snapshot, because they are never acceptable.

#[cfg(test)]
pub(crate) mod arbitrary;
mod cursor;
mod grammar;
pub mod ltrace;
#[cfg(test)]
mod properties;
mod read;
pub mod script;
mod size;
pub mod store;
#[cfg(test)]
mod tests;
pub(crate) mod words;
mod write;

use crate::types::{Call, CallNumber, End, Outcome, Place, Step, SystemCall, Transcript};

pub use read::{ParseError, parse, parse_bytes};

/// The format that [`render`] writes and [`parse`] reads.
pub const FORMAT: u32 = 1;

/// A transcript as far as a snapshot holds it. Call k is `steps[k - 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The scenario's stem, such as `0203-malloc-split-first`.
    pub stem: String,
    /// The calls that returned.
    pub steps: Vec<SnapshotStep>,
    /// The system calls of a call that did not return.
    pub unfinished: Vec<SystemCall>,
    pub end: End,
}

/// One call and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotStep {
    pub call: Call,
    pub outcome: Outcome,
}

impl Snapshot {
    /// What a snapshot of `transcript` holds: all but the findings.
    pub fn new(stem: &str, transcript: &Transcript) -> Self {
        Self {
            stem: stem.to_owned(),
            steps: transcript.steps.iter().map(SnapshotStep::from).collect(),
            unfinished: transcript.unfinished.clone(),
            end: transcript.end.clone(),
        }
    }

    /// The text of the snapshot, ending in one line feed.
    pub fn render(&self) -> String {
        write::snapshot(self)
    }

    /// Whether it may be a golden: every call returned and the process exited with status 0.
    pub fn is_complete(&self) -> bool {
        self.end == End::Finished(0) && self.unfinished.is_empty()
    }
}

impl From<&Step> for SnapshotStep {
    fn from(step: &Step) -> Self {
        Self {
            call: step.call,
            outcome: step.outcome.clone(),
        }
    }
}

/// The text of a snapshot of `transcript`, ending in one line feed.
pub fn render(stem: &str, transcript: &Transcript) -> String {
    Snapshot::new(stem, transcript).render()
}

/// A call as C, with the variable that takes its result, such as `p3 = os_malloc(85)`.
pub fn call_text(number: CallNumber, call: Call) -> String {
    write::call(number, call)
}

/// Where a pointer points, such as `H+0x20`.
pub fn place_text(place: Place) -> String {
    write::place(place)
}

/// A system call on one line, without indentation.
pub fn system_call_text(call: &SystemCall) -> String {
    write::system_call(call)
}

/// The lines of one call in a snapshot; the heap is written out even when it did not change.
pub fn step_text(number: CallNumber, step: &SnapshotStep) -> String {
    write::step(number, step)
}
