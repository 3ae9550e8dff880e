//! A heap block that is large enough already, for a size whose total reaches the threshold: the
//! largest heap request takes the whole preallocation, 8 bytes more than asked for, and these are
//! then asked for. Both A12 and A13 apply; either is permitted (V7).

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to the threshold within the block: mapped, or left in place",
    &[A12, A13],
    run,
)
.probe()
.needs(&["0604", "0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let largest = profile.first_mapped(profile.mmap_threshold) - 1;
    let block = script.malloc(largest);
    let block = script.realloc(block, profile.preallocation - profile.header);
    let other = script.malloc(104);
    script.free(block);
    script.free(other);
}
