//! Two neighbours of 200 bytes and the header between them are just enough. That header is now
//! payload, and has to be zeroed with it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc coalesces before its search and zeroes the merged header",
    &[A4, C2, C3],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let first = script.malloc(200);
    let second = script.malloc(200);
    let guard = script.malloc(16);
    script.free(first);
    script.free(second);
    let both = script.calloc(1, 200 + header + 200);
    script.free(both);
    script.free(guard);
}
