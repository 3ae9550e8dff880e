//! The journal of a course's own test, whose calls are not known before the run.
//!
//! The test reports its calls with raw pointers. This module finds out from outside which blocks
//! they mean, and whether live payloads keep their content during a call. System calls of the
//! test's own code are not the submission's: a move of the break between two calls (for example by
//! stdio) becomes a foreign move (E5), and its mappings are left out.

use std::collections::HashMap;
use std::io;

use ref_tests::wire::{Function, Message, PayloadFinding, PayloadFindingKind, Progress};

use super::journal::{Allowance, Journal, Reception};
use super::memory::Caller;
use super::payloads::{MOST, MOST_IN_ALL};
use super::view::{self, View};
use crate::sys::trace::Stopped;
use crate::types::{Call, CallNumber, Moment, Phase, Pointer, Profile, RawStep, RawSystemCall};

/// Most calls of a test: what is kept of each grows with the heap.
const MOST_CALLS: usize = 4000;

/// A live block, and what it held before the call in progress, as far as that is read.
struct Live {
    number: CallNumber,
    address: u64,
    size: u64,
    held: Vec<u8>,
}

/// The journal of a course's test: one entry a call.
pub(super) struct Course<'a> {
    /// The calls that it makes with the reference, where they are known.
    expected: Option<&'a [Call]>,
    /// The calls that it has made, the one in progress included.
    made: Vec<Call>,
    pub(super) calls: Vec<RawStep>,
    /// The submission's system calls in the call in progress.
    pub(super) unfinished: Vec<RawSystemCall>,
    /// The moves of the break since the last call that were not the submission's.
    foreign: Vec<RawSystemCall>,
    returned: Vec<u64>,
    /// The last call that returned an address.
    names: HashMap<u64, CallNumber>,
    live: Vec<Live>,
}

impl<'a> Course<'a> {
    pub(super) fn new(expected: Option<&'a [Call]>) -> Self {
        Self {
            expected,
            made: Vec::new(),
            calls: Vec::new(),
            unfinished: Vec::new(),
            foreign: Vec::new(),
            returned: Vec::new(),
            names: HashMap::new(),
            live: Vec::new(),
        }
    }

    fn is_in_call(&self) -> bool {
        self.made.len() > self.calls.len()
    }

    /// The call with its pointers named; `None` where one is none that a call has returned.
    fn named(&self, function: Function, first: u64, second: u64) -> Option<Call> {
        let pointer = match first {
            0 => Some(Pointer::Null),
            address => self.names.get(&address).copied().map(Pointer::Of),
        };
        Some(match function {
            Function::Malloc => Call::Malloc { size: first },
            Function::Calloc => Call::Calloc {
                count: first,
                size: second,
            },
            Function::Realloc => Call::Realloc {
                pointer: pointer?,
                size: second,
            },
            Function::Free => Call::Free { pointer: pointer? },
        })
    }

    /// Notes where other code has moved the break up since the last call.
    fn note_foreign(&mut self, view: View<'_>) -> io::Result<()> {
        let moves = std::mem::take(&mut self.foreign);
        let mut ends = moves.iter().filter_map(|call| match *call {
            RawSystemCall::Brk { before, after, .. } => Some((before, after)),
            _ => None,
        });
        let Some((before, first)) = ends.next() else {
            return Ok(());
        };
        let after = ends.next_back().map_or(first, |(_, last)| last);
        let Some(bytes) = after.checked_sub(before).filter(|bytes| *bytes > 0) else {
            return Ok(());
        };
        self.made.push(Call::MoveBreak { bytes });
        self.unfinished = vec![RawSystemCall::Brk {
            before,
            requested: after,
            after,
        }];
        self.note(before, None, view)
    }

    /// Notes that the last call has returned.
    fn note(
        &mut self,
        result: u64,
        payload: Option<PayloadFinding>,
        view: View<'_>,
    ) -> io::Result<()> {
        let (number, call) = self.last();
        self.returned.push(result);
        let system_calls = std::mem::take(&mut self.unfinished);
        let told = (number, call, result);
        self.calls
            .push(view.recorded(told, payload, system_calls, &self.returned)?);
        Ok(())
    }

    /// The last call that was begun.
    fn last(&self) -> (CallNumber, Call) {
        let number = CallNumber(u32::try_from(self.made.len()).unwrap_or(u32::MAX));
        let call = self.made.last().copied();
        (number, call.unwrap_or(Call::MoveBreak { bytes: 0 }))
    }

    /// Reads what the live blocks hold.
    fn read_live(&mut self, process: &Stopped) -> io::Result<()> {
        let mut left = MOST_IN_ALL;
        for live in &mut self.live {
            let size = live.size.min(MOST).min(left);
            left -= size;
            process.read(&[(live.address, size as usize)], &mut live.held)?;
        }
        Ok(())
    }

