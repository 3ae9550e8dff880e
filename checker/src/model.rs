//! `SPEC.md` as a pure simulation: what an allocator that follows it does for a sequence of calls.
//!
//! Nothing here looks at memory or knows an address: a heap is a list of block sizes. Constants
//! come from a [`Profile`], permitted variations (section V) from [`Choices`], known mistakes from
//! a [`FaultSet`], and system calls that fail from an [`Environment`].
//!
//! The heap starts (`H`, offset 0) where the submission's first own growth begins. Foreign moves
//! of the break (E5) count towards offsets from then on; the layout lists the blocks of all
//! regions one after the other.
//!
//! Known limits: contents of payloads are not simulated; sequences that are not legal (a second
//! `os_free`, a pointer into an unmapped block) do nothing and return NULL.

mod choices;
mod chunks;
mod cutoff;
mod environment;
mod expand;
mod fault;
mod heap;
mod serve;
mod simulation;
mod system;
#[cfg(test)]
mod tests;

pub use choices::{Axis, AxisSet, Choices, Coalescing, Failure, Relocation, band};
pub use environment::{Counter, Environment, Limit, MemoryCall};
pub use fault::{Fault, FaultSet};
pub use simulation::{Account, Certainty, How, Reply, Simulation};

use crate::types::{Call, Layout, Outcome, Profile};

/// The outcome of each of `calls`, on a fresh heap.
#[must_use]
pub fn run(
    profile: &Profile,
    choices: &Choices,
    faults: FaultSet,
    environment: Environment,
    calls: &[Call],
) -> Vec<Outcome> {
    let mut simulation = Simulation::new(profile, choices, faults).within(environment);
    calls
        .iter()
        .map(|call| {
            let reply = simulation.call(call);
            Outcome {
                result: reply.result,
                system_calls: reply.system_calls,
                layout: Layout::Blocks(simulation.layout()),
            }
        })
        .collect()
}
