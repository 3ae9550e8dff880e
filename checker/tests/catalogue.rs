//! Every fault of the catalogue, planted into an allocator in C, is failed and diagnosed: one trial
//! each, and one for how many are diagnosed right.

mod laboratory;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use checker::model::Fault;
use checker::record::Record;
use laboratory::{Kind, MUTANTS, Mutant};
use libtest_mimic::{Arguments, Failed, Trial};

/// Faults in a hundred that the diagnosis must name.
const LEAST: usize = 90;

/// What is known of one fault after it was graded.
struct Graded {
    mutant: Mutant,
    record: Result<Record, String>,
}

fn main() {
    let arguments = Arguments::from_args();
    let mutants = Mutant::table().expect("the table can be read");
    let planted: Vec<Mutant> = mutants
        .iter()
        .filter(|mutant| mutant.kind == Kind::Catalogue)
        .cloned()
        .collect();
    let right = Arc::new(AtomicUsize::new(0));
    let trials = planted.iter().cloned().map(|mutant| {
        let right = Arc::clone(&right);
        Trial::test(format!("catalogue::{}", mutant.name), move || {
            let graded = Graded::new(mutant);
            graded.require_failed()?;
            graded.require_diagnosed()?;
            right.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    });
    let mut trials: Vec<Trial> = trials.collect();
    trials.push(Trial::test("catalogue::table_is_complete", move || {
        require_complete(&mutants)
    }));
    trials.push(Trial::test("catalogue::without_flags_passes", || {
        let record = laboratory::grade(MUTANTS, &[], false).map_err(Failed::from)?;
        let failing = laboratory::failing(&record).next();
        failing.map_or(Ok(()), |result| Err(result.stem.clone().into()))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    println!(
        "diagnosed right: {} of {} faults ({} %)",
        right.load(Ordering::Relaxed),
        planted.len(),
        right.load(Ordering::Relaxed) * 100 / planted.len()
    );
    conclusion.exit();
}

impl Graded {
    fn new(mutant: Mutant) -> Self {
        let record = laboratory::grade(MUTANTS, &[mutant.flag()], false);
        Self {
            record: record.map_err(|error| error.to_string()),
            mutant,
        }
    }

    fn record(&self) -> Result<&Record, Failed> {
        self.record.as_ref().map_err(|error| error.clone().into())
    }

    fn require_failed(&self) -> Result<(), Failed> {
        match self.record()?.passed() {
            true => Err("it passes: a scenario is missing".into()),
            false => Ok(()),
        }
    }

    fn require_diagnosed(&self) -> Result<(), Failed> {
        let Some(diagnosis) = &self.record()?.diagnosis else {
            return Err("nothing is diagnosed".into());
        };
        let [named] = diagnosis.faults.as_slice() else {
            return Err(format!("it is taken for {:?}", diagnosis.faults).into());
        };
        let same = *named == self.mutant.name || self.mutant.indistinguishable_from.contains(named);
        match same {
            true => Ok(()),
            false => Err(format!("it is taken for {named}").into()),
        }
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
