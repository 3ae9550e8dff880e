//! The messages between the scenario program and the checker.
//!
//! Two ways, each for what it is good at. Marker system calls stop the process: the server's says
//! that it waits for a request, a scenario's that a call is finished and that the heap can be read.
//! The shared [`Control`] page carries requests ("fork, and play the tape") while the server is
//! stopped, and says what a scenario is doing at any moment, also when it no longer answers. The
//! checker trusts these messages as little as possible.

use crate::call::{Call, CallNumber, Pointer};
use crate::profile::Profile;

/// The option that makes the program a fork server: `ref_tests --serve CONTROL`, the number of an
/// open descriptor.
pub const SERVE: &str = "--serve";

/// What the server exits with when its filter cannot be installed.
pub const NO_FILTER: i32 = 102;

/// Room for the seccomp filter, in instructions.
pub const FILTER_CAPACITY: usize = 512;

/// The page that checker and program share. All-zero bytes are a valid value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Control {
    /// The constants of the assignment.
    pub profile: Profile,
    /// Instructions in `filter`; none is no filter.
    pub filter_length: u64,
    /// The seccomp filter that the server installs before its first fork, for all of them:
    /// `struct sock_filter` in the kernel's layout.
    pub filter: [u64; FILTER_CAPACITY],
    /// Where the C library is.
    pub borrowed: Borrowed,
    /// What to fork for. Written by the checker while the server is stopped.
    pub request: Request,
    /// What the running scenario is doing.
    pub progress: Progress,
}

/// Addresses in the C library. The checker finds them, because the loader would find the
/// submission's first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Borrowed {
    /// The function.
    pub sbrk: u64,
    /// The function.
    pub setvbuf: u64,
    /// The function.
    pub fwide: u64,
    /// The variable.
    pub stdout: u64,
    /// The variable.
    pub stderr: u64,
    /// The function.
    pub exit: u64,
}

/// What a scenario is doing. Written by the program before and after each call.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The call's number, 0 before the first.
    pub number: u32,
    /// One of the `PHASE_*` values.
    pub phase: u32,
}

/// Before the first call.
pub const PHASE_STARTING: u32 = 0;
/// Inside the submission's function.
pub const PHASE_CALL: u32 = 1;
/// Reading the live payloads.
pub const PHASE_VERIFYING: u32 = 2;
/// Writing the payload that was returned.
pub const PHASE_FILLING: u32 = 3;
/// After the last call.
pub const PHASE_ENDING: u32 = 4;

/// A request: make the calls of the tape.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// How to make the calls: a value of [`crate::tape`].
    pub manner: u64,
    /// What its markers must carry; never 0, and another one each time.
    pub nonce: u64,
}

/// A marker, in the six arguments of a `getppid` system call: one that takes none, that every
/// sandbox allows, and that is harmless without a tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The request's nonce; the server's own markers have none.
    pub nonce: u64,
    /// What is reported.
    pub message: Message,
}

/// What a marker reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The library is loaded and the server waits. It forks once for each time that it is let go.
    Ready,
    /// The first call comes next; the break stands here.
    Start {
        /// Its address.
        heap: u64,
    },
    /// A call has returned.
    Returned {
        /// Its number.
        number: CallNumber,
        /// The call.
        call: Call,
        /// The address that it returned; 0 for one that returns nothing.
        result: u64,
        /// What became of the payloads.
        check: Option<PayloadFinding>,
    },
    /// The submission has no such function.
    Missing {
        /// The number of the call that could not be made.
        number: CallNumber,
    },
    /// Every call up to this one has returned, and all live payloads are whole.
    Reached {
        /// Its number.
        number: CallNumber,
    },
    /// In a sequence: something is wrong with memory. Nothing follows.
    Damaged {
        /// The last call that returned.
        number: CallNumber,
        /// What is wrong.
        finding: PayloadFinding,
    },
    /// A course's test is about to call a function; pointers are as they are.
    Calling {
        /// Which one.
        function: Function,
        /// Its first argument.
        first: u64,
        /// Its second, where it has one.
        second: u64,
    },
    /// That call has returned this address; 0 for one that returns nothing.
    CameBack {
        /// The address.
        result: u64,
    },
    /// Every call has been made.
    End,
}

