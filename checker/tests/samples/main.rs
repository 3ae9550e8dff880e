//! The sample allocators, graded: with known mistakes, alone and in sets; with permitted choices;
//! written by hand; and of odd shapes. One program for all of them, which prepares the judging once.
//!
//! ```text
//! cargo test -p checker --test samples                          # all
//! cargo test -p checker --test samples mistakes::               # those of one module
//! cargo test -p checker --test samples FirstFit                 # one mistake
//! ```

mod combinations;
mod earlier;
mod gallery;
mod handmade;
mod laboratory;
mod mistakes;
mod reproductions;
#[path = "../sample/mod.rs"]
mod sample;
mod submissions;
mod variations;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let (mistakes, tally) = mistakes::trials();
    let others = [
        combinations::trials(),
        earlier::trials(),
        gallery::trials(),
        handmade::trials(),
        reproductions::trials(),
        submissions::trials(),
        variations::trials(),
    ];
    let trials = others.into_iter().flatten().chain(mistakes).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !tally.report() {
        std::process::exit(101);
    }
    conclusion.exit();
}

/// A trial that fails by panicking, as a test does.
fn trial(name: &str, check: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || -> Result<(), Failed> {
        check();
        Ok(())
    })
}
