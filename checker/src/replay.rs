//! Plays the calls of a real program on a submission.
//!
//! The calls of a [`Trace`](traces::Trace) become a sequence like those that are made by chance: a
//! [`Plan`]. It is played at full speed in a traced process, every result and system call is
//! compared with the specification, the heap is read at intervals, and a failure is traced to the
//! wrong call and shrunk. The trace does not have the program's data; every payload holds a pattern
//! instead, which is read again when the block is resized or freed and at each stop.

mod plan;

use std::time::{Duration, Instant};

use crate::fuzz::{self, Effort, Failure, Manner, Minimal};
use crate::tracer::{Error, Stage};
use crate::types::Profile;

pub use plan::{Bounds, Plan, Sizes};

/// Most stops of a sequence, so that looking at a large heap takes less time than the calls.
const STOPS: usize = 128;
/// Fewest calls between two stops.
const LEAST_INTERVAL: usize = 128;

/// How a plan is played.
#[derive(Clone, Debug)]
pub struct Options {
    /// The submission's own choices, and how its headers are read.
    pub manner: Manner,
    /// Calls between two reads of the heap from outside; `None` means some hundred reads.
    pub interval: Option<u32>,
    /// How much is done to shrink a plan that fails.
    pub effort: Effort,
}

/// The result.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Wall-clock time, with the judging and without the shrinking.
    pub took: Duration,
    /// What is wrong, each mistake once.
    pub found: Vec<Found>,
}

/// A plan that fails.
#[derive(Clone, Debug)]
pub struct Found {
    pub failure: Failure,
    /// A short sequence that fails in the same way; `None` after a time-out: most often the
    /// allocator is right but slow, and the sequence cannot be shrunk.
    pub minimal: Option<Minimal>,
}

/// Plays a plan on a stage with as much time as it may take, and shrinks it, when it fails, on one
/// where sequences that hang are soon given up.
pub fn replay(
    patient: &Stage,
    brisk: &Stage,
    profile: &Profile,
    plan: &Plan,
    options: &Options,
) -> Result<Replayed, Error> {
    let usual = (plan.calls.len() / STOPS).max(LEAST_INTERVAL) as u32;
    let settings = fuzz::Options {
        interval: options.interval.unwrap_or(usual),
        effort: options.effort,
        ..fuzz::Options::new(options.manner.clone())
    };
    let started = Instant::now();
    let failures = fuzz::examine(patient, profile, &settings, &plan.calls)?;
    let took = started.elapsed();
    let explain = |failure: Failure| {
        let calls = &plan.calls;
        let minimal = (!failure.hangs())
            .then(|| fuzz::minimize(brisk, profile, &settings, calls, &failure))
            .transpose()?;
        Ok::<_, Error>(Found { failure, minimal })
    };
    Ok(Replayed {
        took,
        found: failures
            .into_iter()
            .map(explain)
            .collect::<Result<_, _>>()?,
    })
}
