//! Half the address space: the total does not overflow, but `mmap` fails on every machine.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapping that the system refuses causes no crash and no bad pointer",
    &[E3, E4],
    run,
)
.robustness();

fn run(script: &mut Script<'_>) {
    script.malloc(64);
    script.malloc(u64::MAX / 2);
    script.malloc(64); // the heap is as usable as before
}
