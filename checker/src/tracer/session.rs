//! One scenario's process, from its first stop to its end.

use std::io;
use std::sync::Arc;

use nix::sys::resource::Resource;
use ref_tests::wire::{Marker, Message, PHASE_CALL, PHASE_ENDING, PHASE_FILLING, PHASE_VERIFYING};

use super::Error;
use super::alarms::{Alarms, Use};
use super::journal::{Journal, Reception};
use super::maps::{self, Mapping};
use super::memory::{Caller, Memory};
use super::pages::Pages;
use super::refusals::{Refusal, Refusals};
use super::view::View;
use crate::inject::Limit;
use crate::sandbox::{self, Treatment};
use crate::sys::control::ControlPage;
use crate::sys::trace::{Event, Running, Stop, Stopped, signal_name};
use crate::sys::watchdog::{Expiry, Watch};
use crate::types::{CallNumber, Code, End, Moment, Phase, Profile, RawSystemCall, Site, Trail};

/// What is needed to follow a process.
pub(super) struct Session<'a> {
    pub(super) profile: &'a Profile,
    pub(super) control: &'a ControlPage,
    pub(super) watch: &'a Watch<'a>,
    pub(super) journal: &'a mut dyn Journal,
    pub(super) nonce: u64,
    pub(super) code: Mapping,
    /// Where the libraries lie.
    pub(super) modules: Arc<Code>,
    pub(super) alarms: Alarms,
    /// A use of the C library's allocator while the library was loaded.
    pub(super) used: Option<Use>,
    pub(super) pages: &'a mut Pages,
    pub(super) refusals: Refusals,
    /// How many system calls for memory it may still make.
    pub(super) system_calls: u64,
    /// How many of them may change something.
    pub(super) changes: u64,
    /// Bytes of heap that are read at a stop.
    pub(super) heap: u64,
}

/// What has been seen so far.
struct Seen {
    memory: Memory,
    started: bool,
    ended: bool,
    heap_start: u64,
    /// Whether a system call for memory has failed since the last report.
    failed: bool,
    /// Whether the last one since then only asked where the break is: of many in a row, one is
    /// kept.
    asked: bool,
    /// How it ends if the call that made the C library allocate returns.
    allocated: Option<End>,
    /// Whether the breakpoints were lifted for a course's test, which may use what it likes.
    lifted: bool,
    /// Where its system calls for memory were made.
    sites: Vec<Site>,
    /// Where it did what it was ended for.
    ending: Option<Site>,
}

/// How a process ended, where its heap was, and where in its code it did what is to be told.
pub(super) struct Closing {
    pub(super) end: End,
    pub(super) heap_start: u64,
    pub(super) trail: Trail,
}

impl Closing {
    /// The closing of a process that made no call.
    pub(super) fn early(end: End) -> Self {
        Self {
            end,
            heap_start: 0,
            trail: Trail::default(),
        }
    }
}

/// System calls of one call of which it is kept where they are made. The first that is wrong is told,
/// and none of the calls has to make more than three.
const SITES_OF_CALL: usize = 4;
/// Bytes of the stack that are kept of a system call, and of an end: a few frames, and a large one.
const STACK_OF_CALL: usize = 2 << 10;
const STACK_OF_END: usize = 64 << 10;

/// Whether to go on.
enum Next {
    Event(Event),
    End(End),
}

