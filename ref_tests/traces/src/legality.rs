//! Checks that calls make sense one after another.

use std::fmt;

use crate::{CallNumber, LARGEST, Step};

/// The first call that is not legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Illegal {
    /// Its number.
    pub call: CallNumber,
    /// What is wrong with it.
    pub offence: Offence,
}

/// What is wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It frees or resizes what is no live block.
    NotLive,
    /// It asks for more than [`LARGEST`] bytes.
    TooLarge,
    /// There are more calls than can be numbered.
    TooMany,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallNumber(call) = self.call;
        match self.offence {
            Offence::NotLive => write!(f, "call {call} frees or resizes what is no live block"),
            Offence::TooLarge => write!(f, "call {call} asks for more than {LARGEST} bytes"),
            Offence::TooMany => write!(f, "there are more than {call} calls"),
        }
    }
}

impl std::error::Error for Illegal {}

/// The blocks that are live after some calls.
#[derive(Default)]
pub(crate) struct Legality {
    /// Whether what each call returned is live.
    live: Vec<bool>,
}

impl Legality {
    /// Takes the next call.
    pub(crate) fn admit(&mut self, step: &Step) -> Result<(), Illegal> {
        let number = u32::try_from(self.live.len()).unwrap_or(u32::MAX);
        let offend = |offence, call| {
            let call = CallNumber(call);
            Err(Illegal { call, offence })
        };
        let Some(number) = number.checked_add(1) else {
            return offend(Offence::TooMany, number);
        };
        if let Some(CallNumber(ended)) = step.ends() {
            let index = (ended as usize).wrapping_sub(1);
            if !self.live.get_mut(index).is_some_and(std::mem::take) {
                return offend(Offence::NotLive, number);
            }
        }
        if step.gives().is_some_and(|size| size > LARGEST) || counts_too_far(step) {
            return offend(Offence::TooLarge, number);
        }
        self.live.push(step.gives().is_some());
        Ok(())
    }
}

/// `calloc` of nothing, however often, is as far as numbers may go too.
fn counts_too_far(step: &Step) -> bool {
    matches!(*step, Step::Calloc { count, size } if count.max(size) > LARGEST)
}

/// Whether all calls are legal.
pub(crate) fn check(steps: &[Step]) -> Result<(), Illegal> {
    let mut legality = Legality::default();
    steps.iter().try_for_each(|step| legality.admit(step))
}
