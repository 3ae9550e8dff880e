//! The fork server: one process that has loaded the library, a fork of it for each scenario.
//!
//! Loading costs more than a scenario takes, and the fork starts with the same clean heap.

use core::ffi::c_int;

use ref_tests::SCENARIOS;
use ref_tests::call::{Call, CallNumber};
use ref_tests::script::Script;
use ref_tests::wire::{
    Control, Marker, PHASE_ENDING, PHASE_STARTING, PayloadFault, Progress, Report, Request,
};

use crate::executor::{Executor, Observer};
use crate::shadow::Shadow;
use crate::system;

/// Serves requests until the checker ends it; the exit status when there is no checker.
pub(crate) fn serve(control: c_int) -> c_int {
    let Some(page) = system::map_control(control) else {
        return 2;
    };
    system::close(control);
    let mut served = 0;
    loop {
        // The checker keeps the process standing here until it wants a fork.
        system::mark(&Marker {
            nonce: 0,
            report: Report::Ready,
        });
        // SAFETY: the page is mapped for the life of the process, and the checker writes it only
        // while the process stands still.
        let request = unsafe { (&raw const (*page).request).read_volatile() };
        // The same request once more: nobody keeps us standing, so nobody asks.
        if request.nonce == served {
            return 2;
        }
        served = request.nonce;
        match system::fork_for_parent() {
            0 => run(page, request),
            process if process < 0 => return 2,
            _ => {}
        }
    }
}

/// The child: runs one scenario under the checker's eyes, which traces whatever the server forks.
fn run(page: *mut Control, request: Request) -> ! {
    let mut reporter = Reporter {
        page,
        nonce: request.nonce,
    };
    reporter.phase(CallNumber(0), PHASE_STARTING);
    // SAFETY: the page is mapped for the life of the process, and the checker writes it only
    // before it lets the server fork.
    let control = unsafe { &*page };
    let (profile, heap) = (control.profile, system::current_break());
    let scenario = SCENARIOS.get(request.scenario as usize);
    let (Some(scenario), true) = (scenario, system::install_filter(control)) else {
        system::exit_now(102)
    };
    reporter.mark(Report::Start { heap });
    let mut executor = Executor::new(Shadow::of_process(), &mut reporter);
    (scenario.run)(&mut Script::new(profile, &mut executor));
    reporter.phase(CallNumber(0), PHASE_ENDING);
    reporter.mark(Report::End);
    system::exit(0)
}

/// Tells the checker, by marker and shared page.
struct Reporter {
    page: *mut Control,
    nonce: u64,
}

impl Reporter {
    fn mark(&self, report: Report) {
        system::mark(&Marker {
            nonce: self.nonce,
            report,
        });
    }
}

impl Observer for Reporter {
    fn phase(&mut self, number: CallNumber, phase: u32) {
        // SAFETY: the page is mapped and writable for the life of the process.
        let progress = unsafe { &raw mut (*self.page).progress };
        // SAFETY: as above. Volatile, because the checker reads it from another process.
        unsafe {
            progress.write_volatile(Progress {
                number: number.0,
                phase,
            })
        };
    }

    fn returned(
        &mut self,
        number: CallNumber,
        call: Call,
        result: u64,
        check: Option<PayloadFault>,
    ) {
        self.mark(Report::Returned {
            number,
            call,
            result,
            check,
        });
    }

    fn missing(&mut self, number: CallNumber, _: Call) -> ! {
        self.mark(Report::Missing { number });
        system::exit_now(0)
    }
}
