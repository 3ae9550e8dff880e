//! The allocators of this crate against others, on made-up and recorded traces.
//!
//! `cargo bench -p osmem` measures and prints tables; `cargo bench -p osmem -- --plot` also
//! writes `docs/speed.svg` and `docs/speed.md`. `--quick` takes 3 rounds in place of 7 and fewer
//! sizes; `--only NAME` (also twice) leaves other traces out.
//!
//! Each measurement is a process of its own, on one processor. Rounds are interleaved: all
//! allocators run once, then all again, so that a slow minute of the machine meets all of them.

mod contestants;
mod measure;
mod plot;
mod report;
#[path = "../../tests/support/mod.rs"]
mod support;
mod traces;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use contestants::NAMES;
use measure::{Measured, measure};
use report::{Cell, RECORDED, Results};
use traces::{KINDS, PROGRAMS};

/// What the command line asks for.
#[derive(Debug, Default)]
struct Options {
    quick: bool,
    plot: bool,
    only: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--one", name, libraries, kind, live, calls] = words[..] {
        let number = |word: &str| word.parse().expect("a number");
        let measured = measure(
            name,
            Path::new(libraries),
            kind,
            number(live),
            number(calls),
        );
        println!(
            "{} {} {}",
            measured.time, measured.growing, measured.utilisation
        );
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` runs this without the word.
    if !words.contains(&"--bench") {
        println!("nothing to test: `cargo bench -p osmem` measures");
        return ExitCode::SUCCESS;
    }
    let Some(options) = options(&words) else {
        eprintln!("usage: cargo bench -p osmem -- [--quick] [--plot] [--only TRACE]...");
        return ExitCode::from(2);
    };
    bench(&options);
    ExitCode::SUCCESS
}

fn options(words: &[&str]) -> Option<Options> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "--bench" => {}
            "--quick" => options.quick = true,
            "--plot" => options.plot = true,
            "--only" => options.only.push((*words.next()?).to_owned()),
            _ => return None,
        }
    }
    Some(options)
}

fn bench(options: &Options) {
    let libraries = build_libraries();
    let (rounds, sizes): (usize, &[usize]) = if options.quick {
        (3, &[100, 10_000, 1_000_000])
    } else {
        (7, &[100, 1000, 10_000, 100_000, 1_000_000])
    };
    let mut results = Results {
        rounds,
        quick: options.quick,
        cells: Vec::new(),
    };
    let made_up = KINDS
        .iter()
        .flat_map(|&(kind, ..)| sizes.iter().map(move |&live| (kind, live)));
    let recorded = PROGRAMS.iter().map(|&(name, ..)| (name, RECORDED));
    for (kind, live) in made_up.chain(recorded) {
        if options.only.is_empty() || options.only.iter().any(|only| only == kind) {
            results.cells.extend(cells(&libraries, kind, live, rounds));
            eprint!(".");
        }
    }
    eprintln!();
    let text = results.to_string();
    print!("{text}");
    if options.plot {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        std::fs::create_dir_all(&docs).expect("a folder");
        std::fs::write(docs.join("speed.md"), &text).expect("a file");
        std::fs::write(docs.join("speed.svg"), plot::growth(&results)).expect("a file");
    }
}

/// All contestants on one trace, round by round; the medians.
fn cells(libraries: &Path, kind: &'static str, live: usize, rounds: usize) -> Vec<Cell> {
    let names: Vec<&'static str> = NAMES.iter().map(|(name, _)| *name).collect();
    let able = names
        .into_iter()
        .filter_map(|name| Some((name, calls(name, live)?)));
    let able: Vec<(&str, usize)> = able.collect();
    let mut measured: Vec<Vec<Measured>> = vec![Vec::new(); able.len()];
    for _ in 0..rounds {
        for (&(name, calls), measured) in able.iter().zip(&mut measured) {
            measured.push(in_process(name, libraries, kind, live, calls));
        }
    }
    let cell = |(&(name, _), measured): (&(&'static str, usize), &Vec<Measured>)| Cell {
        name,
        kind,
        live,
        time: median(measured.iter().map(|measured| measured.time)),
        growing: median(measured.iter().map(|measured| measured.growing)),
        utilisation: median(measured.iter().map(|measured| measured.utilisation)),
    };
    able.iter().zip(&measured).map(cell).collect()
}

/// How many calls are timed; none where it would take minutes.
fn calls(name: &str, live: usize) -> Option<usize> {
    match (name, live) {
        ("literal", RECORDED) => None,
        ("literal", 1..=1000) => Some(20_000),
        ("literal", 1001..=10_000) => Some(2000),
        ("literal", _) => None,
        // The longest traces replace each payload once.
        _ => Some(1_000_000.max(2 * live)),
    }
}

fn in_process(name: &str, libraries: &Path, kind: &str, live: usize, calls: usize) -> Measured {
    let this = std::env::current_exe().expect("the path of this program");
    let mut command = Command::new("taskset");
    command.args(["-c", "1"]).arg(this);
    command.args(["--one", name]).arg(libraries);
    command.args([kind, &live.to_string(), &calls.to_string()]);
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.split_whitespace().map(|word| word.parse().ok());
    match numbers.collect::<Option<Vec<f64>>>().as_deref() {
        Some(&[time, growing, utilisation]) => Measured {
            time,
            growing,
            utilisation,
        },
        _ => panic!("{command:?}: {}", output.status),
    }
}

/// Builds the libraries as the documentation says, each in a folder of its own.
fn build_libraries() -> PathBuf {
    for (name, library) in NAMES {
        if let Some((features, _)) = library {
            support::build(&format!("speed/{name}"), features);
        }
    }
    support::scratch("speed")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
