//! The scenario program: makes the calls of a scenario against the library that `LD_PRELOAD` names.
//!
//! ```text
//! LD_PRELOAD=./libosmem.so ref_tests 0203     # one scenario, by hand, also under gdb
//! ref_tests --list                            # the numbers and purposes
//! ref_tests --serve CONTROL                   # for the checker: a fork for each request
//! ```
//!
//! It is free of std and allocates nothing: std's runtime and every stdio buffer move the break
//! before the first call, and the heap under test must start untouched.
//!
//! Exit status: 0 all calls made and every payload whole; 1 a payload was found damaged, or a
//! function is missing; 2 wrong usage.

#![no_std]
#![no_main]

mod by_hand;
mod course;
mod executor;
mod functions;
mod ledger;
mod occupancy;
mod payload;
mod reporter;
mod sequence;
mod serve;
mod shadow;
mod start;
mod system;
mod text;

use core::ffi::{CStr, c_char, c_int};

use ref_tests::SCENARIOS;
use ref_tests::wire::SERVE;

use crate::text::Line;

/// What is done with the arguments; the exit status.
fn main(count: c_int, arguments: *const *const c_char) -> c_int {
    let argument = |index: c_int| argument(count, arguments, index);
    match (argument(1), argument(2)) {
        (Some(SERVE), Some(control)) => control.parse().map_or_else(|_| usage(), serve::serve),
        (Some("--list"), None) => list(),
        (Some(_), ..) => {
            let borrowed = system::borrowed_by_name();
            system::prepare_standard_streams(&borrowed);
            let names = (1..count).filter_map(argument);
            let statuses = names.map(|name| by_hand::run(name, borrowed.sbrk));
            statuses.max().unwrap_or(0)
        }
        _ => usage(),
    }
}

fn argument(count: c_int, arguments: *const *const c_char, index: c_int) -> Option<&'static str> {
    if index >= count {
        return None;
    }
    // SAFETY: `arguments` is `argv`, which holds `count` pointers, and `index` is below `count`.
    let place = unsafe { arguments.offset(index as isize) };
    // SAFETY: as above.
    let pointer = unsafe { place.read() };
    // SAFETY: `argv` points to strings that end with NUL and live as long as the process.
    unsafe { CStr::from_ptr(pointer) }.to_str().ok()
}

fn list() -> c_int {
    for scenario in SCENARIOS {
        Line::new()
            .text(scenario.stem)
            .text("  ")
            .text(scenario.purpose)
            .print();
    }
    0
}

fn usage() -> c_int {
    Line::new()
        .text("usage: LD_PRELOAD=LIBRARY ref_tests NUMBER... | --list")
        .print_error();
    2
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    Line::new()
        .text("ref_tests: a bug in the scenario program")
        .print_error();
    system::exit_now(101)
}

/// The precompiled core refers to std's unwinding routine, which a program that can only abort
/// never reaches.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
