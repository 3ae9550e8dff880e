//! First in, first out: the oldest of four blocks goes, a new one of another size comes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "blocks freed in the order in which they came",
    &[A7, C2, C4, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let mut queue = [(); 4].map(|()| script.malloc(64));
    let sizes = [48, 96, 64, 200, 128, 16, 320, 80, 64, 144, 232, 24];
    for (turn, size) in sizes.into_iter().enumerate() {
        let oldest = turn % queue.len();
        script.free(queue[oldest]);
        queue[oldest] = script.malloc(size);
    }
    for entry in queue {
        script.free(entry);
    }
}
