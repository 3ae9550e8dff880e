//! The clauses of the assignment. Each has a number, which scenarios and reports name, a summary of
//! one line, and a lesson, which `checker explain` prints.

use core::fmt;

use crate::call::{Call, CallNumber, Pointer, Pointer::Null};

macro_rules! clauses {
    ($($name:ident: $summary:literal, $lesson:literal,
        [$($call:expr),*], [$($choice:literal),*];)*) => {
        /// A clause of the assignment's specification.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Clause {
            $(#[doc = $summary] $name,)*
        }

        impl Clause {
            /// Every clause, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The clause's number, such as `C6`.
            pub const fn number(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The clause of this number.
            pub fn numbered(number: &str) -> Option<Self> {
                match number { $(stringify!($name) => Some(Self::$name),)* _ => None }
            }

            /// The clause in one line.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary),* }
            }

            /// What it asks, in plain words.
            pub const fn lesson(self) -> &'static str {
                match self { $(Self::$name => $lesson),* }
            }

            /// Calls that show it, the last one by what it does; none where no ordinary calls do.
            pub const fn example(self) -> &'static [Call] {
                match self { $(Self::$name => const { &[$($call),*] }),* }
            }

            /// The permitted choices that bear on it.
            pub const fn choices(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($choice),*]),* }
            }
        }
    };
}

