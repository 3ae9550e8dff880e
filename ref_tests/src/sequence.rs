//! Plays a tape: makes its calls at full speed, looks at once at what they return, and stops now
//! and then so that the checker can read the heap.

use ref_tests::call::{Call, CallNumber, Pointer};
use ref_tests::tape::{CAPACITY, Label, Tape};
use ref_tests::wire::{
    Control, Message, PHASE_CALL, PHASE_FILLING, PHASE_VERIFYING, PayloadFinding,
    PayloadFindingKind,
};

use crate::executor::{Observer as _, payload_size, perform};
use crate::ledger::Ledger;
use crate::reporter::Reporter;
use crate::system;

/// A tape and what is known of the blocks that its calls returned.
pub(crate) struct Player<'a> {
    tape: *mut Tape,
    label: Label,
    ledger: &'static mut Ledger,
    reporter: &'a mut Reporter,
    /// Where the C library's function is.
    sbrk: u64,
}

impl<'a> Player<'a> {
    /// A player for a heap from `heap` on. To be made once in a process.
    pub(crate) fn new(
        tape: *mut Tape,
        heap: u64,
        briefing: &Control,
        reporter: &'a mut Reporter,
    ) -> Self {
        let profile = &briefing.profile;
        Self {
            tape,
            label: read_label(tape),
            ledger: Ledger::of_process(heap, profile.header, profile.alignment),
            reporter,
            sbrk: briefing.borrowed.sbrk,
        }
    }

    /// Plays the tape to its end, or to the first thing that is wrong.
    pub(crate) fn play(mut self) {
        each(self.tape, |number, call| {
            self.step(number, call);
            if self.label.stops_after(number.0) {
                self.insist(number, self.ledger.verify_all());
                self.reporter.mark(Message::Reached { number });
            }
        });
    }

    fn step(&mut self, number: CallNumber, call: Call) {
        let old = self.old_block(call);
        if let Some((old, _)) = old {
            // The block's last moment, and still that of the call before.
            let before = CallNumber(number.0 - 1);
            self.reporter.phase(before, PHASE_VERIFYING);
            self.insist(before, self.ledger.verify(old));
        }
        self.reporter.phase(number, PHASE_CALL);
        let Some(result) = perform(call, self.sbrk, |number| self.ledger.address(number)) else {
            self.reporter.missing(number, call)
        };
        self.reporter.phase(number, PHASE_VERIFYING);
        write_result(self.tape, number, result);
        self.ledger
            .note(number, result, payload_size(call).unwrap_or(0));
        if let Some((old, _)) = old
            && (result != 0 || !is_resize(call))
        {
            self.ledger.release(old);
        }
        if result != 0 && payload_size(call).is_some_and(|size| size > 0) {
            self.examine(number, call, old);
        }
    }

    /// Reports what is wrong after the call, and ends there.
    fn insist(&self, number: CallNumber, damage: Option<PayloadFinding>) {
        if let Some(finding) = damage {
            self.reporter.mark(Message::Damaged { number, finding });
            system::exit_now(0)
        }
    }

    /// Looks at the block that the call returned, and writes into it.
    fn examine(&mut self, number: CallNumber, call: Call, old: Option<(CallNumber, u64)>) {
        self.insist(number, self.ledger.complaint(number));
        let content = content_finding(call, self.ledger.address(number), old);
        self.insist(number, content);
        self.reporter.phase(number, PHASE_FILLING);
        self.ledger.adopt(number);
    }

    /// The live block that a call is about, and its size.
    fn old_block(&self, call: Call) -> Option<(CallNumber, u64)> {
        let (Call::Realloc { pointer, .. } | Call::Free { pointer }) = call else {
            return None;
        };
        let Pointer::Of(number) = pointer else {
            return None;
        };
        Some((number, self.ledger.size(number)?))
    }
}

/// Makes the calls of a tape and nothing else.
pub(crate) fn play_bare(tape: *mut Tape, sbrk: u64) {
    each(tape, |number, call| {
        match perform(call, sbrk, |number| read_result(tape, number)) {
            Some(result) => write_result(tape, number, result),
            None => system::exit_now(103),
        }
    });
}

/// Does something with each call of a tape; there is an end when one of them is none.
pub(crate) fn each(tape: *mut Tape, mut step: impl FnMut(CallNumber, Call)) {
    for number in (1..=read_label(tape).count).map(CallNumber) {
        let Some(call) = read_call(tape, number) else {
            system::exit_now(103)
        };
        step(number, call);
    }
}

/// Whether NULL would mean that the old block is still there.
fn is_resize(call: Call) -> bool {
    matches!(call, Call::Realloc { size: 1.., .. })
}

fn content_finding(
    call: Call,
    address: u64,
    old: Option<(CallNumber, u64)>,
) -> Option<PayloadFinding> {
    let (kind, offset) = match (call, old) {
        (Call::Calloc { count, size }, _) => {
            let offset = crate::payload::first_nonzero(address, count * size)?;
            (PayloadFindingKind::NotZero, offset)
        }
        (Call::Realloc { size, .. }, Some((old, old_size))) => {
            let offset = crate::payload::first_change(old, address, size.min(old_size))?;
            (PayloadFindingKind::NotKept, offset)
        }
        _ => return None,
    };
    Some(PayloadFinding {
        kind,
        block: CallNumber(0),
        offset,
    })
}

fn read_label(tape: *mut Tape) -> Label {
    // SAFETY: the tape is mapped for the life of the process.
    let label = unsafe { &raw const (*tape).label };
    // SAFETY: as above, and every byte pattern is a label.
    let label = unsafe { label.read_volatile() };
    Label {
        count: label.count.min(CAPACITY as u32),
        ..label
    }
}

fn read_call(tape: *mut Tape, number: CallNumber) -> Option<Call> {
    let index = number.0.wrapping_sub(1) as usize % CAPACITY;
    // SAFETY: the tape is mapped, and the index is below the capacity.
    let place = unsafe { &raw const (*tape).calls[index] };
    // SAFETY: as above, and every byte pattern is a written call.
    unsafe { place.read_volatile() }.call()
}

fn read_result(tape: *mut Tape, number: CallNumber) -> u64 {
    // SAFETY: `result_place` gives a place in the mapped tape.
    unsafe { result_place(tape, number).read_volatile() }
}

fn write_result(tape: *mut Tape, number: CallNumber, result: u64) {
    // SAFETY: as above.
    unsafe { result_place(tape, number).write_volatile(result) };
}

fn result_place(tape: *mut Tape, number: CallNumber) -> *mut u64 {
    let index = number.0.wrapping_sub(1) as usize % CAPACITY;
    // SAFETY: the tape is mapped, and the index is below the capacity.
    unsafe { &raw mut (*tape).results[index] }
}
