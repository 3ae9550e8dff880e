//! What a submission may do when its library is loaded and called, and when it is compiled.
//!
//! There are several independent layers; each is used if the system offers it, and [`probe`]
//! reports each. From the innermost outwards:
//!
//! - **Tracing** is never missing: nothing is recorded without it. Every process of
//!   a submission is traced from its first instruction on, and so is every process that it makes;
//!   all of them end with the checker's thread.
//! - **seccomp** lets harmless system calls pass; every other call stops the process and is checked
//!   by name, so that a violation is reported instead of failing silently. One policy holds while
//!   the library is loaded, a stricter one while a scenario runs, and a third one, which only
//!   forbids, for the compiler.
//! - **Landlock** lets loading read the system's libraries, and the compiler its own files and the
//!   system's headers; nothing is written but the compiler's private folder; no signal leaves.
//! - **Limits** bound memory, time, files and processes.
//! - **User**: another user's files and processes cannot be touched.
//! - **Network**: an empty one.
//! - **Hidden**: the checker's own memory and files cannot be read through `/proc`.
//!
//! `docs/isolation.md` has the table of what still holds when one of them is missing.

#![allow(unsafe_code)]

mod files;
mod names;
mod policy;
mod probing;
mod user;
mod walls;

pub use files::is_compilers;
pub use names::name;
pub use policy::{
    Treatment, is_before_constructors, is_readable, refused_name, scenario_filter, treatment,
    while_loading, without_clone3,
};
pub use probing::{Layer, Level, probe};
pub use walls::{around_compiler, around_program, sweep_up};

/// Which layers are to be used, where they are available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsolationOptions {
    /// Forbid what no allocator and no compiler needs. Without it, only system calls that are part
    /// of the record are traced, and signals to other processes are still refused.
    pub seccomp: bool,
    /// Confine the file system by Landlock.
    pub landlock: bool,
    /// Bound memory, processor time, files and processes by resource limits. The time-outs and
    /// the compiler's own limits do not depend on it.
    pub rlimits: bool,
    /// Become another user, for a checker that root started.
    pub uid: bool,
    /// An empty network for compilers and scenarios, for a checker that root started.
    pub network: bool,
    /// Hide the checker from processes of the same user; see [`hide_checker`].
    pub hidden: bool,
}

impl Default for IsolationOptions {
    fn default() -> Self {
        Self {
            seccomp: true,
            landlock: true,
            rlimits: true,
            uid: true,
            network: true,
            hidden: true,
        }
    }
}

/// Keeps other processes of the same user out of the checker's memory and files. To be called once,
/// at the start: it holds for the whole process, and excludes debuggers too.
pub fn hide_checker(options: IsolationOptions) -> std::io::Result<()> {
    match options.hidden {
        true => crate::sys::walls::hide_this_process(),
        false => Ok(()),
    }
}
