//! Last in, first out. The break stays; the free blocks are one again at the next search.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "blocks freed in the reverse order, twice",
    &[A7, C2, C3, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let sizes = [8, 100, 24, 1000, 3000, 56, 500];
    let frames = sizes.map(|size| script.malloc(size));
    for frame in frames.into_iter().rev() {
        script.free(frame);
    }
    // All is one block again: the same sizes in the reverse order.
    let mut frames = sizes;
    frames.reverse();
    let frames = frames.map(|size| script.malloc(size));
    for frame in frames.into_iter().rev() {
        script.free(frame);
    }
}
