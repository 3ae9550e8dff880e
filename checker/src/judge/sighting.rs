//! A call that tells of a choice, and two that contradict each other.

use crate::model::Axis;
use crate::types::CallNumber;

/// A call that shows on which side of a cut-off its size lies, or how a choice was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The index of the run.
    pub run: usize,
    /// The call.
    pub call: CallNumber,
    /// The size asked for, for a cut-off.
    pub size: Option<u64>,
}

/// Two calls that no one choice on an axis explains. For a cut-off, `one` was mapped and `other`,
/// which is no smaller, was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The axis.
    pub axis: Axis,
    /// One call.
    pub one: Sighting,
    /// The other.
    pub other: Sighting,
}

/// A size that was seen on one side of a cut-off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) at: Sighting,
    pub(super) size: u64,
    pub(super) mapped: bool,
}
