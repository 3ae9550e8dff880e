//! Other code takes a page at the break. The heap goes on after it: a new block with its own
//! header, which is then extended and grown like any last block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the heap grows after a foreign move of the break",
    &[A14, C7, E5],
    run,
)
.robustness()
.needs(&["0621"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(1000);
    script.malloc(profile.preallocation - 2 * profile.header - 1000);
    script.move_break(profile.page);
    // Appended after the gap, by total(504).
    let last = script.malloc(500);
    let last = script.realloc(last, 600);
    script.free(last);
    // Extended by what is missing.
    let last = script.malloc(1000);
    script.free(last);
}
