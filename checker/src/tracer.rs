//! Runs scenarios against a library and records what they do.
//!
//! The verdict is not made here: a recording says what was seen, with the addresses it was seen at.

mod memory;
mod session;

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::time::Duration;

use ref_tests::wire::Request;

use crate::carried;
use crate::sandbox;
use crate::sys::control::ControlPage;
use crate::sys::memfile;
use crate::sys::server::{Parts, Resources, Server, Silence};
use crate::sys::trace::Running;
use crate::sys::watchdog::{Patience, Watchdog};
use crate::types::{Call, End, Profile, Recording, Region};

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
}

/// Records scenarios. Belongs to the thread that made it.
pub struct Tracer<'a> {
    stage: &'a Stage,
    control: ControlPage,
    output: File,
    server: Option<Live>,
    buffer: Vec<u8>,
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
        let nonce = RandomState::new().build_hasher().finish();
        self.control.reset_progress();
        // A server that was harmed by the scenario before is replaced once.
        for attempt in 0..2 {
            let mut live = match self.server.take() {
                Some(live) => live,
                None => match self.start()? {
                    Ok(live) => live,
                    Err(end) => return self.not_started(end),
                },
            };
            match live.server.request(Request {
                scenario: index as u64,
                nonce,
            }) {
                Ok(process) => {
                    let code = live.code;
                    self.server = Some(live);
                    return self.follow(process, nonce, code, planned);
                }
                Err(silence) if attempt > 0 => return self.not_started(not_loaded(silence)),
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
        process: i32,
        nonce: u64,
        code: Region,
        planned: &[Call],
    ) -> Result<Recording, Error> {
        let limits = self.stage.limits;
        let patience = Patience {
            computing: limits.computing,
            waiting: limits.waiting,
        };
        let watch = self.stage.watchdog.watch(process, patience);
        let session = Session {
            profile: &self.stage.profile,
            control: &self.control,
            watch: &watch,
            planned,
            nonce,
            code,
            buffer: &mut self.buffer,
        };
        let mut recording = session.run(Running::child(process))?;
        drop(watch);
        recording.output = self.take_output()?;
        Ok(recording)
    }

    fn take_output(&mut self) -> Result<Vec<u8>, Error> {
        memfile::take(&mut self.output, self.stage.limits.output).map_err(Error::Prepare)
    }
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
