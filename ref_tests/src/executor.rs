//! Makes the calls of a script for real.

use ref_tests::call::{Call, CallNumber, Pointer};
use ref_tests::script::Driver;
use ref_tests::wire::{
    PHASE_CALL, PHASE_FILLING, PHASE_VERIFYING, PayloadFinding, PayloadFindingKind,
};

use crate::shadow::{CALLS, Shadow};
use crate::{functions, payload, system};

/// Who is told what happens.
pub(crate) trait Observer {
    /// A phase of a call begins.
    fn phase(&mut self, number: CallNumber, phase: u32);
    /// A call has returned and the live payloads have been read.
    fn returned(
        &mut self,
        number: CallNumber,
        call: Call,
        result: u64,
        check: Option<PayloadFinding>,
    );
    /// The submission lacks the function of this call; nothing can follow.
    fn missing(&mut self, number: CallNumber, call: Call) -> !;
}

/// Carries out the steps of a script against the submission.
pub(crate) struct Executor<'a> {
    shadow: &'a mut Shadow,
    observer: &'a mut dyn Observer,
    /// Where the C library's function is.
    sbrk: u64,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(shadow: &'a mut Shadow, observer: &'a mut dyn Observer, sbrk: u64) -> Self {
        Self {
            shadow,
            observer,
            sbrk,
        }
    }

    /// What a call takes off the live blocks: its size, when it was live.
    fn release(&mut self, call: Call, result: u64) -> Option<(CallNumber, u64)> {
        let (pointer, gone) = match call {
            Call::Free { pointer } => (pointer, true),
            Call::Realloc { pointer, size } => (pointer, size == 0 || result != 0),
            _ => return None,
        };
        let Pointer::Of(number) = pointer else {
            return None;
        };
        let size = self.shadow.size(number)?;
        if !gone {
            return None;
        }
        self.shadow.forget(number);
        Some((number, size))
    }

    /// Looks at the block that the call returned and at all others.
    fn verify(&mut self, call: Call, result: u64) -> Option<PayloadFinding> {
        let released = self.release(call, result);
        let own = match (call, released) {
            _ if result == 0 => None,
            (Call::Calloc { count, size }, _) => payload::first_nonzero(result, count * size)
                .map(|offset| (PayloadFindingKind::NotZero, offset)),
            (Call::Realloc { size, .. }, Some((old, old_size))) => {
                payload::first_change(old, result, size.min(old_size))
                    .map(|offset| (PayloadFindingKind::NotKept, offset))
            }
            _ => None,
        };
        own.map(|(kind, offset)| PayloadFinding {
            kind,
            block: CallNumber(0),
            offset,
        })
        .or_else(|| self.shadow.verify())
    }
}

impl Driver for Executor<'_> {
    fn step(&mut self, number: CallNumber, call: Call) {
        assert!((number.0 as usize) < CALLS);
        // A block that is about to be freed is dead from here on: its bytes are the allocator's.
        self.observer.phase(number, PHASE_CALL);
        let Some(result) = perform(call, self.sbrk, |number| self.shadow.address(number)) else {
            self.observer.missing(number, call)
        };
        self.shadow.note(number, result);
        self.observer.phase(number, PHASE_VERIFYING);
        let check = self.verify(call, result);
        self.observer.returned(number, call, result, check);
        self.observer.phase(number, PHASE_FILLING);
        if let Some(size) = payload_size(call)
            && result != 0
        {
            self.shadow.adopt(number, result, size);
        }
    }
}

/// Makes the call; 0 stands for the result of one that returns nothing, and `None` says that the
/// submission lacks the function. `sbrk` is where the C library's is, and `address` tells what an
/// earlier call returned.
pub(crate) fn perform(call: Call, sbrk: u64, address: impl Fn(CallNumber) -> u64) -> Option<u64> {
    let address = |pointer| match pointer {
        Pointer::Null => 0,
        Pointer::Of(number) => address(number),
    };
    match call {
        Call::Malloc { size } => functions::malloc(size),
        Call::Calloc { count, size } => functions::calloc(count, size),
        Call::Realloc { pointer, size } => functions::realloc(address(pointer), size),
        Call::Free { pointer } => functions::free(address(pointer)).map(|()| 0),
        // Memory of other code is watched like a block: the allocator must not write into it.
        Call::MoveBreak { bytes } => Some(system::move_break(sbrk, bytes).unwrap_or(0)),
    }
}

/// The payload that a call asks for.
pub(crate) fn payload_size(call: Call) -> Option<u64> {
    match call {
        Call::Malloc { size } | Call::Realloc { size, .. } => Some(size),
        Call::Calloc { count, size } => count.checked_mul(size),
        Call::MoveBreak { bytes } => Some(bytes),
        Call::Free { .. } => None,
    }
}
