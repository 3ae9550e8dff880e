//! Converts a log with addresses into a trace without addresses.

use std::collections::HashMap;

use preload::log::{ALIGNED, CALLOC, Event, FREE, MALLOC, NOTHING, REALLOC, REALLOCATED, STARTED};
use traces::{CallNumber, Illegal, LARGEST, LeftOut, Step, Trace};

/// The alignment that every allocator gives: a request for it is a plain one.
const USUAL_ALIGNMENT: u64 = 16;

/// The log is invalid: the program wrote into it.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// An event of no known kind.
    #[error("event {place} of the log is of no known kind")]
    Kind {
        /// Its place, from 0.
        place: u64,
    },
    /// A call that no program can have made.
    #[error(transparent)]
    Illegal(#[from] Illegal),
}

/// A `realloc` that has begun.
struct Begun {
    address: u64,
    /// The block that it resizes; `None` for NULL and for a block that is not known.
    block: Option<CallNumber>,
    foreign: bool,
    size: u64,
}

/// A log that is being read, event by event.
pub(crate) struct Transcription {
    limit: usize,
    place: u64,
    name: String,
    steps: Vec<Step>,
    left_out: LeftOut,
    live: HashMap<u64, CallNumber>,
    begun: HashMap<u64, Begun>,
    /// How many times the process executed another program.
    pub(crate) replaced: u32,
}

impl Transcription {
    /// Takes the first `limit` calls.
    pub(crate) fn of_calls(limit: u32) -> Self {
        Self {
            limit: limit as usize,
            place: 0,
            name: String::new(),
            steps: Vec::new(),
            left_out: LeftOut::default(),
            live: HashMap::new(),
            begun: HashMap::new(),
            replaced: 0,
        }
    }

    /// Takes the next event.
    pub(crate) fn take(&mut self, event: Event) -> Result<(), Damaged> {
        let place = self.place;
        self.place += 1;
        if self.steps.len() >= self.limit && event.kind != STARTED {
            // A realloc counts when it has returned.
            self.left_out.beyond += u64::from(![NOTHING, REALLOC].contains(&event.kind));
            return Ok(());
        }
        let [a, b, c] = event.numbers;
        match event.kind {
            NOTHING => {}
            STARTED => self.start(place, [b, c]),
            MALLOC => self.allocated(a, Step::Malloc { size: b }),
            CALLOC => self.allocated(a, calloc(b, c)),
            ALIGNED => {
                let plain = a == 0 || c <= USUAL_ALIGNMENT;
                self.left_out.aligned += u64::from(!plain);
                self.allocated(a, Step::Malloc { size: b });
            }
            FREE => self.freed(a),
            REALLOC => self.begin(place, a, b),
            REALLOCATED => self.finish(a, b),
            _ => return Err(Damaged::Kind { place }),
        }
        Ok(())
    }

    /// The trace, when there are no more events than `beyond`, which the log had no room for.
    pub(crate) fn finished(self, beyond: u64) -> Result<Trace, Damaged> {
        let mut left_out = self.left_out;
        left_out.beyond += beyond;
        Ok(Trace::new(&self.name, left_out, self.steps)?)
    }

    /// The program that the process executes begins with no blocks at all.
    fn start(&mut self, place: u64, name: [u64; 2]) {
        self.replaced += u32::from(place > 0);
        self.name = name_of(name);
        self.steps.clear();
        self.live.clear();
        self.begun.clear();
        self.left_out = LeftOut::default();
    }

    fn allocated(&mut self, address: u64, step: Step) {
        if address == 0 {
            self.left_out.failed += 1;
        } else {
            let number = self.push(step);
            self.live.insert(address, number);
        }
    }

    fn freed(&mut self, address: u64) {
        match self.live.remove(&address) {
            None if address != 0 => self.left_out.foreign += 1,
            pointer => {
                self.push(Step::Free { pointer });
            }
        }
    }

    /// From here on the address may be another block's.
    fn begin(&mut self, place: u64, address: u64, size: u64) {
        let block = self.live.remove(&address);
        let begun = Begun {
            address,
            block,
            foreign: address != 0 && block.is_none(),
            size,
        };
        self.begun.insert(place, begun);
    }

    fn finish(&mut self, address: u64, place: u64) {
        let Some(begun) = self.begun.remove(&place) else {
            // It began in the program that was there before.
            return;
        };
        let frees = begun.size == 0 && begun.address != 0;
        if address == 0 && !frees {
            self.left_out.failed += 1;
            if let Some(block) = begun.block {
                self.live.insert(begun.address, block);
            }
            return;
        }
        self.left_out.foreign += u64::from(begun.foreign);
        let size = begun.size;
        let step = match (begun.foreign, frees) {
            (true, true) => return,
            (true, false) => Step::Malloc { size },
            (false, _) => Step::Realloc {
                pointer: begun.block,
                size,
            },
        };
        let number = self.push(step);
        if step.gives().is_some() {
            self.live.insert(address, number);
        }
    }

