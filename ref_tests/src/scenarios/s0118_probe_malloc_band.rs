//! Every size in the permitted band of cut-offs, T-39 to T-1: the first that is mapped is the
//! submission's cut-off, and all after it are mapped too.
//!
//! On the heap each takes the one free block whole; it grows by 8 bytes with every aligned size
//! beyond 131040.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("the exact size from which os_malloc maps", &[A2, C7], run).probe();

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    for size in profile.first_mapped(threshold)..threshold {
        let block = script.malloc(size);
        script.free(block);
    }
}
