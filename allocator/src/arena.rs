//! A source that is plain memory: a break in a bounded arena, mappings from the standard
//! allocator, and both can be made to fail. For tests.
//!
//! Refuses to grow: past its end the break is refused, as past a limit of the system.

use std::alloc::{self, Layout};
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::literal::source::{Refused, Source};

const PAGE: usize = 4096;
/// The content of memory that belongs to other code.
const FOREIGN: u8 = 0xee;

/// What a heap asked of its source; queries of the break are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemCall {
    /// The break moved up by this many bytes.
    Break(usize),
    /// A mapping of this many bytes was made.
    Map(usize),
    /// A mapping of this many bytes was removed.
    Unmap(usize),
    /// One of them was refused.
    Refused,
}

/// A break and mappings in plain memory.
///
/// The break starts at a multiple of the page size. The arena does not move, and its memory goes
/// when it is dropped.
#[derive(Debug)]
pub struct Arena {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    start: NonNull<u8>,
    layout: Layout,
    /// The memory goes with the arena.
    owned: bool,
    /// Offset of the break.
    at: usize,
    mappings: Vec<(NonNull<u8>, Layout)>,
    /// Offsets of memory that other code took.
    foreign: Vec<(usize, usize)>,
    log: Vec<SystemCall>,
    /// For each call to come, whether it is granted; past the end all are.
    plan: VecDeque<bool>,
    queries_refused: bool,
}

// SAFETY: the state owns the memory that it points to.
unsafe impl Send for State {}

impl Arena {
    /// An arena whose break can move by `limit` bytes.
    ///
    /// # Panics
    ///
    /// When there is no memory for it.
    pub fn new(limit: usize) -> Arena {
        let layout =
            Layout::from_size_align(limit.max(PAGE), PAGE).expect("a size below isize::MAX");
        let start = zeroed(layout).expect("memory for the arena");
        Arena::with(start, layout, true)
    }

    /// An arena in memory of the caller, for tests in which an address matters.
    ///
    /// # Panics
    ///
    /// When there is less than a page.
    ///
    /// # Safety
    ///
    /// `limit` bytes from the start are zero, writable and unused by other code as long as the
    /// arena is there; the start is a multiple of the page size.
    pub unsafe fn over(start: NonNull<u8>, limit: usize) -> Arena {
        assert!(limit >= PAGE, "an arena of a page at least");
        let layout = Layout::from_size_align(limit, PAGE).expect("a size below isize::MAX");
        Arena::with(start, layout, false)
    }

    fn with(start: NonNull<u8>, layout: Layout, owned: bool) -> Arena {
        let state = State {
            start,
            layout,
            owned,
            at: 0,
            mappings: Vec::new(),
            foreign: Vec::new(),
            log: Vec::new(),
            plan: VecDeque::new(),
            queries_refused: false,
        };
        Arena {
            state: Mutex::new(state),
        }
    }

    /// The lowest address of the break.
    pub fn start(&self) -> NonNull<u8> {
        self.state().start
    }

    /// Bytes between the arena's start and the break.
    pub fn break_offset(&self) -> usize {
        self.state().at
    }

    /// Mappings that were made and not removed.
    pub fn mappings(&self) -> usize {
        self.state().mappings.len()
    }

    /// The calls since the last time they were taken.
    pub fn take_log(&self) -> Vec<SystemCall> {
        std::mem::take(&mut self.state().log)
    }

    /// Refuses one call, after so many that are granted.
    pub fn refuse_after(&self, granted: usize) {
        let plan = &mut self.state().plan;
        plan.clear();
        plan.extend(std::iter::repeat_n(true, granted));
        plan.push_back(false);
    }

    /// Refuses to tell where the break is, or tells again.
    pub fn refuse_queries(&self, refused: bool) {
        self.state().queries_refused = refused;
    }

    /// Grants all calls from now on.
    pub fn refuse_none(&self) {
        self.state().plan.clear();
    }

