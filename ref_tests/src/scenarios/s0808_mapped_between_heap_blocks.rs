//! Mappings come and go between heap blocks. Neither notices the other: no heap block is merged
//! with a mapping, and no search finds one.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "mapped and heap blocks side by side",
    &[A2, A4, A8, A13, A17, D2, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    let first = script.malloc(1000);
    let large = script.malloc(threshold);
    let second = script.malloc(1000);
    let table = script.calloc(2, profile.page);
    let third = script.malloc(1000);
    script.free(second);
    // To the heap, into the hole; 8 bytes are left of it, so it is taken whole.
    let large = script.realloc(large, 990);
    let table = script.realloc(table, threshold + 8);
    script.free(first);
    // Back to a mapping. The two places that are free now are one for the next search.
    let large = script.realloc(large, 2 * threshold);
    let wide = script.malloc(1000 + profile.header + 1000);
    script.free(table);
    script.free(wide);
    script.free(large);
    script.free(third);
}
