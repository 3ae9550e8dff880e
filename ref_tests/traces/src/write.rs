//! Writes a trace as bytes.

use crate::{CallNumber, LeftOut, Step, Trace, checksum, number};

/// What a file begins with.
pub(crate) const MAGIC: &[u8; 8] = b"ostrace\n";
/// The version that is written, and the only one that is read.
pub(crate) const VERSION: u64 = 1;
/// Bytes of the checksum at the end.
pub(crate) const CHECKSUM: usize = 8;

pub(crate) const MALLOC: u64 = 0;
pub(crate) const CALLOC: u64 = 1;
pub(crate) const REALLOC: u64 = 2;
pub(crate) const FREE: u64 = 3;
/// Bits of a call's first number that say which function it is.
pub(crate) const FUNCTION_BITS: u32 = 3;

impl Trace {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        number::push(&mut bytes, VERSION);
        number::push(&mut bytes, self.name.len() as u64);
        bytes.extend(self.name.as_bytes());
        let LeftOut {
            failed,
            foreign,
            aligned,
            beyond,
        } = self.left_out;
        for count in [failed, foreign, aligned, beyond] {
            number::push(&mut bytes, count);
        }
        number::push(&mut bytes, self.steps.len() as u64);
        for (call, step) in (1..).zip(&self.steps) {
            push_step(&mut bytes, call, step);
        }
        let sum = checksum::of(&bytes);
        bytes.extend(sum.to_le_bytes());
        bytes
    }
}

fn push_step(bytes: &mut Vec<u8>, call: u32, step: &Step) {
    let age = |pointer: Option<CallNumber>| pointer.map_or(0, |it| u64::from(call - it.0));
    let (function, first, second) = match *step {
        Step::Malloc { size } => (MALLOC, size, None),
        Step::Calloc { count, size } => (CALLOC, count, Some(size)),
        Step::Realloc { pointer, size } => (REALLOC, age(pointer), Some(size)),
        Step::Free { pointer } => (FREE, age(pointer), None),
    };
    number::push(bytes, first << FUNCTION_BITS | function);
    if let Some(second) = second {
        number::push(bytes, second);
    }
}
