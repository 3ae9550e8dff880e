//! What is wrong with a sequence.

use crate::judge::Aspect;
use crate::types::{CallNumber, Clause, End};

/// In which way a sequence fails, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// Content, alignment, overlap or headers are wrong.
    Safety,
    /// A signal ended the process.
    Crash,
    /// It did not come to an end.
    Timeout,
    /// It ended, or was ended, before the last call.
    Ended,
    /// Other system calls than the model makes.
    SystemCalls,
    /// Another result than the model's.
    Placement,
    /// Other blocks in the heap than the model's.
    Layout,
}

impl FailureKind {
    /// The word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::Ended => "ended",
            Self::SystemCalls => "system calls",
            Self::Placement => "placement",
            Self::Layout => "layout",
        }
    }

    pub(super) const fn of_aspect(aspect: Aspect) -> Self {
        match aspect {
            Aspect::Safety => Self::Safety,
            Aspect::SystemCalls => Self::SystemCalls,
            Aspect::Placement => Self::Placement,
            Aspect::Layout => Self::Layout,
            Aspect::End => Self::Ended,
        }
    }

    pub(super) const fn of_end(end: &End) -> Self {
        match end {
            End::Signal { .. } | End::NotLoaded { crashed: true, .. } => Self::Crash,
            End::TimedOut { .. } => Self::Timeout,
            _ => Self::Ended,
        }
    }
}

/// The first thing that is wrong with a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The call that is to blame, as far as memory tells.
    pub call: CallNumber,
    /// The call at which it came to light; later than `call` where memory was damaged first.
    pub noticed: CallNumber,
    /// In which way it fails.
    pub kind: FailureKind,
    /// The clause that is broken.
    pub clause: Clause,
    /// What is wrong, as a sentence without a full stop.
    pub sentence: String,
}

impl Failure {
    /// Whether both are the same mistake, as far as one can tell.
    #[must_use]
    pub fn resembles(&self, other: &Self) -> bool {
        self.kind == other.kind && self.clause == other.clause
    }
}
