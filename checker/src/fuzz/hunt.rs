//! Plays one sequence after another, on several processors, until one fails.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Manner;
use super::emit::Program;
use super::failure::Failure;
use super::generator::{Recipe, generate};
use super::shrink::{self, Effort};
use super::trial::{Odd, Standard, Trial};
use crate::pool;
use crate::spec::{self, Choices};
use crate::sys::server::{fix_addresses, processors, stay_on_processor};
use crate::sys::watchdog::Watchdog;
use crate::tracer::{Error, Limits, Stage};
use crate::transcript;
use crate::types::{Call, Layout, Profile, RawTranscript, State, Transcript};

/// A sequence of more calls is not printed call by call, because each call would list all blocks of
/// the heap.
const TOLD: usize = 2000;

/// Most calls of a sequence. Far more would need more processor time than a scenario is given, and
/// are no easier to read.
pub const LONGEST: u32 = 1 << 16;

/// The seed of the first sequence where no other is asked for.
pub const FIRST_SEED: u64 = 1;

/// What is played, for how long, and what it is compared with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of the first sequence; the others have the numbers that follow.
    pub seed: u64,
    /// Most sequences.
    pub sequences: u64,
    /// Calls of each, at most `LONGEST`.
    pub calls: u32,
    /// No sequence is started later than this.
    pub time: Option<Duration>,
    /// Processors that are used; 0 is all there are.
    pub jobs: usize,
    /// The submission's own choices, and how its headers are read.
    pub manner: Manner,
    /// Calls between two reads of the heap from outside.
    pub interval: u32,
    /// Whether sizes may fall into the bands of V1 to V3: only where `choices` is known for sure.
    pub bands: bool,
    /// At most this many mistakes are shrunk.
    pub mistakes: usize,
    /// How much is done to shrink a sequence that fails.
    pub effort: Effort,
}

impl Options {
    /// Sequences from [`FIRST_SEED`] on, compared with these choices.
    pub fn new(manner: Manner) -> Self {
        Self {
            seed: FIRST_SEED,
            sequences: 100,
            calls: 10_000,
            time: None,
            jobs: 0,
            manner,
            interval: 128,
            bands: false,
            mistakes: 8,
            effort: Effort::default(),
        }
    }

    /// A small fixed set of sequences, for a grade.
    pub fn for_grade(manner: Manner) -> Self {
        Self {
            sequences: 8,
            calls: 2000,
            // A grade must be quick and the same each time; `checker fuzz` shrinks.
            effort: Effort {
                attempts: 0,
                time: Duration::from_secs(60),
            },
            ..Self::new(manner)
        }
    }

    pub(super) fn recipe(&self, profile: &Profile) -> Recipe {
        let calls = self.calls.min(LONGEST);
        Recipe {
            rounding: self.manner.rounding,
            bands: self.bands,
            ..Recipe::new(*profile, calls)
        }
    }

