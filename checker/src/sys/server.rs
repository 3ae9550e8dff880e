//! The fork server: the scenario program with a submission loaded.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::personality::{self, Persona};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use ref_tests::wire::SERVE;

use super::control::ControlPage;
use super::inherited;
use super::trace::Running;
use super::walls::Walls;

/// What a fork server is started from.
pub struct Parts<'a> {
    pub program: &'a File,
    pub library: &'a File,
    pub control: &'a ControlPage,
    pub output: &'a File,
    pub errors: &'a File,
    /// A course's test, to be loaded after the submission.
    pub test: Option<&'a File>,
}

impl Parts<'_> {
    /// The paths under which the loader opens the library, and a test.
    pub fn library_paths(&self) -> Vec<String> {
        self.loaded().map(descriptor_path).collect()
    }

    fn loaded(&self) -> impl Iterator<Item = &File> {
        [self.library].into_iter().chain(self.test)
    }

    /// Starts the program within its walls, as a child that this thread traces; it stops before its
    /// first instruction. It leads a process group of its own.
    pub fn spawn(&self, mut walls: Walls) -> io::Result<Running> {
        walls.traced = true;
        let mut command = self.command()?;
        let descriptors = self.loaded().chain([self.control.file()]);
        let descriptors: Vec<RawFd> = descriptors.map(|file| file.as_raw_fd()).collect();
        // SAFETY: between fork and exec the closure makes system calls only; it neither allocates
        // nor takes a lock.
        unsafe { command.pre_exec(move || inherit(&descriptors)) };
        inherited::without_data_limit(&mut command);
        walls.surround(&mut command);
        let child = command.spawn()?;
        // From here on it is waited for by its number; dropping the value does nothing to it.
        Ok(Running::child(child.id() as i32))
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(descriptor_path(self.program));
        command
            .arg0("ref_tests")
            .args([SERVE, &self.control.file().as_raw_fd().to_string()])
            .env_clear()
            .env("LD_PRELOAD", self.library_paths().join(":"))
            // Symbols are resolved once, here, and not again in each fork.
            .env("LD_BIND_NOW", "1")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(self.output.try_clone()?)
            .stderr(self.errors.try_clone()?)
            .process_group(0);
        Ok(command)
    }
}

fn descriptor_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

fn inherit(descriptors: &[RawFd]) -> io::Result<()> {
    for &descriptor in descriptors {
        // SAFETY: clearing the close-on-exec flag touches no memory.
        let done = unsafe { libc::fcntl(descriptor, libc::F_SETFD, 0) };
        if done == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Ends every process of the group that this process leads.
pub fn end_group(leader: i32) {
    // ESRCH only says that no process is left.
    let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
}

/// Lets the processes that this thread starts lie at the same addresses each time, so that what a
/// submission does with addresses is the same each time too.
pub fn fix_addresses() {
    // Some containers forbid it; reports of submissions that print addresses, or read memory that
    // they never wrote, then differ in such details from run to run.
    let _ = personality::get().and_then(|it| personality::set(it | Persona::ADDR_NO_RANDOMIZE));
}

/// Keeps this thread, and every process that it starts, on one processor: a stop of a process that
/// runs elsewhere costs six times as much.
pub fn stay_on_processor(index: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(index)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// The processors that this thread may run on, beginning with the one where it is: the kernel has
/// put it where other work is not busy, and work that needs only one processor takes the first.
pub fn processors() -> io::Result<Vec<usize>> {
    let set = nix::sched::sched_getaffinity(Pid::from_raw(0))?;
    let mut processors: Vec<usize> = (0..CpuSet::count())
        .filter(|&index| set.is_set(index).unwrap_or(false))
        .collect();
    let here = nix::sched::sched_getcpu().ok();
    let place = processors.iter().position(|&index| Some(index) == here);
    processors.rotate_left(place.unwrap_or(0));
    Ok(processors)
}
