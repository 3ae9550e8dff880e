//! A scenario run by hand: prints each call with its real addresses, for a look under gdb.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use ref_tests::SCENARIOS;
use ref_tests::call::{Call, CallNumber, Pointer};
use ref_tests::profile::Profile;
use ref_tests::scenario::Scenario;
use ref_tests::script::Script;
use ref_tests::wire::{PHASE_CALL, PayloadFinding, PayloadFindingKind};

use crate::executor::{Executor, Observer};
use crate::shadow::Shadow;
use crate::system;
use crate::text::Line;

/// Runs the scenario with this number or stem; the exit status. The C library's `sbrk` is at this
/// address.
pub(crate) fn run(name: &str, sbrk: u64) -> c_int {
    let Some(scenario) = find(name) else {
        Line::new()
            .text("ref_tests: no scenario ")
            .text(name)
            .print_error();
        return 2;
    };
    Line::new()
        .text(scenario.stem)
        .text(": ")
        .text(scenario.purpose)
        .print();
    let mut printer = Printer { damaged: false };
    let mut executor = Executor::new(Shadow::of_process(), &mut printer, sbrk);
    scenario.play(&mut Script::new(Profile::DEFAULT, &mut executor));
    let said = match printer.damaged {
        true => "A payload was damaged, as is said above. All of it is judged by: checker explain ",
        false => {
            "Only payloads were looked at here, and they are whole. All of it is judged by: checker explain "
        }
    };
    let line = Line::new().text(said).text(scenario.number());
    line.text(" SUBMISSION").print();
    c_int::from(printer.damaged)
}

fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS
        .iter()
        .find(|scenario| scenario.number() == name || scenario.stem == name)
}

/// The number of the last call that began. A debugger's breakpoints look at it: functions of the
/// submission call each other, so that the seventh call of the scenario is not the seventh time that
/// a function is entered.
#[unsafe(export_name = "ref_tests_call")]
static CALL: AtomicU32 = AtomicU32::new(0);

struct Printer {
    damaged: bool,
}

impl Observer for Printer {
    fn phase(&mut self, number: CallNumber, phase: u32) {
        if phase == PHASE_CALL {
            CALL.store(number.0, Ordering::Relaxed);
        }
    }

    fn returned(
        &mut self,
        number: CallNumber,
        call: Call,
        result: u64,
        check: Option<PayloadFinding>,
    ) {
        let line = describe(number, call);
        match call.returns_pointer() {
            true => line.text(" = ").hexadecimal(result).print(),
            false => line.print(),
        }
        if let Some(finding) = check {
            self.damaged = true;
            complain(finding);
        }
    }

    fn missing(&mut self, _: CallNumber, call: Call) -> ! {
        let line = Line::new()
            .text("ref_tests: the library has no ")
            .text(call.function());
        line.text(" (is LD_PRELOAD set?)").print_error();
        system::exit_now(1)
    }
}

fn describe(number: CallNumber, call: Call) -> Line {
    let line = Line::new()
        .decimal(number.0.into())
        .text("  ")
        .text(call.function())
        .text("(");
    let line = match call {
        Call::Malloc { size } => line.decimal(size),
        Call::Calloc { count, size } => line.decimal(count).text(", ").decimal(size),
        Call::Realloc { pointer, size } => name(line, pointer).text(", ").decimal(size),
        Call::Free { pointer } => name(line, pointer),
        Call::MoveBreak { bytes } => line.decimal(bytes),
    };
    line.text(")")
}

fn name(line: Line, pointer: Pointer) -> Line {
    match pointer {
        Pointer::Null => line.text("NULL"),
        Pointer::Of(number) => line.text("p").decimal(number.0.into()),
    }
}

fn complain(finding: PayloadFinding) {
    let line = Line::new().text("   byte ").decimal(finding.offset.into());
    match finding.kind {
        PayloadFindingKind::Changed => line
            .text(" of live block p")
            .decimal(finding.block.0.into())
            .text(" has changed"),
        PayloadFindingKind::NotKept => line.text(" of the payload was not kept"),
        PayloadFindingKind::NotZero => line.text(" is not zero"),
        PayloadFindingKind::Misaligned => line.text(" is not aligned"),
        PayloadFindingKind::Overlap => line
            .text(" is part of live block p")
            .decimal(finding.block.0.into()),
    }
    .print_error();
}
