//! The fork server under watch: it loads the library, waits, and forks once for each request.
//!
//! It is traced all the time, and is stopped whenever no request is carried out. So the checker
//! sees everything that a submission does while it is loaded, and no process of it exists that the
//! checker did not request.

use std::io;
use std::sync::Arc;

use ref_tests::wire::{Borrowed, Marker, Message};

use super::alarms::{Alarms, Use};
use super::c_library::CLibrary;
use super::chance::Chance;
use super::maps::{self, Mapping};
use super::session::is_own_abort;
use super::{Error, Stage};
use crate::sandbox::{self, Treatment};
use crate::sys::server::{self, Parts};
use crate::sys::trace::{Event, Running, Stop, Stopped, signal_name};
use crate::sys::walls::Walls;
use crate::sys::watchdog::Expiry;
use crate::types::{CallNumber, Code, End, Moment, Phase};

/// The longest path that is read from a process.
const LONGEST_PATH: usize = 4096;

/// A server that has loaded the library. Dropping it ends it.
pub(super) struct Host {
    /// `None` only while it carries out a request.
    waiting: Option<Stopped>,
    id: i32,
    libraries: Vec<String>,
    /// Where the scenario program's own instructions lie.
    pub(super) code: Mapping,
    /// Where the libraries lie that it has loaded.
    pub(super) modules: Arc<Code>,
    /// The breakpoints that its children have.
    pub(super) alarms: Alarms,
    /// A use of the C library's allocator while the library was loaded.
    pub(super) used: Option<Use>,
    /// Whether the scenarios' filter is in force; a request that is to run without has none.
    filtered: bool,
}

/// What a server is driven to.
enum Reached {
    /// It waits for a request; its last instruction ends at this address.
    Waiting(Stopped, u64),
    /// It is gone.
    End(End),
}

/// A server on its way.
struct Drive<'a> {
    libraries: &'a [String],
    /// The random bytes that it gets at its start; `None` after the start.
    chance: Option<Chance>,
    /// Whether it may fork now.
    forks: bool,
    forked: Option<i32>,
    /// Those that were set before the first constructor ran.
    alarms: Option<Alarms>,
    /// The first use of the C library's allocator while the library was loaded.
    used: Option<Use>,
    /// The filter that it has to install before it forks, and the code that does that.
    filter: Option<(&'a [u8], &'a Mapping)>,
    /// Whether the kernel refused that filter.
    refused: bool,
}

impl<'a> Drive<'a> {
    const fn new(libraries: &'a [String], chance: Option<Chance>) -> Self {
        Self {
            libraries,
            chance,
            filter: None,
            refused: false,
            forks: chance.is_none(),
            forked: None,
            alarms: None,
            used: None,
        }
    }
}

impl Host {
    /// Starts the program and lets it load the library.
    pub(super) fn start(
        stage: &Stage,
        parts: &Parts<'_>,
        walls: Walls,
        chance: Chance,
    ) -> Result<Result<Self, End>, Error> {
        let libraries = parts.library_paths();
        let server = parts.spawn(walls).map_err(Error::Start)?;
        let id = server.id();
        let mut drive = Drive::new(&libraries, Some(chance));
        let reached = drive.watched(stage, server).map_err(trace_error(id))?;
        let (waiting, instruction) = match reached {
            Reached::Waiting(stopped, instruction) => (stopped, instruction),
            Reached::End(end) => return Ok(Err(end)),
        };
        let maps = maps::of(id).map_err(Error::Start)?;
        let code = maps::program_code(&maps).filter(|code| code.region.contains(instruction));
        let carried = code
            .as_ref()
            .map_or(Ok(false), |code| code.is_carried(&waiting));
        let carried = carried.map_err(trace_error(id))?;
        let (used, early) = (drive.used, drive.alarms);
        let alarms = settled(&waiting, &maps, early).map_err(trace_error(id))?;
        let (Some(code), Some(alarms), true) = (code, alarms, carried) else {
            waiting.kill().map_err(trace_error(id))?;
            return Ok(Err(tampered()));
        };
        Ok(Ok(Self {
            waiting: Some(waiting),
            id,
            libraries,
            code,
            modules: Arc::new(maps::code(&maps)),
            alarms,
            used,
            filtered: false,
        }))
    }

    /// What the scenario program needs of the C library.
    pub(super) fn borrowed(&self) -> Borrowed {
        self.alarms.library().borrowed().unwrap_or_default()
    }

