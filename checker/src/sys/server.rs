//! The fork server: the scenario program with a submission loaded, and the socket to it.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, killpg};
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socketpair};
use nix::sys::time::TimeVal;
use nix::unistd::Pid;
use ref_tests::wire::{Answer, GREETING, Request, SERVE};

use super::control::ControlPage;

/// What every process of a submission may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Address space in bytes.
    pub memory: u64,
    /// Bytes that one scenario may print.
    pub output: u64,
}

/// What a fork server is started from.
pub struct Parts<'a> {
    /// The scenario program.
    pub program: &'a File,
    /// The submission's shared object.
    pub library: &'a File,
    /// The shared page.
    pub control: &'a ControlPage,
    /// Where its output goes.
    pub output: &'a File,
}

/// A fork server. Dropping it ends every process of its group.
pub struct Server {
    process: Child,
    socket: File,
}

/// How a server that does not answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It still runs.
    Running,
    /// It exited.
    Exited(i32),
    /// A signal ended it.
    Killed(i32),
}

impl Server {
    /// Starts the program, as a child of this thread: the processes it forks become this
    /// thread's children too, and only this thread can trace them.
    pub fn spawn(
        parts: &Parts<'_>,
        resources: Resources,
        answer_within: Duration,
    ) -> io::Result<Self> {
        let (own, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        setsockopt(&own, ReceiveTimeout, &time_value(answer_within))?;
        let process = command(parts, &theirs, resources)?.spawn()?;
        Ok(Self {
            process,
            socket: File::from(own),
        })
    }

    /// Waits for the greeting, which comes when the library is loaded.
    pub fn greet(&mut self) -> Result<(), Silence> {
        match self.receive() {
            Some(Answer { process: GREETING }) => Ok(()),
            _ => Err(self.silence()),
        }
    }

    /// The server's own process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks for a scenario; the process that will run it.
    pub fn request(&mut self, request: Request) -> Result<i32, Silence> {
        let mut bytes = [0; size_of::<Request>()];
        bytes[..8].copy_from_slice(&request.scenario.to_ne_bytes());
        bytes[8..].copy_from_slice(&request.nonce.to_ne_bytes());
        if self.socket.write_all(&bytes).is_err() {
            return Err(self.silence());
        }
        let answer = self
            .receive()
            .and_then(|answer| i32::try_from(answer.process).ok());
        answer
            .filter(|&process| process > 0)
            .ok_or_else(|| self.silence())
    }

    fn receive(&mut self) -> Option<Answer> {
        let mut bytes = [0; size_of::<Answer>()];
        let length = self.socket.read(&mut bytes).ok()?;
        (length == bytes.len()).then(|| Answer {
            process: i64::from_ne_bytes(bytes),
        })
    }

    /// Why there is no answer. A closed socket comes a moment before the end of the process.
    fn silence(&mut self) -> Silence {
        for _ in 0..50 {
            match self.process.try_wait() {
                Ok(Some(status)) => return ended(status),
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => break,
            }
        }
        Silence::Running
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server leads a group of its own, so this reaches whatever a constructor started.
        let _ = killpg(Pid::from_raw(self.process.id() as i32), Signal::SIGKILL);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ended(status: ExitStatus) -> Silence {
    match (status.code(), status.signal()) {
        (Some(code), _) => Silence::Exited(code),
        (None, signal) => Silence::Killed(signal.unwrap_or_default()),
    }
}

fn time_value(duration: Duration) -> TimeVal {
    TimeVal::new(
        duration.as_secs() as i64,
        i64::from(duration.subsec_micros()),
    )
}

fn command(parts: &Parts<'_>, socket: &OwnedFd, resources: Resources) -> io::Result<Command> {
    let descriptor_path = |file: &File| format!("/proc/self/fd/{}", file.as_raw_fd());
    let mut command = Command::new(descriptor_path(parts.program));
    command
        .arg0("ref_tests")
        .args([SERVE, &socket.as_raw_fd().to_string()])
        .arg(parts.control.file().as_raw_fd().to_string())
        .env_clear()
        .env("LD_PRELOAD", descriptor_path(parts.library))
        // Symbols are resolved once, here, and not again in each fork.
        .env("LD_BIND_NOW", "1")
        .stdin(Stdio::null())
        .stdout(parts.output.try_clone()?)
        .stderr(parts.output.try_clone()?)
        .process_group(0);
    let inherited = [parts.library, parts.control.file()].map(|file| file.as_raw_fd());
    let inherited = [inherited[0], inherited[1], socket.as_raw_fd()];
    // SAFETY: between fork and exec the closure makes system calls only; it neither allocates nor
    // takes a lock.
    unsafe { command.pre_exec(move || prepare(&inherited, resources)) };
    Ok(command)
}

fn prepare(inherited: &[RawFd], resources: Resources) -> io::Result<()> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    setrlimit(Resource::RLIMIT_AS, resources.memory, resources.memory)?;
    setrlimit(Resource::RLIMIT_FSIZE, resources.output, resources.output)?;
    for &descriptor in inherited {
        // SAFETY: clearing the close-on-exec flag touches no memory.
        let done = unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) };
        if done == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Keeps this thread, and every process that it starts, on one processor: a stop of a process that
/// runs elsewhere costs six times as much.
pub fn stay_on_processor(index: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(index)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// The processors that this thread may run on.
pub fn processors() -> io::Result<Vec<usize>> {
    let set = nix::sched::sched_getaffinity(Pid::from_raw(0))?;
    Ok((0..CpuSet::count())
        .filter(|&index| set.is_set(index).unwrap_or(false))
        .collect())
}
