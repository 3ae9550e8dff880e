//! A buffer that grows by half each time, alone on the heap: always in place, from 100 bytes up to
//! three quarters of the mapping threshold.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a buffer that grows by half each time stays in place",
    &[A11, A12, A15],
    run,
)
.needs(&["0611"]);

fn run(script: &mut Script<'_>) {
    let limit = script.profile().mmap_threshold / 4 * 3;
    let mut size = 100;
    let mut buffer = script.malloc(size);
    while size + size / 2 < limit {
        size += size / 2;
        buffer = script.realloc(buffer, size);
    }
    // Cut to what is needed in the end.
    buffer = script.realloc(buffer, 5000);
    script.free(buffer);
}
