//! T-32, in the permitted band of cut-offs: header and payload are T bytes.
//!
//! `n + META >= T` maps it, `n + META > T` does not; on the heap it fits the preallocated block exactly.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "whether a total of exactly the threshold is mapped",
    &[A2, A9],
    run,
)
.probe();

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let size = profile.mmap_threshold - profile.header;
    let block = script.malloc(size);
    script.free(block);
    let block = script.realloc_null(size); // as os_malloc decided
    script.free(block);
}
