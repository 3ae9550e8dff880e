//! Free blocks on both sides of a foreign gap are no neighbours: neither coalescing nor growing in
//! place joins them.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "free blocks on both sides of a foreign gap stay apart",
    &[A15, C3, E5],
    run,
)
.robustness()
.needs(&["0814"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.preallocation - 3 * profile.header - 1000 - 504);
    let near = script.malloc(1000);
    let edge = script.malloc(504);
    script.move_break(2 * profile.page);
    let beyond = script.malloc(504);
    let guard = script.malloc(16);
    script.free(edge);
    script.free(beyond);
    // More than either of the free blocks, less than both of them.
    let wide = script.malloc(800);
    // Up to the gap: 1000 + 32 + 504, and not a byte more.
    let near = script.realloc(near, 1000 + profile.header + 504);
    let near = script.realloc(near, 1000 + profile.header + 504 + 8);
    script.free(near);
    script.free(wide);
    script.free(guard);
}
