//! A full heap grows by `os_malloc`, `os_calloc` and `os_realloc`, once by a new block each and
//! once by extending the free last block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the break moves by each of the three functions, in each way",
    &[A4, A9, A14, A16, C5, C7, E4],
    run,
)
.needs(&["0621", "0627"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let block = script.malloc(1000);
    script.malloc(profile.preallocation - 2 * profile.header - 1000);
    // Appended: by total(1504), by total(1608), by total(1704).
    script.malloc(1500);
    script.calloc(201, 8);
    let last = script.realloc_null(1700);
    // In place: by 96.
    let last = script.realloc(last, 1800);
    // Extended: 1800 -> 2504 by 704, 2504 -> 3000 by 496.
    script.free(last);
    let last = script.malloc(2500);
    script.free(last);
    let last = script.calloc(1000, 3);
    script.free(last);
    // The first block moves there: 3000 -> 4000.
    let last = script.realloc(block, 4000);
    // Its place is large enough; the break stays.
    script.malloc(1000);
    script.free(last);
}
