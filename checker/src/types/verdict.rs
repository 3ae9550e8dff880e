//! How a run ends and what is said of it.

use serde::{Deserialize, Serialize};

use super::{Call, CallNumber};

/// What a scenario's process was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Inside the submission's function.
    InCall,
    /// Reading live payloads after the call had returned.
    Verifying,
    /// Writing the payload that the call had returned.
    Filling,
    /// Before the first call.
    Starting,
    /// After the last call.
    Ending,
    /// Outside of calls, in the code of a course's test.
    Test,
}

/// The call in progress when something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The call's number; 0 before the first.
    pub number: CallNumber,
    /// The call itself, where there is one.
    pub call: Option<Call>,
    /// What the process was doing with it.
    pub phase: Phase,
}

/// How a scenario's process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every call was made, the end was reported, and the process exited with this status.
    Finished(i32),
    /// The process exited on its own account.
    Exited { status: i32, moment: Moment },
    /// A signal ended it.
    Signal {
        /// The signal's name, such as `SIGSEGV`.
        name: String,
        /// The place that it touched, where that is why it was sent, in words without addresses.
        touched: Option<String>,
        moment: Moment,
    },
    /// It was ended because it took too long.
    TimedOut {
        moment: Moment,
        /// Whether it slept rather than computed.
        sleeping: bool,
    },
    /// It used more of a resource than allowed.
    Limit { resource: String, moment: Moment },
    /// It made a system call that the policy forbids.
    Forbidden { name: String, moment: Moment },
    /// It used the C library's allocator.
    Allocated {
        /// The function, such as `malloc`.
        name: String,
        /// Whether the C library called it on behalf of something else, such as `strdup`.
        indirectly: bool,
        moment: Moment,
    },
    /// It called a function that the library does not export.
    Missing {
        /// The call that could not be made.
        moment: Moment,
    },
    /// The markers do not match the scenario's calls: the submission forged one.
    Forged {
        /// What does not fit, as a lower-case fragment.
        reason: String,
        moment: Moment,
    },
    /// The library did not get as far as the first scenario.
    NotLoaded {
        /// What happened, as a lower-case fragment.
        reason: String,
        /// Whether a signal ended it.
        crashed: bool,
    },
}

impl End {
    /// Whether a slow machine, or one with too little memory, may be the reason.
    pub fn may_be_the_machines(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            // The system ends what there is no memory for.
            Self::Signal { name, .. } => name == "SIGKILL",
            _ => false,
        }
    }

    /// Whether it may have touched memory that was mapped once: a signal for an address outside the
    /// heap. A page that is mapped again holds zeros, so what is read there may be NULL.
    pub fn may_touch_unmapped(&self) -> bool {
        matches!(self, Self::Signal { touched: Some(touched), .. } if !touched.starts_with("H+"))
    }

    /// Where the process was; `None` when it came to its end, or not to its beginning.
    pub const fn moment(&self) -> Option<&Moment> {
        match self {
            Self::Finished(_) | Self::NotLoaded { .. } => None,
            Self::Exited { moment, .. }
            | Self::Signal { moment, .. }
            | Self::TimedOut { moment, .. }
            | Self::Limit { moment, .. }
            | Self::Forbidden { moment, .. }
            | Self::Allocated { moment, .. }
            | Self::Missing { moment }
            | Self::Forged { moment, .. } => Some(moment),
        }
    }
}

/// What is said of a scenario; exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Status {
    /// As the assignment says, or within what it permits.
    Pass,
    /// Wrong only because of mistakes that are charged in other scenarios.
    Carried,
    /// It violates a clause.
    Fail,
    /// A signal ended it.
    Crash,
    /// It did not end by itself.
    Timeout,
    /// It used more of a resource than allowed.
    Limit,
    /// It did something that no allocator may do.
    Forbidden,
    /// The situation that it tests did not occur.
    NotReached,
    /// The checker could not judge it; never counted as the submission's fault.
    GraderError,
}

impl Status {
    /// Every status, in the order in which they are counted.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Carried,
        Self::Fail,
        Self::Crash,
        Self::Timeout,
        Self::Limit,
        Self::Forbidden,
        Self::NotReached,
        Self::GraderError,
    ];

    /// The word in tables and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Carried => "CARRIED",
            Self::Fail => "FAIL",
            Self::Crash => "CRASH",
            Self::Timeout => "TIMEOUT",
            Self::Limit => "LIMIT",
            Self::Forbidden => "FORBIDDEN",
            Self::NotReached => "NOT-REACHED",
            Self::GraderError => "GRADER-ERROR",
        }
    }

    /// Whether the submission did something wrong in the scenario itself.
    pub const fn is_wrong(self) -> bool {
        matches!(
            self,
            Self::Fail | Self::Crash | Self::Timeout | Self::Limit | Self::Forbidden
        )
    }
}
