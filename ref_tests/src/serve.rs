//! The fork server: one process that has loaded the library, a fork of it for each scenario.
//!
//! Loading costs more than a scenario takes, and the fork starts with the same clean heap.

use core::ffi::c_int;

use ref_tests::call::CallNumber;
use ref_tests::script::Driver as _;
use ref_tests::tape::{COURSE, PLAY, PLAY_BARE, STEPS, Shared};
use ref_tests::wire::{Control, Marker, Message, NO_FILTER, PHASE_ENDING, PHASE_STARTING};

use crate::course;
use crate::executor::{Executor, Observer as _};
use crate::reporter::Reporter;
use crate::sequence::{self, Player, play_bare};
use crate::shadow::Shadow;
use crate::system;

/// Serves requests until the checker ends it; the exit status when there is no checker.
pub(crate) fn serve(control: c_int) -> c_int {
    let Some(shared) = system::map_shared(control) else {
        return 2;
    };
    system::close(control);
    // SAFETY: what is shared is mapped for the life of the process.
    let control = unsafe { &raw const (*shared).control };
    let mut served = 0;
    loop {
        // The checker stops the process here until it wants a fork.
        system::mark(&Marker {
            nonce: 0,
            message: Message::Ready,
        });
        // The page is shared with every fork: a stray write of one fork must not change the
        // constants and the filter of the next. Each fork has its own copy of this one.
        // SAFETY: it is mapped for the life of the process, and the checker has just written it again.
        let briefing = unsafe { control.read_volatile() };
        // The same request again: without a tracer, the process does not stop between requests.
        if briefing.request.nonce == served {
            return 2;
        }
        // The forks inherit it, which costs less than one filter for each.
        if served == 0 && !system::install_filter(&briefing) {
            return NO_FILTER;
        }
        served = briefing.request.nonce;
        match system::fork_for_parent() {
            0 => run(shared, &briefing),
            process if process < 0 => return 2,
            _ => {}
        }
    }
}

/// The child: makes the calls of the tape. The checker traces every process that the server forks.
fn run(shared: *mut Shared, briefing: &Control) -> ! {
    let request = briefing.request;
    // SAFETY: what is shared is mapped for the life of the process.
    let tape = unsafe { &raw mut (*shared).tape };
    system::prepare_standard_streams(&briefing.borrowed);
    if request.manner == PLAY_BARE {
        play_bare(tape, briefing.borrowed.sbrk);
        system::exit_now(0)
    }
    let mut reporter = Reporter::new(shared, request.nonce);
    reporter.phase(CallNumber(0), PHASE_STARTING);
    let heap = system::current_break();
    if !matches!(request.manner, STEPS | PLAY | COURSE) {
        system::exit_now(2)
    }
    reporter.mark(Message::Start { heap });
    if request.manner == COURSE {
        course::run(shared, request.nonce, &briefing.borrowed);
    }
    if request.manner == STEPS {
        let sbrk = briefing.borrowed.sbrk;
        let mut executor = Executor::new(Shadow::of_process(), &mut reporter, sbrk);
        sequence::each(tape, |number, call| executor.step(number, call));
    } else {
        Player::new(tape, heap, briefing, &mut reporter).play();
    }
    reporter.phase(CallNumber(0), PHASE_ENDING);
    reporter.mark(Message::End);
    system::exit(0)
}
