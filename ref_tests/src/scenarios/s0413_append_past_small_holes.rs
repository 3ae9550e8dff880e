//! A hole that is too small does not avoid a move of the break, but it stays free: 1024f 129984u,
//! the last block in use.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a hole that is too small is passed over and used later",
    &[C4, C5, C7],
    run,
)
.needs(&["0412"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    let hole = script.malloc(1024);
    script.malloc(whole - profile.header - 1024); // an exact fit: no free end
    script.free(hole);
    script.malloc(2048); // the break moves by META + 2048
    script.malloc(1024); // the hole
}
