//! Every size of the permitted band of cut-offs (V2), and one below it: exactly where does
//! `os_calloc` begin to map? The heap has room for all of them.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the exact size from which os_calloc maps",
    &[A4, D1],
    run,
)
.probe()
.needs(&["0505", "0506"]);

fn run(script: &mut Script<'_>) {
    let page = script.profile().page;
    let band = script.profile().first_mapped(page);
    for size in band - 1..=page - 16 {
        script.calloc(1, size);
    }
}
