//! The largest possible size: rounding it up overflows to 0. It must be refused, and the heap
//! stays usable.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a size that overflows when rounded up is refused",
    &[E3, E4],
    run,
)
.robustness();

fn run(script: &mut Script<'_>) {
    script.malloc(64);
    script.malloc(u64::MAX);
    script.malloc(64); // directly after the first
}
