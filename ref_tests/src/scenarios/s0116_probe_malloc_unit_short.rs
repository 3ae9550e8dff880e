//! T-8, in the permitted band of cut-offs: the last aligned payload below T.
//!
//! Cut-offs that count the header map it; `align(n) >= T` and `n >= T` do not.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "whether the last aligned payload below the threshold is mapped",
    &[A2, A9],
    run,
)
.probe();

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let size = profile.mmap_threshold - profile.alignment;
    let block = script.malloc(size);
    script.free(block);
    let block = script.realloc_null(size); // as os_malloc decided
    script.free(block);
}
