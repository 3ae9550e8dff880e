//! Random sequences against a library, or how fast they are:
//! `fuzz [--rate] [--seed N] [--sequences N] [--calls N] [--interval N] [LIBRARY]`.

use checker::fuzz::{self, Options};
use checker::model::Choices;
use checker::snapshot;
use checker::types::Profile;

fn main() -> anyhow::Result<()> {
    let profile = Profile::DEFAULT;
    let mut options = Options::new(Choices::canonical(&profile));
    let mut library = checker::carried::REFERENCE.to_vec();
    let mut rate = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().unwrap_or_default().parse::<u32>();
        match argument.as_str() {
            "--rate" => rate = true,
            "--seed" => options.seed = number()?.into(),
            "--sequences" => options.sequences = number()?.into(),
            "--calls" => options.calls = number()?,
            "--interval" => options.interval = number()?,
            path => library = std::fs::read(path)?,
        }
    }
    if rate {
        print_rate(&library, &profile, &options)
    } else {
        hunt(&library, &profile, &options)
    }
}

fn print_rate(library: &[u8], profile: &Profile, options: &Options) -> anyhow::Result<()> {
    let rate = fuzz::measure(library, profile, options)?;
    println!(
        "{} calls: checked {:.0}/s, bare {:.0}/s, ratio {:.2}; the model alone takes {:.0} % of it; {} failures",
        rate.calls,
        rate.checked_per_second(),
        rate.bare_per_second(),
        rate.ratio(),
        100.0 * rate.model.as_secs_f64() / rate.checked.as_secs_f64(),
        rate.failures,
    );
    Ok(())
}

fn hunt(library: &[u8], profile: &Profile, options: &Options) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let report = fuzz::run(library, profile, options)?;
    println!(
        "{} sequences, {} calls, {:?}, with shrinking {:?}",
        report.sequences,
        report.calls,
        report.took,
        started.elapsed()
    );
    if let Some(found) = report.found {
        println!(
            "seed {}: {:?}\nminimal after {} attempts: {:?}\n{}\n{}",
            found.seed,
            found.failure,
            found.minimal.attempts,
            found.minimal.failure,
            snapshot::render("fuzz", &found.minimal.transcript),
            found.minimal.program
        );
    }
    Ok(())
}
