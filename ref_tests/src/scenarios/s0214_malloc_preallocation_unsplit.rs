//! The preallocated block is taken with a rest of a bare header: 131008 of 131040 bytes. It is not
//! split, so that there is no free end left, and the next request appends a block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a rest too small for a block leaves the heap without a free end",
    &[C5, C6, C7],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    script.malloc(whole - profile.header); // 131040u
    script.malloc(100); // the break moves by META + 104
}
