//! Allocation traces of real programs: what they are, and the file that holds one.
//!
//! A trace says which calls of `malloc`, `calloc`, `realloc` and `free` a program made, in one
//! order, without addresses: a pointer is named after the call that returned it, so that any
//! allocator can be asked the same. Every [`Trace`] is legal: nothing is freed twice, nothing is
//! used after it was freed, no size overflows. A file that says otherwise is refused.
//!
//! # The file, version 1
//!
//! ```text
//! magic       8 bytes, "ostrace\n"
//! version     number: 1
//! name        number of bytes (at most 255), then the program's name in UTF-8
//! left out    four numbers: calls that failed; pointers from elsewhere; requests for an
//!             alignment, which stand as plain ones; calls beyond the recorder's limit
//! calls       number
//! the calls   each one or two numbers, see below
//! checksum    8 bytes, FNV-1a (64 bit) of everything before, little-endian
//! ```
//!
//! A *number* is an unsigned LEB128: seven bits a byte, the lowest first, the high bit set on all
//! but the last byte, and no longer than it must be. The low three bits of a call's first number
//! say which function it is:
//!
//! | bits | function | the rest of the number | second number |
//! |---|---|---|---|
//! | 0 | `malloc` | size | none |
//! | 1 | `calloc` | count | size |
//! | 2 | `realloc` | age of the pointer | size |
//! | 3 | `free` | age of the pointer | none |
//!
//! The *age* of a pointer is how many calls ago it was returned, 0 for NULL. Most memory dies
//! young, so most frees take one byte.
//!
//! The crate depends on nothing, so that a benchmark can read traces too.

#![forbid(unsafe_code)]

mod checksum;
mod legality;
mod number;
mod read;
mod slots;
mod summary;
mod write;

pub use legality::{Illegal, Offence};
pub use read::{Malformed, ReadError};
pub use summary::{CLASSES, Summary};

/// Largest size in bytes that a call asks for: no program of today has got more.
pub const LARGEST: u64 = 1 << 48;

/// Most bytes of a program's name.
pub const LONGEST_NAME: usize = 255;

/// The number of a call within its trace, from 1. A pointer is named after the call that returned
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallNumber(pub u32);

/// One call. Sizes are in bytes; `None` for a pointer is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// `malloc(size)`; 0 gives a pointer too, to no bytes.
    Malloc {
        /// Bytes asked for.
        size: u64,
    },
    /// `calloc(count, size)`.
    Calloc {
        /// Number of elements.
        count: u64,
        /// Bytes of each.
        size: u64,
    },
    /// `realloc(pointer, size)`; of a pointer to 0 bytes it is `free`, of NULL it is `malloc`.
    Realloc {
        /// What is resized.
        pointer: Option<CallNumber>,
        /// Bytes asked for.
        size: u64,
    },
    /// `free(pointer)`.
    Free {
        /// What is freed.
        pointer: Option<CallNumber>,
    },
}

impl Step {
    /// The pointer that the call ends: freed, or replaced by the one that it returns.
    pub const fn ends(&self) -> Option<CallNumber> {
        match *self {
            Self::Realloc { pointer, .. } | Self::Free { pointer } => pointer,
            Self::Malloc { .. } | Self::Calloc { .. } => None,
        }
    }

    /// The size of the block that the call returns; `None` when it returns none. Legal
    /// calls only: a product that overflows counts as the largest number.
    pub const fn gives(&self) -> Option<u64> {
        match *self {
            Self::Malloc { size } => Some(size),
            Self::Calloc { count, size } => Some(count.saturating_mul(size)),
            Self::Realloc {
                pointer: Some(_),
                size: 0,
            }
            | Self::Free { .. } => None,
            Self::Realloc { size, .. } => Some(size),
        }
    }
}

/// What a recorder could not put into the trace as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Calls that returned no memory though some was asked for.
    pub failed: u64,
    /// Pointers that no recorded call had returned: such a `free` is not in the trace, such a
    /// `realloc` is a `malloc`.
    pub foreign: u64,
    /// Requests for an alignment of more than `malloc` gives: they stand as `malloc`.
    pub aligned: u64,
    /// Calls that were made when the recorder had reached its limit.
    pub beyond: u64,
}

/// The calls of one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    name: String,
    left_out: LeftOut,
    steps: Vec<Step>,
}

impl Trace {
    /// A trace of these calls. A name that is too long is cut.
    ///
    /// # Errors
    /// The first call that is not legal.
    pub fn new(name: &str, left_out: LeftOut, steps: Vec<Step>) -> Result<Self, Illegal> {
        legality::check(&steps)?;
        let length = (0..=name.len().min(LONGEST_NAME))
            .rfind(|&length| name.is_char_boundary(length))
            .unwrap_or(0);
        Ok(Self {
            name: name[..length].to_owned(),
            left_out,
            steps,
        })
    }

    /// The program's name, without a path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is not in the trace as it was.
    pub const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// The calls; call k is `steps()[k - 1]`.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}
