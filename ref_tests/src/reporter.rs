//! The reports of a scenario's process to the checker.

use ref_tests::call::{Call, CallNumber};
use ref_tests::tape::Shared;
use ref_tests::wire::{Marker, Message, PayloadFinding, Progress};

use crate::executor::Observer;
use crate::system;

/// Tells the checker, by marker and shared page.
pub(crate) struct Reporter {
    shared: *mut Shared,
    nonce: u64,
}

impl Reporter {
    /// `shared` is mapped for the life of the process.
    pub(crate) const fn new(shared: *mut Shared, nonce: u64) -> Self {
        Self { shared, nonce }
    }

    pub(crate) fn mark(&self, message: Message) {
        system::mark(&Marker {
            nonce: self.nonce,
            message,
        });
    }
}

impl Observer for Reporter {
    fn phase(&mut self, number: CallNumber, phase: u32) {
        // SAFETY: it is mapped and writable for the life of the process.
        let progress = unsafe { &raw mut (*self.shared).control.progress };
        // SAFETY: as above. Volatile, because the checker reads it from another process.
        unsafe {
            progress.write_volatile(Progress {
                number: number.0,
                phase,
            });
        };
    }

    fn returned(
        &mut self,
        number: CallNumber,
        call: Call,
        result: u64,
        check: Option<PayloadFinding>,
    ) {
        self.mark(Message::Returned {
            number,
            call,
            result,
            check,
        });
    }

    fn missing(&mut self, number: CallNumber, _: Call) -> ! {
        self.mark(Message::Missing { number });
        system::exit_now(0)
    }
}
