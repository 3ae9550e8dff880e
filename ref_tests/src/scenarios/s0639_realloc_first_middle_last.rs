//! A full heap of three blocks. The first two move to new blocks at the end, so that the third is
//! no longer the last and has to move, too.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the first, the middle and the last block in turn",
    &[A11, A14, A16, C7],
    run,
)
.needs(&["0621", "0627"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let first = script.malloc(1000);
    let middle = script.malloc(1000);
    let size = profile.preallocation - 3 * profile.header - 2000;
    let third = script.malloc(size);
    let first = script.realloc(first, 1504);
    let middle = script.realloc(middle, 1904);
    // The two holes are 2032 bytes together, too few.
    let third = script.realloc(third, size + 1024);
    // The last block again: by 8.
    let third = script.realloc(third, size + 1032);
    script.free(first);
    script.free(middle);
    script.free(third);
}
