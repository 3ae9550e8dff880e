//! Runs scenarios against a library and records what they do.
//!
//! The verdict is not made here: a recording says what was seen, with the addresses it was seen at.

mod journal;
mod memory;
mod session;
mod stretch;
mod view;

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::time::Duration;

use ref_tests::tape::{self, Label};
use ref_tests::wire::Request;

use crate::carried;
use crate::sandbox;
use crate::sys::control::ControlPage;
use crate::sys::memfile;
use crate::sys::server::{Parts, Resources, Server, Silence};
use crate::sys::trace::{Event, Running};
use crate::sys::watchdog::{Patience, Watchdog};
use crate::types::{Call, End, Profile, Recording, Region};

pub use stretch::{Listener, Look, Stretch};

use journal::{Journal, Steps};
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            computing: Duration::from_secs(1),
            waiting: Duration::from_secs(10),
            memory: 1 << 30,
            output: 1 << 20,
        }
    }
}

/// Why nothing could be recorded. The machine's fault or ours, never the submission's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the tracer needs could not be made.
    #[error("cannot prepare the run: {0}")]
    Prepare(#[source] io::Error),
    /// The filter could not be put together.
    #[error("cannot make the seccomp filter: {0}")]
    Filter(#[from] seccompiler::BackendError),
    /// The program could not be started.
    #[error("cannot start the scenario program: {0}")]
    Start(#[source] io::Error),
    /// A request to the kernel failed.
    #[error("cannot trace process {process}: {source}")]
    Trace {
        /// The traced process.
        process: i32,
        /// What the kernel said.
        source: io::Error,
    },
    /// The scenario's process could not set itself up.
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
}

impl Stage {
    /// Makes ready to run scenarios against the shared object `library`.
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
        })
    }

    const fn patience(&self) -> Patience {
        Patience {
            computing: self.limits.computing,
            waiting: self.limits.waiting,
        }
    }
}

/// Records scenarios. Belongs to the thread that made it.
pub struct Tracer<'a> {
    stage: &'a Stage,
    control: ControlPage,
    output: File,
    server: Option<Live>,
    buffer: Vec<u8>,
}

/// A sequence of calls to be played, at most [`tape::CAPACITY`] of them.
#[derive(Clone, Copy, Debug)]
pub struct Sequence<'a> {
    /// The calls.
    pub calls: &'a [Call],
    /// The process stops after every so many calls; 0 is only after the last.
    pub interval: u32,
    /// From the call of this number on it stops after each one.
    pub closely_from: u32,
}

impl<'a> Sequence<'a> {
    /// A sequence that stops after its last call only.
    #[must_use]
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

    /// Time in proportion to its length, and not more than a scenario has: a sequence that hangs is
    /// tried many times until it is short.
    fn patience(&self, limits: &Limits) -> Patience {
        let calls = self.calls.len() as u32;
        let needed = Duration::from_millis(100) + Duration::from_micros(100) * calls;
        Patience {
            computing: limits.computing.min(needed),
            waiting: limits.waiting,
        }
    }
}

/// How a sequence ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// How the process ended; [`End::Finished`] also when the listener had enough.
    pub end: End,
    /// What it printed, as far as it was kept.
    pub output: Vec<u8>,
}

/// A process that has been forked for a request.
struct Launched {
    process: i32,
    nonce: u64,
    code: Region,
}

/// A server that has loaded the library, and where its own code lies.
struct Live {
    server: Server,
    code: Region,
}

impl<'a> Tracer<'a> {
    /// A tracer for the calling thread. The program is started with the first scenario.
    pub fn new(stage: &'a Stage) -> Result<Self, Error> {
        let control =
            ControlPage::new(stage.profile, &sandbox::filter()?).map_err(Error::Prepare)?;
        let output = memfile::output().map_err(Error::Prepare)?;
        Ok(Self {
            stage,
            control,
            output,
            server: None,
            buffer: Vec::new(),
        })
    }

    /// Runs the scenario of this index, which makes the calls `planned`.
    pub fn record(&mut self, index: usize, planned: &[Call]) -> Result<Recording, Error> {
        let mut steps = Steps::new(planned);
        let closing = match self.launch(index as u64)? {
            Ok(launched) => {
                let patience = self.stage.patience();
                let (stage, control) = (self.stage, &self.control);
                let buffer = &mut self.buffer;
                follow(stage, control, buffer, launched, patience, &mut steps)?
            }
            Err(end) => Closing { end, heap_start: 0 },
        };
        let Steps {
            calls, unfinished, ..
        } = steps;
        Ok(Recording {
            heap_start: closing.heap_start,
            calls,
            unfinished,
            end: closing.end,
            output: self.take_output()?,
        })
    }

    /// Plays a sequence, telling `listener` of each stretch while it runs.
    pub fn play(
        &mut self,
        sequence: &Sequence<'_>,
        listener: &mut dyn Listener,
    ) -> Result<Played, Error> {
        self.control.record_tape(sequence.label(), sequence.calls);
        let end = match self.launch(tape::PLAY)? {
            Ok(launched) => self.follow_sequence(launched, sequence, listener)?,
            Err(end) => end,
        };
        let output = self.take_output()?;
        Ok(Played { end, output })
    }

