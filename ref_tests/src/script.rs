//! The language of scenarios: one method for each call, handles instead of addresses.
//!
//! A script says which calls are made and in which order. It never looks at what they return, so
//! that the calls are the same for every allocator, and the checker knows them without a run.

use crate::call::{Call, CallNumber, Pointer};
use crate::profile::Profile;

/// Carries out the steps of a script.
pub trait Driver {
    /// Makes one call. Numbers come as 1, 2, 3, …
    fn step(&mut self, number: CallNumber, call: Call);
}

/// The value of a pointer variable in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(CallNumber);

/// Collects the calls of a scenario.
pub struct Script<'d> {
    profile: Profile,
    calls: u32,
    driver: &'d mut dyn Driver,
}

impl<'d> Script<'d> {
    /// An empty script whose calls `driver` carries out.
    pub fn new(profile: Profile, driver: &'d mut dyn Driver) -> Self {
        Self {
            profile,
            calls: 0,
            driver,
        }
    }

    /// The constants that the submission is written against.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// How many calls have been made.
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// `os_malloc(size)`.
    pub fn malloc(&mut self, size: u64) -> Handle {
        self.call(Call::Malloc { size })
    }

    /// `os_calloc(count, size)`.
    pub fn calloc(&mut self, count: u64, size: u64) -> Handle {
        self.call(Call::Calloc { count, size })
    }

    /// `os_realloc(block, size)`. With a size of 0 it frees the block.
    pub fn realloc(&mut self, block: Handle, size: u64) -> Handle {
        self.call(Call::Realloc {
            pointer: Pointer::Of(block.0),
            size,
        })
    }

    /// `os_realloc(NULL, size)`.
    pub fn realloc_null(&mut self, size: u64) -> Handle {
        self.call(Call::Realloc {
            pointer: Pointer::Null,
            size,
        })
    }

    /// `os_free(block)`.
    pub fn free(&mut self, block: Handle) {
        self.call(Call::Free {
            pointer: Pointer::Of(block.0),
        });
    }

    /// `os_free(NULL)`.
    pub fn free_null(&mut self) {
        self.call(Call::Free {
            pointer: Pointer::Null,
        });
    }

    /// Other code moves the break up.
    pub fn move_break(&mut self, bytes: u64) {
        self.call(Call::MoveBreak { bytes });
    }

    /// Any call, whose pointers are named by the numbers of calls before it.
    pub fn call(&mut self, call: Call) -> Handle {
        self.calls += 1;
        let number = CallNumber(self.calls);
        self.driver.step(number, call);
        Handle(number)
    }
}
