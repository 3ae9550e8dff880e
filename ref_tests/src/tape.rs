//! The calls to make, in memory that the checker and the program share.
//!
//! The checker writes them before the run. A scenario stops after each call and reports it. A long
//! sequence is played at full speed: the program writes down what the calls return and stops now
//! and then. The submission can write here too; the checker keeps its own copy of the calls and
//! does not trust the results, which come from the program.

use crate::call::Call;
use crate::wire::{Control, decode_call, encode_call};

/// Most calls of a sequence. What a short one does not use is never touched and takes no memory,
/// only addresses: 60 MiB of them, here and in the program.
pub const CAPACITY: usize = 1 << 20;

/// Most calls of a scenario.
pub const MOST_STEPS: usize = 16 * 1024 - 1;

/// What a request asks for: the calls of a scenario, each with a report.
pub const STEPS: u64 = 1;
/// The calls of a sequence at full speed.
pub const PLAY: u64 = 2;
/// The same without looking at anything and without being traced, to see what looking costs.
pub const PLAY_BARE: u64 = 3;
/// Nothing of the tape: the test of a course that was loaded makes the calls.
pub const COURSE: u64 = 4;

/// A call in a form of which every byte pattern is valid.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written([u64; 3]);

impl Written {
    /// The call's written form.
    pub fn from_call(call: Call) -> Self {
        let (function, a, b) = encode_call(call);
        Self([function, a, b])
    }

    /// The call; `None` when it is not the form of one.
    pub fn call(self) -> Option<Call> {
        let [function, a, b] = self.0;
        decode_call(function, a, b)
    }
}

/// What is said of a tape as a whole.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Calls on the tape.
    pub count: u32,
    /// Calls between two stops, at which the program reads all live payloads; 0 means never.
    pub interval: u32,
    /// From this call on it does so after each one.
    pub closely_from: u32,
    /// Nothing; keeps the size a multiple of the calls' alignment.
    pub unused: u32,
}

impl Label {
    /// Whether the program stops after the call of this number.
    pub const fn stops_after(&self, number: u32) -> bool {
        number >= self.closely_from
            || number == self.count
            || (self.interval > 0 && number.is_multiple_of(self.interval))
    }
}

/// The calls and what they returned. All-zero bytes are a valid value.
#[repr(C)]
pub struct Tape {
    /// What is to be done with it.
    pub label: Label,
    /// Call k is `calls[k - 1]`.
    pub calls: [Written; CAPACITY],
    /// The addresses that they returned.
    pub results: [u64; CAPACITY],
}

/// All that checker and program share.
#[repr(C)]
pub struct Shared {
    /// What every request needs.
    pub control: Control,
    /// What a request for the tape needs.
    pub tape: Tape,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallNumber, Pointer};

    #[test]
    fn calls_survive_being_written() {
        for call in [
            Call::Malloc { size: 9 },
            Call::Calloc {
                count: u64::MAX,
                size: 2,
            },
            Call::Realloc {
                pointer: Pointer::Of(CallNumber(70_000)),
                size: 1,
            },
            Call::Free {
                pointer: Pointer::Null,
            },
        ] {
            assert_eq!(Written::from_call(call).call(), Some(call));
        }
        assert_eq!(Written::default().call(), None);
    }

    #[test]
    fn stops_come_at_intervals_at_the_end_and_closely() {
        let label = Label {
            count: 10,
            interval: 4,
            closely_from: 9,
            unused: 0,
        };
        let stops: [bool; 10] = core::array::from_fn(|i| label.stops_after(i as u32 + 1));
        let expected = [3, 7, 8, 9];
        assert!((0..10).all(|i| stops[i] == expected.contains(&i)));
    }
}
