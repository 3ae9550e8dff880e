//! The preallocated block is left with the smallest rest: 131000u 8f. One byte uses it up; only the
//! byte after that moves the break, by a chunk of its own.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the preallocation is used to the last byte before the break moves",
    &[C1, C5, C6, C7],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    script.malloc(whole - profile.smallest_chunk()); // 131000u 8f
    script.malloc(1); // 131000u 8u, no system call
    script.malloc(1); // the break moves by META + 8
}
