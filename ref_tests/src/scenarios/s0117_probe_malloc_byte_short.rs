//! T-1, the last size in the permitted band of cut-offs.
//!
//! Only `n >= T` leaves it on the heap, as a block of T bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "whether one byte less than the threshold is mapped",
    &[A2, A9],
    run,
)
.probe();

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let size = profile.mmap_threshold - 1;
    let block = script.malloc(size);
    script.free(block);
    let block = script.realloc_null(size); // as os_malloc decided
    script.free(block);
}
