//! Holes of 504, 304, 400 and 304 bytes, kept apart by blocks in use. The smallest sufficient
//! one is taken, the first of the two.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc moves a block to the best fit",
    &[A11, A16, C4],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let holes = [504, 304, 400, 304].map(|size| {
        let hole = script.malloc(size);
        script.malloc(16);
        hole
    });
    let block = script.malloc(104);
    script.malloc(16);
    for hole in holes {
        script.free(hole);
    }
    // 290 is aligned to 296; what is left of 304 is no block.
    let block = script.realloc(block, 290);
    // 384 go to the hole of 400, whole.
    let block = script.realloc(block, 384);
    // 450 go to the hole of 504, split.
    script.realloc(block, 450);
}
