//! Runs scenarios with a library and observes what they do.
//!
//! The verdict is not made here: a raw transcript says what was seen, with the addresses it was seen at.

mod alarms;
mod c_library;
mod chance;
mod course;
mod host;
mod journal;
mod maps;
mod memory;
mod pages;
mod payloads;
mod refusals;
mod session;
mod stretch;
#[cfg(test)]
mod tests;
mod view;

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ref_tests::tape::{self, Label};
use ref_tests::wire::Request;

use crate::carried;
use crate::inject::Injection;
use crate::sandbox::{self, IsolationOptions};
use crate::sys::budget::Budget;
use crate::sys::control::ControlPage;
use crate::sys::memfile;
use crate::sys::server::Parts;
use crate::sys::trace::{Event, Running, Stop};
use crate::sys::watchdog::{Patience, Watchdog};
use crate::types::{Call, Code, End, Profile, RawStep, RawSystemCall, RawTranscript, Trail};

pub use chance::Chance;
pub use stretch::{Listener, Look, Stretch};

use alarms::{Alarms, Use};
use course::Course;
use host::Host;
use journal::{Allowance, Journal, Steps};
use maps::Mapping;
use pages::Pages;
use refusals::Refusals;
use session::{Closing, Session};
use stretch::Stretches;

/// What a scenario may use before it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processor time of one scenario.
    pub computing: Duration,
    /// Wall time of one scenario, for those that sleep; also of loading the library.
    pub waiting: Duration,
    /// Address space in bytes.
    pub memory: u64,
    /// Printed bytes of one scenario.
    pub output: u64,
    /// System calls for memory of one scenario, queries of the break included, and for each call of
    /// a sequence a few more.
    pub system_calls: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            computing: Duration::from_secs(1),
            waiting: Duration::from_secs(10),
            memory: 1 << 30,
            output: 1 << 20,
            system_calls: 50_000,
        }
    }
}

/// Why nothing could be observed. The machine's fault or ours, never the submission's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot prepare the run: {0}")]
    Prepare(#[source] io::Error),
    #[error("cannot make the seccomp filter: {0}")]
    Filter(#[from] seccompiler::BackendError),
    #[error("cannot start the scenario program: {0}")]
    Start(#[source] io::Error),
    #[error("cannot trace process {process}: {source}")]
    Trace { process: i32, source: io::Error },
    #[error(
        "the scenario program cannot install its seccomp filter; does the system allow seccomp and ptrace?"
    )]
    NoFilter,
}

/// The part of a tracer that threads can share: the files in memory and the watchdog.
pub struct Stage {
    program: File,
    library: File,
    profile: Profile,
    limits: Limits,
    watchdog: Watchdog,
    isolation: IsolationOptions,
    pace: Duration,
    budget: Budget,
    /// Bytes of what a scenario prints that a transcript keeps.
    kept: u64,
}

/// Processor time that one call of a sequence may take on average: a sequence that hangs is tried
/// many times until it is short.
const PACE: Duration = Duration::from_micros(100);

/// What a process may compute of a submission that is known not to return from a function that is
/// called, and how long it may sleep. One that returns needs less than a fiftieth of it.
const HURRIED: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(2)];

impl Stage {
    /// Prepares to run scenarios with the shared object `library`.
    pub fn new(
        library: &[u8],
        profile: Profile,
        limits: Limits,
        watchdog: Watchdog,
    ) -> Result<Self, Error> {
        let program = memfile::sealed(c"ref_tests", carried::PROGRAM).map_err(Error::Prepare)?;
        let library = memfile::sealed(c"libosmem.so", library).map_err(Error::Prepare)?;
        Ok(Self {
            program,
            library,
            profile,
            limits,
            watchdog,
            isolation: IsolationOptions::default(),
            pace: PACE,
            budget: Budget::unlimited(),
            kept: limits.output,
        })
    }

    /// Uses these layers of isolation, instead of all that are available.
    pub fn isolated(self, isolation: IsolationOptions) -> Self {
        Self { isolation, ..self }
    }

    /// Lets a call of a sequence take so much processor time on average: for
    /// sequences with so many live blocks that walking over them takes long.
    pub fn paced(self, pace: Duration) -> Self {
        Self { pace, ..self }
    }

