//! What is written into payloads, and reading it again.

use ref_tests::call::CallNumber;

const WORD: u64 = 8;
/// Words that are compared at a stretch, without a branch, as the processor likes it.
const GROUP: u64 = 8;

/// The first byte at `address` that is not what `fill(number, …)` writes.
pub(crate) fn first_change(number: CallNumber, address: u64, size: u64) -> Option<u32> {
    let seed = seed(number);
    first_difference(address, size, |index| word(seed, index))
}

/// The first byte at `address` that is not zero.
pub(crate) fn first_nonzero(address: u64, size: u64) -> Option<u32> {
    first_difference(address, size, |_| 0)
}

/// Writes the pattern of a call's block.
pub(crate) fn fill(number: CallNumber, address: u64, size: u64) {
    let seed = seed(number);
    for index in 0..size / WORD {
        let place = (address + index * WORD) as *mut u64;
        // SAFETY: the submission handed out `size` bytes at `address`. If it lied, the fault that
        // follows is its own, and the checker attributes it.
        unsafe { place.write_unaligned(word(seed, index)) };
    }
    let index = size / WORD;
    for (byte, value) in (index * WORD..size).zip(word(seed, index).to_le_bytes()) {
        let place = (address + byte) as *mut u8;
        // SAFETY: as above.
        unsafe { place.write(value) };
    }
}

fn seed(number: CallNumber) -> u64 {
    u64::from(number.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Eight bytes of a block's pattern. No byte of it is zero, so that it differs from fresh memory;
/// words follow each other by addition, which is done for several at a time.
fn word(seed: u64, index: u64) -> u64 {
    seed.wrapping_add(index.wrapping_mul(0xbf58_476d_1ce4_e5b9)) | 0x0101_0101_0101_0101
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
