//! The random bytes that the kernel gives to each program.
//!
//! A library could draw lots by them while it is loaded, and be graded again until it is lucky. So it
//! finds the same bytes each time, and their complement in second runs.

use std::fs;
use std::io;

use crate::sys::trace::Stopped;

/// What a program finds in place of its random bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chance {
    /// The usual bytes.
    #[default]
    Usual,
    /// Bytes of which each bit is the other one.
    Other,
}

/// How many bytes there are.
const COUNT: usize = 16;

impl Chance {
    /// Replaces the bytes of a process whose program has not run yet.
    pub(super) fn replace(self, stopped: &Stopped) -> io::Result<()> {
        // Where the list cannot be read, second runs find the bytes that the kernel draws.
        let list = fs::read(format!("/proc/{}/auxv", stopped.id())).unwrap_or_default();
        let Some(address) = address_in(&list) else {
            return Ok(());
        };
        let byte = match self {
            Self::Usual => 0x5a,
            Self::Other => 0xa5,
        };
        stopped.overwrite(address, &[byte; COUNT]).map(drop)
    }
}

/// Where the bytes lie, by the list of pairs that the kernel gives to a program.
fn address_in(list: &[u8]) -> Option<u64> {
    let words = list.as_chunks().0.iter().copied().map(u64::from_ne_bytes);
    let words: Vec<u64> = words.collect();
    let mut pairs = words.as_chunks().0.iter();
    pairs.find_map(|&[key, value]| (key == libc::AT_RANDOM).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_among_others() {
        let list = [6, 4096, libc::AT_RANDOM, 0x7fff_0010, 0, 0];
        let bytes: Vec<u8> = list.iter().flat_map(|word| word.to_ne_bytes()).collect();
        assert_eq!(address_in(&bytes), Some(0x7fff_0010));
        assert_eq!(address_in(&bytes[..16]), None);
    }
}
