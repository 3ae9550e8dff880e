//! The block in front of the last one is free, and large enough together with it, even alone. The
//! last block still grows at its own end.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the last block does not use the free block in front of it",
    &[A11, A14],
    run,
)
.needs(&["0621"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let most = profile.preallocation - 31_072; // 100000
    let filler = script.malloc(most);
    let front = script.malloc(20_000);
    let size = profile.preallocation - 3 * profile.header - most - 20_000;
    let last = script.malloc(size);
    script.free(front);
    // The two would do.
    let last = script.realloc(last, size + 18_000);
    let reused = script.malloc(20_000);
    script.free(reused);
    script.free(last);
    script.free(filler);
}
