//! A refused `os_calloc` neither searches nor coalesces, and the heap stays usable.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc whose product overflows changes no block of a heap in use",
    &[A5, E4],
    run,
)
.robustness()
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let first = script.malloc(200);
    let second = script.malloc(200);
    let guard = script.malloc(16);
    script.free(first);
    script.free(second);
    // Wraps to 200, which one of the holes would hold.
    script.calloc((1 << 61) + 25, 8);
    // Wraps to a page, which would be mapped.
    script.calloc(2, (1 << 63) + script.profile().page / 2);
    let both = script.calloc(1, 200 + script.profile().header + 200);
    script.free(both);
    script.free(guard);
}
