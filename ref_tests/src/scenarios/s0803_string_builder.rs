//! Two texts are built up in turn, a few characters at a time, and cut to their length in the end.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "two texts built up in turn",
    &[A9, A11, A12, A15, A16, E4],
    run,
)
.needs(&["0611", "0625"]);

fn run(script: &mut Script<'_>) {
    let mut left = script.realloc_null(16);
    let mut right = script.realloc_null(16);
    for turn in 1..=12 {
        left = script.realloc(left, 16 + 24 * turn);
        right = script.realloc(right, 16 + 17 * turn);
    }
    // The terminating zero, and no more.
    left = script.realloc(left, 201);
    right = script.realloc(right, 202);
    // One more text of what is left over.
    let title = script.malloc(64);
    script.realloc(left, 0);
    script.realloc(right, 0);
    script.free(title);
}
