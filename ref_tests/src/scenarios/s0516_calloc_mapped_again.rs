//! A mapping is zero when it is new. Each is mapped and unmapped by itself, nothing is kept.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc of a page makes a new mapping each time, all zero",
    &[A4, A8, D2],
    run,
)
.needs(&["0506"]);

fn run(script: &mut Script<'_>) {
    let page = script.profile().page;
    let first = script.calloc(2, page);
    script.free(first);
    let second = script.calloc(2, page);
    let third = script.calloc(1, 2 * page);
    script.free(second);
    let fourth = script.calloc(page, 2);
    script.free(fourth);
    script.free(third);
}
