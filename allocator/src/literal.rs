//! The allocator in the form of the assignment: the part to read.
//!
//! A thousand lines that know of nothing else in this crate. Read them in this order:
//!
//! ```text
//! align    sizes are rounded up to multiples of 8
//! block    a header and its payload
//! source   where memory comes from: the break and mappings;  os  the three system calls
//! list     blocks linked through their headers: walk, cut, merge two
//! search   the literal engine: coalesce, best fit, by walking the list
//! heap     the policy: thresholds, preallocation, malloc, calloc, realloc, free
//! ```
//!
//! `engine` is the trait between `heap` and `search`, where the indexed engine takes the place of
//! the literal one; `inspect` lists and validates the blocks for tests and the debug mode.

pub(crate) mod align;
pub mod block;
pub(crate) mod engine;
pub(crate) mod heap;
pub(crate) mod inspect;
pub(crate) mod list;
mod search;
pub mod source;
