//! The pattern of payloads. The program writes it and reads it again; the checker, which has
//! looked at the program's memory from outside, reads it again.

use crate::call::CallNumber;

/// The pattern of a call's block, as words: a function of the word's index.
pub fn of(number: CallNumber) -> impl Fn(u64) -> u64 {
    let seed = u64::from(number.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    move |index| word(seed, index)
}

/// Eight bytes of a block's pattern. No byte of it is zero, so that it differs from fresh memory;
/// words follow each other by addition, which is done for several at a time.
fn word(seed: u64, index: u64) -> u64 {
    seed.wrapping_add(index.wrapping_mul(0xbf58_476d_1ce4_e5b9)) | 0x0101_0101_0101_0101
}
