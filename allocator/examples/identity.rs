//! Runs random calls on both engines and compares results, system calls and heap bytes.
//!
//! `cargo run --release -p osmem --example identity -- --calls 16000000 --seed 1`

#[path = "../tests/twins/mod.rs"]
mod twins;

use std::process::ExitCode;
use std::time::Instant;

use twins::{Compared, Random, compare, compare_on_real_break, moods};

/// Calls of one pair of heaps.
const RUN: usize = 20_000;

fn main() -> ExitCode {
    let Some((calls, seed)) = arguments() else {
        eprintln!("usage: identity [--calls N] [--seed N]");
        return ExitCode::from(2);
    };
    let started = Instant::now();
    let mut random = Random(seed);
    let real = on_real_break(&mut random);
    println!("on the real break: {}", sentence(real));
    let fake = on_fake_break(calls, &mut random);
    println!("on a fake break: {}", sentence(fake));
    println!(
        "{} random calls, literal and indexed identical in every byte compared ({:.0} s, seed {seed})",
        real.calls + fake.calls,
        started.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}

fn arguments() -> Option<(u64, u64)> {
    let (mut calls, mut seed) = (1_000_000, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next()?.parse().ok()?;
        match name.as_str() {
            "--calls" => calls = value,
            "--seed" => seed = value,
            _ => return None,
        }
    }
    Some((calls, seed))
}

/// A short run of each kind: what the break passes is never given back.
fn on_real_break(random: &mut Random) -> Compared {
    let mut compared = Compared::default();
    for mood in moods() {
        let calls = if mood.every == 1 { 4000 } else { 10_000 };
        compared.add(compare_on_real_break(mood, calls, random));
        random.word();
    }
    compared
}

fn on_fake_break(calls: u64, random: &mut Random) -> Compared {
    let mut compared = Compared::default();
    let moods = moods();
    // Small heaps are quick to compare whole: they get most of the calls.
    let weighted = moods
        .iter()
        .flat_map(|mood| std::iter::repeat_n(mood, if mood.every == 1 { 8 } else { 1 }));
    for mood in weighted.cycle() {
        let left = usize::try_from(calls - compared.calls).unwrap_or(RUN);
        if left == 0 {
            break;
        }
        compared.add(compare(*mood, RUN.min(left), random));
    }
    compared
}

fn sentence(compared: Compared) -> String {
    format!(
        "{} calls, {} system calls, {} whole heap images ({:.1} GB)",
        compared.calls,
        compared.system_calls,
        compared.images,
        compared.image_bytes as f64 / 1e9
    )
}
