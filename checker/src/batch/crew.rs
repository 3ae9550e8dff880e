//! Grades submissions in processes of their own, one after another in each: what ends such a
//! process, a bug of ours or the system's lack of memory, costs one submission its result and
//! nothing else. Each may have so much memory and no more, so that it ends before the machine has none
//! left.
//!
//! A worker is a second process of this program, with the same arguments and another name. It reads
//! jobs from standard input and answers on standard output, one line of JSON each. When its input
//! ends, because the parent has ended, it exits at once.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::examiner::{Candidate, Examiner, Graded};
use crate::build;
use crate::sys::inherited;
use crate::sys::trace::signal_name;

/// What a worker is called in lists of processes.
const NAME: &str = "checker-worker";

/// Whether this process is a worker.
#[must_use]
pub fn is_worker() -> bool {
    std::env::args_os().next().is_some_and(|name| name == NAME)
}

/// What a worker reads first: what is not in its arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The text of the rubric, which may have come from a pipe.
    pub rubric: String,
    /// How long a submission may take before the worker is killed, far beyond its budget.
    pub patience: Duration,
    /// Bytes of memory that a worker may write to.
    pub memory: u64,
    /// Processors to use for one submission; 0 for all there are.
    pub workers: usize,
    /// What no submission knows.
    pub secret: String,
    /// The folder with what was made of the course's own tests.
    pub tests: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Job {
    name: String,
    path: Vec<u8>,
}

type Reply = Result<Graded, String>;

/// Holds one worker, which starts with the first job and is replaced when it is lost.
pub struct Slot<'a> {
    setup: &'a Setup,
    worker: Option<Worker>,
}

struct Worker {
    child: Child,
    jobs: ChildStdin,
    replies: Receiver<String>,
}

impl<'a> Slot<'a> {
    /// A slot without a worker yet.
    #[must_use]
    pub const fn new(setup: &'a Setup) -> Self {
        let worker = None;
        Self { setup, worker }
    }

    /// Lets the worker grade a submission, under this name.
    ///
    /// # Errors
    ///
    /// When the machine or the checker failed, in words; nothing is said of the submission then.
    pub fn examine(&mut self, name: &str, candidate: &Candidate) -> Reply {
        let job = Job {
            name: name.to_owned(),
            path: candidate.path.as_os_str().as_bytes().to_vec(),
        };
        let mut worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start(self.setup)
                .map_err(|error| format!("cannot start a process to grade it: {error}"))?,
        };
        let reply = worker.work(&job, self.setup.patience);
        match reply {
            Ok(reply) => {
                self.worker = Some(worker);
                reply
            }
            Err(patient) => Err(worker.lost(patient, self.setup)),
        }
    }
}

impl Worker {
    fn start(setup: &Setup) -> io::Result<Self> {
        let mut child = Command::new("/proc/self/exe")
            .arg0(NAME)
            .args(std::env::args_os().skip(1))
            // A backtrace takes memory: a process that has none left would wait for ever.
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let jobs = child.stdin.take().expect("its input is a pipe");
        let answers = child.stdout.take().expect("its output is a pipe");
        let (sender, replies) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(answers).lines();
            let _ = lines
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line));
        });
        let mut worker = Self {
            child,
            jobs,
            replies,
        };
        // One that is gone already is noticed with its first job.
        let _ = worker.tell(setup);
        Ok(worker)
    }

    fn tell(&mut self, what: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        self.jobs.write_all(&line)
    }

    /// The answer; where there is none, whether the time was up.
    fn work(&mut self, job: &Job, patience: Duration) -> Result<Reply, bool> {
        self.tell(job).map_err(|_| false)?;
        let line = self.replies.recv_timeout(patience);
        let line = line.map_err(|error| error == RecvTimeoutError::Timeout)?;
        serde_json::from_str(&line).map_err(|_| false)
    }

    /// Ends a worker that no longer answers, and says how it ended.
    fn lost(mut self, in_vain: bool, setup: &Setup) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        let id = self.child.id();
        let ended = self.child.wait();
        build::remove_left_by(id);
        let how = match ended {
            _ if in_vain => "did not come to an end".to_owned(),
            Ok(status) => end_text(status),
            Err(error) => format!("cannot be waited for: {error}"),
        };
        let memory = setup.memory >> 20;
        format!(
            "a bug in the checker, or too little memory: the process that graded it, which may use \
             {memory} MiB, {how}"
        )
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if let Some(Worker {
            mut child, jobs, ..
        }) = self.worker.take()
        {
            drop(jobs);
            // It has nothing left to do, and ends with its input.
            let _ = child.wait();
        }
    }
}

fn end_text(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("was ended by {}", signal_name(signal)),
        (None, Some(code)) => format!("exited with {code}"),
        (None, None) => "ended".to_owned(),
    }
}

/// What a worker does: `examiner` makes an examiner of what it is told first.
///
/// # Errors
///
/// When it cannot answer.
pub fn serve<'e, E: From<io::Error>>(
    examiner: impl FnOnce(&Setup) -> Result<Examiner<'e>, E>,
) -> Result<(), E> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let read = io::stdin().lock().lines().map_while(Result::ok);
        let _ = { read }.try_for_each(|line| sender.send(line));
        // The parent needs no more answers. Traced processes end with this process.
        std::process::exit(0);
    });
    let Ok(setup) = lines.recv() else {
        return Ok(());
    };
    let setup: Setup = serde_json::from_str(&setup).map_err(io::Error::from)?;
    inherited::limit_data(setup.memory)?;
    let examiner = examiner(&setup)?;
    for line in lines {
        let job: Job = serde_json::from_str(&line).map_err(io::Error::from)?;
        let path = PathBuf::from(OsString::from_vec(job.path));
        let reply: Reply = examiner.examine(&job.name, &path);
        let mut line = serde_json::to_vec(&reply).map_err(io::Error::from)?;
        line.push(b'\n');
        let mut out = io::stdout().lock();
        out.write_all(&line)?;
        out.flush()?;
    }
    Ok(())
}