/// One of the four functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `os_malloc`.
    Malloc,
    /// `os_calloc`.
    Calloc,
    /// `os_realloc`.
    Realloc,
    /// `os_free`.
    Free,
}

/// What is wrong with a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadFinding {
    /// How it is wrong.
    pub kind: PayloadFindingKind,
    /// The call that returned the block; 0 where the fault is about the call's own result.
    pub block: CallNumber,
    /// The first wrong byte.
    pub offset: u32,
}

/// How a payload is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFindingKind {
    /// A live block's content changed.
    Changed,
    /// `os_realloc` did not keep the content.
    NotKept,
    /// `os_calloc` returned a byte that is not zero.
    NotZero,
    /// The returned address is no multiple of the alignment.
    Misaligned,
    /// What was returned overlaps the live block that is named, or its header.
    Overlap,
}

const START: u64 = 1;
const END: u64 = 2;
const MISSING: u64 = 3;
const REACHED: u64 = 4;
const DAMAGED: u64 = 5;
const CALLING: u64 = 6;
const CAME_BACK: u64 = 7;
const READY: u64 = 8;
const MALLOC: u64 = 16;
const CALLOC: u64 = 17;
const REALLOC: u64 = 18;
const FREE: u64 = 19;
const MOVE_BREAK: u64 = 20;

impl Marker {
    /// The six arguments.
    pub fn encode(&self) -> [u64; 6] {
        let [what, a, b, result, check] = match self.message {
            Message::Ready => [READY, 0, 0, 0, 0],
            Message::Start { heap } => [START, heap, 0, 0, 0],
            Message::End => [END, 0, 0, 0, 0],
            Message::Missing { number } => [tag(MISSING, number), 0, 0, 0, 0],
            Message::Reached { number } => [tag(REACHED, number), 0, 0, 0, 0],
            Message::Damaged { number, finding } => {
                [tag(DAMAGED, number), 0, 0, 0, encode_finding(finding)]
            }
            Message::Calling {
                function,
                first,
                second,
            } => [tag(CALLING, encode_function(function)), first, second, 0, 0],
            Message::CameBack { result } => [CAME_BACK, 0, 0, result, 0],
            Message::Returned {
                number,
                call,
                result,
                check,
            } => {
                let (function, a, b) = encode_call(call);
                [
                    tag(function, number),
                    a,
                    b,
                    result,
                    check.map_or(0, encode_finding),
                ]
            }
        };
        [self.nonce, what, a, b, result, check]
    }

    /// The marker in six arguments; `None` when they hold none.
    pub fn decode([nonce, what, a, b, result, check]: [u64; 6]) -> Option<Self> {
        let number = CallNumber(u32::try_from(what >> 8).ok()?);
        let message = match what & 0xff {
            READY => Message::Ready,
            START => Message::Start { heap: a },
            END => Message::End,
            MISSING => Message::Missing { number },
            REACHED => Message::Reached { number },
            CALLING => Message::Calling {
                function: decode_function(number)?,
                first: a,
                second: b,
            },
            CAME_BACK => Message::CameBack { result },
            DAMAGED => Message::Damaged {
                number,
                finding: decode_finding(check)?,
            },
            function => Message::Returned {
                number,
                call: decode_call(function, a, b)?,
                result,
                check: if check == 0 {
                    None
                } else {
                    Some(decode_finding(check)?)
                },
            },
        };
        Some(Self { nonce, message })
    }
}

const fn tag(what: u64, number: CallNumber) -> u64 {
    what | (number.0 as u64) << 8
}

const FUNCTIONS: [Function; 4] = [
    Function::Malloc,
    Function::Calloc,
    Function::Realloc,
    Function::Free,
];

const fn encode_function(function: Function) -> CallNumber {
    CallNumber(function as u32)
}

fn decode_function(CallNumber(number): CallNumber) -> Option<Function> {
    FUNCTIONS.get(number as usize).copied()
}

pub(crate) fn encode_call(call: Call) -> (u64, u64, u64) {
    match call {
        Call::Malloc { size } => (MALLOC, size, 0),
        Call::Calloc { count, size } => (CALLOC, count, size),
        Call::Realloc { pointer, size } => (REALLOC, encode_pointer(pointer), size),
        Call::Free { pointer } => (FREE, encode_pointer(pointer), 0),
        Call::MoveBreak { bytes } => (MOVE_BREAK, bytes, 0),
    }
}

