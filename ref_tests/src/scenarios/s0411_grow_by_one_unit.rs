//! The smallest growth: one byte too many for a free end of 1024 bytes moves the break by 8.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "one byte too many moves the break by one aligned unit",
    &[A18, C5, C7],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    script.malloc(whole - profile.header - 1024); // leaves 1024 free
    script.malloc(1025); // 129984u 1032u
}