    /// The first thing that is wrong with payloads after a call that returned `result`.
    fn finding(&mut self, process: &Stopped, result: u64) -> io::Result<Option<PayloadFinding>> {
        let (_, call) = self.last();
        let old = self.release(call, result);
        let own = match (call, old) {
            _ if result == 0 => None,
            (Call::Calloc { count, size }, _) => {
                let size = count.checked_mul(size).unwrap_or(0).min(MOST);
                let zeros = vec![0; size as usize];
                changed(process, result, &zeros)?.map(|at| (PayloadFindingKind::NotZero, at))
            }
            (Call::Realloc { size, .. }, Some(old)) => {
                let kept = old.held.len().min(size as usize);
                let kept = changed(process, result, &old.held[..kept])?;
                kept.map(|at| (PayloadFindingKind::NotKept, at))
            }
            _ => None,
        };
        if let Some((kind, offset)) = own {
            return Ok(Some(PayloadFinding {
                kind,
                block: CallNumber(0),
                offset,
            }));
        }
        for index in 0..self.live.len() {
            let live = &self.live[index];
            if let Some(offset) = changed(process, live.address, &live.held)? {
                // It is not looked at again.
                let block = self.live.swap_remove(index).number;
                return Ok(Some(PayloadFinding {
                    kind: PayloadFindingKind::Changed,
                    block,
                    offset,
                }));
            }
        }
        Ok(None)
    }

    /// Takes the block that a call gives back off the live ones.
    fn release(&mut self, call: Call, result: u64) -> Option<Live> {
        let pointer = match call {
            Call::Free { pointer } => pointer,
            Call::Realloc { pointer, size } if size == 0 || result != 0 => pointer,
            _ => return None,
        };
        let place = self.live.iter().position(|live| match pointer {
            Pointer::Of(number) => live.number == number,
            Pointer::Null => false,
        })?;
        Some(self.live.swap_remove(place))
    }

    fn adopt(&mut self, address: u64) {
        let (number, call) = self.last();
        if address == 0 {
            return;
        }
        self.names.insert(address, number);
        let size = match call {
            Call::Malloc { size } | Call::Realloc { size, .. } => Some(size),
            Call::Calloc { count, size } => count.checked_mul(size),
            Call::MoveBreak { .. } | Call::Free { .. } => None,
        };
        if let Some(size) = size.filter(|&size| size > 0) {
            self.live.push(Live {
                number,
                address,
                size,
                held: Vec::new(),
            });
        }
    }
}

impl Journal for Course<'_> {
    fn planned(&self) -> &[Call] {
        &self.made
    }

    fn allowance(&self, profile: &Profile) -> Allowance {
        match self.expected {
            Some(calls) => Allowance::of(profile, calls),
            None => Allowance {
                calls: MOST_CALLS as u64,
                heap: view::HEAP_READ,
            },
        }
    }

    fn returned(&self) -> usize {
        self.calls.len()
    }

    fn start(&mut self, _: u64) {
        // What came before is in front of the heap.
        self.foreign.clear();
    }

    fn caller(&self) -> Caller {
        match self.is_in_call() {
            true => Caller::Submission,
            false => Caller::Foreign,
        }
    }

    fn moment(&self) -> Option<Moment> {
        let (number, call) = self.last();
        Some(Moment {
            number,
            call: (number.0 > 0).then_some(call),
            phase: match self.is_in_call() {
                true => Phase::InCall,
                false => Phase::Test,
            },
        })
    }

    fn looks_closely(&self) -> bool {
        true
    }

    fn system_call(&mut self, call: RawSystemCall, _: Progress) {
        match self.caller() {
            Caller::Submission => self.unfinished.push(call),
            Caller::Foreign => self.foreign.push(call),
        }
    }

    fn receive(&mut self, message: Message, view: View<'_>) -> io::Result<Reception> {
        match message {
            Message::Calling {
                function,
                first,
                second,
            } if !self.is_in_call() => {
                if self.made.len() + 2 > MOST_CALLS {
                    return Ok(Reception::TooMany);
                }
                let Some(call) = self.named(function, first, second) else {
                    return Ok(Reception::Unknown(function));
                };
                let process = view.stopped;
                self.note_foreign(view)?;
                self.read_live(process)?;
                self.made.push(call);
                Ok(Reception::Noted)
            }
            Message::CameBack { result } if self.is_in_call() => {
                let finding = self.finding(view.stopped, result)?;
                self.adopt(result);
                self.note(result, finding, view)?;
                Ok(Reception::Noted)
            }
            Message::End if !self.is_in_call() => Ok(Reception::Complete),
            _ => Ok(Reception::Refused),
        }
    }
}

/// The first byte at the address that is not as it was. What cannot be read has changed.
fn changed(process: &Stopped, address: u64, held: &[u8]) -> io::Result<Option<u32>> {
    let mut bytes = Vec::new();
    process.read(&[(address, held.len())], &mut bytes)?;
    let differs = |index: &usize| bytes.get(*index) != held.get(*index);
    let first = (0..held.len()).find(differs);
    Ok(first.map(|index| index as u32))
}
