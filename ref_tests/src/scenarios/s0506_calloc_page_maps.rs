//! From `page - 16` on every permitted cut-off maps. The heap is not touched at all, so it is not
//! preallocated either. It is the product that counts, not a factor.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc of a page or more is mapped, without a heap",
    &[A4, A8, D1, D2],
    run,
);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let smallest = script.calloc(1, profile.page - 16);
    let words = script.calloc(profile.page / 8, 8);
    // total(page + 1) is rounded up to 8 and not to whole pages.
    let odd = script.calloc(1, profile.page + 1);
    let large = script.calloc(2, profile.mmap_threshold);
    script.free(words);
    script.free(large);
    script.free(smallest);
    script.free(odd);
}
