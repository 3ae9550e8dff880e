//! When every block is free the heap is one block again, as large as after the preallocation:
//! 131040 bytes, taken whole by T-40 = 131032. The break has moved once in all.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("an empty heap is one block again", &[A7, C3, C5, C6], run)
        .needs(&["0303", "0306"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let [a, b, c, d, e] = [64, 1000, 20_000, 8, 4096].map(|size| script.malloc(size));
    for block in [d, a, e, c, b] {
        script.free(block);
    }
    script.malloc(profile.first_mapped(profile.mmap_threshold) - 1); // H+0x20
}
