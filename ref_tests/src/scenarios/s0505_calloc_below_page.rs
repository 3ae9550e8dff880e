//! The largest size that every permitted cut-off takes from the heap: one byte below the first
//! size with `total(n) >=` page. It is a multiple of 8, so it can be written as a product.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc just below a page comes from the heap",
    &[A4, C6],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let largest = profile.first_mapped(profile.page) - 1;
    let one = script.calloc(1, largest);
    let bytes = script.calloc(largest, 1);
    let words = script.calloc(largest / 8, 8);
    script.free(bytes);
    // The hole is filled again, zeroed again.
    let pair = script.calloc(2, largest / 2);
    script.free(one);
    script.free(words);
    script.free(pair);
}
