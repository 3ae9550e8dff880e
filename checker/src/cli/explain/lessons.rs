//! What each clause asks, in plain words, with calls that show it; and what is permitted besides.
//!
//! The words follow the assignment; what the calls do is not written here but worked out by the
//! executable specification.

use crate::types::{Call, CallNumber, Clause, Pointer};

/// What there is to say of a clause.
pub(super) struct Lesson {
    pub(super) clause: Clause,
    pub(super) words: &'static str,
    /// Calls that show it, the last one by what it does; none where no ordinary calls do.
    pub(super) calls: &'static [Call],
    /// The permitted choices that bear on it.
    pub(super) choices: &'static [&'static str],
}

/// A permitted choice: its number, and what is left open.
pub(super) struct Permitted {
    pub(super) number: &'static str,
    pub(super) words: &'static str,
}

const fn malloc(size: u64) -> Call {
    Call::Malloc { size }
}

const fn calloc(count: u64, size: u64) -> Call {
    Call::Calloc { count, size }
}

const fn realloc(block: u32, size: u64) -> Call {
    Call::Realloc {
        pointer: Pointer::Of(CallNumber(block)),
        size,
    }
}

const fn free(block: u32) -> Call {
    Call::Free {
        pointer: Pointer::Of(CallNumber(block)),
    }
}

const NULL: Pointer = Pointer::Null;

