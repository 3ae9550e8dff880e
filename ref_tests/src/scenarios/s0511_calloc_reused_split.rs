//! The reused block is split before it is zeroed, or the zeroing keeps to the bytes asked for:
//! either way the header after the 304 bytes is intact.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc splits a reused block and zeroes no header",
    &[A4, B1, C6],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let dirty = script.malloc(1000);
    let guard = script.malloc(16);
    script.free(dirty);
    // 300 bytes, aligned to 304.
    let clean = script.calloc(3, 100);
    // The rest of the 1000, exactly.
    let rest = script.malloc(1000 - 304 - header);
    script.free(clean);
    // 304 bytes again; nothing but the payload may be written to.
    let again = script.calloc(38, 8);
    script.free(again);
    script.free(rest);
    script.free(guard);
}
