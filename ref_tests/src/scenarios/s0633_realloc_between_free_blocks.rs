//! Free blocks of 200 bytes on both sides. The next one is merged, 200 + 32 + 200 bytes, still
//! too few for 504; with the one in front it would be enough, but that one is never used. The
//! block moves and leaves 200 + 32 + 432 free bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc between two free blocks merges only the next one",
    &[A11, A15, A16],
    run,
)
.needs(&["0613", "0625"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let front = script.malloc(200);
    let block = script.malloc(200);
    let next = script.malloc(200);
    let guard = script.malloc(16);
    script.free(front);
    script.free(next);
    let block = script.realloc(block, 504);
    let all = script.malloc(200 + header + 200 + header + 200);
    script.free(all);
    script.free(block);
    script.free(guard);
}
