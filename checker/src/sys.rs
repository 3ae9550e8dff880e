//! The kernel's side of tracing: the unsafe code of the checker, and code close to it.
//!
//! Nothing here knows of allocators, scenarios or verdicts.

#![allow(unsafe_code)]

pub mod budget;
pub mod control;
pub mod inherited;
pub mod memfile;
pub mod remote;
pub mod server;
pub mod share;
pub mod threads;
pub mod trace;
pub mod walls;
pub mod watchdog;
