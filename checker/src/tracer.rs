//! Runs scenarios against a library and records what they do.
//!
//! The verdict is not made here: a recording says what was seen, with the addresses it was seen at.

mod host;
mod maps;
mod memory;
mod session;

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::time::Duration;

use ref_tests::wire::Request;

use crate::carried;
use crate::sandbox::{self, IsolationOptions};
use crate::sys::control::ControlPage;
use crate::sys::memfile;
use crate::sys::server::Parts;
use crate::sys::trace::Running;
use crate::sys::watchdog::{Patience, Watchdog};
use crate::types::{Call, End, Profile, Recording};

use host::Host;
use maps::Mapping;
use session::Session;

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
    isolation: IsolationOptions,
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
            isolation: IsolationOptions::default(),
        })
    }

    /// The same with these layers of isolation, instead of all that are available.
    #[must_use]
    pub fn isolated(self, isolation: IsolationOptions) -> Self {
        Self { isolation, ..self }
    }
}

/// Records scenarios. Belongs to the thread that made it.
pub struct Tracer<'a> {
    stage: &'a Stage,
    control: ControlPage,
    output: File,
    host: Option<Host>,
    buffer: Vec<u8>,
}

impl<'a> Tracer<'a> {
    /// A tracer for the calling thread. The program is started with the first scenario.
    pub fn new(stage: &'a Stage) -> Result<Self, Error> {
        let filter = sandbox::scenario_filter(stage.isolation.seccomp)?;
        let control = ControlPage::new(stage.profile, &filter).map_err(Error::Prepare)?;
        let output = memfile::output().map_err(Error::Prepare)?;
        Ok(Self {
            stage,
            control,
            output,
            host: None,
            buffer: Vec::new(),
        })
    }

    /// Runs the scenario of this index, which makes the calls `planned`.
    pub fn record(&mut self, index: usize, planned: &[Call]) -> Result<Recording, Error> {
        let nonce = RandomState::new().build_hasher().finish() | 1;
        let request = Request {
            scenario: index as u64,
            nonce,
        };
        match self.launch(request)? {
            Ok((process, code)) => self.follow(process, nonce, code, planned),
            Err(end) => self.not_started(end),
        }
    }

    /// Has a process forked for a request; also says where the program's own code lies in it.
    fn launch(&mut self, request: Request) -> Result<Result<(Running, Mapping), End>, Error> {
        // A server that was harmed by the scenario before is replaced once.
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut host = match self.host.take() {
                Some(host) => host,
                None => match self.start()? {
                    Ok(host) => host,
                    Err(end) => return Ok(Err(end)),
                },
            };
            self.control.request(request);
            match host.fork(self.stage)? {
                Ok(process) => {
                    let code = host.code().clone();
                    self.host = Some(host);
                    return Ok(Ok((process, code)));
                }
                Err(end) if attempt > 1 => return Ok(Err(end)),
                Err(_) => {}
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
        };
        // The watchdog ends what computes for too long; this is for when it cannot.
        let seconds = limits.computing.as_secs() * 4 + 60;
        let walls = sandbox::around_program(*isolation, limits.memory, limits.output, seconds)
            .map_err(Error::Prepare)?;
        Host::start(self.stage, &parts, walls)
    }

    fn not_started(&mut self, end: End) -> Result<Recording, Error> {
        let output = self.take_output()?;
        Ok(Recording {
            heap_start: 0,
            calls: Vec::new(),
            unfinished: Vec::new(),
            end,
            output,
        })
    }

    fn follow(
        &mut self,
        process: Running,
        nonce: u64,
        code: Mapping,
        planned: &[Call],
    ) -> Result<Recording, Error> {
        let limits = self.stage.limits;
        let patience = Patience {
            computing: limits.computing,
            waiting: limits.waiting,
        };
        let watch = self.stage.watchdog.watch(process.id(), patience);
        let session = Session {
            profile: &self.stage.profile,
            control: &self.control,
            watch: &watch,
            planned,
            nonce,
            code,
            buffer: &mut self.buffer,
        };
        let mut recording = session.run(process)?;
        drop(watch);
        recording.output = self.take_output()?;
        Ok(recording)
    }

    fn take_output(&mut self) -> Result<Vec<u8>, Error> {
        memfile::take(&mut self.output, self.stage.limits.output).map_err(Error::Prepare)
    }
}
