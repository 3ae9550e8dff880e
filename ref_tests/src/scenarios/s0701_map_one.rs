//! One block, one mapping, unmapped whole; nothing else is asked of the system, for the heap or for
//! the C library.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapped block uses one mmap and one munmap, nothing else",
    &[A2, A8, D1, D2, E1, E2],
    run,
);

fn run(script: &mut Script<'_>) {
    let size = 2 * script.profile().mmap_threshold;
    let mapped = script.malloc(size); // total(262144) = 262176 bytes
    script.free(mapped);
}