    /// Lets the server fork for the request in the control page: the new process, which has not
    /// run yet. After an end, the server is gone.
    ///
    /// Before the first fork it installs the scenarios' `filter`: this one and no other, and what
    /// is forked counts only where the kernel says that it is installed.
    pub(super) fn fork(
        &mut self,
        stage: &Stage,
        filter: &[u8],
    ) -> Result<Result<Running, End>, Error> {
        let Some(stopped) = self.waiting.take() else {
            return Ok(Err(not_loaded("the process is gone".to_owned(), false)));
        };
        let mut drive = Drive::new(&self.libraries, None);
        self.filtered |= filter.is_empty();
        drive.filter = (!self.filtered).then_some((filter, &self.code));
        let running = stopped.resume(0).map_err(trace_error(self.id))?;
        let reached = drive.watched(stage, running);
        let (forked, filtered) = (drive.forked, drive.filter.is_none());
        match reached.map_err(trace_error(self.id))? {
            Reached::Waiting(stopped, _) => self.waiting = Some(stopped),
            Reached::End(_) if drive.refused => return Err(Error::NoFilter),
            Reached::End(end) => return Ok(Err(end)),
        }
        self.filtered = filtered;
        let none = || not_loaded("no process was made for the scenario".to_owned(), false);
        Ok(forked.map(Running::child).ok_or_else(none))
    }
}

/// The breakpoints of a server that has loaded everything, in force; `None` where it has no C
/// library any more.
fn settled(
    waiting: &Stopped,
    maps: &[Mapping],
    early: Option<Alarms>,
) -> io::Result<Option<Alarms>> {
    if let Some(alarms) = early {
        alarms.set_again(waiting)?;
        return Ok(Some(alarms));
    }
    let library = CLibrary::of(maps)?;
    library
        .map(|library| Alarms::set(waiting, library))
        .transpose()
}

fn tampered() -> End {
    End::Forged {
        reason: "the scenario program was changed while the library was loaded".to_owned(),
        moment: starting(),
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(stopped) = self.waiting.take() {
            // It leads its own process group; every process in it is a tracee too, except one that
            // escaped because a filter was switched off.
            server::end_group(self.id);
            // What cannot be waited for is gone.
            let _ = stopped.kill();
        }
    }
}

impl Drive<'_> {
    /// Drives the server while the watchdog looks on.
    fn watched(&mut self, stage: &Stage, server: Running) -> io::Result<Reached> {
        let id = server.id();
        let watch = stage.watchdog.watch(id, stage.patience(false));
        let mut reached = self.drive(server);
        stage.budget.forgive(watch.queued());
        if let (Ok(Reached::End(end)), Some(expiry)) = (&mut reached, watch.expiry()) {
            *end = End::TimedOut {
                moment: starting(),
                sleeping: expiry == Expiry::Waiting,
            };
        }
        if let (Ok(Reached::End(_)) | Err(_), Some(process)) = (&reached, self.forked) {
            // No code will follow it.
            let _ = Running::child(process).kill();
        }
        reached
    }

    fn drive(&mut self, server: Running) -> io::Result<Reached> {
        let mut event = server.wait()?;
        let mut chance = self.chance.take();
        loop {
            let (stopped, stop) = match event {
                Event::Exited(status) => return Ok(Reached::End(exited(status))),
                Event::Killed(signal) => return Ok(Reached::End(killed(signal))),
                Event::Stopped(stopped, stop) => (stopped, stop),
            };
            if let Some(chance) = chance.take() {
                // The stop after the exec: no code of the program has run yet.
                stopped.set_options()?;
                chance.replace(&stopped)?;
                event = stopped.resume(0)?.wait()?;
                continue;
            }
            if let Some(instruction) = ready(&stop) {
                return Ok(Reached::Waiting(stopped, instruction));
            }
            match self.handle(stopped, &stop)? {
                Ok(running) => event = running.wait()?,
                Err(end) => return Ok(Reached::End(end)),
            }
        }
    }

    fn handle(&mut self, stopped: Stopped, stop: &Stop) -> io::Result<Result<Running, End>> {
        match *stop {
            Stop::SystemCall {
                number,
                arguments,
                instruction,
            } => self.system_call(stopped, number, &arguments, instruction),
            Stop::Forked { process } if self.forks && self.forked.is_none() => {
                self.forked = Some(process);
                stopped.resume(0).map(Ok)
            }
            Stop::Forked { process } => {
                let _ = Running::child(process).kill();
                end(stopped, forbidden("fork"))
            }
            Stop::Executed => end(stopped, forbidden("execve")),
            Stop::Signal { number, .. } => self.signal(stopped, number),
            Stop::SystemCallDone { .. } | Stop::Other => stopped.resume(0).map(Ok),
        }
    }

    fn system_call(
        &mut self,
        stopped: Stopped,
        number: u64,
        arguments: &[u64; 6],
        instruction: u64,
    ) -> io::Result<Result<Running, End>> {
        if sandbox::is_before_constructors(number) && self.alarms.is_none() {
            let library = CLibrary::of(&maps::of(stopped.id())?)?;
            self.alarms = library
                .map(|library| Alarms::set(&stopped, library))
                .transpose()?;
        }
        let allowed = match sandbox::while_loading(number, arguments) {
            Treatment::Marker | Treatment::Allowed => true,
            Treatment::Signal => is_own_abort(stopped.id(), number, arguments),
            Treatment::Fork => self.forks && self.filter.is_none() && self.forked.is_none(),
            Treatment::Filter => match self.filter.take() {
                Some(filter) => return self.install(stopped, arguments, instruction, filter),
                None => false,
            },
            Treatment::Open { path, flags } => {
                let path = stopped.read_text(path, LONGEST_PATH)?.unwrap_or_default();
                if !sandbox::is_readable(&path, flags, self.libraries)
                    && maps::is_loader(stopped.id(), instruction)
                {
                    // The loader looks in many places, also in those that the library asks for.
                    return stopped.refuse(-i64::from(libc::ENOENT)).map(Ok);
                }
                sandbox::is_readable(&path, flags, self.libraries)
            }
            Treatment::Memory | Treatment::Forbidden => false,
        };
        match allowed {
            true => stopped.resume(0).map(Ok),
            false => end(stopped, forbidden(&sandbox::refused_name(number))),
        }
    }

    /// Lets the server install the filter that it was given, and no other.
    fn install(
        &mut self,
        stopped: Stopped,
        arguments: &[u64; 6],
        instruction: u64,
        (filter, code): (&[u8], &Mapping),
    ) -> io::Result<Result<Running, End>> {
        let asked = [
            libc::PR_SET_SECCOMP as u64,
            libc::SECCOMP_MODE_FILTER.into(),
        ];
        if !code.region.contains(instruction)
            || arguments[..2] != asked
            || !is_at(&stopped, arguments[2], filter)?
        {
            return end(stopped, tampered());
        }
        match stopped.resume_to_result()?.wait()? {
            Event::Stopped(stopped, Stop::SystemCallDone { result }) => {
                self.refused = result != 0;
                stopped.resume(0).map(Ok)
            }
            Event::Stopped(stopped, _) => end(stopped, tampered()),
            Event::Exited(status) => Ok(Err(exited(status))),
            Event::Killed(number) => Ok(Err(killed(number))),
        }
    }

    fn signal(&mut self, stopped: Stopped, number: i32) -> io::Result<Result<Running, End>> {
        if let (libc::SIGTRAP, Some(alarms)) = (number, &self.alarms)
            && let Some(used) = alarms.reached(&stopped)?
        {
            // Printing while it is loaded is not a use of memory.
            self.used = self.used.or(Some(used).filter(|used| !used.for_stream));
            alarms.lift(&stopped)?;
            return stopped.resume(0).map(Ok);
        }
        let limit = |resource: &str| End::Limit {
            resource: resource.to_owned(),
            moment: starting(),
        };
        match number {
            libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH => {
                stopped.resume(number).map(Ok)
            }
            libc::SIGXFSZ => end(stopped, limit("output")),
            libc::SIGXCPU => end(stopped, limit("processor time")),
            _ => end(stopped, killed(number)),
        }
    }
}

