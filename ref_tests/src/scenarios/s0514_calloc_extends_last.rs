//! The preallocated heap is filled up with a used block and a free one of 504 bytes at its end.
//! A request of 1000 bytes lacks 496: the break moves by exactly these. The first half of the
//! payload is old memory, the second half new.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc extends the free last block and zeroes its old bytes",
    &[A4, C5, C7],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let filler = script.malloc(profile.preallocation - 2 * profile.header - 504);
    let last = script.malloc(504);
    script.free(last);
    let clean = script.calloc(1, 1000);
    script.free(filler);
    script.free(clean);
}
