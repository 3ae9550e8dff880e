//! The break moves only when no free block is large enough: the free end of 1024 bytes is too small
//! for 1504, but the hole of 2048 at the other end of the heap is not.
//!
//! 2048f 127904u 1024f becomes 1504u 512f 127904u 1024f.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a sufficient hole is taken before the free end grows",
    &[C4, C5, C6],
    run,
)
.needs(&["0203"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    let hole = script.malloc(2048);
    script.malloc(whole - profile.header - 2048 - profile.header - 1024); // leaves 1024 free
    script.free(hole);
    script.malloc(1504); // the hole's address, no system call
}
