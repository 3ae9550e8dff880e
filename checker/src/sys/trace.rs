//! ptrace as types: only a stopped process can be read or resumed, and resuming gives it up.
//!
//! All requests must come from the thread that became the tracer. Waiting is always for one
//! process: "any child" would steal from other threads.

use std::io;
use std::ptr;

use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::resource::Resource;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::remote;
use crate::types::Registers;

/// A traced process that runs.
#[derive(Debug)]
pub struct Running(Pid);

/// A traced process that has stopped.
#[derive(Debug)]
pub struct Stopped(Pid);

/// What waiting for a process ends with.
#[derive(Debug)]
pub enum Event {
    Stopped(Stopped, Stop),
    /// It exited with this status.
    Exited(i32),
    Killed(i32),
}

/// Why a process stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The seccomp filter wants a system call to be looked at, before it happens.
    SystemCall {
        number: u64,
        arguments: [u64; 6],
        /// Where in the program it is made: the address after the instruction.
        instruction: u64,
    },
    /// A system call has happened.
    SystemCallDone {
        /// A value, or a negative error number.
        result: i64,
    },
    /// It has made another process, which is traced as well and has not run yet.
    Forked { process: i32 },
    /// It has become another program, of which nothing has run yet.
    Executed,
    /// A signal is about to be delivered.
    Signal {
        number: i32,
        /// For a fault: the address that was touched.
        address: Option<u64>,
    },
    /// Nothing that matters here.
    Other,
}

/// A signal's name, such as `SIGSEGV`.
pub fn signal_name(number: i32) -> String {
    Signal::try_from(number).map_or_else(
        |_| format!("signal {number}"),
        |signal| signal.as_str().to_owned(),
    )
}

const SYSCALL_STOP: i32 = libc::SIGTRAP | 0x80;

impl Running {
    /// A child of this thread that has asked to be traced and stops itself.
    pub fn child(process: i32) -> Self {
        Self(Pid::from_raw(process))
    }

    pub fn id(&self) -> i32 {
        self.0.as_raw()
    }

