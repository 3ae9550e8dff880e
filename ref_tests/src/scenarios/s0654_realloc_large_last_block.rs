//! The last block of a full heap could grow in place by moving the break. Canonically a size from
//! the threshold on is mapped at once; expanding first is permitted (V5).

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the last block to the threshold: mapped, or expanded",
    &[A13, A14],
    run,
)
.probe()
.needs(&["0621", "0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let most = profile.preallocation - 31_072; // 100000
    let first = script.malloc(most);
    let last = script.malloc(profile.preallocation - 2 * profile.header - most);
    let last = script.realloc(last, profile.mmap_threshold);
    script.free(last);
    script.free(first);
}
