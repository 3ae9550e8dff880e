//! `os_malloc(0)` searches for nothing, so it coalesces nothing either.
//!
//! The two free neighbours stay as they are until the last call, which needs them both:
//! 64 + META + 64 bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_malloc(0) changes no block, not even two free neighbours",
    &[A1, C2, C3],
    run,
)
.needs(&["0101"]);

fn run(script: &mut Script<'_>) {
    let a = script.malloc(64);
    let b = script.malloc(64);
    script.malloc(64); // separates them from the free end of the heap
    script.free(a);
    script.free(b); // 64f 64f 64u ...
    script.malloc(0); // heap unchanged
    let header = script.profile().header;
    script.malloc(2 * 64 + header); // a's place, as large as both
}
