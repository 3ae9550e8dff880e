//! T-39, the first size in the permitted band of cut-offs: its total just reaches the threshold.
//!
//! `total(n) >= T` maps it; any later cut-off takes the preallocated block whole for it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "whether the first size whose total reaches the threshold is mapped",
    &[A2, A9],
    run,
)
.probe();

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let size = profile.first_mapped(profile.mmap_threshold);
    let block = script.malloc(size);
    script.free(block);
    let block = script.realloc_null(size); // as os_malloc decided
    script.free(block);
}
