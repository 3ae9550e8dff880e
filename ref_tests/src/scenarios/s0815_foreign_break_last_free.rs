//! The last block is free and too small, and between it and the break lies a foreign page: it
//! cannot be extended, so a whole new block is appended.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a free last block is not extended over a foreign gap",
    &[C5, C7, E5],
    run,
)
.robustness()
.needs(&["0814"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let filler = script.malloc(profile.preallocation - 2 * profile.header - 504);
    let last = script.malloc(504);
    script.free(last);
    script.move_break(profile.page);
    let beyond = script.malloc(1000);
    // The free block in front of the gap is still good for what it holds.
    let within = script.malloc(504);
    script.free(filler);
    script.free(beyond);
    script.free(within);
}