pub(crate) fn decode_call(function: u64, a: u64, b: u64) -> Option<Call> {
    Some(match function {
        MALLOC => Call::Malloc { size: a },
        CALLOC => Call::Calloc { count: a, size: b },
        REALLOC => Call::Realloc {
            pointer: decode_pointer(a)?,
            size: b,
        },
        FREE => Call::Free {
            pointer: decode_pointer(a)?,
        },
        MOVE_BREAK => Call::MoveBreak { bytes: a },
        _ => return None,
    })
}

const fn encode_pointer(pointer: Pointer) -> u64 {
    match pointer {
        Pointer::Null => 0,
        Pointer::Of(CallNumber(number)) => number as u64,
    }
}

fn decode_pointer(value: u64) -> Option<Pointer> {
    Some(match u32::try_from(value).ok()? {
        0 => Pointer::Null,
        number => Pointer::Of(CallNumber(number)),
    })
}

fn encode_finding(finding: PayloadFinding) -> u64 {
    let kind = match finding.kind {
        PayloadFindingKind::Changed => 1,
        PayloadFindingKind::NotKept => 2,
        PayloadFindingKind::NotZero => 3,
        PayloadFindingKind::Misaligned => 4,
        PayloadFindingKind::Overlap => 5,
    };
    kind | u64::from(finding.block.0 & 0xff_ffff) << 8 | u64::from(finding.offset) << 32
}

fn decode_finding(code: u64) -> Option<PayloadFinding> {
    let kind = match code & 0xff {
        1 => PayloadFindingKind::Changed,
        2 => PayloadFindingKind::NotKept,
        3 => PayloadFindingKind::NotZero,
        4 => PayloadFindingKind::Misaligned,
        5 => PayloadFindingKind::Overlap,
        _ => return None,
    };
    let block = CallNumber((code >> 8 & 0xff_ffff) as u32);
    Some(PayloadFinding {
        kind,
        block,
        offset: (code >> 32) as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_survive_the_registers() {
        let finding = PayloadFinding {
            kind: PayloadFindingKind::NotKept,
            block: CallNumber(7),
            offset: 99,
        };
        let calls = [
            Call::Malloc { size: u64::MAX },
            Call::Calloc { count: 3, size: 5 },
            Call::Realloc {
                pointer: Pointer::Of(CallNumber(4)),
                size: 0,
            },
            Call::Free {
                pointer: Pointer::Null,
            },
            Call::MoveBreak { bytes: 4096 },
        ];
        for call in calls {
            for check in [None, Some(finding)] {
                let message = Message::Returned {
                    number: CallNumber(70_000),
                    call,
                    result: 42,
                    check,
                };
                let marker = Marker { nonce: 11, message };
                assert_eq!(Marker::decode(marker.encode()), Some(marker));
            }
        }
    }

    #[test]
    fn markers_of_a_sequence_survive_the_registers() {
        let number = CallNumber(65_536);
        for kind in [PayloadFindingKind::Misaligned, PayloadFindingKind::Overlap] {
            let finding = PayloadFinding {
                kind,
                block: CallNumber(65_535),
                offset: u32::MAX,
            };
            for message in [
                Message::Reached { number },
                Message::Damaged { number, finding },
            ] {
                let marker = Marker { nonce: 1, message };
                assert_eq!(Marker::decode(marker.encode()), Some(marker));
            }
        }
    }

    #[test]
    fn markers_of_a_course_s_test_survive_the_registers() {
        for function in FUNCTIONS {
            let message = Message::Calling {
                function,
                first: u64::MAX,
                second: 7,
            };
            let marker = Marker { nonce: 1, message };
            assert_eq!(Marker::decode(marker.encode()), Some(marker));
        }
        let message = Message::CameBack { result: 1 << 47 };
        let marker = Marker { nonce: 1, message };
        assert_eq!(Marker::decode(marker.encode()), Some(marker));
    }

    #[test]
    fn other_arguments_are_no_marker() {
        assert_eq!(Marker::decode([0; 6]), None);
        assert_eq!(Marker::decode([1, 0xff, 0, 0, 0, 0]), None);
        assert_eq!(Marker::decode([1, MALLOC | 1 << 8, 0, 0, 0, 0xff]), None);
        assert_eq!(Marker::decode([1, FREE | 1 << 60, 0, 0, 0, 0]), None);
    }
}