    pub(super) fn standard(&self, profile: &Profile) -> Standard {
        Standard {
            profile: *profile,
            manner: self.manner.clone(),
            interval: self.interval,
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Hunted {
    /// Sequences that were played to their end or to a failure.
    pub sequences: u64,
    /// Calls that they were made of.
    pub calls: u64,
    /// Wall-clock time, without the shrinking.
    pub took: Duration,
    /// Each distinct mistake once, with the sequence of the lowest seed that shows it.
    pub found: Vec<Found>,
}

/// A sequence that fails.
#[derive(Clone, Debug)]
pub struct Found {
    pub seed: u64,
    /// Its calls, as they were generated.
    pub calls: Vec<Call>,
    pub failure: Failure,
    /// A short sequence that fails in the same way.
    pub minimal: Minimal,
}

/// A sequence that has been shrunk.
#[derive(Clone, Debug)]
pub struct Minimal {
    pub calls: Vec<Call>,
    pub failure: Failure,
    /// What they do; empty when they are too many to print.
    pub transcript: Transcript,
    /// The calls and one more, in which a program sees what it does not see before.
    probed: Option<(Vec<Call>, Transcript)>,
    /// Whether headers are as the assignment has them, so that a program can compare them.
    pub plain: bool,
    /// Sequences that were tried on the way.
    pub attempts: u32,
}

impl Minimal {
    /// A C program that shows it, with a title and the command that compiles it.
    pub fn program(&self, profile: &Profile, title: &str, build: &str) -> String {
        let (calls, transcript) = match &self.probed {
            Some((calls, transcript)) => (calls, transcript),
            None => (&self.calls, &self.transcript),
        };
        let program = Program {
            profile,
            title,
            calls,
            blamed: self.failure.call,
            sentence: &self.failure.sentence,
            transcript: Some(transcript),
            plain: self.plain,
            build,
        };
        program.text()
    }

    /// Looks for one more call in which a program sees the mistake, where it does not see it so far. A
    /// lost block, for example, shows when no call can get it.
    fn probe(&mut self, trial: &mut Trial<'_>, profile: &Profile) -> Result<(), Error> {
        const PROBES: usize = 4;
        let due = spec::outcomes(profile, &Choices::canonical(profile), &self.calls);
        let program = Program {
            profile,
            title: "",
            calls: &self.calls,
            blamed: self.failure.call,
            sentence: "",
            transcript: Some(&self.transcript),
            plain: self.plain,
            build: "",
        };
        let Some(Layout::Blocks(blocks)) = due.last().map(|outcome| &outcome.layout) else {
            return Ok(());
        };
        if program.shows() {
            return Ok(());
        }
        let free = blocks.iter().filter(|block| block.state == State::Free);
        let sizes = free.map(|block| block.size).rev().take(PROBES);
        for size in sizes.chain([profile.alignment]) {
            let calls = [self.calls.as_slice(), &[Call::Malloc { size }]].concat();
            let transcript = transcript::of(&trial.closely(&calls)?, profile);
            let probing = Program {
                calls: &calls,
                transcript: Some(&transcript),
                ..program
            };
            if probing.shows() {
                self.probed = Some((calls, transcript));
                break;
            }
        }
        Ok(())
    }
}

/// Plays random sequences against a library.
pub fn run(library: &[u8], profile: &Profile, options: &Options) -> Result<Hunted, Error> {
    let stage = Stage::new(library, *profile, Limits::default(), Watchdog::start())?;
    run_on(&stage, profile, options)
}

/// Plays random sequences on a stage that is there already.
fn run_on(stage: &Stage, profile: &Profile, options: &Options) -> Result<Hunted, Error> {
    let (caught, report) = hunt(stage, profile, options, JUDGED)?;
    Ok(Hunted {
        found: explain(stage, profile, options, caught)?,
        ..report
    })
}

/// At most this many sequences in which something goes wrong are judged call by call.
const JUDGED: usize = 12;

/// What the workers share.
struct Hunt<'a> {
    stage: &'a Stage,
    profile: &'a Profile,
    options: &'a Options,
    /// How many sequences with a difference are enough.
    wanted: usize,
    started: Instant,
    next: AtomicU64,
    calls: AtomicU64,
    played: AtomicU64,
    outcome: Mutex<Result<Vec<Catch>, Error>>,
}

/// A sequence in which something goes wrong.
struct Catch {
    index: u64,
    calls: Vec<Call>,
    odd: Odd,
}

impl<'a> Hunt<'a> {
    fn new(stage: &'a Stage, profile: &'a Profile, options: &'a Options, wanted: usize) -> Self {
        Self {
            stage,
            profile,
            options,
            wanted,
            started: Instant::now(),
            next: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            played: AtomicU64::new(0),
            outcome: Mutex::new(Ok(Vec::new())),
        }
    }

    fn work(&self) {
        if let Err(error) = self.try_work() {
            self.stop();
            *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Err(error);
        }
    }

    fn try_work(&self) -> Result<(), Error> {
        fix_addresses();
        let _beside = self.stage.budget().beside_others();
        let mut trial = Trial::new(self.stage, self.options.standard(self.profile))?;
        let recipe = self.options.recipe(self.profile);
        while let Some(index) = self.take() {
            let calls = generate(self.seed(index), &recipe);
            self.calls.fetch_add(calls.len() as u64, Ordering::Relaxed);
            self.played.fetch_add(1, Ordering::Relaxed);
            if let Some(odd) = trial.notice(&calls)? {
                self.catch(Catch { index, calls, odd });
            }
        }
        Ok(())
    }

    /// The next sequence to play; they are taken in order, so that all in front of one that fails
    /// are played too, and the lowest seeds are found at any pace of the workers.
    fn take(&self) -> Option<u64> {
        let late = self
            .options
            .time
            .is_some_and(|time| self.started.elapsed() >= time);
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        (index < self.options.sequences && !late).then_some(index)
    }

    fn catch(&self, catch: Catch) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(caught) = &mut *outcome {
            caught.push(catch);
            if caught.len() >= self.wanted {
                self.stop();
            }
        }
    }

    fn stop(&self) {
        self.next
            .fetch_max(self.options.sequences, Ordering::Relaxed);
    }

    fn seed(&self, index: u64) -> u64 {
        self.options.seed.wrapping_add(index)
    }
}

/// Plays until enough sequences differ, or all are played: those of the lowest seeds.
fn hunt<'a>(
    stage: &'a Stage,
    profile: &'a Profile,
    options: &'a Options,
    wanted: usize,
) -> Result<(Vec<Catch>, Hunted), Error> {
    let hunt = Hunt::new(stage, profile, options, wanted);
    let most = usize::try_from(options.sequences).unwrap_or(usize::MAX);
    pool::on_processors(options.jobs, most, || hunt.work());
    let report = Hunted {
        sequences: hunt.played.into_inner(),
        calls: hunt.calls.into_inner(),
        took: hunt.started.elapsed(),
        found: Vec::new(),
    };
    let caught = hunt.outcome.into_inner();
    let mut caught = caught.unwrap_or_else(PoisonError::into_inner)?;
    caught.sort_by_key(|catch| catch.index);
    caught.truncate(wanted);
    Ok((caught, report))
}

