//! Calls that search for no free block coalesce nothing: a mapping, NULL, no bytes.
//!
//! 128f 128f 64u ... stays through all of them, and the first request to the heap, small as it is,
//! coalesces: 64u 192f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "calls that search for no free block leave free neighbours alone",
    &[A1, A6, C2, C3, D2],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let [a, b, _] = [128, 128, 64].map(|size| script.malloc(size));
    script.free(a);
    script.free(b);
    let mapped = script.malloc(threshold);
    script.free_null();
    script.malloc(0);
    script.malloc(64); // a's address, split off 288 bytes
    script.free(mapped);
}
