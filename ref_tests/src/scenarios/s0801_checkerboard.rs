//! Every second of twelve blocks is freed: holes of 64 bytes between blocks of 64.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "holes of one size between blocks in use",
    &[A15, C4, C6, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let blocks = [(); 12].map(|()| script.malloc(64));
    for pair in blocks.chunks(2) {
        script.free(pair[0]);
    }
    // The first two holes, exactly.
    script.malloc(64);
    script.calloc(8, 8);
    // The third: a bare header is left, so it is taken whole.
    script.malloc(64 - profile.header);
    // The fourth: split into 24 and 8 ...
    script.malloc(64 - profile.smallest_chunk());
    // ... and these 8 serve the smallest request.
    script.malloc(1);
    // The block in front of the fifth hole grows into it: 160 in all, 40 too many.
    script.realloc(blocks[7], 120);
}