    /// Gives all runs together this time.
    pub fn within(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// The same where a transcript keeps only so many bytes of what a scenario prints: for many
    /// transcripts, of which each could have all that a scenario may print.
    pub fn keeping(self, kept: u64) -> Self {
        Self { kept, ..self }
    }

    /// The time that all runs have together.
    pub const fn budget(&self) -> &Budget {
        &self.budget
    }

    fn patience(&self, hurried: bool) -> Patience {
        let [computing, waiting] = if hurried { HURRIED } else { [Duration::MAX; 2] };
        Patience {
            computing: self.limits.computing.min(computing),
            waiting: self.limits.waiting.min(waiting),
            whole: self.budget.left(),
        }
    }
}

/// Observes scenarios. Belongs to the thread that made it.
pub struct Tracer<'a> {
    stage: &'a Stage,
    control: ControlPage,
    /// The filter for what is forked, in the kernel's layout; empty for none.
    filter: Vec<u8>,
    output: File,
    /// The same file, opened as standard error.
    errors: File,
    /// The test of a course that is loaded after the library.
    test: Option<File>,
    host: Option<Host>,
    /// How loading ended when it took too long, so that it is not tried again.
    unloadable: Option<End>,
    pages: Pages,
    hurried: bool,
    chance: Chance,
}

/// A sequence of calls to be played, at most [`tape::CAPACITY`] of them.
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'a> {
    pub calls: &'a [Call],
    /// Calls between two stops of the process; 0 means that it stops only after the last.
    pub interval: u32,
    /// From the call of this number on it stops after each one.
    pub closely_from: u32,
}

impl<'a> Sequence<'a> {
    /// A sequence that stops after its last call only.
    pub const fn new(calls: &'a [Call]) -> Self {
        Self {
            calls,
            interval: 0,
            closely_from: u32::MAX,
        }
    }

    const fn label(&self) -> Label {
        Label {
            count: self.calls.len() as u32,
            interval: self.interval,
            closely_from: self.closely_from,
            unused: 0,
        }
    }

    /// Time in proportion to its length, and not more than a scenario has.
    fn patience(&self, stage: &Stage) -> Patience {
        let Stage { limits, pace, .. } = stage;
        let usual = stage.patience(false);
        let calls = self.calls.len() as u32;
        let needed = Duration::from_millis(100).saturating_add(pace.saturating_mul(calls));
        Patience {
            computing: limits.computing.min(needed),
            ..usual
        }
    }
}

/// How a sequence ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// How the process ended; [`End::Finished`] also when the listener had enough.
    pub end: End,
    /// What it printed, the part that was kept.
    pub output: Vec<u8>,
    /// Where in its code it did what may have to be told; system calls only where each call was
    /// looked at.
    pub trail: Trail,
}

/// What a process printed.
struct Printed {
    /// On standard output.
    output: Vec<u8>,
    /// Whether there was anything on standard error.
    complained: bool,
}

/// A process that has been forked for a request and has not run yet.
struct Launched {
    process: Running,
    nonce: u64,
    code: Mapping,
    modules: Arc<Code>,
    alarms: Alarms,
    /// A use of the C library's allocator while the library was loaded.
    used: Option<Use>,
    refusals: Refusals,
}

impl<'a> Tracer<'a> {
    /// A tracer for the calling thread. The program is started with the first scenario.
    pub fn new(stage: &'a Stage) -> Result<Self, Error> {
        Self::with(stage, &sandbox::scenario_filter(stage.isolation.seccomp)?)
    }

    /// A tracer without a filter, for [`Self::play_bare`] only.
    pub fn bare(stage: &'a Stage) -> Result<Self, Error> {
        Self::with(stage, &[])
    }

    fn with(stage: &'a Stage, filter: &[u64]) -> Result<Self, Error> {
        let control = ControlPage::new(stage.profile, filter).map_err(Error::Prepare)?;
        let output = memfile::output().map_err(Error::Prepare)?;
        let errors = memfile::errors(&output).map_err(Error::Prepare)?;
        Ok(Self {
            stage,
            control,
            filter: filter.iter().flat_map(|it| it.to_ne_bytes()).collect(),
            output,
            errors,
            test: None,
            host: None,
            unloadable: None,
            pages: Pages::default(),
            hurried: false,
            chance: Chance::default(),
        })
    }

    /// With these random bytes for the library.
    pub fn with_chance(self, chance: Chance) -> Self {
        Self { chance, ..self }
    }

    /// Whether the next processes have little time, because they call what did not return before.
    pub const fn hurry(&mut self, hurried: bool) {
        self.hurried = hurried;
    }