/// A sequence in which something goes wrong, observed after each call, up to a few calls later.
#[derive(Clone, Debug)]
pub struct OddSequence {
    pub seed: u64,
    /// Its calls, as far as they were made.
    pub calls: Vec<Call>,
    /// The index of the call at which it was noticed.
    pub noticed: usize,
    /// Whether the machine may have ended it there.
    pub by_machine: bool,
    pub raw: RawTranscript,
}

/// The sequence of the lowest seed in which something goes wrong.
pub fn first_odd(
    stage: &Stage,
    profile: &Profile,
    options: &Options,
) -> Result<Option<OddSequence>, Error> {
    let (caught, _) = hunt(stage, profile, options, 1)?;
    let Some(catch) = caught.into_iter().next() else {
        return Ok(None);
    };
    let seed = options.seed.wrapping_add(catch.index);
    on_one_processor(|| {
        let mut trial = Trial::new(stage, options.standard(profile))?;
        observed(&mut trial, seed, catch.calls, &catch.odd).map(Some)
    })
}

/// The sequence of this seed, played once more by a library that is loaded anew, if something goes
/// wrong in it now.
pub fn odd_again(
    stage: &Stage,
    profile: &Profile,
    options: &Options,
    seed: u64,
) -> Result<Option<OddSequence>, Error> {
    on_one_processor(|| {
        let mut trial = Trial::new(stage, options.standard(profile))?;
        let calls = generate(seed, &options.recipe(profile));
        let odd = trial.notice(&calls)?;
        odd.map(|odd| observed(&mut trial, seed, calls, &odd))
            .transpose()
    })
}

/// The sequence with a stop after each call, up to a few calls after the one that was noticed. What
/// goes wrong by chance does not go wrong each time: it is played until something does.
fn observed(
    trial: &mut Trial<'_>,
    seed: u64,
    mut calls: Vec<Call>,
    odd: &Odd,
) -> Result<OddSequence, Error> {
    /// Calls that are observed after the one at which a difference is noticed.
    const PAST: usize = 100;
    const TIMES: u32 = 4;
    calls.truncate(odd.noticed + PAST);
    let mut raw = trial.closely(&calls)?;
    for _ in 1..TIMES {
        if trial.is_wrong(&calls, &raw, odd.sound) {
            break;
        }
        raw = trial.closely(&calls)?;
    }
    Ok(OddSequence {
        seed,
        calls,
        noticed: odd.noticed,
        by_machine: odd.by_machine,
        raw,
    })
}

/// What is wrong with one given sequence, each mistake once.
pub fn examine(
    stage: &Stage,
    profile: &Profile,
    options: &Options,
    calls: &[Call],
) -> Result<Vec<Failure>, Error> {
    on_one_processor(|| Trial::new(stage, options.standard(profile))?.examine(calls))
}

/// Shrinks a sequence that fails.
pub fn minimize(
    stage: &Stage,
    profile: &Profile,
    options: &Options,
    calls: &[Call],
    failure: &Failure,
) -> Result<Minimal, Error> {
    on_one_processor(|| {
        let mut trial = Trial::new(stage, options.standard(profile))?;
        let shrunk = shrink::shrink(&mut trial, profile, calls, failure, options.effort)?;
        let long = shrunk.calls.len() > TOLD;
        let told = if long { &[] } else { shrunk.calls.as_slice() };
        let transcript = transcript::of(&trial.closely(told)?, profile);
        let mut minimal = Minimal {
            probed: None,
            plain: {
                let reading = &options.manner.reading;
                let chunks = reading.heap_chunks || reading.mapped_chunks;
                reading.profile == *profile && !chunks
            },
            calls: shrunk.calls,
            failure: shrunk.failure,
            transcript,
            attempts: shrunk.attempts,
        };
        if !long {
            minimal.probe(&mut trial, profile)?;
        }
        Ok(minimal)
    })
}

/// Works in a thread of its own, which can be kept on one processor.
fn on_one_processor<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    let work = || {
        if let Some(&processor) = processors().map_err(Error::Prepare)?.first() {
            // Without it everything still works, only slower.
            let _ = stay_on_processor(processor);
        }
        fix_addresses();
        work()
    };
    thread::scope(|scope| match scope.spawn(work).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// The distinct mistakes of the sequences that were caught, each shrunk.
fn explain(
    stage: &Stage,
    profile: &Profile,
    options: &Options,
    caught: Vec<Catch>,
) -> Result<Vec<Found>, Error> {
    let mut found: Vec<Found> = Vec::new();
    for catch in caught {
        let seed = options.seed.wrapping_add(catch.index);
        for failure in examine(stage, profile, options, &catch.calls)? {
            if found.len() >= options.mistakes {
                return Ok(found);
            }
            if found.iter().any(|other| other.failure.resembles(&failure)) {
                continue;
            }
            let minimal = minimize(stage, profile, options, &catch.calls, &failure)?;
            found.push(Found {
                seed,
                calls: catch.calls.clone(),
                failure,
                minimal,
            });
        }
    }
    Ok(found)
}
