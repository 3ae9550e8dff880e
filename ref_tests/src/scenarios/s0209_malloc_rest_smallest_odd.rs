//! 977 is the least request that rounds up to 984, which leaves the smallest rest: 984u 8f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "an odd request that rounds to the smallest rest is split",
    &[A18, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    let profile = *script.profile();
    script.malloc(1024 - profile.smallest_chunk() - (profile.alignment - 1));
}