    /// Other code moves the break up, and fills the new memory (E5).
    ///
    /// # Errors
    ///
    /// [`Refused`] when the arena is too small.
    pub fn move_break_aside(&self, bytes: usize) -> Result<(), Refused> {
        let mut state = self.state();
        let (from, to) = (state.at, state.at + bytes);
        if to > state.layout.size() {
            return Err(Refused);
        }
        // SAFETY: `from` is inside the arena.
        let gap = unsafe { state.start.add(from) };
        // SAFETY: the gap ends inside the arena, and no code has had this memory yet.
        unsafe { gap.write_bytes(FOREIGN, bytes) };
        state.foreign.push((from, to));
        state.at = to;
        Ok(())
    }

    /// Other code moves the break down. The memory below the old break stays readable.
    pub fn pull_break_down(&self, bytes: usize) {
        let mut state = self.state();
        state.at = state.at.saturating_sub(bytes);
    }

    /// Whether the memory of other code holds what was written into it.
    pub fn foreign_memory_is_intact(&self) -> bool {
        let state = self.state();
        state.foreign.iter().all(|&(from, to)| {
            let gap = state.start.as_ptr().wrapping_add(from);
            // SAFETY: the gap is inside the arena, whose memory is initialised, and the heap
            // does not run while the arena is borrowed.
            let gap = unsafe { std::slice::from_raw_parts(gap, to - from) };
            gap.iter().all(|&byte| byte == FOREIGN)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes a call, or refuses it according to plan.
    fn ask(&mut self, call: SystemCall, possible: bool) -> Result<(), Refused> {
        let granted = self.plan.pop_front().unwrap_or(true) && possible;
        self.log
            .push(if granted { call } else { SystemCall::Refused });
        if granted { Ok(()) } else { Err(Refused) }
    }
}

// SAFETY: the arena is zeroed and handed out once, upwards, as long as no code moves the break
// down; then the heap refuses to grow. Mappings are apart, and nothing changes on refusal.
unsafe impl Source for Arena {
    fn current_break(&mut self) -> Result<NonNull<u8>, Refused> {
        let state = self.state();
        if state.queries_refused {
            return Err(Refused);
        }
        // SAFETY: the break is inside the arena or at its end.
        Ok(unsafe { state.start.add(state.at) })
    }

    fn move_break(&mut self, from: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        let mut state = self.state();
        assert_eq!(
            from.addr().get(),
            state.start.addr().get() + state.at,
            "a stale break"
        );
        let room = state.layout.size() - state.at;
        state.ask(SystemCall::Break(bytes), bytes <= room)?;
        state.at += bytes;
        Ok(())
    }

    fn map(&mut self, bytes: usize) -> Result<NonNull<u8>, Refused> {
        let mut state = self.state();
        let layout = Layout::from_size_align(bytes, PAGE).map_err(|_| Refused);
        state.ask(SystemCall::Map(bytes), layout.is_ok() && bytes > 0)?;
        let start = zeroed(layout?).ok_or(Refused)?;
        state.mappings.push((start, layout?));
        Ok(start)
    }

    unsafe fn unmap(&mut self, start: NonNull<u8>, bytes: usize) -> Result<(), Refused> {
        let mut state = self.state();
        let known = |&(at, layout): &(NonNull<u8>, Layout)| at == start && layout.size() == bytes;
        let index = state.mappings.iter().position(known);
        let index = index.expect("the start and length of a mapping");
        state.ask(SystemCall::Unmap(bytes), true)?;
        let (start, layout) = state.mappings.swap_remove(index);
        // SAFETY: `map` allocated it with this layout, and it was on the list until now.
        unsafe { alloc::dealloc(start.as_ptr(), layout) };
        Ok(())
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.owned {
            self.mappings.push((self.start, self.layout));
        }
        for &(start, layout) in &self.mappings {
            // SAFETY: allocated with this layout, and still on the list.
            unsafe { alloc::dealloc(start.as_ptr(), layout) };
        }
    }
}

fn zeroed(layout: Layout) -> Option<NonNull<u8>> {
    // SAFETY: no layout here has size 0.
    NonNull::new(unsafe { alloc::alloc_zeroed(layout) })
}