impl Session<'_> {
    /// Follows the process to its end.
    pub(super) fn run(mut self, process: Running) -> Result<Closing, Error> {
        let id = process.id();
        let mut seen = Seen {
            memory: Memory::default(),
            started: false,
            ended: false,
            heap_start: 0,
            failed: false,
            asked: false,
            allocated: None,
            lifted: false,
            sites: Vec::new(),
            ending: None,
        };
        let trace = |source| Error::Trace {
            process: id,
            source,
        };
        let mut event = process.wait().map_err(trace)?;
        loop {
            match self.handle(event, &mut seen).map_err(trace)? {
                Next::Event(next) => event = next,
                Next::End(end) => {
                    let Seen {
                        heap_start,
                        mut sites,
                        ending,
                        ..
                    } = seen;
                    // A process that ends by itself, or is too slow, was not stopped where it did.
                    if !matches!(end, End::Exited { .. } | End::TimedOut { .. }) {
                        sites.extend(ending);
                    }
                    let code = self.modules;
                    return Ok(Closing {
                        end,
                        heap_start,
                        trail: Trail { sites, code },
                    });
                }
            }
        }
    }

    fn handle(&mut self, event: Event, seen: &mut Seen) -> io::Result<Next> {
        match event {
            Event::Exited(status) => Ok(Next::End(self.exited(status, seen))),
            Event::Killed(signal) => {
                // It was not stopped for it.
                seen.ending = None;
                Ok(Next::End(self.killed(signal)))
            }
            Event::Stopped(
                stopped,
                Stop::SystemCall {
                    number,
                    arguments,
                    instruction,
                },
            ) => self.system_call(stopped, number, arguments, instruction, seen),
            Event::Stopped(stopped, Stop::Signal { number, address }) => {
                self.signal(stopped, number, address, seen)
            }
            Event::Stopped(stopped, Stop::Forked { process }) => {
                // The policy in force does not allow it.
                let _ = Running::child(process).kill();
                self.forbidden(stopped, "fork", seen)
            }
            Event::Stopped(stopped, Stop::Executed) => self.forbidden(stopped, "execve", seen),
            Event::Stopped(stopped, _) => go_on(stopped, 0),
        }
    }

    fn forbidden(&self, stopped: Stopped, name: &str, seen: &mut Seen) -> io::Result<Next> {
        seen.ending = self.site(&stopped, STACK_OF_END)?;
        stopped.kill()?;
        Ok(Next::End(End::Forbidden {
            name: name.to_owned(),
            moment: self.moment(),
        }))
    }

    fn system_call(
        &mut self,
        stopped: Stopped,
        number: u64,
        arguments: [u64; 6],
        instruction: u64,
        seen: &mut Seen,
    ) -> io::Result<Next> {
        match sandbox::treatment(number) {
            Treatment::Memory => self.memory_call(stopped, number, arguments, seen),
            Treatment::Marker => match self.marker(arguments, instruction) {
                Some(message) => self.on_message(stopped, message, seen),
                // Any code may ask for the parent's id.
                None => go_on(stopped, 0),
            },
            Treatment::Signal if is_own_abort(stopped.id(), number, &arguments) => {
                go_on(stopped, 0)
            }
            _ => self.forbidden(stopped, &sandbox::name(number), seen),
        }
    }

    /// What the process is doing, where it is in a call; `None` when it is dying.
    fn site(&self, stopped: &Stopped, kept: usize) -> io::Result<Option<Site>> {
        let moment = self.moment();
        let Some(registers) = stopped
            .registers()
            .filter(|_| moment.phase == Phase::InCall)
        else {
            return Ok(None);
        };
        let mut stack = Vec::new();
        let mut stack_start = registers[7];
        if stopped.read(&[(stack_start, kept)], &mut stack)? == 0 {
            // It is used up.
            stack_start = maps::stack_start(stopped.id()).unwrap_or(stack_start);
            stopped.read(&[(stack_start, kept)], &mut stack)?;
        }
        Ok(Some(Site {
            call: moment.number,
            system_call: None,
            registers,
            stack,
            stack_start,
        }))
    }

    /// Notes where a system call for memory is made.
    fn note_site(&self, stopped: &Stopped, seen: &mut Seen) -> io::Result<()> {
        let call = self.moment().number;
        let of_it = seen.sites.iter().rev().take_while(|site| site.call == call);
        let before = of_it.count();
        if before == SITES_OF_CALL {
            return Ok(());
        }
        let site = self.site(stopped, STACK_OF_CALL)?;
        seen.sites.extend(site.map(|site| Site {
            system_call: Some(before),
            ..site
        }));
        Ok(())
    }

    /// Lets a system call for memory happen and notes it with its result.
    fn memory_call(
        &mut self,
        stopped: Stopped,
        number: u64,
        arguments: [u64; 6],
        seen: &mut Seen,
    ) -> io::Result<Next> {
        let Some(left) = self.system_calls.checked_sub(1) else {
            return self.limit(stopped, "system calls", seen);
        };
        self.system_calls = left;
        let is_query = is_query(raw(number, arguments, 0, seen.memory.brk));
        if seen.started && !is_query && self.journal.caller() == Caller::Submission {
            let Some(left) = self.changes.checked_sub(1) else {
                return self.limit(stopped, "system calls that change its memory", seen);
            };
            self.changes = left;
            if self.journal.looks_closely() {
                self.note_site(&stopped, seen)?;
            }
        }
        if seen.started && self.journal.caller() == Caller::Submission {
            let call = raw(number, arguments, 0, seen.memory.brk);
            if let Some(refusal) = self.refusals.refusal(call, self.profile.page)
                && !is_left_to_kernel(&stopped, refusal)
            {
                let result = refusal.answer;
                let call = raw(number, arguments, result, seen.memory.brk);
                seen.failed = true;
                self.journal.system_call(call, self.control.progress());
                return Ok(Next::Event(stopped.refuse(result)?.wait()?));
            }
        }
        match stopped.resume_to_result()?.wait()? {
            Event::Stopped(stopped, Stop::SystemCallDone { result }) => {
                // What comes before the first call is the program's own.
                let again = std::mem::replace(&mut seen.asked, is_query) && is_query;
                if seen.started && !again {
                    let call = raw(number, arguments, result, seen.memory.brk);
                    seen.failed |= has_failed(call);
                    seen.memory
                        .note(call, self.journal.caller(), self.profile.page);
                    self.journal.system_call(call, self.control.progress());
                }
                go_on(stopped, 0)
            }
            event => Ok(Next::Event(event)),
        }
    }

    /// A marker counts when it comes from the scenario program's own code and carries this run's
    /// nonce.
    fn marker(&self, arguments: [u64; 6], instruction: u64) -> Option<Message> {
        let own = self.code.region.contains(instruction);
        let marker =
            Marker::decode(arguments).filter(|marker| own && marker.nonce == self.nonce)?;
        Some(marker.message)
    }

    fn on_message(
        &mut self,
        stopped: Stopped,
        message: Message,
        seen: &mut Seen,
    ) -> io::Result<Next> {
        match message {
            Message::Start { heap } if !seen.started => {
                seen.started = true;
                // Memory that was taken before is used from the first call on.
                seen.allocated = self.used.map(|used| self.allocated(used));
                seen.memory = Memory::starting_at(heap);
                seen.asked = false;
                seen.heap_start = heap;
                self.journal.start(heap);
                return go_on(stopped, 0);
            }
            Message::Calling { .. } => {
                if self.journal.planned().is_empty() {
                    // What the test did before its first call is in front of the heap.
                    seen.memory = Memory::starting_at(seen.memory.brk);
                    seen.heap_start = seen.memory.brk;
                    self.journal.start(seen.heap_start);
                }
                if std::mem::take(&mut seen.lifted) {
                    self.alarms.set_again(&stopped)?;
                }
            }
            Message::Missing { .. } => {
                stopped.kill()?;
                return Ok(Next::End(End::Missing {
                    moment: self.moment(),
                }));
            }
            _ => {}
        }
        let before_call = matches!(message, Message::Calling { .. });
        if let Some(end) = seen.allocated.take_if(|_| !before_call) {
            stopped.kill()?;
            return Ok(Next::End(end));
        }
        seen.failed = false;
        seen.asked = false;
        seen.ending = None;
        match self.receive(&stopped, message, seen)? {
            Reception::Noted => go_on(stopped, 0),
            Reception::Complete if !self.code.is_carried(&stopped)? => {
                self.forged(stopped, "the scenario program was changed".to_owned())
            }
            Reception::Complete => {
                seen.ended = true;
                go_on(stopped, 0)
            }
            Reception::Enough => {
                stopped.kill()?;
                Ok(Next::End(End::Finished(0)))
            }
            Reception::TooMany => self.limit(stopped, "calls", seen),
            Reception::Unknown(function) => {
                let name = format!("{function:?}").to_lowercase();
                let reason = format!("os_{name} is called with a pointer that no call returned");
                self.forged(stopped, reason)
            }
            Reception::Untrue(CallNumber(number)) => {
                let reason =
                    format!("the payload of p{number} does not match the report of the process");
                self.forged(stopped, reason)
            }
            Reception::Refused => {
                let due = self.journal.returned() + 1;
                let reason = format!("expected call {due}, the marker says {message:?}");
                self.forged(stopped, reason)
            }
        }
    }

    fn receive(
        &mut self,
        stopped: &Stopped,
        message: Message,
        seen: &Seen,
    ) -> io::Result<Reception> {
        if !seen.started {
            return Ok(Reception::Refused);
        }
        let view = View {
            profile: self.profile,
            stopped,
            memory: &seen.memory,
            pages: self.pages,
            // A call makes one block, and one more of what it splits off.
            most_blocks: 2 * self.journal.planned().len() + 2,
            most_bytes: self.heap,
        };
        self.journal.receive(message, view)
    }

    fn forged(&self, stopped: Stopped, reason: String) -> io::Result<Next> {
        stopped.kill()?;
        Ok(Next::End(End::Forged {
            reason,
            moment: self.moment(),
        }))
    }

    /// A breakpoint of ours. What another function of the C library needs memory for is not told
    /// before the call returns: one that reports a failure and ends the process does what E3 asks
    /// for, as does one that reports a failed system call.
    fn alarm(&self, stopped: Stopped, used: Use, seen: &mut Seen) -> io::Result<Next> {
        // The scenario program itself never allocates.
        let in_call = seen.started && !seen.ended && self.journal.caller() == Caller::Submission;
        let end = self.allocated(used);
        if in_call && seen.allocated.is_none() {
            seen.ending = self.site(&stopped, STACK_OF_END)?;
        }
        if in_call && !used.indirectly {
            stopped.kill()?;
            return Ok(Next::End(end));
        }
        if in_call && !seen.failed {
            seen.allocated = Some(end);
        }
        seen.lifted = true;
        self.alarms.lift(&stopped)?;
        go_on(stopped, 0)
    }

    fn allocated(&self, used: Use) -> End {
        End::Allocated {
            name: used.function.to_owned(),
            indirectly: used.indirectly,
            moment: self.moment(),
        }
    }

    fn signal(
        &self,
        stopped: Stopped,
        number: i32,
        address: Option<u64>,
        seen: &mut Seen,
    ) -> io::Result<Next> {
        if number == libc::SIGTRAP
            && let Some(used) = self.alarms.reached(&stopped)?
        {
            return self.alarm(stopped, used, seen);
        }
        match number {
            libc::SIGSTOP if !seen.started => {
                stopped.set_options()?;
                go_on(stopped, 0)
            }
            libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH => go_on(stopped, number),
            libc::SIGXFSZ => self.limit(stopped, "output", seen),
            libc::SIGXCPU => self.limit(stopped, "processor time", seen),
            _ => {
                let touched = address.map(|address| match is_stack_overflow(&stopped, address) {
                    true => "an address below the full stack: a stack overflow".to_owned(),
                    false => describe(address, &seen.memory, seen.heap_start),
                });
                seen.ending = self.site(&stopped, STACK_OF_END)?;
                stopped.kill()?;
                Ok(Next::End(End::Signal {
                    name: signal_name(number),
                    touched,
                    moment: self.moment(),
                }))
            }
        }
    }

    fn limit(&self, stopped: Stopped, resource: &str, seen: &mut Seen) -> io::Result<Next> {
        seen.ending = self.site(&stopped, STACK_OF_END)?;
        stopped.kill()?;
        Ok(Next::End(End::Limit {
            resource: resource.to_owned(),
            moment: self.moment(),
        }))
    }

    fn exited(&self, status: i32, seen: &Seen) -> End {
        match seen.ended {
            true => End::Finished(status),
            false => End::Exited {
                status,
                moment: self.moment(),
            },
        }
    }

    fn killed(&self, signal: i32) -> End {
        let moment = self.moment();
        match self.watch.expiry() {
            Some(expiry) => End::TimedOut {
                moment,
                sleeping: expiry == Expiry::Waiting,
            },
            None => End::Signal {
                name: signal_name(signal),
                touched: None,
                moment,
            },
        }
    }

    /// What the process says it was doing, as far as that can be true.
    fn moment(&self) -> Moment {
        if let Some(moment) = self.journal.moment() {
            return moment;
        }
        let progress = self.control.progress();
        let call = (progress.number as usize)
            .checked_sub(1)
            .and_then(|index| self.journal.planned().get(index));
        let phase = match progress.phase {
            PHASE_CALL => Phase::InCall,
            PHASE_VERIFYING => Phase::Verifying,
            PHASE_FILLING => Phase::Filling,
            PHASE_ENDING => Phase::Ending,
            _ => Phase::Starting,
        };
        let number = call.map_or(CallNumber(0), |_| CallNumber(progress.number));
        Moment {
            number,
            call: call.copied(),
            phase,
        }
    }
}