    /// Plays a sequence without tracing it or looking at anything, and says whether it came to
    /// its end: what the calls cost by themselves.
    pub fn play_bare(&mut self, calls: &[Call]) -> Result<bool, Error> {
        let sequence = Sequence::new(calls);
        self.control.record_tape(sequence.label(), calls);
        let Ok(Launched { process, .. }) = self.launch(tape::PLAY_BARE)? else {
            return Ok(false);
        };
        let watch = self
            .stage
            .watchdog
            .watch(process, sequence.patience(&self.stage.limits));
        let event = Running::child(process)
            .wait()
            .map_err(|source| Error::Trace { process, source })?;
        drop(watch);
        self.take_output()?;
        Ok(matches!(event, Event::Exited(0)))
    }

    /// Lets the server fork for a request; how it ended when it could not even be started.
    fn launch(&mut self, scenario: u64) -> Result<Result<Launched, End>, Error> {
        let nonce = RandomState::new().build_hasher().finish();
        self.control.reset_progress();
        // A server that was harmed by the scenario before is replaced once.
        for attempt in 0..2 {
            let mut live = match self.server.take() {
                Some(live) => live,
                None => match self.start()? {
                    Ok(live) => live,
                    Err(end) => return Ok(Err(end)),
                },
            };
            match live.server.request(Request { scenario, nonce }) {
                Ok(process) => {
                    let code = live.code;
                    self.server = Some(live);
                    return Ok(Ok(Launched {
                        process,
                        nonce,
                        code,
                    }));
                }
                Err(silence) if attempt > 0 => return Ok(Err(not_loaded(silence))),
                Err(_) => {}
            }
        }
        unreachable!("the second attempt returns");
    }

    fn start(&self) -> Result<Result<Live, End>, Error> {
        let Stage {
            program,
            library,
            limits,
            ..
        } = self.stage;
        let parts = Parts {
            program,
            library,
            control: &self.control,
            output: &self.output,
        };
        let resources = Resources {
            memory: limits.memory,
            output: limits.output,
        };
        let mut server = Server::spawn(&parts, resources, limits.waiting).map_err(Error::Start)?;
        if let Err(silence) = server.greet() {
            return Ok(Err(not_loaded(silence)));
        }
        let code = code_region(server.id()).map_err(Error::Start)?;
        Ok(Ok(Live { server, code }))
    }

    fn follow_sequence(
        &mut self,
        launched: Launched,
        sequence: &Sequence<'_>,
        listener: &mut dyn Listener,
    ) -> Result<End, Error> {
        let patience = sequence.patience(&self.stage.limits);
        let mut stretches = Stretches::new(sequence.calls, &self.control, listener);
        let closing = follow(
            self.stage,
            &self.control,
            &mut self.buffer,
            launched,
            patience,
            &mut stretches,
        )?;
        stretches.close();
        Ok(closing.end)
    }

    fn take_output(&mut self) -> Result<Vec<u8>, Error> {
        memfile::take(&mut self.output, self.stage.limits.output).map_err(Error::Prepare)
    }
}

/// Follows a process to its end under the watchdog's eyes.
fn follow(
    stage: &Stage,
    control: &ControlPage,
    buffer: &mut Vec<u8>,
    launched: Launched,
    patience: Patience,
    journal: &mut dyn Journal,
) -> Result<Closing, Error> {
    let Launched {
        process,
        nonce,
        code,
    } = launched;
    let watch = stage.watchdog.watch(process, patience);
    let session = Session {
        profile: &stage.profile,
        control,
        watch: &watch,
        journal,
        nonce,
        code,
        buffer,
    };
    session.run(Running::child(process))
}

fn not_loaded(silence: Silence) -> End {
    let (reason, crashed) = match silence {
        Silence::Running => (
            "loading the library does not come to an end".to_owned(),
            false,
        ),
        Silence::Exited(127) => ("the loader refused the library".to_owned(), false),
        Silence::Exited(status) => (
            format!("the process exited with {status} while the library was loaded"),
            false,
        ),
        Silence::Killed(signal) => (
            format!(
                "{} ended the process while the library was loaded",
                session::signal_name(signal)
            ),
            true,
        ),
    };
    End::NotLoaded { reason, crashed }
}

/// Where the scenario program's own instructions lie: markers come from nowhere else.
fn code_region(process: u32) -> io::Result<Region> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let code = maps
        .lines()
        .find(|line| line.contains(" r-xp ") && line.contains("/memfd:ref_tests "));
    code.and_then(|line| {
        let (start, end) = line.split_once(' ')?.0.split_once('-')?;
        let parse = |text| u64::from_str_radix(text, 16).ok();
        Some(Region {
            start: parse(start)?,
            end: parse(end)?,
        })
    })
    .ok_or_else(|| io::Error::other("the scenario program's code is not mapped"))
}
