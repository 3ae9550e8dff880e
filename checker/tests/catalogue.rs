//! Every fault of the catalogue, planted into an allocator in C, is failed and diagnosed: one trial
//! each, and one for how many are diagnosed right.

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

/// An allocator that knows nothing of foreign moves of the break, as most submissions do not.
const UNAWARE: [&str; 2] = ["-DMUTANT_GrowsAcrossGap", "-DMUTANT_MergesAcrossGap"];

/// What is diagnosed of the mutants, for the figure at the end.
#[derive(Default)]
struct Tally {
    right: AtomicUsize,
    wrong: Mutex<Vec<String>>,
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
    trials.extend(damaging.map(damaging_trial));
    trials.push(Trial::test("table_is_complete", move || {
        require_complete(&mutants)
    }));
    trials.push(Trial::test("without_flags_passes", || {
        let record = laboratory::grade(MUTANTS, &[], false)?;
        let failing = laboratory::failing(&record).next();
        failing.map_or(Ok(()), |result| Err(result.stem.clone().into()))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let enough = tally.report();
    if !conclusion.has_failed() && !enough {
        std::process::exit(101);
    }
    conclusion.exit();
}

/// Grades the mutant. That it fails is required of each; that it is diagnosed, of most.
fn trial(group: &str, mutant: &Mutant, more: &[&str], tally: &Arc<Tally>) -> Trial {
    let mut flags = vec![mutant.flag()];
    flags.extend(more.iter().map(|&flag| flag.to_owned()));
    let (mutant, tally) = (mutant.clone(), Arc::clone(tally));
    Trial::test(format!("{group}::{}", mutant.name), move || {
        let record = laboratory::grade(MUTANTS, &flags, false)?;
        if record.passed() {
            return Err("it passes: a scenario is missing".into());
        }
        tally.note(&mutant, &record);
        Ok(())
    })
}

/// Grades a mutant that is no fault of the catalogue: it fails, and is taken for none.
fn damaging_trial(mutant: &Mutant) -> Trial {
    let mutant = mutant.clone();
    Trial::test(format!("damaging::{}", mutant.name), move || {
        let record = laboratory::grade(MUTANTS, &[mutant.flag()], false)?;
        if laboratory::failing(&record).next().is_none() {
            return Err("it passes: a scenario is missing".into());
        }
        let named = record
            .diagnosis
            .iter()
            .flat_map(|diagnosis| &diagnosis.faults);
        let mut wrong = named.filter(|name| !mutant.indistinguishable_from.contains(name));
        wrong
            .next()
            .map_or(Ok(()), |name| Err(format!("it is taken for {name}").into()))
    })
}

impl Tally {
    fn note(&self, mutant: &Mutant, record: &Record) {
        let diagnosis = record.diagnosis.as_ref();
        let named = diagnosis.map_or(&[][..], |diagnosis| diagnosis.faults.as_slice());
        let same =
            |name: &String| *name == mutant.name || mutant.indistinguishable_from.contains(name);
        if named.len() == 1 && named.iter().all(same) {
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
