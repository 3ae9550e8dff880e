//! Writes payloads and reads them again.

use ref_tests::call::CallNumber;
use ref_tests::pattern;

const WORD: u64 = 8;
/// Words that are compared at a stretch, without a branch, as the processor likes it.
const GROUP: u64 = 8;

/// The first byte at `address` that is not what `fill(number, …)` writes.
pub(crate) fn first_change(number: CallNumber, address: u64, size: u64) -> Option<u32> {
    first_difference(address, size, pattern::of(number))
}

/// The first byte at `address` that is not zero.
pub(crate) fn first_nonzero(address: u64, size: u64) -> Option<u32> {
    first_difference(address, size, |_| 0)
}

/// Writes the pattern of a call's block.
pub(crate) fn fill(number: CallNumber, address: u64, size: u64) {
    let word = pattern::of(number);
    for index in 0..size / WORD {
        let place = (address + index * WORD) as *mut u64;
        // SAFETY: the submission handed out `size` bytes at `address`. If that is wrong, the
        // submission causes the fault that follows, and the checker reports it.
        unsafe { place.write_unaligned(word(index)) };
    }
    let index = size / WORD;
    for (byte, value) in (index * WORD..size).zip(word(index).to_le_bytes()) {
        let place = (address + byte) as *mut u8;
        // SAFETY: as above.
        unsafe { place.write(value) };
    }
}

fn first_difference(address: u64, size: u64, expected: impl Fn(u64) -> u64) -> Option<u32> {
    let words = size / WORD;
    let difference = |index: u64| {
        let place = (address + index * WORD) as *const u64;
        // SAFETY: as in `fill`.
        let seen = unsafe { place.read_unaligned() };
        seen ^ expected(index)
    };
    let group = |first: &u64| (*first..*first + GROUP).fold(0, |all, it| all | difference(it)) != 0;
    let whole = words / GROUP * GROUP;
    let start = (0..whole).step_by(GROUP as usize).find(group);
    for index in start.unwrap_or(whole)..words {
        if difference(index) != 0 {
            let bytes = difference(index).trailing_zeros() / 8;
            return Some((index * WORD) as u32 + bytes);
        }
    }
    let mut tail = (words * WORD..size).zip(expected(words).to_le_bytes());
    tail.find_map(|(byte, value)| {
        let place = (address + byte) as *const u8;
        // SAFETY: as in `fill`.
        let seen = unsafe { place.read() };
        (seen != value).then_some(byte as u32)
    })
}
