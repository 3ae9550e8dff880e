//! The journal of a sequence: an entry for each stretch of calls between two stops.

use std::io;
use std::ops::ControlFlow;

use ref_tests::wire::{Message, PHASE_CALL, PHASE_ENDING, PayloadFinding, Progress};

use super::journal::{Journal, Reception};
use super::memory::Caller;
use super::payloads::Payloads;
use super::view::{Seen, View};
use crate::sys::control::ControlPage;
use crate::types::{Call, CallNumber, Header, HeapHeaders, Node, RawSystemCall, Region};

/// Calls that were made without a stop in between.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// The index of its first call, from 0.
    pub first: usize,
    /// The addresses that its calls returned, as the process says.
    pub results: &'a [u64],
    /// Its system calls, each with the index of the call that made it, from 0. May go one call
    /// beyond the results: that call did not return.
    pub system_calls: &'a [(usize, RawSystemCall)],
    /// The heap after its last call; `None` when the process did not get as far as a stop.
    pub look: Option<Look<'a>>,
    /// What the process found wrong after its last call.
    pub damage: Option<PayloadFinding>,
}

/// The words in memory at a stop.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The heap's regions, in address order.
    pub regions: &'a [Region],
    pub heap: &'a HeapHeaders,
    /// The headers at the start of the live mappings.
    pub mappings: &'a [Header],
    /// The words at the places in the heap that are or may be headers.
    pub nodes: &'a [Node],
    /// The words at the start of the live mappings.
    pub mapped: &'a [Node],
}

/// The receiver of the stretches while the process runs.
pub trait Listener {
    /// The process is about to make its first call; its heap starts here.
    fn start(&mut self, heap: u64);

    /// A stretch has ended. `Break` ends the process.
    fn stretch(&mut self, stretch: &Stretch<'_>) -> ControlFlow<()>;
}

/// The stretches of one process.
pub(super) struct Stretches<'a> {
    planned: &'a [Call],
    control: &'a ControlPage,
    listener: &'a mut dyn Listener,
    /// From the call of this number on, all places that may be headers are wanted.
    closely_from: usize,
    returned: usize,
    results: Vec<u64>,
    system_calls: Vec<(usize, RawSystemCall)>,
    flow: ControlFlow<()>,
}

impl<'a> Stretches<'a> {
    pub(super) fn new(
        planned: &'a [Call],
        control: &'a ControlPage,
        listener: &'a mut dyn Listener,
        closely_from: u32,
    ) -> Self {
        Self {
            planned,
            control,
            listener,
            closely_from: closely_from as usize,
            returned: 0,
            results: Vec::new(),
            system_calls: Vec::new(),
            flow: ControlFlow::Continue(()),
        }
    }

    /// Hands out what the process did since its last stop, as far as it says.
    pub(super) fn close(&mut self) {
        let Progress { number, phase } = self.control.progress();
        let returned = number.saturating_sub(u32::from(phase == PHASE_CALL)) as usize;
        let number = returned.clamp(self.returned, self.planned.len());
        if self.flow.is_continue() && phase != PHASE_ENDING {
            self.hand_out(number, None, None);
        }
    }

    fn hand_out(&mut self, number: usize, look: Option<Look<'_>>, damage: Option<PayloadFinding>) {
        let first = std::mem::replace(&mut self.returned, number);
        self.results.clear();
        self.results
            .extend((first..number).map(|index| self.control.result(index)));
        let stretch = Stretch {
            first,
            results: &self.results,
            system_calls: &self.system_calls,
            look,
            damage,
        };
        self.flow = self.listener.stretch(&stretch);
        self.system_calls.clear();
    }

    fn reached(
        &mut self,
        number: CallNumber,
        view: View<'_>,
        damage: Option<PayloadFinding>,
    ) -> io::Result<Reception> {
        let number = number.0 as usize;
        if !(self.returned..=self.planned.len()).contains(&number) {
            return Ok(Reception::Refused);
        }
        if number == self.planned.len() && damage.is_none() {
            let results = (0..number).map(|index| self.control.result(index));
            let payloads = Payloads::after(self.planned, results);
            if let Some(block) = payloads.damaged(view.stopped)? {
                return Ok(Reception::Untrue(block));
            }
        }
        let regions = view.memory.regions.clone();
        let closely = number + 1 >= self.closely_from;
        let results = (0..number).map(|index| self.control.result(index));
        let returned: Option<Vec<u64>> = closely.then(|| results.collect());

        let Seen {
            heap,
            mappings,
            nodes,
            mapped,
        } = view.look(returned.as_deref())?;
        let look = Look {
            regions: &regions,
            heap: &heap,
            mappings: &mappings,
            nodes: &nodes,
            mapped: &mapped,
        };
        self.hand_out(number, Some(look), damage);
        Ok(match self.flow {
            ControlFlow::Continue(()) => Reception::Noted,
            ControlFlow::Break(()) => Reception::Enough,
        })
    }
}

impl Journal for Stretches<'_> {
    fn planned(&self) -> &[Call] {
        self.planned
    }

    fn returned(&self) -> usize {
        self.returned
    }

    fn start(&mut self, heap: u64) {
        self.listener.start(heap);
    }

    fn caller(&self) -> Caller {
        // What is between two stops is the submission's: sequences in which the break is moved by
        // other code stop after each call.
        match self.planned.get(self.returned) {
            Some(Call::MoveBreak { .. }) => Caller::Foreign,
            _ => Caller::Submission,
        }
    }

    fn looks_closely(&self) -> bool {
        self.closely_from <= self.planned.len()
    }

    /// The process says which call is in progress. It can't be one that has already been handed
    /// out, nor one in front of the call that made the system call before.
    fn system_call(&mut self, call: RawSystemCall, progress: Progress) {
        let earliest = self
            .system_calls
            .last()
            .map_or(self.returned, |&(index, _)| index);
        let index = (progress.number as usize).saturating_sub(1);
        let latest = self.planned.len().saturating_sub(1).max(earliest);
        self.system_calls
            .push((index.clamp(earliest, latest), call));
    }

    fn receive(&mut self, message: Message, view: View<'_>) -> io::Result<Reception> {
        match message {
            Message::Reached { number } => self.reached(number, view, None),
            Message::Damaged { number, finding } => {
                match self.reached(number, view, Some(finding))? {
                    // The answer of the listener does not matter: nothing follows.
                    Reception::Noted => Ok(Reception::Enough),
                    other => Ok(other),
                }
            }
            Message::End if self.returned == self.planned.len() => Ok(Reception::Complete),
            _ => Ok(Reception::Refused),
        }
    }
}
