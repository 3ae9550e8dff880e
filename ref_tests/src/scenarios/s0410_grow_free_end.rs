//! Nothing fits and the last block is free: it grows by what is missing, and is used whole.
//!
//! 129984u 1024f: 2048 bytes move the break by 1024.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a free last block that is too small grows by exactly the missing bytes",
    &[C5, C7],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    script.malloc(whole - profile.header - 1024); // leaves 1024 free
    script.malloc(2048); // 129984u 2048u
}
