//! Grades the sample allocator with mistakes planted in it, and prints what is named.
#[path = "../tests/laboratory/mod.rs"]
mod laboratory;
use checker::assess::{self, Cause, Run, Verdict};
use checker::runner::{self, Outcome, Plan};
use checker::spec::Mistake;
use checker::sys::watchdog::Watchdog;
use checker::tracer::{Limits, Stage};
use checker::types::{Profile, Transcript};
use checker::{plan, transcript};
use ref_tests::SCENARIOS;

fn observe(library: &[u8]) -> Vec<(usize, Transcript, bool, bool)> {
    let profile = Profile::DEFAULT;
    let stage = Stage::new(
        library,
        profile,
        Limits {
            computing: std::time::Duration::from_millis(200),
            ..Limits::default()
        },
        Watchdog::start(),
    )
    .unwrap();
    let indices: Vec<usize> = (0..SCENARIOS.len()).collect();
    let mut runs = Vec::new();
    let plan = Plan {
        profile: &profile,
        indices: &indices,
        workers: 1,
        all: true,
    };
    runner::run(&stage, plan, |run| {
        if let Outcome::Recorded(recording, failing) = run.outcome {
            runs.push((
                run.index,
                transcript::of(&recording, &profile),
                false,
                recording.complained,
            ));
            for (_, recording) in failing {
                runs.push((
                    run.index,
                    transcript::of(&recording, &profile),
                    true,
                    recording.complained,
                ));
            }
        }
    })
    .unwrap();
    runs
}
fn main() {
    let profile = Profile::DEFAULT;
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let verbose = wanted.iter().any(|it| it == "-v");
    let sets: Vec<Vec<String>> = match wanted.iter().filter(|w| *w != "-v").count() {
        0 => Mistake::ALL
            .iter()
            .map(|m| vec![m.name().to_owned()])
            .collect(),
        _ => wanted
            .iter()
            .filter(|w| *w != "-v")
            .map(|w| w.split('+').map(str::to_owned).collect())
            .collect(),
    };
    let mut ok = 0;
    let goldens = checker::snapshot::store::Goldens::built_in(checker::carried::GOLDENS);
    for set in &sets {
        let flags: Vec<String> = set
            .iter()
            .filter(|n| *n != "none")
            .map(|n| format!("-DMISTAKE_{n}"))
            .collect();
        let library = match laboratory::compile("mistakes/osmem.c", &flags) {
            Ok(l) => l,
            Err(e) => {
                println!("{set:?}: {e}");
                continue;
            }
        };
        let seen = observe(&library.bytes);
        let calls: Vec<_> = seen
            .iter()
            .map(|(i, ..)| plan::calls(&SCENARIOS[*i], &profile))
            .collect();
        let gold: Vec<Option<Vec<_>>> = seen
            .iter()
            .map(|(i, _, injected, _)| {
                (!injected).then(|| {
                    goldens
                        .snapshot(SCENARIOS[*i].stem)
                        .unwrap()
                        .steps
                        .into_iter()
                        .map(|s| s.outcome)
                        .collect()
                })
            })
            .collect();
        let runs: Vec<Run> = seen
            .iter()
            .zip(&calls)
            .zip(&gold)
            .map(|(((i, t, injected, message), calls), golden)| Run {
                stem: SCENARIOS[*i].stem,
                calls,
                golden: golden.as_deref(),
                transcript: t,
                injected: *injected,
                message: *message,
            })
            .collect();
        let start = std::time::Instant::now();
        let j = assess::judge(&profile, &runs);
        let took = start.elapsed();
        let count = |v: Verdict| j.calls.iter().filter(|c| c.verdict == v).count();
        let mut named: Vec<String> = j
            .mistakes
            .iter()
            .map(|f| match f.cause {
                Cause::Known(m) => format!("{}{}", m.name(), f.scope.words()),
                Cause::Unnamed(c, f, a) => format!("?{c} {f} {a:?}"),
            })
            .collect();
        named.sort();
        named.dedup();
        let mut due = set.clone();
        due.sort();
        due.retain(|d| d != "none");
        let exact = named == due;
        ok += usize::from(exact);
        println!(
            "{} {} -> {} [{} {} {}] {:?} {took:?}",
            if exact { "ok  " } else { "BAD " },
            due.join("+"),
            j.mistakes
                .iter()
                .map(|f| match f.cause {
                    Cause::Known(m) => format!(
                        "{}{} {}/{}{}",
                        m.name(),
                        f.scope.words(),
                        f.wrong.len(),
                        f.situations,
                        if f.guess { "?" } else { "" }
                    ),
                    Cause::Unnamed(c, fun, a) => format!("?{c} {fun} {a:?} {}", f.wrong.len()),
                })
                .collect::<Vec<_>>()
                .join("; "),
            count(Verdict::Right),
            count(Verdict::Wrong),
            count(Verdict::Unknown),
            j.reading.rooms
        );
        if verbose {
            println!("   choices {:?}", j.choices.words(&profile));
            for f in &j.mistakes {
                println!("   {:?} {:?}", f.cause, f.scope);
                for at in f.wrong.iter().take(4) {
                    let c = &j.calls[*at];
                    println!(
                        "       {} call {} inj {}: {}",
                        runs[c.run].stem,
                        c.number.0,
                        runs[c.run].injected,
                        c.complaint.as_ref().map_or("-", |x| &x.sentence)
                    );
                    if let Some(d) = &c.due {
                        println!(
                            "         before {:?} {:?}",
                            d.before
                                .heap
                                .blocks
                                .iter()
                                .map(|b| (b.start, b.size, b.said, b.free))
                                .collect::<Vec<_>>(),
                            d.before.heap.gaps
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
                                "         after  {:?} {:?} {:?}",
                                a.heap
                                    .blocks
                                    .iter()
                                    .map(|b| (b.start, b.size, b.said, b.free))
                                    .collect::<Vec<_>>(),
                                runs[c.run]
                                    .transcript
                                    .steps
                                    .get(c.number.0 as usize - 1)
                                    .map(|s| (s.outcome.result, s.outcome.system_calls.clone())),
                                a.mappings
                            );
                        } else {
                            println!(
                                "         end {:?} {:?}",
                                runs[c.run].transcript.end, runs[c.run].transcript.unfinished
                            );
                        }
                    }
                }
            }
        }
    }
    println!("{ok} of {} exact", sets.len());
}
