//! The heap of a process, as `malloc` promises it: payloads at multiples of 16, or of what was
//! asked for, and never none for a size of 0.
//!
//! Refuses to change the heap's blocks: sizes are rounded up before they reach it, which keeps
//! all chunks multiples of 16, and a larger alignment is found inside a larger block.

use core::ptr::NonNull;

use crate::indexed::Indexed;
use crate::literal::block::{Block, BlockMeta, META, STATUS_ALLOC};
use crate::literal::heap::Heap;

use super::ahead::Ahead;
use super::quick::Quick;

/// What `malloc` promises on x86-64.
pub(super) const ALIGNMENT: usize = 16;

/// In place of the status of a block: an aligned payload inside a block, whose own payload is
/// where `next` points.
const STATUS_INSIDE: i32 = 0x0a11;

pub(super) struct Process {
    pub(super) heap: Heap<Ahead, Indexed<'static>>,
    pub(super) quick: Quick,
}

impl Process {
    #[inline]
    pub(super) fn allocate(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let size = rounded(bytes)?;
        match self.quick.take(size) {
            None => self.allocate_from_heap(size),
            kept => kept,
        }
    }

    fn allocate_from_heap(&mut self, size: usize) -> Option<NonNull<u8>> {
        match self.heap.malloc(size) {
            None => {
                self.collect();
                self.heap.malloc(size)
            }
            found => found,
        }
    }

    #[inline]
    pub(super) fn allocate_zeroed(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let size = rounded(bytes)?;
        if let Some(kept) = self.quick.take(size) {
            // SAFETY: the payload has `size` bytes, and no other code has it.
            unsafe { kept.write_bytes(0, size) };
            return Some(kept);
        }
        match self.heap.calloc(1, size) {
            None => {
                self.collect();
                self.heap.calloc(1, size)
            }
            found => found,
        }
    }

    /// What can be done when the heap has nothing: it gets back what was kept from it. And asked
    /// again, it may find the break where it is now (E5).
    #[cold]
    fn collect(&mut self) {
        let Process { heap, quick } = self;
        // SAFETY: blocks of the heap that no code uses.
        quick.release_all(|payload| unsafe { heap.free(Some(payload)) });
    }

    /// A payload at a multiple of `alignment`, a power of 2.
    pub(super) fn allocate_aligned(
        &mut self,
        alignment: usize,
        bytes: usize,
    ) -> Option<NonNull<u8>> {
        if alignment <= ALIGNMENT {
            return self.allocate(bytes);
        }
        let size = rounded(bytes)?;
        let outer = self.allocate(size.checked_add(alignment)?.checked_add(META)?)?;
        let address = outer.addr().get();
        if address.is_multiple_of(alignment) {
            return Some(outer);
        }
        let offset = (address + META).next_multiple_of(alignment) - address;
        // SAFETY: less than `alignment` + META bytes in, so that `size` bytes follow.
        let inner = unsafe { outer.add(offset) };
        // SAFETY: META bytes at least lie between the two payloads.
        let mark = unsafe { inner.sub(META) }.cast::<BlockMeta>();
        let inside = BlockMeta {
            size,
            status: STATUS_INSIDE,
            prev: core::ptr::null_mut(),
            next: outer.cast().as_ptr(),
        };
        // SAFETY: the mark lies in the outer payload, at a multiple of 16.
        unsafe { mark.write(inside) };
        Some(inner)
    }

    /// # Safety
    ///
    /// One of these functions returned the payload, and no code uses it any more.
    #[inline]
    pub(super) unsafe fn free(&mut self, payload: NonNull<u8>) {
        // SAFETY: each payload has a header or a mark before it, both of one form.
        let block = unsafe { Block::from_payload(payload) };
        let Process { heap, quick } = self;
        // SAFETY: what was kept is a block of the heap that no code uses.
        let release = |payload| unsafe { heap.free(Some(payload)) };
        if block.status() == STATUS_ALLOC && quick.keep(block, release) {
            return;
        }
        // SAFETY: the caller's promise is passed on.
        let outer = unsafe { outer(payload) }.unwrap_or(payload);
        // SAFETY: the heap gave the outer payload.
        unsafe { self.heap.free(Some(outer)) }
    }

    /// # Safety
    ///
    /// As for [`Process::free`], when the result is some.
    pub(super) unsafe fn resize(
        &mut self,
        payload: NonNull<u8>,
        bytes: usize,
    ) -> Option<NonNull<u8>> {
        let size = rounded(bytes)?;
        // SAFETY: the caller's promise is passed on.
        if unsafe { outer(payload) }.is_some() {
            // SAFETY: as above.
            return unsafe { self.move_out(payload, bytes) };
        }
        // SAFETY: the heap gave the payload.
        match unsafe { self.heap.realloc(Some(payload), size) } {
            None => {
                self.collect();
                // SAFETY: as above, and nothing has changed for this payload.
                unsafe { self.heap.realloc(Some(payload), size) }
            }
            found => found,
        }
    }

    /// Moves an aligned payload to a block of its own.
    ///
    /// # Safety
    ///
    /// As for [`Process::resize`].
    unsafe fn move_out(&mut self, payload: NonNull<u8>, bytes: usize) -> Option<NonNull<u8>> {
        let new = self.allocate(bytes)?;
        // SAFETY: the caller promises a payload.
        let kept = unsafe { usable(payload) }.min(bytes);
        // SAFETY: both have `kept` bytes, and two allocated blocks do not overlap.
        unsafe { new.copy_from_nonoverlapping(payload, kept) };
        // SAFETY: the caller gives the payload up.
        unsafe { self.free(payload) };
        Some(new)
    }
}

/// How many bytes the payload has.
///
/// # Safety
///
/// One of the functions above returned the payload.
pub(super) unsafe fn usable(payload: NonNull<u8>) -> usize {
    // SAFETY: each payload has a header or a mark before it, both of one form.
    unsafe { Block::from_payload(payload) }.size()
}

/// The block's own payload, when this one lies inside it.
///
/// # Safety
///
/// As for [`usable`].
#[inline]
unsafe fn outer(payload: NonNull<u8>) -> Option<NonNull<u8>> {
    // SAFETY: as in `usable`.
    let mark = unsafe { Block::from_payload(payload) };
    if mark.status() != STATUS_INSIDE {
        return None;
    }
    mark.next().map(Block::start)
}

/// At least one unit, in multiples of [`ALIGNMENT`]; none for what no object can have.
#[inline]
fn rounded(bytes: usize) -> Option<usize> {
    const MOST: usize = isize::MAX as usize - (1 << 16);
    (bytes <= MOST).then(|| bytes.max(1).next_multiple_of(ALIGNMENT))
}
