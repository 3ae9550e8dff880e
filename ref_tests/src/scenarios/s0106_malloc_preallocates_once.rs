//! Four blocks of an eighth of the preallocation each: the break moves for the first of them only.
//!
//! An allocator that asks the system, or the C library, at every call shows more break moves, or
//! break moves of another size.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the break moves once for all that fits into the preallocation",
    &[C1, C5, E1, E2],
    run,
)
.needs(&["0103"]);

fn run(script: &mut Script<'_>) {
    let eighth = script.profile().preallocation / 8;
    for _ in 0..4 {
        script.malloc(eighth);
    }
}
