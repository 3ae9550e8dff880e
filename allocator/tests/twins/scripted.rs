//! A source that logs and refuses, and memory for two of them side by side.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use osmem::arena::{Arena, SystemCall};
use osmem::source::Refused;
use osmem::{Os, Source};

/// Can move the break without the heap.
pub(crate) trait Foreigner {
    /// Moves the break up, if possible.
    fn move_break_aside(&self, bytes: usize) -> bool;
}

impl Foreigner for Arena {
    fn move_break_aside(&self, bytes: usize) -> bool {
        Arena::move_break_aside(self, bytes).is_ok()
    }
}

impl Foreigner for Os {
    fn move_break_aside(&self, bytes: usize) -> bool {
        // SAFETY: an upward move takes nothing away.
        let old = unsafe { libc::sbrk(bytes as isize) };
        // Like memory of the arena: what the heap must not touch.
        let gained = NonNull::new(old.cast::<u8>()).filter(|old| old.addr().get() != usize::MAX);
        // SAFETY: the bytes were just gained.
        gained.inspect(|gap| unsafe { gap.write_bytes(0xee, bytes) });
        gained.is_some()
    }
}

/// A source that keeps a log and refuses as it is told.
#[derive(Debug)]
pub(crate) struct Scripted<S> {
    pub(super) source: S,
    pub(super) notes: RefCell<Notes>,
}

#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) log: Vec<SystemCall>,
    /// For each call to come, whether it is granted; past the end all are.
    pub(super) plan: VecDeque<bool>,
    pub(super) start: Option<NonNull<u8>>,
    pub(super) end: usize,
}

impl<S: Source> Scripted<S> {
    pub(super) fn new(source: S) -> Scripted<S> {
        let mut notes = Notes::default();
        notes.log.reserve(16);
        notes.plan.reserve(16);
        Scripted {
            source,
            notes: RefCell::new(notes),
        }
    }

    pub(super) fn refuse_after(&self, granted: usize) {
        let plan = &mut self.notes.borrow_mut().plan;
        plan.clear();
        plan.extend(std::iter::repeat_n(true, granted));
        plan.push_back(false);
    }

    fn ask(
        &mut self,
        call: SystemCall,
        ask: impl FnOnce(&mut S) -> Result<NonNull<u8>, Refused>,
    ) -> Result<NonNull<u8>, Refused> {
        let notes = self.notes.get_mut();
        let granted = notes.plan.pop_front().unwrap_or(true);
        let answer = if granted {
            ask(&mut self.source)
        } else {
            Err(Refused)
        };
        let noted = answer.map_or(SystemCall::Refused, |_| call);
        notes.log.push(noted);
        answer
    }
}

// SAFETY: all calls are passed on to a source, or refused without effect.
unsafe impl<S: Source> Source for Scripted<S> {
    fn current_break(&mut self) -> Result<NonNull<u8>, Refused> {
        self.source.current_break()
    }

    fn move_break(&mut self, from: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        self.ask(SystemCall::Break(bytes), |source| {
            source.move_break(from, bytes).map(|()| from)
        })?;
        let notes = self.notes.get_mut();
        // Where the first header stands; foreign moves may leave the break anywhere.
        let padding = from.addr().get().next_multiple_of(8) - from.addr().get();
        // SAFETY: the heap moves the break by the padding, too.
        let header = unsafe { from.add(padding) };
        notes.start.get_or_insert(header);
        notes.end = from.addr().get() + bytes;
        Ok(())
    }

    fn map(&mut self, bytes: usize) -> Result<NonNull<u8>, Refused> {
        self.ask(SystemCall::Map(bytes), |source| source.map(bytes))
    }

    unsafe fn unmap(&mut self, start: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        self.ask(SystemCall::Unmap(bytes), |source| {
            // SAFETY: the caller's promise is passed on.
            unsafe { source.unmap(start, bytes) }.map(|()| start)
        })?;
        Ok(())
    }
}

/// What lies between the addresses of two heaps that run side by side.
pub(super) const APART: u64 = 1 << 40;

/// Memory for a fake break and, [`APART`] from it, for its twin.
pub(super) struct Fields {
    starts: [NonNull<u8>; 2],
    bytes: usize,
}

impl Fields {
    pub(super) fn new(bytes: usize) -> Fields {
        // Each pair of a process has addresses of its own, and room to its sides.
        static PAIRS: AtomicUsize = AtomicUsize::new(0);
        let pair = PAIRS.fetch_add(1, Ordering::Relaxed) % 128;
        let start = (0x1000 << 32) + (pair << 32);
        Fields {
            starts: [start, start + APART as usize]
                .map(|start| map(start, bytes, libc::MAP_PRIVATE | libc::MAP_FIXED_NOREPLACE)),
            bytes,
        }
    }

    pub(super) fn scripted(&self) -> [Scripted<Arena>; 2] {
        // SAFETY: fresh zeroed pages, which stay until the fields are dropped.
        self.starts
            .map(|start| Scripted::new(unsafe { Arena::over(start, self.bytes) }))
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        for start in self.starts {
            // SAFETY: mapped by `new`; the arenas are gone.
            unsafe { libc::munmap(start.as_ptr().cast(), self.bytes) };
        }
    }
}

pub(super) fn map(address: usize, bytes: usize, flags: i32) -> NonNull<u8> {
    let (protection, flags) = (
        libc::PROT_READ | libc::PROT_WRITE,
        flags | libc::MAP_ANONYMOUS,
    );
    let hint = std::ptr::without_provenance_mut(address);
    // SAFETY: a new mapping that replaces nothing.
    let start = unsafe { libc::mmap(hint, bytes, protection, flags, -1, 0) };
    assert!(start != libc::MAP_FAILED, "a mapping at {address:#x}");
    NonNull::new(start.cast()).expect("not the null page")
}
