//! Runs a program with the library preloaded.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use nix::sys::signal::{SigSet, Signal};
use preload::log::VARIABLE;
use tempfile::TempDir;
use traces::Trace;

use crate::journal::{self, Journal};
use crate::transcription::{Damaged, Transcription};

const PRELOAD: &str = "LD_PRELOAD";

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Order {
    /// The program: a path, or a name that is looked for as a shell does.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Record the first process of this name, which the program starts, instead of itself.
    pub process: Option<String>,
    /// Most calls of the trace.
    pub calls: u32,
}

/// What was recorded.
#[derive(Debug)]
pub struct Recorded {
    /// How the program ended.
    pub status: ExitStatus,
    /// The calls of the process that was recorded; `None` when none was.
    pub trace: Option<Trace>,
    /// How many programs the process was before it was the one that was recorded.
    pub replaced: u32,
}

/// Why nothing could be recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program could not be started.
    #[error("cannot run {program}: {source}")]
    Run {
        /// Its name.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The files for the record could not be made or read.
    #[error("cannot keep the record in {folder}: {source}")]
    Files {
        /// The folder for them.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The loader takes no library from such a folder.
    #[error(
        "cannot record: the path {0} has a space or a colon, which the loader takes for an end (set TMPDIR)"
    )]
    Path(PathBuf),
    /// What was recorded is invalid.
    #[error("the program has damaged the record: {0}")]
    Damaged(#[from] Damaged),
}

/// Runs the program to its end and works its record into a trace. Interrupts from the keyboard
/// are the program's affair from then on.
///
/// `library` is the file that the loader is given, made from the crate `preload`.
pub fn record(order: &Order, library: &[u8]) -> Result<Recorded, Error> {
    let folder = LogFolder::new(order, library)?;
    let program = || order.program.to_string_lossy().into_owned();
    let status = folder.run(order).map_err(|source| Error::Run {
        program: program(),
        source,
    })?;
    let (trace, replaced) = folder.transcribe(order)?.unzip();
    Ok(Recorded {
        status,
        trace,
        replaced: replaced.unwrap_or(0),
    })
}

/// A folder with the library and the log, which vanishes with the value.
struct LogFolder {
    folder: TempDir,
    capacity: u64,
}

impl LogFolder {
    fn new(order: &Order, library: &[u8]) -> Result<Self, Error> {
        let temporary = env::temp_dir();
        let failed = |source| Error::Files {
            folder: temporary.clone(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix("osmem-record-")
            .tempdir()
            .map_err(failed)?;
        if separates(folder.path()) {
            return Err(Error::Path(folder.path().to_owned()));
        }
        // A realloc is two events; and the process says when it begins.
        let capacity = u64::from(order.calls) * 2 + 16;
        let folder = Self { folder, capacity };
        fs::write(folder.library(), library).map_err(failed)?;
        let name = order.process.as_deref().unwrap_or_default();
        let parent = std::process::id();
        journal::prepare(&folder.log(), capacity, parent, name).map_err(failed)?;
        Ok(folder)
    }

    fn run(&self, order: &Order) -> io::Result<ExitStatus> {
        let mut preload = self.library().into_os_string();
        if let Some(others) = env::var_os(PRELOAD) {
            preload.push(":");
            preload.push(others);
        }
        let mut child = Command::new(&order.program)
            .args(&order.arguments)
            .env(PRELOAD, preload)
            .env(VARIABLE, self.log())
            .spawn()?;
        let mut keyboard = SigSet::empty();
        keyboard.add(Signal::SIGINT);
        keyboard.add(Signal::SIGQUIT);
        keyboard.thread_block()?;
        child.wait()
    }

    /// The trace, and how many times the process executed another program.
    fn transcribe(&self, order: &Order) -> Result<Option<(Trace, u32)>, Error> {
        let failed = |source| Error::Files {
            folder: self.folder.path().to_owned(),
            source,
        };
        let Some(journal) = Journal::open(&self.log(), self.capacity).map_err(failed)? else {
            return Ok(None);
        };
        let beyond = journal.beyond;
        let mut transcription = Transcription::of_calls(order.calls);
        for event in journal.read() {
            transcription.take(event.map_err(failed)?)?;
        }
        let replaced = transcription.replaced;
        let trace = transcription.finished(beyond)?;
        Ok(Some((trace, replaced)))
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("libpreload.so")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// Whether the loader would take the path for more than one.
fn separates(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.iter().any(|byte| b" :\t\n".contains(byte))
}
