//! The smallest request of all, before anything else has happened.
//!
//! `os_malloc(0)` must not even preallocate the heap: the first call that needs the heap does that.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_malloc(0) returns NULL and preallocates nothing",
    &[A1, C1],
    run,
);

fn run(script: &mut Script<'_>) {
    script.malloc(0); // NULL, no system call
    script.malloc(0); // and again
    script.malloc(8); // the first that needs the heap: preallocates
    script.malloc(0); // NULL, with a heap too
}
