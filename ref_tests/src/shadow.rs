//! What the program knows of the live blocks: where they are and what was written into them.
//!
//! Every payload that the submission hands out is filled with a pattern of its own, and all live
//! payloads are read again after every call. All memory is static: the program owns no heap.

use ref_tests::call::CallNumber;
use ref_tests::tape::MOST_STEPS;
use ref_tests::wire::{PayloadFinding, PayloadFindingKind};

use crate::payload;

/// Places for what calls returned, which are numbered from 1.
pub(crate) const CALLS: usize = MOST_STEPS + 1;
/// Most blocks that live at the same time.
pub(crate) const LIVE: usize = 4 * 1024;

/// A live block.
#[derive(Clone, Copy)]
struct Live {
    number: CallNumber,
    address: u64,
    size: u64,
}

/// The live blocks, and what each call returned.
pub(crate) struct Shadow {
    returned: [u64; CALLS],
    live: [Live; LIVE],
    count: usize,
}

/// The one shadow of the process, in static memory: it is too large for a stack, and clearing it
/// again for each scenario would cost more than the scenario.
static mut SHADOW: Shadow = Shadow::new();

impl Shadow {
    /// The process's shadow, empty. To be called once in a process.
    pub(crate) fn of_process() -> &'static mut Self {
        let shadow = &raw mut SHADOW;
        // SAFETY: the program has one thread and asks once, so this is the only reference.
        let shadow = unsafe { &mut *shadow };
        shadow.count = 0;
        shadow
    }

    const fn new() -> Self {
        let nothing = Live {
            number: CallNumber(0),
            address: 0,
            size: 0,
        };
        Self {
            returned: [0; CALLS],
            live: [nothing; LIVE],
            count: 0,
        }
    }

    /// The address that a call returned.
    pub(crate) fn address(&self, number: CallNumber) -> u64 {
        self.returned[number.0 as usize % CALLS]
    }

    /// The size of a live block; `None` for a dead one.
    pub(crate) fn size(&self, number: CallNumber) -> Option<u64> {
        self.blocks()
            .iter()
            .find(|live| live.number == number)
            .map(|live| live.size)
    }

    /// Notes what a call returned.
    pub(crate) fn note(&mut self, number: CallNumber, address: u64) {
        self.returned[number.0 as usize % CALLS] = address;
    }

    /// Takes a block off the list of live ones.
    pub(crate) fn forget(&mut self, number: CallNumber) {
        if let Some(index) = self.blocks().iter().position(|live| live.number == number) {
            self.count -= 1;
            self.live[index] = self.live[self.count];
        }
    }

    /// Writes a new block's pattern and puts it on the list.
    pub(crate) fn adopt(&mut self, number: CallNumber, address: u64, size: u64) {
        payload::fill(number, address, size);
        if self.count < LIVE {
            self.live[self.count] = Live {
                number,
                address,
                size,
            };
            self.count += 1;
        }
    }

    /// The first live block that lost its content. It is not looked at again.
    pub(crate) fn verify(&mut self) -> Option<PayloadFinding> {
        let (number, offset) = self.blocks().iter().find_map(|live| {
            payload::first_change(live.number, live.address, live.size)
                .map(|offset| (live.number, offset))
        })?;
        self.forget(number);
        Some(PayloadFinding {
            kind: PayloadFindingKind::Changed,
            block: number,
            offset,
        })
    }

    fn blocks(&self) -> &[Live] {
        &self.live[..self.count]
    }
}
