//! Random sequences against everything that follows the assignment: nothing must be found.
//!
//! ```text
//! cargo run --release -p checker --example measure -- no_false_alarm            # 10,000,000 calls on each
//! cargo run --release -p checker --example measure -- no_false_alarm 100000  # so many on each
//! cargo run --release -p checker --example measure -- no_false_alarm --mixes 200
//! ```
//!
//! The reference, the conforming samples, and `submissions/variations` with each flag that makes a
//! permitted choice. With `--mixes`, random mixes of these choices are graded instead, and each must
//! have full points. Seeds are those of `checker fuzz`, so that
//! `checker fuzz SUBMISSION --seed N --calls 10000` plays one sequence again. The permitted
//! variations are also asked for sizes in the bands of their cut-offs, which are known here. It
//! fails when anything is found.

use std::process::ExitCode;

use crate::laboratory::variations::{alone, mixes};
use crate::laboratory::{self, Error, VARIATIONS, rubric, told};
use checker::testing::carried;
use checker::testing::fuzz::{self, Manner, Options};
use checker::testing::types::Profile;

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

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Error> {
    let calls = match arguments {
        [] => CALLS,
        [calls] => calls.parse()?,
        [option, count] if option == "--mixes" => return grade_mixes(count.parse()?),
        _ => return Err("a number of calls, or --mixes and a number".into()),
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

/// Grades random mixes of permitted choices; the seed is that of `tests/samples/variations.rs`.
fn grade_mixes(count: usize) -> Result<ExitCode, Error> {
    let rubric = rubric();
    let mixes = mixes(count, 1);
    let records =
        laboratory::on_all_processors(&mixes, |mix| laboratory::grade(VARIATIONS, &mix.flags()));
    let mut findings = 0;
    for (mix, record) in mixes.iter().zip(records) {
        let record = record?;
        let grade = rubric.grade(&record)?;
        if grade.total != grade.maximum || !record.mistakes.is_empty() {
            findings += 1;
            println!("{}: {}", grade.total, mix.flags().join(" "));
            println!("    {}", told(&record));
        }
    }
    println!("{findings} of {count} mixes cost points");
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
    for case in alone() {
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
        manner: laboratory::grader().manner(&library)?,
        library,
        bands: false,
    })
}

/// Plays the sequences, prints what came of it, and returns whether something was found.
fn play(good: &Good, calls: u64) -> Result<bool, Error> {
    let options = Options {
        bands: good.bands,
        ..Options::new(good.manner.clone())
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
        report.found.len(),
        good.name,
        good.manner.rounding,
    );
    for found in &report.found {
        println!("seed {}: {:?}", found.seed, found.minimal.failure);
        println!(
            "{}",
            found.minimal.program(&Profile::DEFAULT, "random", "gcc")
        );
    }
    Ok(!report.found.is_empty())
}