/// Gives the process the limit by which the call is to fail. Where we may not, or where the kernel
/// would grant the call all the same, it is refused without the kernel.
fn is_left_to_kernel(stopped: &Stopped, refusal: Refusal) -> bool {
    // One byte: the kernel takes a limit of 0 on data for none when it looks at mappings.
    const NOTHING: u64 = 1;
    let resource = match refusal.limit {
        Some(Limit::Data) => Resource::RLIMIT_DATA,
        Some(Limit::AddressSpace) => Resource::RLIMIT_AS,
        None => return false,
    };
    stopped.limit(resource, NOTHING).is_ok() && refusal.kernel_agrees
}

fn go_on(stopped: Stopped, signal: i32) -> io::Result<Next> {
    Ok(Next::Event(stopped.resume(signal)?.wait()?))
}

fn is_stack_overflow(stopped: &Stopped, address: u64) -> bool {
    let pointer = stopped.stack_pointer();
    pointer.is_some_and(|pointer| maps::is_stack_overflow(stopped.id(), address, pointer))
}

/// `abort` sends SIGABRT to the calling thread. A signal to any other process is refused.
pub(super) fn is_own_abort(process: i32, number: u64, arguments: &[u64; 6]) -> bool {
    let own = |argument: u64| argument as i32 == process;
    let signal = match number as i64 {
        libc::SYS_tgkill if own(arguments[0]) && own(arguments[1]) => arguments[2],
        libc::SYS_kill | libc::SYS_tkill if own(arguments[0]) => arguments[1],
        _ => return false,
    };
    signal as i32 == libc::SIGABRT
}