/// Whether the kernel's description of a filter at this address is that of `filter`.
fn is_at(stopped: &Stopped, program: u64, filter: &[u8]) -> io::Result<bool> {
    // A length in the lower 16 bits, then the address of the instructions.
    let length = stopped.read_word(program)?.map(|word| word & 0xffff);
    if length != Some(filter.len() as u64 / 8) {
        return Ok(false);
    }
    let mut found = Vec::new();
    if let Some(address) = stopped.read_word(program.wrapping_add(8))? {
        stopped.read(&[(address, filter.len())], &mut found)?;
    }
    Ok(found == filter)
}

fn end(stopped: Stopped, end: End) -> io::Result<Result<Running, End>> {
    let id = stopped.id();
    server::end_group(id);
    stopped.kill()?;
    Ok(Err(end))
}

/// Where the marker comes from with which the server says that it waits.
fn ready(stop: &Stop) -> Option<u64> {
    let Stop::SystemCall {
        number,
        arguments,
        instruction,
    } = *stop
    else {
        return None;
    };
    let ready = sandbox::treatment(number) == Treatment::Marker
        && Marker::decode(arguments)?.message == Message::Ready;
    ready.then_some(instruction)
}

fn starting() -> Moment {
    Moment {
        number: CallNumber(0),
        call: None,
        phase: Phase::Starting,
    }
}

fn forbidden(name: &str) -> End {
    End::Forbidden {
        name: name.to_owned(),
        moment: starting(),
    }
}

fn not_loaded(reason: String, crashed: bool) -> End {
    End::NotLoaded { reason, crashed }
}

fn exited(status: i32) -> End {
    let reason = match status {
        127 => "the loader refused the library".to_owned(),
        _ => format!("the process exited with {status} while the library was loaded"),
    };
    not_loaded(reason, false)
}

fn killed(signal: i32) -> End {
    let name = signal_name(signal);
    let reason = format!("{name} ended the process while the library was loaded");
    not_loaded(reason, true)
}

fn trace_error(process: i32) -> impl Fn(io::Error) -> Error {
    move |source| Error::Trace { process, source }
}