/// A lesson for each clause.
pub(super) const LESSONS: &[Lesson] = &[
    Lesson {
        clause: Clause::A1,
        words: "os_malloc(0) returns NULL. It does nothing else: it makes no system call, does not \
               preallocate, and changes no block.",
        calls: &[malloc(64), malloc(0)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A2,
        words: "Small requests come from the heap, large requests get a mapping of their own. \
               Compare the whole chunk, header and payload, 32 + align(n), with MMAP_THRESHOLD \
               (131072). A smaller chunk comes from the heap; any other is mapped.",
        calls: &[malloc(1000), malloc(131_072)],
        choices: &["V1"],
    },
    Lesson {
        clause: Clause::A3,
        words: "os_calloc(0, n) and os_calloc(n, 0) ask for zero bytes. They return NULL and do \
               nothing else, as os_malloc(0).",
        calls: &[malloc(64), calloc(0, 8)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A4,
        words: "os_calloc maps earlier than os_malloc: as soon as header and payload need a page \
               (4096). Every byte of the payload is zero, also when a block is reused and held \
               other data before.",
        calls: &[malloc(500), free(1), calloc(10, 40)],
        choices: &["V2"],
    },
    Lesson {
        clause: Clause::A5,
        words: "The product of count and size may not fit into size_t. It wraps around to a small \
               number, and a block of that size would be far too small. So os_calloc returns NULL. \
               The assignment does not mention this case, so it belongs to the robustness tier.",
        calls: &[calloc(1 << 33, 1 << 33)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A6,
        words: "os_free(NULL) is legal and frees nothing. There is no header in front of NULL: do \
               not read one.",
        calls: &[malloc(64), Call::Free { pointer: NULL }],
        choices: &["V4"],
    },
    Lesson {
        clause: Clause::A7,
        words: "os_free marks a heap block as free, for later requests. Heap memory never goes \
               back to the system: the break does not move down.",
        calls: &[malloc(1000), malloc(64), free(1)],
        choices: &["V4"],
    },
    Lesson {
        clause: Clause::A8,
        words: "os_free of a mapped block unmaps its whole mapping: exactly one munmap, with the \
               address of the header (not of the payload) and the length given to mmap.",
        calls: &[malloc(200_000), free(1)],
        choices: &["V13"],
    },
    Lesson {
        clause: Clause::A9,
        words: "os_realloc(NULL, n) is os_malloc(n) in every respect. os_realloc(p, 0) is os_free(p), \
                and returns NULL.",
        calls: &[
            Call::Realloc {
                pointer: NULL,
                size: 1000,
            },
            realloc(1, 0),
        ],
        choices: &[],
    },
    Lesson {
        clause: Clause::A10,
        words: "A block whose header says STATUS_FREE does not belong to the caller. os_realloc of \
               it returns NULL and changes nothing.",
        calls: &[malloc(1000), malloc(64), free(1), realloc(1, 2000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A11,
        words: "Whatever os_realloc does with the block, it keeps the payload: the first min(old \
               size, new size) bytes are the same as before. Copy no more than the smaller of the \
               two sizes.",
        calls: &[malloc(1000), malloc(64), realloc(1, 3000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A12,
        words: "When a heap block is already large enough, it stays where it is. The rest that is \
               no longer needed is split off, if it can be a block of its own (C6).",
        calls: &[malloc(1000), malloc(64), realloc(1, 200)],
        choices: &["V7", "V12"],
    },
    Lesson {
        clause: Clause::A13,
        words: "When a heap block grows to a size that os_malloc would map, it moves to a mapping: \
               map, copy, free the old block. os_realloc does not search for a free block.",
        calls: &[malloc(1000), realloc(1, 150_000)],
        choices: &["V3", "V5", "V7"],
    },
    Lesson {
        clause: Clause::A14,
        words: "The last block of the heap can grow in place: the break moves by exactly the \
               missing bytes, and the address stays the same. os_realloc does not search for a \
               free block elsewhere.",
        calls: &[malloc(100_000), malloc(50_000), realloc(2, 60_000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A15,
        words: "A block in the middle of the heap merges with the free blocks that follow it, one \
               at a time, until it is large enough; then the rest is split off. The address stays \
               the same. When all these blocks together are too small, the block moves (A16), and \
               the merged blocks stay merged.",
        calls: &[
            malloc(200),
            malloc(300),
            malloc(400),
            malloc(64),
            free(3),
            free(2),
            realloc(1, 400),
        ],
        choices: &[],
    },
    Lesson {
        clause: Clause::A16,
        words: "A block that cannot grow in place moves: allocate as os_malloc(n) does, copy, then \
               free the old block, in this order. The old block stays in use until the copy is \
               done, so the new block never overlaps it.",
        calls: &[malloc(1000), malloc(64), realloc(1, 3000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A17,
        words: "A mapped block never changes its size in place, not even to become smaller: \
               allocate as os_malloc(n) does (a new mapping, or the heap if the new size is small \
               enough), copy, unmap the old mapping.",
        calls: &[malloc(200_000), realloc(1, 150_000)],
        choices: &["V3", "V11"],
    },
    Lesson {
        clause: Clause::A18,
        words: "Every returned pointer is a multiple of 8 and lies 32 bytes after the start of its \
               header. Its payload lies within the heap or its mapping, and overlaps no header and \
               no other block in use.",
        calls: &[malloc(10), malloc(20)],
        choices: &[],
    },
    Lesson {
        clause: Clause::B1,
        words: "In front of each payload is a struct block_meta of 32 bytes: size, status, prev, \
               next. After each call, size and status are correct. The size is the size of the \
               payload, as requested or rounded up to 8; the next header follows directly after \
               the rounded payload.",
        calls: &[malloc(1000)],
        choices: &["V12", "V14"],
    },
    Lesson {
        clause: Clause::B2,
        words: "The blocks fill the heap from its start to the break: each block begins where the \
               previous block ends. No byte lies between two blocks, and no byte is lost at the \
               end.",
        calls: &[malloc(1000), malloc(64), free(1)],
        choices: &[],
    },
    Lesson {
        clause: Clause::B3,
        words: "The blocks form a list in the order of their addresses. An allocator may find its \
               blocks in another way: a wrong link is reported as a remark and never costs \
               points.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::C1,
        words: "The first request that needs the heap, from any of the functions, moves the break \
               once by 128 KiB and makes one free block of it. The request then takes this block \
               as it would take any other free block: it splits it (C6).",
        calls: &[malloc(1000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::C2,
        words: "Before each search for a free block, all adjacent free blocks of the whole heap \
               are coalesced (C3). So two small free blocks side by side can serve a large \
               request. Growing in place (A14, A15) and mapping do not coalesce.",
        calls: &[
            malloc(1000),
            malloc(1000),
            malloc(64),
            free(1),
            free(2),
            malloc(1800),
        ],
        choices: &["V4"],
    },
    Lesson {
        clause: Clause::C3,
        words: "To coalesce means to make one block of several adjacent free blocks. The first \
               block keeps its header; its size grows by the size of each other block and of its \
               header (32 bytes). All adjacent free blocks become one block, not only pairs.",
        calls: &[
            malloc(500),
            malloc(500),
            malloc(500),
            malloc(64),
            free(1),
            free(2),
            free(3),
            malloc(1500),
        ],
        choices: &["V4"],
    },
    Lesson {
        clause: Clause::C4,
        words: "Best fit: of all free blocks that are large enough, take the smallest. If several \
               have that size, take the one at the lowest address. So the search must visit every \
               free block.",
        calls: &[
            malloc(2000),
            malloc(64),
            malloc(1000),
            malloc(64),
            free(1),
            free(3),
            malloc(900),
        ],
        choices: &["V12"],
    },
    Lesson {
        clause: Clause::C5,
        words: "The heap grows only when no free block is large enough. Check all free blocks \
               before you move the break.",
        calls: &[malloc(100_000), malloc(64), free(1), malloc(90_000)],
        choices: &["V9"],
    },
    Lesson {
        clause: Clause::C6,
        words: "A block that is larger than needed is split: it keeps align(n) bytes, and the rest \
               becomes a free block directly after it. The rest needs room for a header (32) and \
               one byte, counted in multiples of 8, so at least 40 bytes. With a smaller rest, the \
               block stays whole and keeps its size.",
        calls: &[malloc(1000), malloc(64), free(1), malloc(100)],
        choices: &["V12"],
    },
    Lesson {
        clause: Clause::C7,
        words: "When no free block is large enough, the heap grows. If its last block is free, the \
               break moves by exactly the missing bytes and that block is used whole. Otherwise \
               the break moves by the size of header and payload, for a new block after the last \
               block.",
        calls: &[malloc(100_000), malloc(50_000)],
        choices: &["V9"],
    },
    Lesson {
        clause: Clause::D1,
        words: "A mapped block comes from mmap(NULL, 32 + align(n), PROT_READ | PROT_WRITE, \
               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0). Its header is at the start of the mapping and \
               has STATUS_MAPPED. The length is not rounded up to pages.",
        calls: &[malloc(200_000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::D2,
        words: "One mmap for each mapped block, one munmap when it is freed. No block is mapped in \
               pieces, and no mapping is left.",
        calls: &[malloc(200_000), malloc(150_000), free(1), free(2)],
        choices: &["V13"],
    },
    Lesson {
        clause: Clause::D3,
        words: "Mapped blocks may be on the list of blocks or not, as you like.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::E1,
        words: "Memory comes from brk (or sbrk) and mmap, and munmap gives it back. No other \
               system call for memory is allowed: mremap is forbidden.",
        calls: &[],
        choices: &["V9"],
    },
    Lesson {
        clause: Clause::E2,
        words: "The allocator must not call another allocator: malloc, calloc, realloc, free, \
               posix_memalign and similar functions are forbidden, and so are functions of the C \
               library that call them, such as strdup.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::E3,
        words: "Any system call can fail. Check its result. On failure, either return NULL and \
               leave the heap as it was, or end the process with a message on standard error and a \
               non-zero exit status. A size that no system can provide is such a failure too. The \
               call must not crash, and must not return a pointer to memory that does not exist.",
        calls: &[],
        choices: &["V10", "V13"],
    },
    Lesson {
        clause: Clause::E4,
        words: "For any legal sequence of calls of any length, no call crashes and every call \
               returns. A call writes only to headers, and to the payload that it copies or \
               zeroes.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::E5,
        words: "Other code in the program may move the break too. Then the heap has a gap that \
               belongs to that code: blocks on the two sides of the gap are never merged, and \
               nothing is written into the gap. This belongs to the robustness tier.",
        calls: &[],
        choices: &[],
    },
];

/// The permitted choices.
pub(super) const PERMITTED: &[Permitted] = &[
    Permitted {
        number: "V1",
        words: "os_malloc may begin to map at any size from T-39 to T, where T is MMAP_THRESHOLD: \
               with or without the header, < or <=. The cut-off is the same for all calls.",
    },
    Permitted {
        number: "V2",
        words: "os_calloc may begin to map at any product from page-39 to page-16. The cut-off is \
               the same for all calls.",
    },
    Permitted {
        number: "V3",
        words: "os_realloc of a block in use may have its own cut-offs, from T-39 to T+1: one for \
               heap blocks, one for mapped blocks.",
    },
    Permitted {
        number: "V4",
        words: "Adjacent free blocks may be coalesced at any other moment too, all of them or \
               some: in os_free, after a split, in os_realloc. So adjacent free blocks count as \
               one block when layouts are compared.",
    },
    Permitted {
        number: "V5",
        words: "When os_realloc grows a heap block to a size that is mapped, it may first try to \
               grow the block in place (A14, A15), and map only if that fails.",
    },
    Permitted {
        number: "V6",
        words: "A block that was merged up to the end of the heap and is still too small moves \
               (A16). Nothing else is permitted.",
    },
    Permitted {
        number: "V7",
        words: "When a heap block is already large enough for a size that is mapped, os_realloc \
               may map a new block (A13) or keep the block (A12).",
    },
    Permitted {
        number: "V8",
        words: "Merging stops as soon as the block is large enough. Nothing else is permitted.",
    },
    Permitted {
        number: "V9",
        words: "You may ask for the current break, with brk(0) or sbrk(0), as often as you like.",
    },
    Permitted {
        number: "V10",
        words: "When a system call fails, return NULL and leave the heap as it was, or end the \
               process with a message and a non-zero exit status.",
    },
    Permitted {
        number: "V11",
        words: "A mapped block may stay where it is when os_realloc asks for the size that it \
               already has, rounded up to 8.",
    },
    Permitted {
        number: "V12",
        words: "If headers hold the requested size, sizes may be compared as they are, without \
               rounding.",
    },
    Permitted {
        number: "V13",
        words: "When munmap fails, the call may return normally; the mapping stays.",
    },
    Permitted {
        number: "V14",
        words: "size may hold the size of the whole chunk, header included: the same for all heap \
               blocks, and the same for all mappings.",
    },
];

/// How heaps, addresses and system calls are written.
pub(super) const NOTATION: &[(&str, &str)] = &[
    (
        "H+0x20",
        "32 bytes after the start of the heap: the address of the first payload",
    ),
    (
        "M1+0x20",
        "32 bytes after the start of the first mapping; mappings are numbered in the order of mmap",
    ),
    ("p3", "what call 3 returned"),
    ("1000u", "a block in use with a payload of 1000 bytes"),
    ("130008f", "a free block with a payload of 130008 bytes"),
    (
        "64x",
        "a block with a status that the assignment does not have",
    ),
    (
        "heap 1000u 130008f",
        "the blocks of the heap in the order of their addresses; headers (32 bytes each) are not counted",
    ),
    ("heap =", "the heap is as before the call"),
    (
        "brk +0x20000",
        "the call moved the break up by 0x20000 bytes (131072)",
    ),
    (
        "mmap 131104 rw private anon = M1",
        "the call mapped 131104 bytes, readable, writable, private, anonymous; the mapping is called M1",
    ),
    (
        "munmap M1 131104 = 0",
        "the call unmapped the whole mapping; munmap returned 0",
    ),
    ("-> H+0x20", "what the call returned"),
];
