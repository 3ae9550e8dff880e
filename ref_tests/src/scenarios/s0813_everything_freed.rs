//! Blocks of all sizes, freed in no order. Then the whole heap is one free block, and holds the
//! largest request without moving the break.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "an emptied heap is one free block again",
    &[A7, C2, C3, C5, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let sizes = [700, 8, 20_000, 96, 3, 40_000, 512, 1, 60_000, 9999];
    let blocks = sizes.map(|size| script.malloc(size));
    for index in [4, 0, 9, 7, 2, 5, 1, 8, 3, 6] {
        script.free(blocks[index]);
    }
    let largest = profile.first_mapped(profile.mmap_threshold) - 1;
    let whole = script.malloc(largest);
    script.free(whole);
    // Once more, in the other order of sizes.
    let small = script.malloc(3);
    let medium = script.malloc(9999);
    script.free(small);
    script.free(medium);
    let whole = script.malloc(largest);
    script.free(whole);
}