    /// Runs a scenario, which makes the calls `planned`.
    pub fn observe(&mut self, planned: &[Call]) -> Result<RawTranscript, Error> {
        self.observe_in(planned, Injection::default())
    }

    /// Runs a scenario while some system calls for memory fail.
    pub fn observe_in(
        &mut self,
        planned: &[Call],
        injection: Injection,
    ) -> Result<RawTranscript, Error> {
        let mut steps = Steps::new(planned);
        self.control
            .write_tape(Sequence::new(planned).label(), planned);
        let closing = self.follow_one(tape::STEPS, Refusals::of(injection), &mut steps)?;
        let Steps {
            calls, unfinished, ..
        } = steps;
        self.raw_transcript(closing, calls, unfinished)
    }

    /// Runs the test of a course, a shared object with a `main`, which makes the calls `expected` with
    /// the reference, where they are known. It has a server of its own.
    pub fn observe_test(
        &mut self,
        test: &[u8],
        expected: Option<&[Call]>,
    ) -> Result<RawTranscript, Error> {
        let test = memfile::sealed(c"test.so", test).map_err(Error::Prepare)?;
        let usual = self.host.take();
        self.test = Some(test);
        let raw = self.observe_loaded(expected);
        self.test = None;
        self.host = usual;
        raw
    }

    fn observe_loaded(&mut self, expected: Option<&[Call]>) -> Result<RawTranscript, Error> {
        let mut course = Course::new(expected);
        let closing = self.follow_one(tape::COURSE, Refusals::default(), &mut course)?;
        let Course {
            calls, unfinished, ..
        } = course;
        self.raw_transcript(closing, calls, unfinished)
    }

    /// Runs one process to its end.
    fn follow_one(
        &mut self,
        manner: u64,
        refusals: Refusals,
        journal: &mut dyn Journal,
    ) -> Result<Closing, Error> {
        let launched = match self.launch(manner)? {
            Ok(launched) => Launched {
                refusals,
                ..launched
            },
            Err(end) => return Ok(Closing::early(end)),
        };
        let patience = self.stage.patience(self.hurried);
        let (stage, control) = (self.stage, &self.control);
        follow(stage, control, &mut self.pages, launched, patience, journal)
    }

    fn raw_transcript(
        &mut self,
        closing: Closing,
        calls: Vec<RawStep>,
        unfinished: Vec<RawSystemCall>,
    ) -> Result<RawTranscript, Error> {
        let Printed { output, complained } = self.take_printed()?;
        Ok(RawTranscript {
            heap_start: closing.heap_start,
            calls,
            unfinished,
            end: closing.end,
            complained,
            output,
            trail: closing.trail,
        })
    }

    /// Plays a sequence, telling `listener` of each stretch while it runs.
    pub fn play(
        &mut self,
        sequence: &Sequence<'_>,
        listener: &mut dyn Listener,
    ) -> Result<Played, Error> {
        self.control.write_tape(sequence.label(), sequence.calls);
        let closing = match self.launch(tape::PLAY)? {
            Ok(launched) => self.follow_sequence(launched, sequence, listener)?,
            Err(end) => Closing::early(end),
        };
        let Printed { output, .. } = self.take_printed()?;
        Ok(Played {
            end: closing.end,
            output,
            trail: closing.trail,
        })
    }

    /// Plays a sequence without stopping it or looking at anything, and says whether it came to
    /// its end: what the calls cost by themselves. For a tracer that was made for this.
    pub fn play_bare(&mut self, calls: &[Call]) -> Result<bool, Error> {
        let sequence = Sequence::new(calls);
        self.control.write_tape(sequence.label(), calls);
        let Ok(Launched { process, .. }) = self.launch(tape::PLAY_BARE)? else {
            return Ok(false);
        };
        let id = process.id();
        let patience = sequence.patience(self.stage);
        let watch = self.stage.watchdog.watch(id, patience);
        let ended_well = run_bare(process).map_err(|source| Error::Trace {
            process: id,
            source,
        })?;
        drop(watch);
        self.take_printed()?;
        Ok(ended_well)
    }

