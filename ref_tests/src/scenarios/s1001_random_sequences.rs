//! Long mixed sequences, in which damage shows that no short scenario can provoke. Their calls are
//! not written here: the checker generates them from fixed seeds, plays them without a stop for
//! each call, and judges them against the model. `checker fuzz` plays more of them.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "random sequences of calls from fixed seeds, judged by the specification",
    &[A11, A18, B1, B2, E4],
    |_| {},
)
.random()
.needs(&["0101", "0201"]);
