//! An appended block stays in the heap: after a free the break does not move down, the same size
//! comes back without a system call, and twice the size grows the block by the other half only.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a freed last block stays in the heap and is grown later",
    &[A7, C5, C7],
    run,
)
.needs(&["0412"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.first_mapped(profile.mmap_threshold) - 1); // 131040u: all of it
    let appended = script.malloc(4096); // the break moves by META + 4096
    script.free(appended); // 131040u 4096f
    let again = script.malloc(4096); // no system call
    script.free(again);
    script.malloc(8192); // the break moves by 4096; the same address
}
