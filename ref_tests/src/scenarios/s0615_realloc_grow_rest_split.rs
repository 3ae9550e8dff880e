//! A rest of a header and one unit is split off the grown block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc splits the smallest rest off when it grows",
    &[A11, A15, C6],
    run,
)
.needs(&["0611"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let block = script.malloc(104);
    let hole = script.malloc(200);
    let guard = script.malloc(16);
    script.free(hole);
    let whole = 104 + profile.header + 200;
    let block = script.realloc(block, whole - profile.smallest_chunk());
    // The rest, exactly.
    let rest = script.malloc(8);
    script.free(guard);
    script.free(rest);
    script.free(block);
}
