//! The borders of the permitted band of cut-offs (V3), and those within it that the alignment and
//! the header suggest. Each starts from a small heap block with a block in use behind.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the size from which os_realloc of a heap block maps",
    &[A13, A16, D1],
    run,
)
.probe()
.needs(&["0625", "0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    let header = profile.header;
    script.malloc(1000);
    for size in [
        // total(n) >= T
        profile.first_mapped(threshold),
        // META + n >= T
        threshold - header,
        // total(n) > T
        threshold - header + 1,
        // in between
        threshold - header / 2,
        // align(n) >= T
        threshold - (profile.alignment - 1),
        threshold - 1,
        // n >= T
        threshold,
    ] {
        // Best fit, in the hole of its predecessor; the block behind is in use.
        let block = script.malloc(104);
        let guard = script.malloc(16);
        let block = script.realloc(block, size);
        script.free(block);
        script.free(guard);
    }
}
