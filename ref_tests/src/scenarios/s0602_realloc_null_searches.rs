//! The search that `os_realloc(NULL, n)` makes is that of `os_malloc`: after coalescing, best fit.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of NULL coalesces and takes the best fit",
    &[A9, C2, C3, C4],
    run,
)
.needs(&["0601"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let hole = script.malloc(800);
    script.malloc(16);
    let left = script.malloc(200);
    let right = script.malloc(200);
    script.malloc(16);
    script.free(hole);
    script.free(left);
    script.free(right);
    // Exactly the two neighbours and the header between them; the hole of 800 is larger.
    script.realloc_null(200 + header + 200);
    // Now the hole, split.
    script.realloc_null(100);
}
