//! The last block of the heap is the last one before the break, also when a block was mapped after
//! it: 129984u 1024f, a mapping, and 2048 bytes move the break by 1024.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapped block does not hide the free last block of the heap",
    &[C5, C7, D3],
    run,
)
.needs(&["0410", "0701"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let whole = profile.preallocation - profile.header;
    script.malloc(whole - profile.header - 1024); // leaves 1024 free
    let mapped = script.malloc(profile.mmap_threshold);
    script.malloc(2048); // 129984u 2048u
    script.free(mapped);
}
