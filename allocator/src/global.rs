//! A `GlobalAlloc` over a heap that a lock protects.
//!
//! Refuses to save memory: an alignment above 8 costs as many bytes again as the alignment,
//! because blocks start at multiples of 8 and nothing else.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

use crate::literal::align::ALIGNMENT;
use crate::literal::heap::{Config, Heap};
use crate::literal::source::Source;
use crate::lock::Lock;

/// A heap that all threads may share, one at a time.
///
/// The lock spins. A signal handler must not allocate.
///
/// ```
/// use std::alloc::{GlobalAlloc, Layout};
///
/// use osmem::arena::Arena;
/// use osmem::{Config, Global};
///
/// let global = Global::new(Arena::new(1 << 20), Config::DEFAULT);
/// let layout = Layout::from_size_align(100, 64)?;
/// // SAFETY: the layout has a size, and the memory is freed once with the same layout.
/// unsafe {
///     let memory = global.alloc(layout);
///     assert!(memory.addr().is_multiple_of(64));
///     global.dealloc(memory, layout);
/// }
/// # Ok::<(), std::alloc::LayoutError>(())
/// ```
pub struct Global<S> {
    heap: Lock<Heap<S>>,
}

impl<S> Global<S> {
    /// An allocator that has not asked its source for anything yet.
    pub const fn new(source: S, config: Config) -> Global<S> {
        Global {
            heap: Lock::new(Heap::new(source, config)),
        }
    }
}

// SAFETY: blocks are apart, stay where they are and hold the bytes that were asked for; the
// heap never unwinds, and the lock keeps threads out of each other's way.
unsafe impl<S: Source> GlobalAlloc for Global<S>
where
    Heap<S>: Send,
{
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            return or_null(self.heap.lock().malloc(layout.size()));
        }
        let block = padded_size(layout).and_then(|size| self.heap.lock().malloc(size));
        // SAFETY: the block has the padded size of this layout.
        or_null(block.map(|block| unsafe { align_within(block, layout) }))
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            return or_null(self.heap.lock().calloc(layout.size(), 1));
        }
        let block = padded_size(layout).and_then(|size| self.heap.lock().calloc(size, 1));
        // SAFETY: as in `alloc`.
        or_null(block.map(|block| unsafe { align_within(block, layout) }))
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller promises memory of this allocator and layout.
        let block = unsafe { block_of(memory, layout) };
        // SAFETY: the block came from this heap, and the caller is done with it.
        unsafe { self.heap.lock().free(block) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.align() <= ALIGNMENT {
            let block = NonNull::new(memory);
            // SAFETY: the caller promises memory of this heap; small alignments have no padding.
            return or_null(unsafe { self.heap.lock().realloc(block, new_size) });
        }
        // SAFETY: the caller promises that `new_size`, rounded up, does not overflow isize.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: `new_size` is not zero, says the caller.
        let new = unsafe { self.alloc(new_layout) };
        if !new.is_null() {
            let kept = layout.size().min(new_size);
            // SAFETY: both have `kept` bytes, and the new memory is apart from the old.
            unsafe { ptr::copy_nonoverlapping(memory, new, kept) };
            // SAFETY: the caller gives the old memory up.
            unsafe { self.dealloc(memory, layout) };
        }
        new
    }
}

fn or_null(memory: Option<NonNull<u8>>) -> *mut u8 {
    memory.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Room for the layout, for moving up to its alignment, and for the way back.
///
/// A block starts at a multiple of 8; the address of it takes 8 bytes; the next multiple of the
/// alignment is then at most one alignment away from the start.
fn padded_size(layout: Layout) -> Option<usize> {
    layout.size().checked_add(layout.align())
}

/// An aligned address in the block, with the block's own address right before it.
///
/// # Safety
///
/// The block has [`padded_size`] bytes that no code uses.
unsafe fn align_within(block: NonNull<u8>, layout: Layout) -> NonNull<u8> {
    let start = block.addr().get();
    let offset = (start + size_of::<NonNull<u8>>()).next_multiple_of(layout.align()) - start;
    // SAFETY: `offset` is at most the alignment, see `padded_size`.
    let memory = unsafe { block.add(offset) };
    // SAFETY: `offset` is at least the size of a pointer.
    let way_back = unsafe { memory.cast::<NonNull<u8>>().sub(1) };
    // SAFETY: the padding before the memory belongs to the block, and is aligned to 8.
    unsafe { way_back.write(block) };
    memory
}

/// The block that the memory lies in.
///
/// # Safety
///
/// The memory came from this allocator with the same layout.
unsafe fn block_of(memory: *mut u8, layout: Layout) -> Option<NonNull<u8>> {
    let memory = NonNull::new(memory)?;
    if layout.align() <= ALIGNMENT {
        return Some(memory);
    }
    // SAFETY: `align_within` left the way back there.
    let way_back = unsafe { memory.cast::<NonNull<u8>>().sub(1) };
    // SAFETY: as above.
    Some(unsafe { way_back.read() })
}
