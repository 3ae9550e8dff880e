use checker::assess::{self, Cause, Run, Verdict};
use checker::types::Profile;
use std::path::Path;
fn main() {
    let verbose = std::env::args().nth(2);
    for path in std::env::args().nth(1).unwrap().split(',') {
        let recorded = checker::recordings::read(Path::new(path)).unwrap();
        let runs: Vec<Run> = recorded
            .iter()
            .map(|r| Run {
                stem: &r.stem,
                calls: &r.calls,
                golden: None,
                transcript: &r.transcript,
                injected: false,
                message: true,
            })
            .collect();
        let start = std::time::Instant::now();
        let j = assess::judge(&Profile::DEFAULT, &runs);
        let took = start.elapsed();
        let (mut right, mut wrong, mut unknown) = (0, 0, 0);
        for c in &j.calls {
            match c.verdict {
                Verdict::Right => right += 1,
                Verdict::Wrong => wrong += 1,
                Verdict::Unknown => unknown += 1,
            }
        }
        let named: std::collections::BTreeSet<usize> = j
            .mistakes
            .iter()
            .filter(|f| matches!(f.cause, Cause::Known(_)))
            .flat_map(|f| f.wrong.clone())
            .collect();
        println!(
            "{} {:?} chunks {} {} header {}: right {right} wrong {wrong} unknown {unknown} ({:.1}%) explained {} ({:.1}%) {took:?}",
            path.rsplit('/').next().unwrap(),
            j.reading.rooms,
            j.reading.heap_chunks,
            j.reading.mapped_chunks,
            j.reading.profile.header,
            100.0 * right as f64 / (right + wrong + unknown) as f64,
            named.len(),
            100.0 * named.len() as f64 / wrong.max(1) as f64
        );
        println!("   choices: {:?}", j.choices.words(&j.reading.profile));
        for f in &j.mistakes {
            let first = &j.calls[f.wrong[0]];
            println!(
                "   {:?} {:?} {} of {} guess {} e.g. {} call {}: {}",
                f.cause,
                f.scope,
                f.wrong.len(),
                f.situations,
                f.guess,
                runs[first.run].stem,
                first.number.0,
                first.complaint.as_ref().unwrap().sentence
            );
            if verbose.is_some() && matches!(f.cause, Cause::Unnamed(..)) {
                for at in f.wrong.iter().take(4) {
                    let c = &j.calls[*at];
                    let d = c.due.as_ref().unwrap();
                    println!(
                        "       {} call {}: {}",
                        runs[c.run].stem,
                        c.number.0,
                        c.complaint.as_ref().unwrap().sentence
                    );
                    println!(
                        "         before {:?}",
                        d.before
                            .heap
                            .blocks
                            .iter()
                            .map(|b| (b.start, b.size, b.said, b.free))
                            .collect::<Vec<_>>()
                    );
                    println!(
                        "         due    {:?} {:?} {:?}",
                        d.due
                            .heap
                            .blocks
                            .iter()
                            .map(|b| (b.start, b.size, b.said, b.free))
                            .collect::<Vec<_>>(),
                        d.outcome.result,
                        d.outcome.system_calls
                    );
                    if let Some(a) = &d.after {
                        println!(
                            "         after  {:?} {:?}",
                            a.heap
                                .blocks
                                .iter()
                                .map(|b| (b.start, b.size, b.said, b.free))
                                .collect::<Vec<_>>(),
                            runs[c.run]
                                .transcript
                                .steps
                                .get(c.number.0 as usize - 1)
                                .map(|s| (s.outcome.result, s.outcome.system_calls.clone()))
                        );
                    }
                }
            }
        }
    }
}