    /// Waits for the next event of the process.
    pub fn wait(self) -> io::Result<Event> {
        let status = wait_for(self.0)?;
        if libc::WIFEXITED(status) {
            return Ok(Event::Exited(libc::WEXITSTATUS(status)));
        }
        if libc::WIFSIGNALED(status) {
            return Ok(Event::Killed(libc::WTERMSIG(status)));
        }
        let stopped = Stopped(self.0);
        match stopped.reason(status) {
            Ok(stop) => Ok(Event::Stopped(stopped, stop)),
            // It was killed while it was stopped: the next wait tells how.
            Err(Errno::ESRCH) => Self(self.0).wait(),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Ends the process and waits until it is gone.
    pub fn kill(self) -> io::Result<()> {
        match nix::sys::signal::kill(self.0, Signal::SIGKILL) {
            // ESRCH: it has already ended.
            Ok(()) | Err(Errno::ESRCH) => {}
            // Waiting would never end.
            Err(errno) => return Err(errno.into()),
        }
        let status = wait_for(self.0)?;
        match libc::WIFSTOPPED(status) {
            true => Self(self.0).kill(),
            false => Ok(()),
        }
    }
}

impl Stopped {
    /// Asks for stops at the system calls that the filter names, at new processes and programs,
    /// and for the end of the process when this thread ends. Processes that it makes inherit all
    /// this.
    pub fn set_options(&self) -> io::Result<()> {
        let options = Options::PTRACE_O_TRACESECCOMP
            | Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_EXITKILL
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEEXEC;
        alive_or_dying(ptrace::setoptions(self.0, options))
    }

    /// Lets it run to the next stop, with a signal (0 is none).
    pub fn resume(self, signal: i32) -> io::Result<Running> {
        let signal = Signal::try_from(signal).ok();
        resumed(self.0, ptrace::cont(self.0, signal))
    }

    /// Lets the system call at which it stopped happen, and stops it afterwards.
    pub fn resume_to_result(self) -> io::Result<Running> {
        resumed(self.0, ptrace::syscall(self.0, None))
    }

    /// Lets it run on as if the system call at which it stopped had returned this: a value, or a
    /// negative error number.
    pub fn refuse(self, result: i64) -> io::Result<Running> {
        let refused = ptrace::getregs(self.0).and_then(|mut registers| {
            // No system call has this number, so the kernel makes none and keeps the result.
            registers.orig_rax = u64::MAX;
            registers.rax = result as u64;
            ptrace::setregs(self.0, registers)
        });
        match refused {
            Ok(()) | Err(Errno::ESRCH) => self.resume(0),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Its registers; `None` when the process is dying.
    pub fn registers(&self) -> Option<Registers> {
        let all = ptrace::getregs(self.0).ok()?;
        Some([
            all.rax, all.rdx, all.rcx, all.rbx, all.rsi, all.rdi, all.rbp, all.rsp, all.r8, all.r9,
            all.r10, all.r11, all.r12, all.r13, all.r14, all.r15, all.rip,
        ])
    }

    /// The stack pointer; `None` when the process is dying.
    pub fn stack_pointer(&self) -> Option<u64> {
        Some(ptrace::getregs(self.0).ok()?.rsp)
    }

    /// The address of the next instruction; `None` when the process is dying.
    pub fn instruction_pointer(&self) -> Option<u64> {
        Some(ptrace::getregs(self.0).ok()?.rip)
    }

    /// Lets it go on at this address when it is resumed.
    pub fn go_to(&self, instruction: u64) -> io::Result<()> {
        let moved = ptrace::getregs(self.0).and_then(|mut registers| {
            registers.rip = instruction;
            ptrace::setregs(self.0, registers)
        });
        alive_or_dying(moved)
    }

    /// Writes into its memory, also where the process itself may only read. Returns what was there;
    /// `None` where there is nothing.
    pub fn overwrite(&self, address: u64, bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let mut before = Vec::new();
        if self.read(&[(address, bytes.len())], &mut before)? < bytes.len() {
            return Ok(None);
        }
        if before != bytes {
            remote::write(self.0, address, bytes)?;
        }
        Ok(Some(before))
    }

    /// Lowers its soft limit on a resource to `value`, in the resource's unit.
    ///
    /// The kernel may refuse it: for a process of another user, without CAP_SYS_RESOURCE.
    pub fn limit(&self, resource: Resource, value: u64) -> io::Result<()> {
        let mut limits = libc::rlimit64 {
            rlim_cur: 0,
            rlim_max: 0,
        };
        let resource = resource as libc::c_uint;
        // SAFETY: nothing is set, and `limits` is writable.
        let read =
            unsafe { libc::prlimit64(self.0.as_raw(), resource, ptr::null(), &raw mut limits) };
        if read == -1 {
            return Err(io::Error::last_os_error());
        }
        limits.rlim_cur = value.min(limits.rlim_max);
        // SAFETY: `limits` is readable, and the old ones are not asked for.
        let set = unsafe {
            libc::prlimit64(
                self.0.as_raw(),
                resource,
                &raw const limits,
                ptr::null_mut(),
            )
        };
        match set {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    pub fn id(&self) -> i32 {
        self.0.as_raw()
    }

    /// The word at this address; `None` where nothing can be read.
    pub fn read_word(&self, address: u64) -> io::Result<Option<u64>> {
        let mut bytes = Vec::new();
        self.read(&[(address, 8)], &mut bytes)?;
        Ok(bytes.try_into().ok().map(u64::from_ne_bytes))
    }

    /// The text of at most `limit` bytes that ends with NUL at this address.
    pub fn read_text(&self, address: u64, limit: usize) -> io::Result<Option<Vec<u8>>> {
        const PAGE: u64 = 4096;
        let mut text = Vec::new();
        let mut place = address;
        while text.len() < limit {
            // Up to the end of a page at a time: the next one may not be there.
            let length = (PAGE - place % PAGE) as usize;
            let mut part = Vec::new();
            if self.read(&[(place, length)], &mut part)? < length {
                return Ok(None);
            }
            if let Some(end) = part.iter().position(|&byte| byte == 0) {
                text.extend_from_slice(&part[..end]);
                return Ok((text.len() <= limit).then_some(text));
            }
            text.extend_from_slice(&part);
            place = place.wrapping_add(length as u64);
        }
        Ok(None)
    }

    /// Ends it and waits until it is gone.
    pub fn kill(self) -> io::Result<()> {
        Running(self.0).kill()
    }

    /// Reads memory ranges, as (address, length) in bytes, one after another into `buffer`.
    /// Returns how many bytes could be read; reading ends at the first that can't.
    ///
    /// Fails when the machine does not let any process read the memory of another process.
    pub fn read(&self, ranges: &[(u64, usize)], buffer: &mut Vec<u8>) -> io::Result<usize> {
        let wanted = ranges.iter().map(|&(_, length)| length).sum();
        buffer.resize(wanted, 0);
        let read = remote::read(self.0, ranges, buffer)?;
        buffer.truncate(read);
        Ok(read)
    }

    fn reason(&self, status: i32) -> nix::Result<Stop> {
        match (libc::WSTOPSIG(status), status >> 16) {
            (libc::SIGTRAP, libc::PTRACE_EVENT_SECCOMP) => self.system_call(),
            (SYSCALL_STOP, _) => self.system_call(),
            (libc::SIGTRAP, libc::PTRACE_EVENT_EXEC) => Ok(Stop::Executed),
            (
                libc::SIGTRAP,
                libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE,
            ) => Ok(Stop::Forked {
                process: ptrace::getevent(self.0)? as i32,
            }),
            (_, event) if event != 0 => Ok(Stop::Other),
            (number, _) => Ok(Stop::Signal {
                number,
                address: self.fault_address(number)?,
            }),
        }
    }

    fn system_call(&self) -> nix::Result<Stop> {
        let info = ptrace::syscall_info(self.0)?;
        Ok(match info.op {
            libc::PTRACE_SYSCALL_INFO_SECCOMP => {
                // SAFETY: `op` says that this member of the union is the one that was written.
                let call = unsafe { info.u.seccomp };
                Stop::SystemCall {
                    number: call.nr,
                    arguments: call.args,
                    instruction: info.instruction_pointer,
                }
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => {
                // SAFETY: as above.
                let done = unsafe { info.u.exit };
                Stop::SystemCallDone { result: done.sval }
            }
            _ => Stop::Other,
        })
    }

    fn fault_address(&self, signal: i32) -> nix::Result<Option<u64>> {
        if !matches!(signal, libc::SIGSEGV | libc::SIGBUS) {
            return Ok(None);
        }
        match ptrace::getsiginfo(self.0) {
            // Sent by a process and not raised by a fault: there is no address.
            Ok(info) if info.si_code <= 0 => Ok(None),
            // SAFETY: for a fault the kernel fills in the address.
            Ok(info) => Ok(Some(unsafe { info.si_addr() } as u64)),
            Err(Errno::EINVAL) => Ok(None),
            Err(errno) => Err(errno),
        }
    }
}

fn resumed(process: Pid, outcome: nix::Result<()>) -> io::Result<Running> {
    alive_or_dying(outcome).map(|()| Running(process))
}

fn alive_or_dying(outcome: nix::Result<()>) -> io::Result<()> {
    match outcome {
        // ESRCH: it is dying, and the next wait tells how.
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// `waitpid` with the raw status: nix refuses the status of a stop by a real-time signal, and
/// with it loses the event.
fn wait_for(process: Pid) -> io::Result<i32> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is writable, and waiting touches nothing else.
        let waited = unsafe {
            libc::waitpid(
                process.as_raw(),
                &raw mut status,
                libc::__WALL | libc::__WNOTHREAD,
            )
        };
        match waited {
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            -1 => return Err(io::Error::last_os_error()),
            _ => return Ok(status),
        }
    }
}

/// A process that has not run yet, for tests.
#[cfg(test)]
pub(crate) fn stopped_at_start() -> Stopped {
    let mut command = std::process::Command::new("true");
    let walls = super::walls::Walls {
        traced: true,
        ..Default::default()
    };
    walls.surround(&mut command);
    let child = Running::child(command.spawn().unwrap().id() as i32);
    match child.wait().unwrap() {
        Event::Stopped(stopped, _) => stopped,
        other => panic!("it ran past its start: {other:?}"),
    }
}
