//! Objects of one size, and a vector of pointers to them that doubles when it is full.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a vector of pointers that doubles while its objects are allocated",
    &[A9, A11, A16, C4, E4],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let mut capacity = 2;
    let mut vector = script.realloc_null(8 * capacity);
    let mut objects = [None; 12];
    for (count, object) in (0..).zip(objects.iter_mut()) {
        if count == capacity {
            capacity *= 2;
            vector = script.realloc(vector, 8 * capacity);
        }
        *object = Some(script.malloc(40));
    }
    // Every third object goes, and the vector is cut to the rest.
    for object in objects.iter_mut().step_by(3) {
        if let Some(object) = object.take() {
            script.free(object);
        }
    }
    let vector = script.realloc(vector, 8 * 8);
    script.malloc(40);
    for object in objects.into_iter().flatten() {
        script.free(object);
    }
    script.free(vector);
}
