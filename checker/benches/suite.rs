//! How much the tracing costs: the whole suite traced and judged, against the same scenarios
//! untraced, one exec each, over as many processors. `cargo bench -p checker --bench suite`
//!
//! Rounds of the two alternate; what is printed are medians and the median of the pairs' ratios.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use checker::testing::build::Library;
use checker::testing::carried;
use checker::testing::elf;
use checker::testing::grading::Grader;
use checker::testing::sys::server::{processors, stay_on_processor};
use checker::testing::tracer::Limits;
use ref_tests::SCENARIOS;
use ref_tests::scenario::{Kind, Scenario};

const ROUNDS: usize = 15;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    export(folder.path());
    let grader = grader();
    let built = Ok(Library::carried(
        carried::REFERENCE.to_vec(),
        elf::inspect(carried::REFERENCE).expect("the reference is a library"),
    ));
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        let traced = time(|| {
            let record = grader
                .examine("reference", &built, 0.0)
                .expect("the suite runs");
            assert!(record.passed(), "the reference passes");
        });
        rounds.push((traced, time(|| untraced(folder.path()))));
    }
    // The first round warms the caches.
    rounds.remove(0);
    let processors = processors().map_or(1, |all| all.len());
    println!(
        "{} scenarios, {processors} processors, {ROUNDS} rounds, medians",
        SCENARIOS
            .iter()
            .filter(|scenario| runs_once(scenario))
            .count()
    );
    println!(
        "traced and judged           {:>8.1} ms",
        median(rounds.iter().map(|round| round.0))
    );
    println!(
        "untraced, one exec each     {:>8.1} ms",
        median(rounds.iter().map(|round| round.1))
    );
    println!(
        "ratio                       {:>8.2}",
        median(rounds.iter().map(|round| round.0 / round.1))
    );
}

fn grader() -> Grader {
    Grader {
        limits: Limits {
            computing: Duration::from_secs(10),
            ..Limits::default()
        },
        indices: (0..SCENARIOS.len())
            .filter(|&index| runs_once(&SCENARIOS[index]))
            .collect(),
        ..Grader::built_in()
    }
}

/// Whether the checker runs the scenario just as it is: once, and nothing else for it.
fn runs_once(scenario: &Scenario) -> bool {
    !matches!(scenario.kind, Kind::Faults | Kind::Random)
}

fn export(folder: &Path) {
    for (name, content) in [
        ("ref_tests", carried::PROGRAM),
        ("libosmem.so", carried::REFERENCE),
    ] {
        let path = folder.join(name);
        fs::write(&path, content).expect("the temporary folder is writable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
}

/// All scenarios without a tracer, each in a process of its own.
fn untraced(folder: &Path) {
    let next = AtomicUsize::new(0);
    let processors = processors().unwrap_or_else(|_| vec![0]);
    thread::scope(|scope| {
        for &processor in &processors {
            let next = &next;
            scope.spawn(move || {
                let _ = stay_on_processor(processor);
                while let Some(scenario) = SCENARIOS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !runs_once(scenario) {
                        continue;
                    }
                    let status = Command::new(folder.join("ref_tests"))
                        .arg(scenario.number())
                        .env_clear()
                        .env("LD_PRELOAD", folder.join("libosmem.so"))
                        .stdout(Stdio::null())
                        .status()
                        .expect("the program starts");
                    assert!(status.success(), "{}: {status}", scenario.stem);
                }
            });
        }
    });
}

/// Milliseconds on the wall.
fn time(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64() * 1e3
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