// Each with its lesson, the calls of its example, and the permitted choices that bear on it. What the
// calls do is not written here: the specification works it out.
clauses! {
    A1: "os_malloc(0) returns NULL and does nothing else",
        "os_malloc(0) returns NULL. It does nothing else: it makes no system call, does not \
         preallocate, and changes no block.",
        [malloc(64), malloc(0)], [];

    A2: "os_malloc takes from the heap below the mapping threshold, else it maps",
        "Small requests come from the heap, large requests get a mapping of their own. Compare \
         the whole chunk, header and payload, 32 + align(n), with MMAP_THRESHOLD (131072). A \
         smaller chunk comes from the heap; any other is mapped.",
        [malloc(1000), malloc(131_072)], ["V1"];

    A3: "os_calloc of zero elements or of elements of size zero returns NULL",
        "os_calloc(0, n) and os_calloc(n, 0) ask for zero bytes. They return NULL and do nothing \
         else, as os_malloc(0).",
        [malloc(64), calloc(0, 8)], [];

    A4: "os_calloc maps from a page on, and its bytes are all zero",
        "os_calloc maps earlier than os_malloc: as soon as header and payload need a page (4096). \
         Every byte of the payload is zero, also when a block is reused and held other data \
         before.",
        [malloc(500), free(p(1)), calloc(10, 40)], ["V2"];

    A5: "os_calloc returns NULL when the product overflows",
        "The product of count and size may not fit into size_t. It wraps around to a small \
         number, and a block of that size would be far too small. So os_calloc returns NULL. The \
         assignment does not mention this case, so it belongs to the robustness tier.",
        [calloc(1 << 33, 1 << 33)], [];

    A6: "os_free(NULL) makes no system call and changes no used block",
        "os_free(NULL) is legal and frees nothing. There is no header in front of NULL: do not \
         read one.",
        [malloc(64), free(Null)], ["V4"];

    A7: "os_free of a heap block marks it free; the break never moves down",
        "os_free marks a heap block as free, for later requests. Heap memory never goes back to \
         the system: the break does not move down.",
        [malloc(1000), malloc(64), free(p(1))], ["V4"];

    A8: "os_free of a mapped block unmaps exactly the whole mapping",
        "os_free of a mapped block unmaps its whole mapping: exactly one munmap, with the address \
         of the header (not of the payload) and the length given to mmap.",
        [malloc(200_000), free(p(1))], ["V13"];

    A9: "os_realloc(NULL, n) is os_malloc(n); os_realloc(p, 0) is os_free(p)",
        "os_realloc(NULL, n) is os_malloc(n) in every respect. os_realloc(p, 0) is os_free(p), \
         and returns NULL.",
        [realloc(Null, 1000), realloc(p(1), 0)], [];

    A10: "os_realloc of a free block returns NULL and changes nothing",
        "A block whose header says STATUS_FREE does not belong to the caller. os_realloc of it \
         returns NULL and changes nothing.",
        [malloc(1000), malloc(64), free(p(1)), realloc(p(1), 2000)], [];

    A11: "os_realloc keeps the first min(old, new) bytes",
        "Whatever os_realloc does with the block, it keeps the payload: the first min(old size, \
         new size) bytes are the same as before. Copy no more than the smaller of the two sizes.",
        [malloc(1000), malloc(64), realloc(p(1), 3000)], [];

    A12: "os_realloc to a size that fits keeps the address and splits off the tail",
        "When a heap block is already large enough, it stays where it is. The rest that is no \
         longer needed is split off, if it can be a block of its own (C6).",
        [malloc(1000), malloc(64), realloc(p(1), 200)], ["V7", "V12"];

    A13: "os_realloc of a heap block to a size from the threshold on maps",
        "When a heap block grows to a size that os_malloc would map, it moves to a mapping: map, \
         copy, free the old block. os_realloc does not search for a free block.",
        [malloc(1000), realloc(p(1), 150_000)], ["V3", "V5", "V7"];

    A14: "os_realloc of the last block grows it in place by the missing bytes",
        "The last block of the heap can grow in place: the break moves by exactly the missing \
         bytes, and the address stays the same. os_realloc does not search for a free block \
         elsewhere.",
        [malloc(100_000), malloc(50_000), realloc(p(2), 60_000)], [];

    A15: "os_realloc of another block merges the free blocks after it, one at a time, until it fits",
        "A block in the middle of the heap merges with the free blocks that follow it, one at a \
         time, until it is large enough; then the rest is split off. The address stays the same. \
         When all these blocks together are too small, the block moves (A16), and the merged \
         blocks stay merged.",
        [malloc(200), malloc(300), malloc(400), malloc(64), free(p(3)), free(p(2)),
         realloc(p(1), 400)], [];

    A16: "os_realloc that cannot grow in place allocates, copies, then frees",
        "A block that cannot grow in place moves: allocate as os_malloc(n) does, copy, then free \
         the old block, in this order. The old block stays in use until the copy is done, so the \
         new block never overlaps it.",
        [malloc(1000), malloc(64), realloc(p(1), 3000)], [];

    A17: "os_realloc of a mapped block moves it",
        "A mapped block never changes its size in place, not even to become smaller: allocate as \
         os_malloc(n) does (a new mapping, or the heap if the new size is small enough), copy, \
         unmap the old mapping.",
        [malloc(200_000), realloc(p(1), 150_000)], ["V3", "V11"];

    A18: "every pointer is aligned, follows its header, and overlaps no other block in use",
        "Every returned pointer is a multiple of 8 and lies 32 bytes after the start of its \
         header. Its payload lies within the heap or its mapping, and overlaps no header and no \
         other block in use.",
        [malloc(10), malloc(20)], [];

    B1: "every block has a correct header in front of its payload",
        "In front of each payload is a struct block_meta of 32 bytes: size, status, prev, next. \
         After each call, size and status are correct. The size is the size of the payload, as \
         requested or rounded up to 8; the next header follows directly after the rounded \
         payload.",
        [malloc(1000)], ["V12", "V14"];

    B2: "heap blocks lie one after another, without gaps",
        "The blocks fill the heap from its start to the break: each block begins where the \
         previous block ends. No byte lies between two blocks, and no byte is lost at the end.",
        [malloc(1000), malloc(64), free(p(1))], [];

    B3: "blocks are linked in address order (a remark, never points)",
        "The blocks form a list in the order of their addresses. An allocator may find its blocks \
         in another way: a wrong link is reported as a remark and never costs points.",
        [], [];

    C1: "the first use of the heap preallocates one free block",
        "The first request that needs the heap, from any of the functions, moves the break once \
         by 128 KiB and makes one free block of it. The request then takes this block as it would \
         take any other free block: it splits it (C6).",
        [malloc(1000)], [];

    C2: "coalescing comes before each search for a free block",
        "Before each search for a free block, all adjacent free blocks of the whole heap are \
         coalesced (C3). So two small free blocks side by side can serve a large request. Growing \
         in place (A14, A15) and mapping do not coalesce.",
        [malloc(1000), malloc(1000), malloc(64), free(p(1)), free(p(2)), malloc(1800)], ["V4"];

    C3: "all adjacent free blocks are coalesced",
        "To coalesce means to make one block of several adjacent free blocks. The first block \
         keeps its header; its size grows by the size of each other block and of its header (32 \
         bytes). All adjacent free blocks become one block, not only pairs.",
        [malloc(500), malloc(500), malloc(500), malloc(64), free(p(1)), free(p(2)),
         free(p(3)), malloc(1500)], ["V4"];

    C4: "best fit: the smallest free block that is large enough, the lowest address among equals",
        "Best fit: of all free blocks that are large enough, take the smallest. If several have \
         that size, take the one at the lowest address. So the search must visit every free \
         block.",
        [malloc(2000), malloc(64), malloc(1000), malloc(64), free(p(1)), free(p(3)),
         malloc(900)], ["V12"];

    C5: "the break moves only when no free block is large enough",
        "The heap grows only when no free block is large enough. Check all free blocks before you \
         move the break.",
        [malloc(100_000), malloc(64), free(p(1)), malloc(90_000)], ["V9"];

    C6: "a larger block is split when the rest holds a header and a byte",
        "A block that is larger than needed is split: it keeps align(n) bytes, and the rest \
         becomes a free block directly after it. The rest needs room for a header (32) and one \
         byte, counted in multiples of 8, so at least 40 bytes. With a smaller rest, the block \
         stays whole and keeps its size.",
        [malloc(1000), malloc(64), free(p(1)), malloc(100)], ["V12"];

    C7: "growing extends a free last block by the missing bytes, else appends a block",
        "When no free block is large enough, the heap grows. If its last block is free, the break \
         moves by exactly the missing bytes and that block is used whole. Otherwise the break \
         moves by the size of header and payload, for a new block after the last block.",
        [malloc(100_000), malloc(50_000)], ["V9"];

    D1: "a mapping is private, anonymous, readable and writable, and has total(n) bytes",
        "A mapped block comes from mmap(NULL, 32 + align(n), PROT_READ | PROT_WRITE, MAP_PRIVATE \
         | MAP_ANONYMOUS, -1, 0). Its header is at the start of the mapping and has \
         STATUS_MAPPED. The length is not rounded up to pages.",
        [malloc(200_000)], [];

    D2: "one mmap for each mapped block, one munmap for each unmapped one",
        "One mmap for each mapped block, one munmap when it is freed. No block is mapped in \
         pieces, and no mapping is left.",
        [malloc(200_000), malloc(150_000), free(p(1)), free(p(2))], ["V13"];

    D3: "mapped blocks may or may not be on the list",
        "Mapped blocks may be on the list of blocks or not, as you like.",
        [], [];

    E1: "brk, mmap and munmap are the only system calls for memory",
        "Memory comes from brk (or sbrk) and mmap, and munmap gives it back. No other system call \
         for memory is allowed: mremap is forbidden.",
        [], ["V9"];

    E2: "the C library's allocator is forbidden",
        "The allocator must not call another allocator: malloc, calloc, realloc, free, \
         posix_memalign and similar functions are forbidden, and so are functions of the C \
         library that call them, such as strdup.",
        [], [];

    E3: "the result of every system call is checked",
        "Any system call can fail. Check its result. On failure, either return NULL and leave the \
         heap as it was, or end the process with a message on standard error and a non-zero exit \
         status. A size that no system can provide is such a failure too. The call must not \
         crash, and must not return a pointer to memory that does not exist.",
        [], ["V10", "V13"];

    E4: "no legal sequence of calls crashes, hangs or writes outside blocks",
        "For any legal sequence of calls of any length, no call crashes and every call returns. A \
         call writes only to headers, and to the payload that it copies or zeroes.",
        [], [];

    E5: "other code may move the break between two calls",
        "Other code in the program may move the break too. Then the heap has a gap that belongs \
         to that code: blocks on the two sides of the gap are never merged, and nothing is \
         written into the gap. This belongs to the robustness tier.",
        [], [];
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.number())
    }
}

const fn malloc(size: u64) -> Call {
    Call::Malloc { size }
}

const fn calloc(count: u64, size: u64) -> Call {
    Call::Calloc { count, size }
}

const fn realloc(pointer: Pointer, size: u64) -> Call {
    Call::Realloc { pointer, size }
}

const fn free(pointer: Pointer) -> Call {
    Call::Free { pointer }
}

/// What the call of this number returned.
const fn p(number: u32) -> Pointer {
    Pointer::Of(CallNumber(number))
}
