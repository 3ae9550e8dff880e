//! Of a run of free blocks, 96 bytes each, the first three are needed and the third in part: the
//! rest of it is a block again.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc splits the last block that it merges",
    &[A15, C3, C6],
    run,
)
.needs(&["0616"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let chunk = 96 + header;
    let block = script.malloc(104);
    let holes = [(); 6].map(|()| script.malloc(96));
    let guard = script.malloc(16);
    for hole in holes {
        script.free(hole);
    }
    // Without the last 48 bytes of the three: a header and 16.
    let block = script.realloc(block, 104 + 3 * chunk - 48);
    // These 16, and the three others, coalesced for the search.
    let rest = script.malloc(16 + 3 * chunk);
    script.free(rest);
    script.free(block);
    script.free(guard);
}
