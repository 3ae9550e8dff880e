//! Every permitted choice of section V costs nothing, alone and mixed with others: full points, no
//! mistake, no remark but on links. A choice that can be told from outside is named. A cut-off just
//! outside its band costs points under the clause that it breaks. One trial each.
//!
//! `cargo run --release -p checker --example measure -- no_false_alarm --mixes 200` grades more mixes.

use super::laboratory::variations::{Permitted, alone, mixes};
use super::laboratory::{Error, VARIATIONS, compile, folder, grader, library, rubric, told};
use super::sample::sample;
use checker::testing::build::Library;
use checker::testing::grading::Grader;
use checker::testing::record::Record;
use checker::testing::types::Profile;
use checker::testing::{carried, elf, vary};
use libtest_mimic::{Failed, Trial};

/// Samples that follow the assignment.
const SAMPLES: [&str; 4] = ["conforming", "bare", "helpers", "variations"];
/// Mixes that are graded here.
const MIXES: usize = 12;
/// The seed of the first mix.
const SEED: u64 = 1;

/// A cut-off outside its band.
struct Beyond {
    name: &'static str,
    flag: &'static str,
    clauses: &'static [&'static str],
}

pub(crate) fn trials() -> Vec<Trial> {
    let samples = SAMPLES.iter().map(|&name| {
        Trial::test(format!("variations::sample::{name}"), move || {
            let library = library(&folder().join("submissions").join(name), &[])?;
            let record = grader().examine(name, &Ok(library), 0.0)?;
            require_full(&record, true).map_err(Failed::from)
        })
    });
    let varied = ["one", "two"].map(|secret| {
        Trial::test(format!("other_sizes::{secret}"), move || {
            other_sizes(secret)
        })
    });
    let alone = alone().into_iter().map(|case| trial("alone", case));
    let mixed = mixes(MIXES, SEED)
        .into_iter()
        .map(|case| trial("mix", case));
    let beyond = BEYOND.iter().map(|case| {
        Trial::test(format!("variations::beyond::{}", case.name), move || {
            costs(case).map_err(Failed::from)
        })
    });
    samples
        .chain(varied)
        .chain(alone)
        .chain(mixed)
        .chain(beyond)
        .collect()
}

fn trial(group: &'static str, case: Permitted) -> Trial {
    Trial::test(format!("variations::{group}::{}", case.name), move || {
        let record = graded(&case.flags())?;
        let mut passed = require_full(&record, case.may_be_remarked());
        if group == "alone" {
            passed = passed.and_then(|()| require_named(&case, &record));
        }
        passed.map_err(|trouble| format!("{}: {trouble}", case.flags().join(" ")).into())
    })
}

/// With sizes that follow from a secret, what follows the assignment has full points, with other
/// choices too, and a mistake is found and costs what it costs otherwise.
fn other_sizes(secret: &str) -> Result<(), Failed> {
    let varied = Grader {
        plans: vary::plans(&Profile::DEFAULT, secret),
        ..grader()
    };
    let reference = carried::REFERENCE.to_vec();
    let image = elf::inspect(&reference)?;
    let reference = Ok(Library::carried(reference, image));
    require_full(&varied.examine("the reference", &reference, 0.0)?, false)?;
    let mixed = mixes(MIXES, SEED).swap_remove(secret.len());
    let mixed = Ok(compile(VARIATIONS, &mixed.flags())?);
    require_full(&varied.examine("a mix", &mixed, 0.0)?, true)?;
    let wrong = Ok(library(&sample("first_fit"), &[])?);
    let [usual, other] = [&grader(), &varied].map(|it| it.examine("first fit", &wrong, 0.0));
    let cost = |record: &Record| {
        let points = rubric().grade(record).map(|grade| grade.total);
        let names = record.mistakes.iter().map(|it| it.name.clone());
        (points.ok(), names.collect::<Vec<_>>())
    };
    let (usual, other) = (cost(&usual?), cost(&other?));
    match usual == other {
        true => Ok(()),
        false => Err(format!("{usual:?} is {other:?} with other sizes").into()),
    }
}

/// Full points, nothing wrong, nothing remarked but links.
fn require_full(record: &Record, links: bool) -> Result<(), String> {
    if !record.mistakes.is_empty() {
        return Err(told(record));
    }
    if !record.contradictions.is_empty() {
        return Err(record.contradictions.join("\n"));
    }
    let grade = rubric().grade(record).map_err(|error| error.to_string())?;
    if grade.total != grade.maximum {
        return Err(format!("{} of {} points", grade.total, grade.maximum));
    }
    let odd = record.remarks.iter().find(|it| !links || !is_of_links(it));
    odd.map_or(Ok(()), |remark| Err(format!("a remark: {remark}")))
}

fn is_of_links(remark: &str) -> bool {
    ["link", "prev", "next"]
        .iter()
        .any(|word| remark.contains(word))
}

/// What is named are choices that it makes. Of a cut-off, calls tell only between which sizes it is.
fn require_named(case: &Permitted, record: &Record) -> Result<(), String> {
    let made = case
        .choices
        .words(&checker::testing::types::Profile::DEFAULT);
    let about = |word: &str| word.split(" from n = ").next().map(str::to_owned);
    let is_made = |word: &&String| made.iter().any(|it| about(it) == about(word));
    let odd = record.choices.iter().find(|word| !is_made(word));
    match odd {
        Some(word) => Err(format!("{word} is said of it; it makes {made:?}")),
        None => Ok(()),
    }
}

fn costs(case: &Beyond) -> Result<(), String> {
    let flags: Vec<String> = case.flag.split(' ').map(|it| format!("-D{it}")).collect();
    let record = graded(&flags).map_err(|error| error.to_string())?;
    let grade = rubric().grade(&record).map_err(|error| error.to_string())?;
    if grade.total == grade.maximum {
        return Err("it costs nothing".to_owned());
    }
    let named: Vec<&str> = record
        .mistakes
        .iter()
        .map(|it| it.clause.as_str())
        .collect();
    match named.iter().any(|clause| case.clauses.contains(clause)) {
        true => Ok(()),
        false => Err(format!("{:?} is broken, {named:?} are named", case.clauses)),
    }
}

fn graded(flags: &[String]) -> Result<Record, Error> {
    let library = compile(VARIATIONS, flags)?;
    Ok(grader().examine(&flags.join(" "), &Ok(library), 0.0)?)
}

const BEYOND: &[Beyond] = &[
    Beyond {
        name: "v1_too_early",
        flag: "V1_CUTOFF=(128*1024-40)",
        clauses: &["A2"],
    },
    Beyond {
        name: "v1_too_late",
        flag: "V1_CUTOFF=(128*1024+1)",
        clauses: &["A2"],
    },
    Beyond {
        name: "v2_too_early",
        flag: "V2_CUTOFF=(4096-40)",
        clauses: &["A4"],
    },
    Beyond {
        name: "v2_too_late",
        flag: "V2_CUTOFF=(4096-15)",
        clauses: &["A4"],
    },
    Beyond {
        name: "v3_too_early",
        flag: "V3_HEAP_CUTOFF=(128*1024-40) V3_MAPPED_CUTOFF=(128*1024-40)",
        clauses: &["A13", "A16", "A17"],
    },
    // A cut-off of a heap block that is too late does what V5 and V7 permit.
    Beyond {
        name: "v3_mapped_too_late",
        flag: "V3_MAPPED_CUTOFF=(128*1024+33)",
        clauses: &["A17"],
    },
];
