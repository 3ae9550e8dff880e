//! Three requests are cut from the free end one after another, without gaps.
//!
//! Headers at H, H+0x60 and H+0x100: 64u 128u 192u 130560f.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "requests are cut from the free end one after another",
    &[B1, B2, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    script.malloc(64);
    script.malloc(128);
    script.malloc(192);
}
