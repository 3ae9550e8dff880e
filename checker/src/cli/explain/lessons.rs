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
        words: "Nobody can use zero bytes, so os_malloc(0) is NULL. It does nothing else: no system \
                call, no preallocation, no change of any block.",
        calls: &[malloc(64), malloc(0)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A2,
        words: "Small requests are served from the heap, large ones get a mapping of their own. What \
                is compared with MMAP_THRESHOLD (131072) is the whole chunk: header and payload, \
                32 + align(n). Below it, the heap; from it on, mmap.",
        calls: &[malloc(1000), malloc(131_072)],
        choices: &["V1"],
    },
    Lesson {
        clause: Clause::A3,
        words: "os_calloc(0, n) and os_calloc(n, 0) ask for zero bytes: NULL, and nothing else \
                happens, as with os_malloc(0).",
        calls: &[malloc(64), calloc(0, 8)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A4,
        words: "os_calloc maps earlier than os_malloc: once header and payload take a page (4096). \
                Every byte of the payload is zero, also where a block is used again that held \
                something else before.",
        calls: &[malloc(500), free(1), calloc(10, 40)],
        choices: &["V2"],
    },
    Lesson {
        clause: Clause::A5,
        words: "The product of count and size may not fit into size_t. Then the bytes that are asked \
                for cannot be had, and a block of the rest of the product would be far too small. The \
                answer is NULL. The assignment is silent here, so this belongs to the robustness \
                tier.",
        calls: &[calloc(1 << 33, 1 << 33)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A6,
        words: "os_free(NULL) is legal and frees nothing. There is no header in front of NULL: do not \
                look for one.",
        calls: &[malloc(64), Call::Free { pointer: NULL }],
        choices: &["V4"],
    },
    Lesson {
        clause: Clause::A7,
        words: "Freeing a heap block only marks it as free, for later requests. Memory of the heap is \
                never given back: the break does not move down.",
        calls: &[malloc(1000), malloc(64), free(1)],
        choices: &["V4"],
    },
    Lesson {
        clause: Clause::A8,
        words: "Freeing a mapped block gives its whole mapping back: exactly one munmap, with the \
                address of the header (not of the payload) and the length that was mapped.",
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
        words: "A block whose header says STATUS_FREE is not the caller's. os_realloc of it returns \
                NULL and changes nothing.",
        calls: &[malloc(1000), malloc(64), free(1), realloc(1, 2000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A11,
        words: "Whatever os_realloc does with the block, the payload goes with it: the first \
                min(old size, new size) bytes are the same afterwards. Copy no more than the smaller \
                of the two.",
        calls: &[malloc(1000), malloc(64), realloc(1, 3000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A12,
        words: "When a heap block is large enough already, it stays where it is. What is no longer \
                needed is split off, if the rest can be a block of its own (C6).",
        calls: &[malloc(1000), malloc(64), realloc(1, 200)],
        choices: &["V7", "V12"],
    },
    Lesson {
        clause: Clause::A13,
        words: "A heap block that is to become so large that os_malloc would map it moves to a \
                mapping: map, copy, free the old block. No search for a free block is made.",
        calls: &[malloc(1000), realloc(1, 150_000)],
        choices: &["V3", "V5", "V7"],
    },
    Lesson {
        clause: Clause::A14,
        words: "The last block of the heap can grow where it stands: the break moves by exactly the \
                bytes that are missing, and the address stays. A free block elsewhere is not looked \
                for.",
        calls: &[malloc(100_000), malloc(50_000), realloc(2, 60_000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A15,
        words: "A block in the middle of the heap takes the free blocks that follow it, one at a \
                time, until it is large enough; then what is too much is split off. The address \
                stays. When all of them are not enough the block moves (A16), and what was merged \
                stays merged.",
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
        words: "A block that cannot grow where it stands moves: allocate as os_malloc(n) does, copy, \
                then free the old one, in this order. Until the copy is done the old block is in use, \
                so the new one never overlaps it.",
        calls: &[malloc(1000), malloc(64), realloc(1, 3000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::A17,
        words: "A mapped block never changes its size in place: allocate as os_malloc(n) does (a new \
                mapping, or the heap if it is small enough now), copy, unmap the old one. Also when \
                it shrinks.",
        calls: &[malloc(200_000), realloc(1, 150_000)],
        choices: &["V3", "V11"],
    },
    Lesson {
        clause: Clause::A18,
        words: "A pointer that is returned is a multiple of 8 and stands 32 bytes behind its header. \
                Its payload lies within the heap or its mapping, and covers no header and no other \
                block in use.",
        calls: &[malloc(10), malloc(20)],
        choices: &[],
    },
    Lesson {
        clause: Clause::B1,
        words: "In front of each payload stands a struct block_meta of 32 bytes: size, status, prev, \
                next. After each call, size and status tell the truth. Size is that of the payload, \
                as asked for or rounded up to 8; the next header follows right behind the rounded \
                payload.",
        calls: &[malloc(1000)],
        choices: &["V12", "V14"],
    },
    Lesson {
        clause: Clause::B2,
        words: "The blocks of the heap fill it from its start to the break: each begins where the one \
                before it ends. No byte lies between two blocks, and none is lost at the end.",
        calls: &[malloc(1000), malloc(64), free(1)],
        choices: &[],
    },
    Lesson {
        clause: Clause::B3,
        words: "The blocks form a list in the order of their addresses. How an allocator finds its \
                blocks is its own affair: a link that is wrong is reported as a remark and never \
                costs points.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::C1,
        words: "The first request that needs the heap, by whichever function, moves the break once \
                by 128 KiB and makes one free block of it. The request is then served from that \
                block as from any other: it is split (C6).",
        calls: &[malloc(1000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::C2,
        words: "Before a free block is searched for, all free blocks that touch are made one (C3), in \
                the whole heap. So two small free blocks side by side can serve a large request. \
                Growing in place (A14, A15) and mapping do not do this.",
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
        words: "Coalescing: of free blocks side by side the first keeps its header, and its size \
                grows by the size of each other and its header (32 bytes). All of them become one, \
                not only pairs.",
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
        words: "Best fit: of all free blocks that are large enough, take the smallest. Are several of \
                that size, take the one at the lowest address. So the whole list is looked through.",
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
        words: "The heap grows only when no free block is large enough. Look at all of them before \
                the break moves.",
        calls: &[malloc(100_000), malloc(64), free(1), malloc(90_000)],
        choices: &["V9"],
    },
    Lesson {
        clause: Clause::C6,
        words: "A block that is larger than needed is split: it keeps align(n) bytes, and what is left \
                becomes a free block right behind it. That needs room for a header (32) and one byte, \
                counted in multiples of 8, so at least 40 bytes. With less, the block stays whole and \
                keeps its size.",
        calls: &[malloc(1000), malloc(64), free(1), malloc(100)],
        choices: &["V12"],
    },
    Lesson {
        clause: Clause::C7,
        words: "When no free block is large enough the heap grows. Is its last block free, the break \
                moves by exactly what is missing and that block is used whole. Otherwise the break \
                moves by header and payload, for a new block behind the last.",
        calls: &[malloc(100_000), malloc(50_000)],
        choices: &["V9"],
    },
    Lesson {
        clause: Clause::D1,
        words: "A mapped block is asked for by mmap(NULL, 32 + align(n), PROT_READ | PROT_WRITE, \
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0). Its header stands at the start of the mapping \
                and says STATUS_MAPPED. The length is not rounded to pages.",
        calls: &[malloc(200_000)],
        choices: &[],
    },
    Lesson {
        clause: Clause::D2,
        words: "One mmap for each block that is mapped, one munmap for each that is freed: no block is \
                mapped in pieces, and none is left behind.",
        calls: &[malloc(200_000), malloc(150_000), free(1), free(2)],
        choices: &["V13"],
    },
    Lesson {
        clause: Clause::D3,
        words: "Whether mapped blocks stand on the list of blocks is up to you.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::E1,
        words: "Memory comes from brk (or sbrk) and mmap and goes back by munmap. No other system call \
                may be used for it: mremap is forbidden.",
        calls: &[],
        choices: &["V9"],
    },
    Lesson {
        clause: Clause::E2,
        words: "An allocator does not call another one: malloc, calloc, realloc, free, \
                posix_memalign and the like are forbidden, and so are functions of the C library that \
                call them, such as strdup.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::E3,
        words: "Any system call can fail. Look at its result, and then either return NULL and leave \
                the heap as it was, or end the process with a message on standard error and an exit \
                status that is not zero. Sizes that no system can give are such a failure. What must \
                not happen: a crash, or a pointer to memory that is not there.",
        calls: &[],
        choices: &["V10", "V13"],
    },
    Lesson {
        clause: Clause::E4,
        words: "Whatever legal calls are made, and however many: no call crashes, none goes on for \
                ever, and nothing is written outside the allocator's own headers and the payload that \
                is being copied or zeroed.",
        calls: &[],
        choices: &[],
    },
    Lesson {
        clause: Clause::E5,
        words: "Other parts of a program may move the break too. Then the heap has a gap that belongs \
                to others: blocks on its two sides are never merged, and nothing is written into it. \
                This belongs to the robustness tier.",
        calls: &[],
        choices: &[],
    },
];

/// The permitted choices.
pub(super) const PERMITTED: &[Permitted] = &[
    Permitted {
        number: "V1",
        words: "os_malloc may begin to map at any size from T-39 to T, T being MMAP_THRESHOLD: with or \
                without the header, < or <=. One cut-off for all calls.",
    },
    Permitted {
        number: "V2",
        words: "os_calloc may begin to map at any product from page-39 to page-16. One cut-off for all \
                calls.",
    },
    Permitted {
        number: "V3",
        words: "os_realloc of a block in use may have cut-offs of its own, from T-39 to T+1: one for \
                heap blocks, one for mapped blocks.",
    },
    Permitted {
        number: "V4",
        words: "Adjacent free blocks may be coalesced at any other moment too, wholly or in part: in \
                os_free, after a split, in os_realloc. So a run of free blocks counts as one when \
                layouts are compared.",
    },
    Permitted {
        number: "V5",
        words: "os_realloc of a heap block to a size for a mapping may first try to grow it in place \
                (A14, A15), and map then.",
    },
    Permitted {
        number: "V6",
        words: "A block that has merged everything up to the end of the heap and is still too small \
                moves (A16). Nothing else is permitted.",
    },
    Permitted {
        number: "V7",
        words: "A heap block that is large enough already, asked for a size for a mapping: map it \
                (A13) or leave it (A12).",
    },
    Permitted {
        number: "V8",
        words: "Merging stops as soon as the block is large enough. Nothing else is permitted.",
    },
    Permitted {
        number: "V9",
        words: "The break may be asked for, with brk(0) or sbrk(0), as often as you like.",
    },
    Permitted {
        number: "V10",
        words: "When a system call fails, return NULL with the heap as it was, or end the process with \
                a message and a non-zero exit status.",
    },
    Permitted {
        number: "V11",
        words: "A mapped block may stay where it is when os_realloc asks for the size that it has, \
                rounded up to 8.",
    },
    Permitted {
        number: "V12",
        words: "Where headers hold the size that was asked for, sizes may be compared as they are, \
                without rounding.",
    },
    Permitted {
        number: "V13",
        words: "When munmap fails, the call may return as if nothing had happened; the mapping stays.",
    },
    Permitted {
        number: "V14",
        words: "size may hold the whole chunk, header included: one way for all heap blocks, one for \
                all mappings.",
    },
];

/// How heaps, addresses and system calls are written.
pub(super) const NOTATION: &[(&str, &str)] = &[
    (
        "H+0x20",
        "32 bytes behind the start of the heap; the first payload stands there",
    ),
    (
        "M1+0x20",
        "32 bytes behind the start of the first mapping, counted in the order of mmap",
    ),
    ("p3", "what call 3 returned"),
    ("1000u", "a block in use with a payload of 1000 bytes"),
    ("130008f", "a free block with a payload of 130008 bytes"),
    ("64x", "a block whose status is none of the assignment's"),
    (
        "heap 1000u 130008f",
        "the blocks of the heap in the order of their addresses; headers (32 bytes each) are not counted",
    ),
    ("heap =", "the heap is as before the call"),
    (
        "brk +0x20000",
        "the break was moved up by 0x20000 bytes (131072)",
    ),
    (
        "mmap 131104 rw private anon = M1",
        "a mapping of 131104 bytes was made, readable, writable, private, anonymous; it is called M1",
    ),
    (
        "munmap M1 131104 = 0",
        "it was given back whole; the system call returned 0",
    ),
    ("-> H+0x20", "what the call returned"),
];
