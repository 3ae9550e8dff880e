//! The live payloads, as the checker itself knows them.
//!
//! The scenario program reads all of them after each call and reports damage; but its table of
//! payloads lies in memory that the submission can write to. So the checker reads them again from
//! outside: after a call, the bytes that it had to keep or to zero; at the end, all of them.

use std::io;

use ref_tests::pattern;
use ref_tests::wire::PayloadFinding;

use crate::sys::trace::Stopped;
use crate::types::{Call, CallNumber, Pointer};

/// Most bytes of one payload that are read. The program itself reads all.
pub(super) const MOST: u64 = 1 << 20;
/// Most bytes that are read at the end.
pub(super) const MOST_IN_ALL: u64 = 32 << 20;
/// Bytes that are read at once: they stay in the processor's cache until they are compared.
const WINDOW: u64 = 64 << 10;

/// A live block.
#[derive(Clone, Copy, Debug)]
struct Live {
    number: CallNumber,
    address: u64,
    size: u64,
}

/// What is known of the live blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Payloads {
    live: Vec<Live>,
}

impl Payloads {
    /// Takes note of a call that has returned and of what the program said about payloads. Returns
    /// a wrong payload that the program did not report. After the last call all are looked at,
    /// before the program writes into what the call returned.
    pub(super) fn returned(
        &mut self,
        process: &Stopped,
        (number, call, result): (CallNumber, Call, u64),
        said: Option<PayloadFinding>,
        last: bool,
    ) -> io::Result<Option<CallNumber>> {
        let old = self.release(call, result);
        let damaged = match said {
            None if !keeps_its_promise(process, call, result, old)? => Some(number),
            None if last => self.damaged(process)?,
            None => None,
            Some(finding) => {
                // It is not looked at again.
                self.live.retain(|live| live.number != finding.block);
                None
            }
        };
        self.adopt(number, call, result);
        Ok(damaged)
    }

    /// The first live block that does not hold what was written into it.
    pub(super) fn damaged(&self, process: &Stopped) -> io::Result<Option<CallNumber>> {
        let mut left = MOST_IN_ALL;
        for live in &self.live {
            let size = live.size.min(MOST).min(left);
            left -= size;
            if !holds(process, live.address, size, pattern::of(live.number))? {
                return Ok(Some(live.number));
            }
        }
        Ok(None)
    }

    /// What was known of these calls, of which nothing was looked at before.
    pub(super) fn after(calls: &[Call], results: impl Iterator<Item = u64>) -> Self {
        let mut payloads = Self::default();
        for ((call, result), number) in calls.iter().zip(results).zip(1..) {
            payloads.release(*call, result);
            payloads.adopt(CallNumber(number), *call, result);
        }
        payloads
    }

    /// Takes the block that a call gives back off the live ones.
    fn release(&mut self, call: Call, result: u64) -> Option<Live> {
        let Pointer::Of(number) = call.released(result == 0)? else {
            return None;
        };
        // Mostly one of the youngest.
        let place = self.live.iter().rposition(|live| live.number == number)?;
        Some(self.live.swap_remove(place))
    }

    fn adopt(&mut self, number: CallNumber, call: Call, result: u64) {
        let size = match call {
            Call::MoveBreak { bytes } => Some(bytes),
            // A product that overflows is no size: nothing is written.
            other => other.size(),
        };
        if let Some(size) = size.filter(|&size| result != 0 && size > 0) {
            self.live.push(Live {
                number,
                address: result,
                size,
            });
        }
    }
}

/// Whether what a call had to zero is zero, and what it had to keep is kept.
fn keeps_its_promise(
    process: &Stopped,
    call: Call,
    result: u64,
    old: Option<Live>,
) -> io::Result<bool> {
    match (call, old) {
        _ if result == 0 => Ok(true),
        (Call::Calloc { count, size }, _) => {
            let size = count.checked_mul(size).unwrap_or(0).min(MOST);
            holds(process, result, size, |_| 0)
        }
        (Call::Realloc { size, .. }, Some(old)) => {
            let size = size.min(old.size).min(MOST);
            holds(process, result, size, pattern::of(old.number))
        }
        _ => Ok(true),
    }
}

/// Whether these words stand at the address.
fn holds(
    process: &Stopped,
    address: u64,
    size: u64,
    word: impl Fn(u64) -> u64,
) -> io::Result<bool> {
    let mut bytes = Vec::new();
    for place in (0..size).step_by(WINDOW as usize) {
        let length = WINDOW.min(size - place) as usize;
        if process.read(&[(address.wrapping_add(place), length)], &mut bytes)? < length {
            return Ok(false);
        }
        let (words, rest) = bytes.as_chunks();
        let mut due = (place / 8..).map(&word);
        let held = words.iter().zip(due.by_ref());
        if !held.fold(true, |held, (&seen, due)| {
            held & (u64::from_le_bytes(seen) == due)
        }) || !due
            .next()
            .is_some_and(|due| due.to_le_bytes().starts_with(rest))
        {
            return Ok(false);
        }
    }
    Ok(true)
}
