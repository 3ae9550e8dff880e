//! Between a page and the mapping threshold the two functions differ, even when there is a free
//! heap block of exactly this size.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc of a page is mapped, os_malloc of a page is not",
    &[A2, A4, D1],
    run,
)
.needs(&["0506"]);

fn run(script: &mut Script<'_>) {
    let page = script.profile().page;
    let first = script.malloc(page);
    let mapped = script.calloc(1, page);
    let second = script.malloc(page);
    script.free(first);
    // The hole that `first` left is no reason to take this from the heap.
    let other = script.calloc(page, 1);
    // But os_malloc takes it.
    let again = script.malloc(page);
    let quarter = script.calloc(4, page);
    script.free(mapped);
    script.free(other);
    script.free(quarter);
    script.free(again);
    script.free(second);
}
