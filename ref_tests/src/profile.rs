//! The constants of one edition of the assignment.
//!
//! Courses change the numbers from year to year. They are recorded here and nowhere else: the
//! scenarios, the model and the decoder of heaps are all handed a [`Profile`].

/// The constants that a submission is written against. All sizes and offsets are in bytes.
///
/// The layout is fixed (`repr(C)`), because the checker hands the value to the scenario program
/// through shared memory.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// `ALIGNMENT`: every header and every payload starts at a multiple of it. A power of two.
    pub alignment: u64,
    /// `META`: the size of `struct block_meta`.
    pub header: u64,
    /// `MMAP_THRESHOLD`: the total size from which `os_malloc` maps.
    pub mmap_threshold: u64,
    /// `PREALLOCATION`: the first growth of the heap.
    pub preallocation: u64,
    /// The total size from which `os_calloc` maps.
    pub page: u64,
    /// Offset of `size` in the header.
    pub size_offset: u64,
    /// Offset of `status` in the header.
    pub status_offset: u64,
    /// Offset of `prev` (8 bytes) in the header.
    pub prev_offset: u64,
    /// Offset of `next` (8 bytes) in the header.
    pub next_offset: u64,
    /// Bytes of `size`: 4 or 8.
    pub size_bytes: u64,
    /// Bytes of `status`: 1, 2, 4 or 8.
    pub status_bytes: u64,
    /// What `status` says of a free, a used and a mapped block.
    pub statuses: [u64; 3],
    /// The choices that the course has settled: bit k stands for Vk.
    pub settled: u64,
}

impl Profile {
    /// The assignment's own numbers.
    pub const DEFAULT: Self = Self {
        alignment: 8,
        header: 32,
        mmap_threshold: 128 * 1024,
        preallocation: 128 * 1024,
        page: 4096,
        size_offset: 0,
        status_offset: 8,
        prev_offset: 16,
        next_offset: 24,
        size_bytes: 8,
        status_bytes: 4,
        statuses: [0, 1, 2],
        settled: 0,
    };

    /// `align(n)`: n rounded up to a multiple of the alignment; `None` when that overflows.
    pub const fn align(&self, n: u64) -> Option<u64> {
        match n.checked_add(self.alignment - 1) {
            Some(sum) => Some(sum & !(self.alignment - 1)),
            None => None,
        }
    }

    /// `total(n)`: the bytes that a block with payload n takes; `None` when that overflows.
    pub const fn total(&self, n: u64) -> Option<u64> {
        match self.align(n) {
            Some(aligned) => aligned.checked_add(self.header),
            None => None,
        }
    }

    /// The smallest n that the canonical `os_malloc` maps: the first n with `total(n) >= threshold`.
    pub const fn first_mapped(&self, threshold: u64) -> u64 {
        threshold - self.header - (self.alignment - 1)
    }

    /// The smallest chunk: a header and one aligned unit of payload.
    pub const fn smallest_chunk(&self) -> u64 {
        self.header + self.alignment
    }

    /// The `size` in a header's words.
    pub const fn size_in(&self, words: &[u64]) -> u64 {
        field(words, self.size_offset, self.size_bytes)
    }

    /// The `status` in a header's words: 0 free, 1 used, 2 mapped, else another number.
    pub const fn status_in(&self, words: &[u64]) -> i32 {
        let [free, used, mapped] = self.statuses;
        match field(words, self.status_offset, self.status_bytes) {
            status if status == free => 0,
            status if status == used => 1,
            status if status == mapped => 2,
            // These numbers mean something else here.
            status @ 0..=2 => -1 - status as i32,
            status => status as i32,
        }
    }

    /// Whether the course has settled the choice Vk, so that only the canonical one is permitted.
    pub const fn settles(&self, k: u32) -> bool {
        self.settled >> k & 1 == 1
    }

    /// The bytes rounded up to whole pages.
    pub const fn whole_pages(&self, bytes: u64) -> u64 {
        bytes.div_ceil(self.page).saturating_mul(self.page)
    }
}

/// The bytes of a field, which lie in one word.
const fn field(words: &[u64], offset: u64, bytes: u64) -> u64 {
    let word = words[(offset / 8) as usize % words.len()] >> (offset % 8 * 8);
    match bytes {
        8 => word,
        _ => word & ((1 << (8 * bytes)) - 1),
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::DEFAULT
    }
}
