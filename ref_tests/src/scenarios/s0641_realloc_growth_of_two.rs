//! Two buffers grow in turn and are always in each other's way: the first one moves after the
//! other, into the hole that it leaves, or to the end.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "two buffers that grow in turn move past each other",
    &[A11, A15, A16, C4],
    run,
)
.needs(&["0611", "0625"]);

fn run(script: &mut Script<'_>) {
    let mut left = script.malloc(64);
    let mut right = script.malloc(64);
    let mut size = 64;
    for _ in 0..9 {
        size += size / 2 / 8 * 8;
        left = script.realloc(left, size);
        right = script.realloc(right, size);
    }
    script.free(left);
    script.free(right);
}
