//! Section D and the system calls.

use super::environment::MemoryCall;
use super::fault::Fault;
use super::simulation::{Certainty, How, Mapping, NoMemory, Simulation, Variable, number_of};
use crate::types::{Errno, MapRequest, Place, SystemCall};

/// No address space holds so much; the system refuses it by itself.
const BEYOND_ADDRESS_SPACE: u64 = 1 << 47;

impl Simulation {
    /// A mapping for `size` payload bytes.
    pub(super) fn map(&mut self, size: u64) -> Result<Variable, NoMemory> {
        let total = self.profile.header + size;
        let length = if self.has(Fault::MapsWholePages) {
            self.whole_pages(total)
        } else if self.has(Fault::MapsPayloadOnly) {
            size
        } else {
            total
        };
        if self.whole_pages(length) < total {
            self.doubt(Certainty::Nothing);
        }
        let request = MapRequest::canonical(length);
        if self.fails(MemoryCall::Mmap) || length >= BEYOND_ADDRESS_SPACE {
            self.system_calls.push(SystemCall::Mmap {
                request,
                result: Err(Errno(libc::ENOMEM)),
            });
            return Err(NoMemory);
        }
        let index = self.mappings.len();
        self.mappings.push(Mapping { length, live: true });
        self.system_calls.push(SystemCall::Mmap {
            request,
            result: Ok(number_of(index)),
        });
        self.account.how = How::Mapped;
        Ok(Variable::Mapped(index))
    }

    pub(super) fn unmap(&mut self, index: usize, forgets: Fault) -> Result<(), NoMemory> {
        let Mapping { length, live } = self.mappings[index];
        if !live || self.has(forgets) {
            return Ok(());
        }
        let header = self.profile.header;
        let from_payload = self.has(Fault::UnmapsFromPayload);
        let failed = if self.fails(MemoryCall::Munmap) {
            Some(Errno(libc::ENOMEM))
        } else {
            // No page starts there. Whoever makes this mistake does not look at the result either.
            from_payload.then_some(Errno(libc::EINVAL))
        };
        let short = self.has(Fault::UnmapsPayloadOnly);
        self.system_calls.push(SystemCall::Munmap {
            start: Place::Mapping(number_of(index), if from_payload { header } else { 0 }),
            length: if short { length - header } else { length },
            failed,
        });
        if failed.is_some() && !from_payload {
            return Err(NoMemory);
        }
        self.mappings[index].live = false;
        self.account.how = How::Unmapped;
        Ok(())
    }

    /// Moves the break.
    pub(super) fn move_break(&mut self, delta: i64) -> Result<(), NoMemory> {
        let refused = self.fails(MemoryCall::Brk) || delta >= BEYOND_ADDRESS_SPACE as i64;
        let failed = refused.then_some(Errno(libc::ENOMEM));
        self.system_calls.push(SystemCall::Brk { delta, failed });
        if failed.is_some() {
            return Err(NoMemory);
        }
        self.heap.end = self.heap.end.saturating_add_signed(delta);
        Ok(())
    }

    fn whole_pages(&self, length: u64) -> u64 {
        let page = self.profile.page;
        length.div_ceil(page).saturating_mul(page)
    }

    pub(super) fn move_foreign(&mut self, bytes: u64) {
        self.system_calls.push(SystemCall::Brk {
            delta: i64::try_from(bytes).unwrap_or(i64::MAX),
            failed: None,
        });
        // The heap starts behind whatever was there before it.
        if !self.heap.chunks.is_empty() {
            self.heap.end = self.heap.end.saturating_add(bytes);
        }
    }

    fn fails(&mut self, kind: MemoryCall) -> bool {
        self.counter.fails(kind, self.environment)
    }
}
