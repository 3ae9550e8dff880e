//! The layout of the file that library and checker share.
//!
//! A header of one page, then the events, each as large as the other. All-zero bytes are a valid
//! value of both: an event that was begun and never written has [`NOTHING`] as its kind.

use core::mem::offset_of;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// The environment variable that holds the path of the file.
pub const VARIABLE: &str = "CHECKER_RECORD";

/// Room for a process's name: as much as the kernel keeps, and the NUL after it.
pub const NAME: usize = 16;

/// Bytes in front of the first event.
pub const HEADER: usize = 4096;

/// What stands at the start of the file.
#[repr(C)]
#[derive(Debug, Default)]
pub struct Header {
    /// Events that there is room for; written by the checker.
    pub capacity: u64,
    /// The name of the process to record, ending with NUL; empty for the child of `parent`.
    pub name: [u8; NAME],
    /// The checker's process.
    pub parent: u32,
    /// The process that is recorded; 0 as long as there is none.
    pub owner: AtomicU32,
    /// The place of the next event. Goes on counting when there is no room any more.
    pub next: AtomicU64,
}

/// One event: a kind and up to three numbers.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// One of the constants of this module.
    pub kind: u64,
    /// What they are depends on the kind.
    pub numbers: [u64; 3],
}

/// Never written: the process ended in between.
pub const NOTHING: u64 = 0;
/// `malloc`: address, size.
pub const MALLOC: u64 = 1;
/// `calloc`: address, count, size.
pub const CALLOC: u64 = 2;
/// `free` is about to happen: address.
pub const FREE: u64 = 3;
/// `realloc` is about to happen: address, size.
pub const REALLOC: u64 = 4;
/// A `realloc` has returned: address, place of its first event.
pub const REALLOCATED: u64 = 5;
/// `posix_memalign` and the like: address, size, alignment.
pub const ALIGNED: u64 = 6;
/// The process has just begun, or has just executed another program: its id, then its name in
/// [`NAME`] bytes, with NUL after it where there is room.
pub const STARTED: u64 = 7;

/// The bytes of a file with room for so many events; `None` when that is more than a file has.
pub const fn length(capacity: u64) -> Option<u64> {
    let Some(events) = capacity.checked_mul(size_of::<Event>() as u64) else {
        return None;
    };
    events.checked_add(HEADER as u64)
}

/// Bytes of an event.
pub const EVENT: usize = size_of::<Event>();

impl Header {
    /// The header's bytes for a file with room for `capacity` events, which waits for a child of
    /// the process `parent`, or for a process of this name, which is cut where it is too long.
    pub fn bytes(capacity: u64, parent: u32, name: &[u8]) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let mut put = |offset: usize, value: &[u8]| {
            bytes[offset..offset + value.len()].copy_from_slice(value);
        };
        put(offset_of!(Self, capacity), &capacity.to_ne_bytes());
        put(offset_of!(Self, parent), &parent.to_ne_bytes());
        put(offset_of!(Self, name), &name[..name.len().min(NAME - 1)]);
        bytes
    }

    /// The process that was recorded, as the header's bytes say; `None` when there was none.
    pub fn owner_in(bytes: &[u8; HEADER]) -> Option<u32> {
        let owner = &bytes[offset_of!(Self, owner)..];
        let owner = owner.first_chunk().copied().map_or(0, u32::from_ne_bytes);
        (owner != 0).then_some(owner)
    }

    /// The place of the event after the last, as the header's bytes say.
    pub fn next_in(bytes: &[u8; HEADER]) -> u64 {
        let next = &bytes[offset_of!(Self, next)..];
        next.first_chunk().copied().map_or(0, u64::from_ne_bytes)
    }
}

impl Event {
    /// The event in these bytes.
    pub fn from_bytes(bytes: &[u8; EVENT]) -> Self {
        let mut words = [0; EVENT / 8];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = bytes.first_chunk().copied().map_or(0, u64::from_ne_bytes);
        }
        let [kind, a, b, c] = words;
        let numbers = [a, b, c];
        Self { kind, numbers }
    }
}
