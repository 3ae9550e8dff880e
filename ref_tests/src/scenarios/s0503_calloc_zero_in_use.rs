//! `os_calloc` of nothing leaves a heap in use as it is: there is no search, so no coalescing
//! (C2). A check for overflow that divides by one of the factors must not divide by zero, nor
//! take 0 * huge for an overflow that matters.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc of nothing changes no block of a heap in use",
    &[A3, C2],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let first = script.malloc(104);
    let second = script.malloc(104);
    let guard = script.malloc(16);
    script.free(first);
    script.free(second);
    script.calloc(0, 100);
    script.calloc(100, 0);
    script.calloc(0, u64::MAX);
    script.calloc(u64::MAX, 0);
    // Both free blocks and the header between them, exactly: coalesced for this search.
    let both = script.calloc(1, 104 + script.profile().header + 104);
    script.free(both);
    script.free(guard);
}
