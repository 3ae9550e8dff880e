//! What is permitted besides the clauses, and how heaps are written.

/// A permitted choice: its number, and what is left open.
pub(super) struct Permitted {
    pub(super) number: &'static str,
    pub(super) words: &'static str,
}

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
