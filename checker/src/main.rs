//! temporary
use checker::*;
use std::time::Instant;
fn main() {
    let lib = std::env::args()
        .nth(1)
        .map(|p| std::fs::read(p).unwrap())
        .unwrap_or(carried::REFERENCE.to_vec());
    let profile = types::Profile::DEFAULT;
    let t = Instant::now();
    let stage = tracer::Stage::new(
        &lib,
        profile,
        Default::default(),
        sys::watchdog::Watchdog::start(),
    )
    .unwrap();
    let indices: Vec<usize> = (0..ref_tests::SCENARIOS.len()).collect();
    let mut all = vec![];
    runner::run(&stage, &profile, &indices, 0, |run| all.push(run)).unwrap();
    let took = t.elapsed();
    all.sort_by_key(|r| r.index);
    for r in &all {
        let tr = transcript::of(&r.recording, &profile);
        println!(
            "{}",
            snapshot::render(ref_tests::SCENARIOS[r.index].stem, &tr)
        );
        for (i, s) in tr.steps.iter().enumerate() {
            if !s.findings.is_empty() {
                println!("FINDING call {}: {:?}", i + 1, s.findings);
            }
        }
        if !r.recording.output.is_empty() {
            println!("OUTPUT {}", String::from_utf8_lossy(&r.recording.output));
        }
    }
    eprintln!("{} scenarios {:?}", all.len(), took);
}
