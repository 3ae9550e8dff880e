//! A request of a freed block's own size takes it as it is: the rest is 0.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("an exact fit takes a freed block whole", &[A7, C4, C6], run).needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    script.malloc(1024); // the hole's address; the layout is that before the free
}
