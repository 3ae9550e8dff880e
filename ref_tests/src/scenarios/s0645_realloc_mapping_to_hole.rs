//! A mapping moves to the heap as `os_malloc` would allocate: after coalescing, best fit.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a mapping to the heap coalesces and takes the best fit",
    &[A17, C2, C3, C4],
    run,
)
.needs(&["0644"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let hole = script.malloc(800);
    script.malloc(16);
    let left = script.malloc(200);
    let right = script.malloc(200);
    script.malloc(16);
    let mapped = script.malloc(profile.mmap_threshold);
    script.free(hole);
    script.free(left);
    script.free(right);
    // Exactly the two neighbours and the header between them; the hole of 800 is larger.
    let block = script.realloc(mapped, 200 + profile.header + 200);
    script.free(block);
}
