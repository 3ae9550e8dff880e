//! Measures what checking costs: the same sequences checked and unchecked, on one processor.

use std::time::{Duration, Instant};

use super::generator::generate;
use super::hunt::Options;
use super::trial::Trial;
use crate::spec::Follower;
use crate::sys::server::{processors, stay_on_processor};
use crate::sys::watchdog::Watchdog;
use crate::tracer::{Error, Limits, Stage, Tracer};
use crate::types::{Call, Profile};

/// Time that sequences took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Calls that were made, once checked and once unchecked.
    pub calls: u64,
    /// Time with everything: traced, looked at, judged.
    pub checked: Duration,
    /// Time of the calls alone, in a process of their own too.
    pub bare: Duration,
    /// The part of `checked` that the specification takes when it runs alone.
    pub model: Duration,
    /// Sequences that failed.
    pub failures: u32,
}

impl Rate {
    /// Calls in a second when they are checked.
    pub fn checked_per_second(&self) -> f64 {
        self.calls as f64 / self.checked.as_secs_f64()
    }

    /// Calls in a second when they are not.
    pub fn bare_per_second(&self) -> f64 {
        self.calls as f64 / self.bare.as_secs_f64()
    }

    /// How many times longer checking takes.
    pub fn ratio(&self) -> f64 {
        self.checked.as_secs_f64() / self.bare.as_secs_f64()
    }
}

/// Measures the sequences of the options against a library. The calling thread stays on one
/// processor from then on.
pub fn measure(library: &[u8], profile: &Profile, options: &Options) -> Result<Rate, Error> {
    if let Some(&processor) = processors().map_err(Error::Prepare)?.first() {
        stay_on_processor(processor).map_err(Error::Prepare)?;
    }
    let stage = Stage::new(library, *profile, Limits::default(), Watchdog::start())?;
    let mut trial = Trial::new(&stage, options.standard(profile))?;
    let mut tracer = Tracer::bare(&stage)?;
    let recipe = options.recipe(profile);
    let mut rate = Rate::default();
    // The fork servers are started first.
    trial.examine(&generate(options.seed, &recipe))?;
    tracer.play_bare(&generate(options.seed, &recipe))?;
    for index in 0..options.sequences {
        let calls = generate(options.seed.wrapping_add(index), &recipe);
        rate.calls += calls.len() as u64;
        rate.checked += time(|| {
            rate.failures += u32::from(!trial.examine(&calls)?.is_empty());
            Ok(())
        })?;
        rate.bare += time(|| tracer.play_bare(&calls).map(drop))?;
        rate.model += time(|| {
            simulate(profile, options, &calls);
            Ok(())
        })?;
    }
    Ok(rate)
}

fn simulate(profile: &Profile, options: &Options, calls: &[Call]) {
    let mut follower = Follower::new(profile, &options.manner.choices);
    for call in calls {
        std::hint::black_box(follower.call(call));
    }
}

fn time(work: impl FnOnce() -> Result<(), Error>) -> Result<Duration, Error> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}
