//! T-31, in the permitted band of cut-offs: the first size with `n + META > T`.
//!
//! On the heap the preallocated block grows by 8 bytes for it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "whether the first total beyond the threshold is mapped",
    &[A2, A9],
    run,
)
.probe();

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let size = profile.mmap_threshold - profile.header + 1;
    let block = script.malloc(size);
    script.free(block);
    let block = script.realloc_null(size); // as os_malloc decided
    script.free(block);
}
