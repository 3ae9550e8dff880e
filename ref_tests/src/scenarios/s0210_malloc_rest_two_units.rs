//! A rest of META + 16 bytes: 976u 16f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "one unit more than the smallest rest makes a free block of 16",
    &[C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    let profile = *script.profile();
    script.malloc(1024 - profile.smallest_chunk() - profile.alignment);
}
