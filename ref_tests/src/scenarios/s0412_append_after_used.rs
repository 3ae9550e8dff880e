//! Nothing fits and the last block is in use: blocks are appended, each of exactly its own chunk.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "after a used last block the break moves by header and payload",
    &[B2, C5, C7],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.first_mapped(profile.mmap_threshold) - 1); // 131040u: all of it
    script.malloc(100); // the break moves by META + 104
    script.malloc(1); // by META + 8
    script.malloc(profile.mmap_threshold / 2); // by META + 65536
}