    /// The call's number.
    fn push(&mut self, step: Step) -> CallNumber {
        self.steps.push(step);
        CallNumber(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }
}

/// The name in an event.
fn name_of(numbers: [u64; 2]) -> String {
    let bytes = numbers.map(u64::to_ne_bytes).concat();
    let end = bytes.iter().position(|&byte| byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}

/// A request for zero-sized elements may have any count, also one that a trace cannot hold.
fn calloc(count: u64, size: u64) -> Step {
    match count.checked_mul(size) {
        Some(0) => Step::Calloc {
            count: count.min(LARGEST),
            size: size.min(LARGEST),
        },
        _ => Step::Calloc { count, size },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcribe(events: &[(u64, [u64; 3])], limit: u32) -> Trace {
        let mut transcription = Transcription::of_calls(limit);
        for &(kind, numbers) in events {
            transcription.take(Event { kind, numbers }).unwrap();
        }
        transcription.finished(0).unwrap()
    }

    fn pointer(number: u32) -> Option<CallNumber> {
        Some(CallNumber(number))
    }

    #[test]
    fn addresses_become_the_calls_that_returned_them() {
        let trace = transcribe(
            &[
                (STARTED, [7, u64::from_ne_bytes(*b"python3\0"), 0]),
                (MALLOC, [0x10, 5, 0]),
                (CALLOC, [0x20, 2, 3]),
                (FREE, [0x10, 0, 0]),
                (MALLOC, [0x10, 6, 0]),
                (FREE, [0, 0, 0]),
                (FREE, [0x10, 0, 0]),
            ],
            99,
        );
        let expected = [
            Step::Malloc { size: 5 },
            Step::Calloc { count: 2, size: 3 },
            Step::Free {
                pointer: pointer(1),
            },
            Step::Malloc { size: 6 },
            Step::Free { pointer: None },
            Step::Free {
                pointer: pointer(4),
            },
        ];
        assert_eq!(trace.steps(), expected);
        assert_eq!(trace.left_out(), LeftOut::default());
        assert_eq!(trace.name(), "python3");
    }

    #[test]
    fn an_address_may_be_used_again_while_a_realloc_returns() {
        let trace = transcribe(
            &[
                (MALLOC, [0x10, 5, 0]),
                (REALLOC, [0x10, 500, 0]),
                (MALLOC, [0x10, 6, 0]),
                (REALLOCATED, [0x80, 1, 0]),
                (FREE, [0x10, 0, 0]),
                (FREE, [0x80, 0, 0]),
            ],
            99,
        );
        let expected = [
            Step::Malloc { size: 5 },
            Step::Malloc { size: 6 },
            Step::Realloc {
                pointer: pointer(1),
                size: 500,
            },
            Step::Free {
                pointer: pointer(2),
            },
            Step::Free {
                pointer: pointer(3),
            },
        ];
        assert_eq!(trace.steps(), expected);
    }

    #[test]
    fn what_failed_leaves_the_old_block_as_it_was() {
        let trace = transcribe(
            &[
                (MALLOC, [0x10, 5, 0]),
                (REALLOC, [0x10, 1 << 60, 0]),
                (REALLOCATED, [0, 1, 0]),
                (MALLOC, [0, 1 << 60, 0]),
                (FREE, [0x10, 0, 0]),
            ],
            99,
        );
        let freed = Step::Free {
            pointer: pointer(1),
        };
        assert_eq!(trace.steps(), [Step::Malloc { size: 5 }, freed]);
        assert_eq!(trace.left_out().failed, 2);
    }

    #[test]
    fn realloc_to_nothing_frees_and_of_nothing_allocates() {
        let trace = transcribe(
            &[
                (REALLOC, [0, 8, 0]),
                (REALLOCATED, [0x10, 0, 0]),
                (REALLOC, [0x10, 0, 0]),
                (REALLOCATED, [0, 2, 0]),
                (FREE, [0x10, 0, 0]),
            ],
            99,
        );
        let expected = [
            Step::Realloc {
                pointer: None,
                size: 8,
            },
            Step::Realloc {
                pointer: pointer(1),
                size: 0,
            },
        ];
        assert_eq!(trace.steps(), expected);
        assert_eq!(trace.left_out().foreign, 1);
    }

    #[test]
    fn pointers_from_elsewhere_and_alignments_are_counted() {
        let trace = transcribe(
            &[
                (FREE, [0x90, 0, 0]),
                (REALLOC, [0xa0, 7, 0]),
                (REALLOCATED, [0xb0, 1, 0]),
                (ALIGNED, [0xc0, 64, 4096]),
                (ALIGNED, [0xd0, 64, 16]),
                (ALIGNED, [0, 64, 4096]),
            ],
            99,
        );
        let sizes = [7, 64, 64].map(|size| Step::Malloc { size });
        assert_eq!(trace.steps(), sizes);
        let left_out = LeftOut {
            failed: 1,
            foreign: 2,
            aligned: 1,
            beyond: 0,
        };
        assert_eq!(trace.left_out(), left_out);
    }

    #[test]
    fn the_calls_of_a_wrapper_are_forgotten() {
        let mut transcription = Transcription::of_calls(99);
        for (kind, numbers) in [
            (STARTED, [7, 0, 0]),
            (MALLOC, [0x10, 5, 0]),
            (REALLOC, [0x10, 9, 0]),
            (STARTED, [7, 0, 0]),
            (REALLOCATED, [0x10, 2, 0]),
            (MALLOC, [0x10, 6, 0]),
        ] {
            transcription.take(Event { kind, numbers }).unwrap();
        }
        assert_eq!(transcription.replaced, 1);
        let trace = transcription.finished(0).unwrap();
        assert_eq!(trace.steps(), [Step::Malloc { size: 6 }]);
    }

    #[test]
    fn calls_beyond_the_limit_are_counted() {
        let events = [1, 2, 3, 4].map(|address| (MALLOC, [address, 8, 0]));
        let trace = transcribe(&events, 3);
        assert_eq!((trace.steps().len(), trace.left_out().beyond), (3, 1));
    }

    #[test]
    fn a_log_that_was_written_over_is_refused() {
        let mut transcription = Transcription::of_calls(9);
        let event = Event {
            kind: 77,
            numbers: [0; 3],
        };
        let damaged = transcription.take(event).unwrap_err();
        assert_eq!(
            damaged.to_string(),
            "event 0 of the log is of no known kind"
        );
    }
}
