//! Both sides of the threshold with a heap in use: 8u 131000f.
//!
//! T-40 = 131032 does not fit into the free end, so the break moves by the missing 32 bytes; T and
//! T+1 are mapped and do not touch the heap.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "just below the threshold the heap grows, from the threshold on it does not",
    &[A2, A8, C7, D1, D2],
    run,
)
.needs(&["0103", "0109"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    script.malloc(8);
    script.malloc(profile.first_mapped(threshold) - 1); // 8u 131032u
    let mapped = script.malloc(threshold);
    let longer = script.malloc(threshold + 1); // 8 bytes longer
    script.free(mapped);
    script.free(longer);
}
