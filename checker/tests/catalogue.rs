//! Every fault of the catalogue, planted into an allocator in C, is failed and diagnosed; every other
//! mutant is failed too: one trial each. At the end it counts how many are diagnosed right, and how
//! many are killed by golden scenarios alone; `examples/kill_matrix.rs` says which kills which.

mod laboratory;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use checker::model::Fault;
use checker::record::Record;
use laboratory::{Kind, MUTANTS, Mutant};
use libtest_mimic::{Arguments, Failed, Trial};

/// Faults in a hundred that the diagnosis must name.
const LEAST: usize = 90;
/// Mutants in a hundred that golden scenarios must kill without failing system calls, random
/// sequences and the robustness tier.
const LEAST_BY_GOLDENS: usize = 90;

/// An allocator that knows nothing of foreign moves of the break, as most submissions do not.
const UNAWARE: [&str; 2] = ["-DMUTANT_GrowsAcrossGap", "-DMUTANT_MergesAcrossGap"];

/// What is diagnosed of the mutants, for the figure at the end.
#[derive(Default)]
struct Tally {
    right: AtomicUsize,
    wrong: Mutex<Vec<String>>,
    /// Mutants that were graded, and those of them that a golden scenario kills.
    graded: AtomicUsize,
    killed: AtomicUsize,
}

fn main() {
    let arguments = Arguments::from_args();
    let mutants = Mutant::table().expect("the table can be read");
    let tally = Arc::new(Tally::default());
    let mut trials = Vec::new();
    for mutant in mutants
        .iter()
        .filter(|mutant| mutant.kind == Kind::Catalogue)
    {
        trials.push(trial("planted", mutant, &[], &tally));
        trials.push(trial("unaware", mutant, &UNAWARE, &tally));
    }
    let damaging = mutants.iter().filter(|mutant| mutant.kind == Kind::Safety);
    trials.extend(damaging.map(|mutant| damaging_trial(mutant, &tally)));
    trials.push(Trial::test("table_is_complete", move || {
        require_complete(&mutants)
    }));
    trials.push(Trial::test("without_flags_passes", || {
        let record = laboratory::grade(MUTANTS, &[], false)?;
        let failing = laboratory::failing(&record).next();
        failing.map_or(Ok(()), |result| Err(result.stem.clone().into()))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let enough = tally.report() & tally.report_kills();
    if !conclusion.has_failed() && !enough {
        std::process::exit(101);
    }
    conclusion.exit();
}

/// Grades the mutant. That it fails is required of each; that it is diagnosed, of most.
fn trial(group: &str, mutant: &Mutant, more: &'static [&str], tally: &Arc<Tally>) -> Trial {
    let mut flags = vec![mutant.flag()];
    flags.extend(more.iter().map(|&flag| flag.to_owned()));
    let (mutant, tally) = (mutant.clone(), Arc::clone(tally));
    Trial::test(format!("{group}::{}", mutant.name), move || {
        let record = laboratory::grade(MUTANTS, &flags, false)?;
        if record.passed() {
            return Err("it passes: a scenario is missing".into());
        }
        if more.is_empty() {
            tally.count(&record);
        }
        tally.note(&mutant, &record);
        Ok(())
    })
}

/// Grades a mutant that is no fault of the catalogue: it fails, and is taken for none.
fn damaging_trial(mutant: &Mutant, tally: &Arc<Tally>) -> Trial {
    let (mutant, tally) = (mutant.clone(), Arc::clone(tally));
    Trial::test(format!("damaging::{}", mutant.name), move || {
        let record = laboratory::grade(MUTANTS, &[mutant.flag()], false)?;
        if laboratory::failing(&record).next().is_none() {
            return Err("it passes: a scenario is missing".into());
        }
        tally.count(&record);
        let named = record.mistakes.iter().map(|mistake| &mistake.name);
        let mut wrong = named.filter(|name| !mutant.indistinguishable_from.contains(name));
        wrong
            .next()
            .map_or(Ok(()), |name| Err(format!("it is taken for {name}").into()))
    })
}

impl Tally {
    /// Counts a mutant that was killed, and whether a golden scenario did it.
    fn count(&self, record: &Record) {
        let golden =
            laboratory::killers(record).any(|it| it.kind == ref_tests::scenario::Kind::Golden);
        self.graded.fetch_add(1, Ordering::Relaxed);
        self.killed
            .fetch_add(usize::from(golden), Ordering::Relaxed);
    }

    /// Prints how many golden scenarios kill, and says whether they are enough.
    fn report_kills(&self) -> bool {
        let graded = self.graded.load(Ordering::Relaxed);
        let killed = self.killed.load(Ordering::Relaxed);
        if graded > 0 {
            println!("killed by golden scenarios alone: {killed} of {graded} mutants");
        }
        killed * 100 >= LEAST_BY_GOLDENS * graded
    }

    fn note(&self, mutant: &Mutant, record: &Record) {
        let named: Vec<&String> = record
            .mistakes
            .iter()
            .map(|mistake| &mistake.name)
            .collect();
        let same =
            |name: &String| *name == mutant.name || mutant.indistinguishable_from.contains(name);
        if named.len() == 1 && named.iter().copied().all(same) {
            self.right.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let line = format!("{} is taken for {named:?}", mutant.name);
        self.wrong.lock().expect("no trial panics here").push(line);
    }

    /// Prints how many are diagnosed right, and says whether they are enough.
    fn report(&self) -> bool {
        let right = self.right.load(Ordering::Relaxed);
        let wrong = self.wrong.lock().expect("no trial panics here");
        let all = right + wrong.len();
        if all == 0 {
            return true;
        }
        for line in wrong.iter() {
            println!("{line}");
        }
        println!(
            "diagnosed right: {right} of {all} ({} %)",
            right * 100 / all
        );
        right * 100 >= LEAST * all
    }
}

/// The table, the catalogue and the switches in the source name the same mutants.
fn require_complete(mutants: &[Mutant]) -> Result<(), Failed> {
    for (kind, prefix) in [(Kind::Catalogue, "FAULT"), (Kind::Safety, "MUTANT")] {
        let of_kind = mutants.iter().filter(|mutant| mutant.kind == kind);
        let listed: BTreeSet<String> = of_kind.map(|mutant| mutant.name.clone()).collect();
        let planted = laboratory::switches(prefix)?;
        if listed != planted {
            let odd: Vec<_> = listed.symmetric_difference(&planted).collect();
            return Err(format!("in the table or in the source only: {odd:?}").into());
        }
    }
    for fault in Fault::ALL {
        require_described(*fault, mutants)?;
    }
    Ok(())
}

fn require_described(fault: Fault, mutants: &[Mutant]) -> Result<(), Failed> {
    let listed = mutants.iter().find(|mutant| mutant.name == fault.name());
    let listed = listed.ok_or_else(|| format!("{} is not in the table", fault.name()))?;
    let same = listed.clause == fault.clause().number() && listed.sentence == fault.sentence();
    match same {
        true => Ok(()),
        false => Err(format!("{} is described in other words", fault.name()).into()),
    }
}
