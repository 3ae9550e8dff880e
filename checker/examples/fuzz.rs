//! Random sequences against a library, or how fast they are: `fuzz [--rate] [LIBRARY]`.

use checker::fuzz::{self, Options};
use checker::model::Choices;
use checker::snapshot;
use checker::types::Profile;

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let rate = arguments.first().is_some_and(|it| it == "--rate");
    if rate {
        arguments.remove(0);
    }
    let library = match arguments.first() {
        Some(path) => std::fs::read(path)?,
        None => checker::carried::REFERENCE.to_vec(),
    };
    let profile = Profile::DEFAULT;
    let options = Options::new(Choices::canonical(&profile));
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
