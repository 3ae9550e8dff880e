//! The reference allocator of the osmem assignment.
//!
//! Four functions (`os_malloc`, `os_calloc`, `os_realloc`, `os_free`) over the break and
//! anonymous mappings, in the literal form of the assignment: a linked list that a student can
//! read. Names such as `A14` or `C7` in comments are clauses of the specification.
//!
//! To read: `src/literal.rs` and its folder, about 1,200 lines. They are the whole allocator as the
//! assignment tells it; the rest makes it fast, checks it, or puts it in place of `malloc`.
//!
//! # Layers, imports point down only
//!
//! ```text
//! abi      extern "C" os_*; nothing else                  (feature `abi`)
//! malloc   extern "C" malloc and its family, for whole programs   (feature `malloc`)
//! debug    log, checks and leak report around each call   | global   a `GlobalAlloc`
//! indexed  the engine at speed: the same blocks through an index beside the heap
//! arena    a source that is a piece of memory, for tests
//! lock     a spin lock;   threads  whether there is more than one
//! literal  the allocator itself:
//!   heap     policy: thresholds, preallocation, malloc, calloc, realloc, free
//!   search   the literal engine: best fit, split, coalesce by walking the list
//!   engine   trait of both engines
//!   inspect  looking at a list: listing, validation
//!   list     blocks linked through their headers
//!   source   trait: the break, mappings;  os: the system calls
//!   block    header layout, header <-> payload, chunks;   align  size arithmetic
//! ```
//!
//! # From Rust
//!
//! A [`Heap`] works over any [`Source`]; [`Global`] makes a global allocator of it:
//!
//! ```
//! use osmem::{Config, Global, Os};
//!
//! #[global_allocator]
//! static ALLOCATOR: Global<Os> = Global::new(Os::new(), Config::DEFAULT);
//!
//! let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
//! assert_eq!(squares[999], 998_001);
//! ```
//!
//! # As a C library
//!
//! `cargo rustc -p osmem --crate-type cdylib --features abi --profile embedded` makes
//! `libosmem.so`. It is free of std and exports the four functions only. The environment
//! variable `OSMEM_DEBUG` (a comma list of `log`, `check`, `leaks`, or `all`) turns its debug
//! mode on, `OSMEM_MMAP_THRESHOLD` changes the threshold of `os_malloc` and `os_realloc`.
//! The library is on the [`Indexed`] engine; `--features abi,literal` puts it on the [`List`].
//!
//! Both engines do the same to every byte:
//! `cargo run --release -p osmem --example identity -- --calls 16000000 --seed 1`.
//! How fast they are: `cargo bench -p osmem`, and `docs/speed.md`.
//!
//! # In place of malloc
//!
//! The same command with the feature `malloc` makes a library that whole programs run on, by
//! `LD_PRELOAD`: see the module `malloc`.
//!
//! # The memory of the index
//!
//! The libraries have the index in .bss, made for a heap of a stated length: 88 MiB in
//! `libosmem.so` for a heap of 512 MiB, 705 MiB in the library for whole programs for a heap of
//! 4 GiB. That is address space. A page of it becomes resident when it is first written to, and
//! all of them together stay below a sixth of the heap. No call makes a system call for it.
//!
//! - Under an `RLIMIT_AS` that is smaller, the library cannot be loaded: a program that is linked
//!   to it does not start, and `LD_PRELOAD` reports this and goes on without it. The literal engine
//!   (`--features abi,literal`) has no index.
//! - A heap that grows beyond the stated length is not indexed any more: its engine walks the list
//!   from then on, which is slow, and the same to every byte.
//!
//! # What the crate refuses to do
//!
//! It never gives heap memory back to the system (A7), never calls another allocator (E2), and
//! knows no system call for memory but `brk`, `mmap` and `munmap` (E1).

// A program or library without std can only abort when it panics, so the library is built with
// `panic = "abort"`. The feature alone, under a profile that unwinds, keeps std: then
// `--all-features` still runs every test.
#![cfg_attr(
    all(any(feature = "abi", feature = "malloc"), panic = "abort", not(test)),
    no_std
)]

#[cfg(not(all(any(feature = "abi", feature = "malloc"), panic = "abort", not(test))))]
pub mod arena;
mod global;
mod indexed;
mod literal;
mod lock;
mod threads;

#[cfg(feature = "abi")]
pub mod abi;
#[cfg(feature = "abi")]
mod debug;
#[cfg(all(any(feature = "abi", feature = "malloc"), panic = "abort", not(test)))]
mod freestanding;
#[cfg(feature = "malloc")]
pub mod malloc;

pub use global::Global;
pub use indexed::Indexed;
pub use literal::engine::BlockList;
pub use literal::heap::{Config, Heap};
pub use literal::inspect::{BlockInfo, Blocks, Defect, Listing};
pub use literal::list::List;
pub use literal::source::{Os, Source};
pub use literal::{block, source};
