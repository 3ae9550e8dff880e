//! The last block is in use and a foreign page lies after it: it cannot grow in place.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the last block does not grow over a foreign gap",
    &[A14, A16, E5],
    run,
)
.robustness()
.needs(&["0814"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let filler = script.malloc(profile.preallocation - 2 * profile.header - 1000);
    let last = script.malloc(1000);
    script.move_break(profile.page);
    let last = script.realloc(last, 2000);
    // The place in front of the gap.
    let reused = script.malloc(1000);
    script.free(last);
    script.free(reused);
    script.free(filler);
}
