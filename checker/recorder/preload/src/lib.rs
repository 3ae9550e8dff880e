//! Records a program's calls of `malloc` and its family, for `checker record`.
//!
//! The library is preloaded into a program, takes the calls, passes them on to the C library, and
//! writes an [`Event`](log::Event) for each into a file that the checker made and mapped for it. It
//! allocates nothing, takes no lock, and keeps no state but the place of the next event: the
//! checker interprets the events after the program has ended, in any way.
//!
//! # One order
//!
//! The place of an event is taken from a counter that all threads share. A `free` takes its place
//! before the block is freed, an allocation after it was made: so an address that is used again
//! is freed in the log before it is allocated. A `realloc` does both and is two events.
//!
//! # One process
//!
//! Only the process that the checker started is recorded, or the first one with a certain name
//! ([`log::Header::name`]). A fork of it is not: its memory begins with the same blocks, and its
//! calls would be mixed with the parent's. When the process executes another program the record
//! starts again: the calls before it were the wrapper's.
//!
//! # Known limits
//!
//! The dynamic C library must be glibc; programs linked statically and set-user-ID programs load
//! no library. `malloc_usable_size` is the C library's own: a program that uses what it is told
//! there is recorded with the sizes that it asked for. Calls that the loader makes before the C
//! library is set up are passed on unseen.

#![no_std]

pub mod log;

#[cfg(all(feature = "preload", panic = "abort", not(test)))]
mod family;
#[cfg(all(feature = "preload", panic = "abort", not(test)))]
mod freestanding;
#[cfg(all(feature = "preload", panic = "abort", not(test)))]
mod process;
