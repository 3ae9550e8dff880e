//! Turns the reports of a process into steps of a scenario, or stretches of a sequence.

use std::io;

use ref_tests::wire::{Function, Message, Progress};

use super::memory::Caller;
use super::payloads::Payloads;
use super::view::{self, View};
use crate::types::{Call, CallNumber, Moment, Profile, RawStep, RawSystemCall};

/// Records what a session sees.
pub(super) trait Journal {
    /// The calls that the process is to make.
    fn planned(&self) -> &[Call];

    /// What they may need.
    fn allowance(&self, profile: &Profile) -> Allowance {
        Allowance::of(profile, self.planned())
    }

    /// What the process is doing, where that is known better than the process says.
    fn moment(&self) -> Option<Moment> {
        None
    }

    /// The number of calls that are known to have returned.
    fn returned(&self) -> usize;

    /// The heap starts here.
    fn start(&mut self, heap: u64);

    /// Who makes the system calls at this moment.
    fn caller(&self) -> Caller;

    /// Whether the process stops after each call. If so, it is also noted where in the code its system
    /// calls are made.
    fn looks_closely(&self) -> bool;

    /// A system call for memory has returned.
    fn system_call(&mut self, call: RawSystemCall, progress: Progress);

    /// The process has stopped to report something; it is neither the start nor a missing function.
    fn receive(&mut self, message: Message, view: View<'_>) -> io::Result<Reception>;
}

/// What the calls of a process may need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// How many there are.
    pub(super) calls: u64,
    /// Bytes of heap that are read at a stop.
    pub(super) heap: u64,
}

impl Allowance {
    /// The allowance of a process that makes these calls.
    pub(super) fn of(profile: &Profile, calls: &[Call]) -> Self {
        Self {
            calls: calls.len() as u64,
            heap: view::most_heap(profile, calls),
        }
    }
}

/// How a report is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reception {
    /// Go on.
    Noted,
    /// It was the last one.
    Complete,
    /// The checker needs nothing more from the process.
    Enough,
    /// It is not the expected report.
    Refused,
    /// More calls than are looked at.
    TooMany,
    /// The test passes to this function a pointer that no call has returned.
    Unknown(Function),
    /// The payload of this call's block is not what it says.
    Untrue(CallNumber),
}

/// The journal of a scenario: one entry a call.
pub(super) struct Steps<'a> {
    planned: &'a [Call],
    pub(super) calls: Vec<RawStep>,
    /// The system calls since the last call that returned.
    pub(super) unfinished: Vec<RawSystemCall>,
    /// What the calls returned.
    returned: Vec<u64>,
    payloads: Payloads,
}

impl<'a> Steps<'a> {
    pub(super) fn new(planned: &'a [Call]) -> Self {
        Self {
            planned,
            calls: Vec::new(),
            unfinished: Vec::new(),
            returned: Vec::new(),
            payloads: Payloads::default(),
        }
    }

    fn is_due(&self, number: CallNumber, call: Call) -> bool {
        let due = self.calls.len();
        number.0 as usize == due + 1 && self.planned.get(due) == Some(&call)
    }
}

impl Journal for Steps<'_> {
    fn planned(&self) -> &[Call] {
        self.planned
    }

    fn returned(&self) -> usize {
        self.calls.len()
    }

    fn start(&mut self, _: u64) {}

    fn caller(&self) -> Caller {
        match self.planned.get(self.calls.len()) {
            Some(Call::MoveBreak { .. }) => Caller::Foreign,
            _ => Caller::Submission,
        }
    }

    fn looks_closely(&self) -> bool {
        true
    }

    fn system_call(&mut self, call: RawSystemCall, _: Progress) {
        self.unfinished.push(call);
    }

    fn receive(&mut self, message: Message, view: View<'_>) -> io::Result<Reception> {
        match message {
            Message::Returned {
                number,
                call,
                result,
                check,
            } if self.is_due(number, call) => {
                let told = (number, call, result);
                let last = self.calls.len() + 1 == self.planned.len();
                let damaged = self.payloads.returned(view.stopped, told, check, last)?;
                if let Some(block) = damaged {
                    return Ok(Reception::Untrue(block));
                }
                self.returned.push(result);
                let system_calls = std::mem::take(&mut self.unfinished);
                self.calls
                    .push(view.recorded(told, check, system_calls, &self.returned)?);
                Ok(Reception::Noted)
            }
            Message::End if self.calls.len() == self.planned.len() => Ok(Reception::Complete),
            _ => Ok(Reception::Refused),
        }
    }
}
