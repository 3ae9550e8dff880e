//! The clauses of the assignment, by number, as scenarios and verdicts name them.

use core::fmt;

macro_rules! clauses {
    ($($name:ident: $summary:literal,)*) => {
        /// A clause of the assignment's specification.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Clause {
            $(#[doc = $summary] $name,)*
        }

        impl Clause {
            /// Every clause, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The clause's number, such as `C6`.
            #[must_use]
            pub const fn number(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The clause in one line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary),* }
            }
        }
    };
}

clauses! {
    A1: "os_malloc(0) returns NULL and does nothing else",
    A2: "os_malloc takes from the heap below the mapping threshold, else it maps",
    A3: "os_calloc of zero elements or of elements of size zero returns NULL",
    A4: "os_calloc maps from a page on, and its bytes are all zero",
    A5: "os_calloc returns NULL when the product overflows",
    A6: "os_free(NULL) makes no system call and changes no used block",
    A7: "os_free of a heap block marks it free; the break never moves down",
    A8: "os_free of a mapped block unmaps exactly the whole mapping",
    A9: "os_realloc(NULL, n) is os_malloc(n); os_realloc(p, 0) is os_free(p)",
    A10: "os_realloc of a free block returns NULL and changes nothing",
    A11: "os_realloc keeps the first min(old, new) bytes",
    A12: "os_realloc to a size that fits keeps the address and splits off the tail",
    A13: "os_realloc of a heap block to a size from the threshold on maps",
    A14: "os_realloc of the last block grows it in place by the missing bytes",
    A15: "os_realloc of another block merges the free blocks after it, one at a time, until it fits",
    A16: "os_realloc that cannot grow in place allocates, copies, then frees",
    A17: "os_realloc of a mapped block moves it",
    A18: "every pointer is aligned, follows its header, and overlaps no other block in use",
    B1: "every block has a correct header in front of its payload",
    B2: "heap blocks lie one after another, without gaps",
    B3: "blocks are linked in address order (a remark, never points)",
    C1: "the first use of the heap preallocates one free block",
    C2: "coalescing comes before each search for a free block",
    C3: "all adjacent free blocks are coalesced",
    C4: "best fit: the smallest free block that is large enough, the lowest address among equals",
    C5: "the break moves only when no free block is large enough",
    C6: "a larger block is split when the rest holds a header and a byte",
    C7: "growing extends a free last block by the missing bytes, else appends a block",
    D1: "a mapping is private, anonymous, readable and writable, and has total(n) bytes",
    D2: "one mmap for each mapped block, one munmap for each unmapped one",
    D3: "mapped blocks may or may not be on the list",
    E1: "brk, mmap and munmap are the only system calls for memory",
    E2: "the C library's allocator is forbidden",
    E3: "the result of every system call is checked",
    E4: "no legal sequence of calls crashes, hangs or writes outside blocks",
    E5: "other code may move the break between two calls",
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.number())
    }
}
