//! Ten free blocks of 96 bytes, 128 with their headers, after a block of 104. Five of them are
//! just enough for 104 + 5 * 128, the others for twice that.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc merges the next five of ten free blocks, then the others",
    &[A11, A15],
    run,
)
.needs(&["0616"]);

fn run(script: &mut Script<'_>) {
    let chunk = 96 + script.profile().header;
    let block = script.malloc(104);
    let holes = [(); 10].map(|()| script.malloc(96));
    let guard = script.malloc(16);
    for hole in holes {
        script.free(hole);
    }
    let block = script.realloc(block, 104 + 5 * chunk);
    let block = script.realloc(block, 104 + 10 * chunk);
    script.free(block);
    script.free(guard);
}