/// Whether a system call only asks where the break is (V9).
const fn is_query(call: RawSystemCall) -> bool {
    match call {
        RawSystemCall::Brk {
            before, requested, ..
        } => requested == 0 || requested == before,
        RawSystemCall::Mmap { .. } | RawSystemCall::Munmap { .. } => false,
    }
}

fn has_failed(call: RawSystemCall) -> bool {
    match call {
        RawSystemCall::Brk {
            requested, after, ..
        } => requested != 0 && requested != after,
        RawSystemCall::Mmap { result, .. } | RawSystemCall::Munmap { result, .. } => result < 0,
    }
}

fn raw(number: u64, arguments: [u64; 6], result: i64, brk: u64) -> RawSystemCall {
    match number as i64 {
        libc::SYS_brk => RawSystemCall::Brk {
            before: brk,
            requested: arguments[0],
            after: result as u64,
        },
        libc::SYS_mmap => RawSystemCall::Mmap { arguments, result },
        _ => RawSystemCall::Munmap {
            address: arguments[0],
            length: arguments[1],
            result,
        },
    }
}

/// Where an address lies, in terms that are the same in every run.
fn describe(address: u64, memory: &Memory, heap_start: u64) -> String {
    const NEAR: u64 = 64 << 10;
    if address < NEAR {
        return format!("address {address:#x}, next to NULL");
    }
    if memory.brk > 0 && address >= heap_start && address < memory.brk.saturating_add(16 << 20) {
        let offset = address - heap_start;
        let side = if address < memory.brk {
            "inside the heap"
        } else {
            "beyond the break"
        };
        return format!("H+{offset:#x}, {side}");
    }
    let mapping = memory
        .mappings
        .iter()
        .find(|mapping| (mapping.start..mapping.end.saturating_add(NEAR)).contains(&address));
    match mapping {
        Some(mapping) if address < mapping.end => "an address inside a mapping".to_owned(),
        Some(_) => "an address past the end of a mapping".to_owned(),
        None => "an address that is neither in the heap nor in a mapping".to_owned(),
    }
}
