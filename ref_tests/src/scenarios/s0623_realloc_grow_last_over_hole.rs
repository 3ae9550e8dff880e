//! There is a hole that the grown block would fit in. It still grows in place, and the hole stays
//! free.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the last block grows in place even when a hole would do",
    &[A14, C4, C5],
    run,
)
.needs(&["0621"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let hole = script.malloc(2000);
    let guard = script.malloc(16);
    let filler = script.malloc(profile.preallocation - 4 * profile.header - 2000 - 16 - 1000);
    let last = script.malloc(1000);
    script.free(hole);
    let last = script.realloc(last, 1504);
    // Step by step.
    let last = script.realloc(last, 1520);
    let last = script.realloc(last, 1536);
    // This one the hole is for.
    let other = script.malloc(1504);
    script.free(other);
    script.free(filler);
    script.free(last);
    script.free(guard);
}