    /// Lets the server fork for a request; how it ended when it could not even be started.
    fn launch(&mut self, manner: u64) -> Result<Result<Launched, End>, Error> {
        if let Some(end) = &self.unloadable {
            return Ok(Err(end.clone()));
        }
        let nonce = RandomState::new().build_hasher().finish() | 1;
        // A server that the scenario before damaged is replaced once.
        let mut replaced = self.host.is_none();
        loop {
            let mut host = match self.host.take() {
                Some(host) => host,
                None => match self.start()? {
                    Ok(host) => host,
                    Err(end) => {
                        if matches!(end, End::TimedOut { .. }) {
                            self.unloadable = Some(end.clone());
                        }
                        return Ok(Err(end));
                    }
                },
            };
            self.control
                .request(Request { manner, nonce }, host.borrowed());
            match host.fork(self.stage, &self.filter)? {
                Ok(process) => {
                    let launched = Launched {
                        process,
                        nonce,
                        code: host.code.clone(),
                        modules: host.modules.clone(),
                        alarms: host.alarms.clone(),
                        used: host.used,
                        refusals: Refusals::default(),
                    };
                    self.host = Some(host);
                    return Ok(Ok(launched));
                }
                Err(end) if replaced => return Ok(Err(end)),
                Err(_) => replaced = true,
            }
        }
    }

    fn start(&self) -> Result<Result<Host, End>, Error> {
        let Stage {
            program,
            library,
            limits,
            isolation,
            ..
        } = self.stage;
        let parts = Parts {
            program,
            library,
            control: &self.control,
            output: &self.output,
            errors: &self.errors,
            test: self.test.as_ref(),
        };
        // The watchdog ends what computes for too long; this is for when it cannot.
        let seconds = limits.computing.as_secs() * 4 + 60;
        let walls = sandbox::around_program(*isolation, limits.memory, limits.output, seconds)
            .map_err(Error::Prepare)?;
        Host::start(self.stage, &parts, walls, self.chance)
    }

    fn follow_sequence(
        &mut self,
        launched: Launched,
        sequence: &Sequence<'_>,
        listener: &mut dyn Listener,
    ) -> Result<Closing, Error> {
        let patience = sequence.patience(self.stage);
        let mut stretches = Stretches::new(
            sequence.calls,
            &self.control,
            listener,
            sequence.closely_from,
        );
        let closing = follow(
            self.stage,
            &self.control,
            &mut self.pages,
            launched,
            patience,
            &mut stretches,
        )?;
        stretches.close();
        Ok(closing)
    }

    /// Takes what was printed since the last time.
    fn take_printed(&mut self) -> Result<Printed, Error> {
        Ok(Printed {
            output: memfile::take(&mut self.output, self.stage.kept).map_err(Error::Prepare)?,
            complained: memfile::was_written(&mut self.errors).map_err(Error::Prepare)?,
        })
    }
}

/// Follows a process to its end while the watchdog watches it.
fn follow(
    stage: &Stage,
    control: &ControlPage,
    pages: &mut Pages,
    launched: Launched,
    patience: Patience,
    journal: &mut dyn Journal,
) -> Result<Closing, Error> {
    let Launched {
        process,
        nonce,
        code,
        modules,
        alarms,
        used,
        refusals,
    } = launched;
    let Allowance { calls, heap } = journal.allowance(&stage.profile);
    let watch = stage.watchdog.watch(process.id(), patience);
    let session = Session {
        profile: &stage.profile,
        control,
        watch: &watch,
        journal,
        nonce,
        code,
        modules,
        alarms,
        used,
        pages,
        refusals,
        system_calls: stage.limits.system_calls + 16 * calls,
        changes: most_changes(calls),
        heap,
    };
    let closing = session.run(process);
    stage.budget.forgive(watch.queued());
    closing
}

/// System calls that change the memory of a process, of one that is to make this many calls. Of an
/// allocator that does what the assignment says, each call makes at most two; one that gets each
/// preallocation page by page makes 32 for it.
const fn most_changes(calls: u64) -> u64 {
    64 + 8 * calls
}

/// Lets a process run that gives no reason to stop; whether it came to its end.
fn run_bare(process: Running) -> io::Result<bool> {
    let mut event = process.wait()?;
    // It starts out stopped, as every new tracee.
    if let Event::Stopped(stopped, Stop::Signal { .. }) = event {
        event = stopped.resume(0)?.wait()?;
    }
    match event {
        Event::Exited(status) => Ok(status == 0),
        Event::Killed(_) => Ok(false),
        Event::Stopped(stopped, _) => stopped.kill().map(|()| false),
    }
}
