//! A block grows into the free block after it although a block was mapped between the making of both.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapped block does not hide the free block after a growing one",
    &[A15, D3],
    run,
)
.needs(&["0613", "0714"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.preallocation - 2 * profile.header - 1024);
    let a = script.malloc(1024); // ends at the break
    let mapped = script.malloc(profile.mmap_threshold);
    let b = script.malloc(1024);
    script.malloc(64); // keeps them from the end of the heap
    script.free(b);
    let a = script.realloc(a, 1024 + profile.header + 1024);
    script.free(mapped);
    script.free(a);
}
