//! Every permitted choice of section V passes all scenarios and is named; a cut-off just outside
//! its band fails under the clause that it breaks. One trial each.

mod laboratory;

use checker::model::Choices;
use checker::record::Record;
use checker::types::Profile;
use laboratory::VARIATIONS;
use laboratory::variations::{Permitted, permitted};
use libtest_mimic::{Arguments, Failed, Trial};

const PROFILE: Profile = Profile::DEFAULT;

/// A cut-off outside its band.
struct Beyond {
    name: &'static str,
    flag: &'static str,
    clauses: &'static [&'static str],
}

fn main() {
    let permitted = permitted().into_iter().map(|case| {
        Trial::test(format!("permitted::{}", case.name), move || {
            passes(&case).map_err(Failed::from)
        })
    });
    let beyond = BEYOND.iter().map(|case| {
        Trial::test(format!("beyond::{}", case.name), move || {
            fails(case).map_err(Failed::from)
        })
    });
    let trials = permitted.chain(beyond).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn passes(case: &Permitted) -> Result<(), String> {
    let record = graded(&case.flags())?;
    if let Some(result) = laboratory::failing(&record).next() {
        let failure = result.failure.as_ref().map(|failure| &failure.sentence);
        return Err(format!("{} fails: {failure:?}", result.stem));
    }
    let differing = case.choices.differing(&Choices::canonical(&PROFILE));
    let wanted: Vec<String> = differing
        .iter()
        .map(|axis| case.choices.describe(axis))
        .collect();
    match record.choices == wanted {
        true => Ok(()),
        false => Err(format!(
            "{wanted:#?} are its choices, {:#?} are named",
            record.choices
        )),
    }
}

fn fails(case: &Beyond) -> Result<(), String> {
    let record = graded(&[format!("-D{}", case.flag)])?;
    if record.passed() {
        return Err("it passes".to_owned());
    }
    let named =
        laboratory::failing(&record).filter_map(|result| result.failure.as_ref()?.clause.clone());
    let named: Vec<String> = named.collect();
    match named
        .iter()
        .any(|clause| case.clauses.contains(&clause.as_str()))
    {
        true => Ok(()),
        false => Err(format!("{:?} is broken, {named:?} are named", case.clauses)),
    }
}

fn graded(flags: &[String]) -> Result<Record, String> {
    laboratory::grade(VARIATIONS, flags, false).map_err(|error| error.to_string())
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
        flag: "V3_CUTOFF=(128*1024-40)",
        clauses: &["A13", "A16", "A17"],
    },
    Beyond {
        name: "v3_too_late",
        flag: "V3_CUTOFF=(128*1024+1)",
        clauses: &["A13", "A17"],
    },
];
