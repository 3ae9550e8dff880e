//! The last block was taken whole, 32 bytes larger than asked for. Only what is missing beyond
//! its size is requested from the system.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the last block uses up its unused bytes before the break moves",
    &[A12, A14, C6],
    run,
)
.needs(&["0621"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let header = profile.header;
    let filler = script.malloc(profile.preallocation - 2 * header - (200 + header));
    // The rest of the preallocation, whole.
    let last = script.malloc(200);
    let last = script.realloc(last, 200 + header);
    // 8 more than the block has, although 40 more than was asked for first.
    let last = script.realloc(last, 200 + header + 8);
    script.free(last);
    script.free(filler);
}
