//! Random sequences against everything that follows the assignment: nothing must be found.
//!
//! ```text
//! cargo run --release -p checker --example no_false_alarm            # 10,000,000 calls on each
//! cargo run --release -p checker --example no_false_alarm -- 100000  # so many on each
//! ```
//!
//! The reference, the conforming samples, and `submissions/variations` with each set of flags that
//! makes permitted choices. Seeds are those of `checker fuzz`, so that
//! `checker fuzz SUBMISSION --seed N --calls 10000` plays one sequence again. The permitted
//! variations are also asked for sizes in the bands of their cut-offs, which are known here. It
//! fails when anything is found.

#[path = "../tests/laboratory/mod.rs"]
mod laboratory;

use std::process::ExitCode;

use checker::carried;
use checker::fuzz::{self, Options};
use checker::grading::Manner;
use checker::types::Profile;
use laboratory::variations::permitted;
use laboratory::{Error, VARIATIONS};

/// Calls on each allocator.
const CALLS: u64 = 10_000_000;
/// Samples that follow the assignment.
const SAMPLES: [&str; 3] = ["conforming", "bare", "helpers"];

/// An allocator that follows the assignment.
struct Good {
    name: String,
    library: Vec<u8>,
    manner: Manner,
    /// Whether its cut-offs are known to the byte.
    bands: bool,
}

fn main() -> Result<ExitCode, Error> {
    let calls = match std::env::args().nth(1) {
        Some(number) => number.parse()?,
        None => CALLS,
    };
    println!("calls, seeds, calls a second, findings, allocator\n");
    let mut findings = 0;
    for good in all()? {
        findings += usize::from(play(&good, calls)?);
    }
    println!("\n{findings} findings");
    Ok(match findings {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn all() -> Result<Vec<Good>, Error> {
    let mut all = vec![sample("the reference", carried::REFERENCE.to_vec())?];
    for name in SAMPLES {
        let path = laboratory::folder().join("submissions").join(name);
        all.push(sample(name, laboratory::library(&path, &[])?.bytes)?);
    }
    for case in permitted() {
        let library = laboratory::compile(VARIATIONS, &case.flags())?.bytes;
        let good = sample(&case.flags().join(" "), library)?;
        let manner = Manner {
            choices: case.choices,
            ..good.manner
        };
        all.push(Good {
            manner,
            bands: true,
            ..good
        });
    }
    Ok(all)
}

fn sample(name: &str, library: Vec<u8>) -> Result<Good, Error> {
    Ok(Good {
        name: name.to_owned(),
        manner: laboratory::grader(false).manner(&library)?,
        library,
        bands: false,
    })
}

/// Plays the sequences, prints what came of it, and returns whether something was found.
fn play(good: &Good, calls: u64) -> Result<bool, Error> {
    let options = Options {
        rounding: good.manner.rounding,
        bands: good.bands,
        ..Options::new(good.manner.choices)
    };
    let options = Options {
        sequences: calls.div_ceil(u64::from(options.calls)).max(1),
        ..options
    };
    let report = fuzz::run(&good.library, &Profile::DEFAULT, &options)?;
    let last = options.seed + report.sequences - 1;
    println!(
        "{:9} {}..={last:<5} {:8.0} {}  {} ({:?} sizes)",
        report.calls,
        options.seed,
        report.calls as f64 / report.took.as_secs_f64().max(1e-9),
        u8::from(report.found.is_some()),
        good.name,
        good.manner.rounding,
    );
    if let Some(found) = &report.found {
        println!("seed {}: {:?}", found.seed, found.minimal.failure);
        println!("{}", found.minimal.program);
    }
    Ok(report.found.is_some())
}
