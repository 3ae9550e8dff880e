//! Each known mistake alone, planted into an allocator in C and graded with the built-in rubric: it
//! is named, nothing else is named beside it, it costs points, and what it costs is what the price
//! list says. One trial each; at the end it counts how many are named exactly.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::laboratory::reproduction::hunt;
use super::laboratory::{
    Effect, MISTAKES, Notes, Other, bare, compile, flag, grade, grader, rubric, switches, told,
};
use checker::testing::fuzz::Effort;
use checker::testing::grading::Grader;
use checker::testing::homes::Homes;
use checker::testing::judge::Scope;
use checker::testing::record::{Mistake as RecordMistake, Record};
use checker::testing::rubric::{DAMAGE, Points, Rubric};
use checker::testing::spec::Mistake;
use libtest_mimic::{Failed, Trial};
use ref_tests::SCENARIOS;

/// Mistakes in a hundred that must be named, and nothing known beside them.
const LEAST: usize = 98;

/// Mistakes of each chapter that are looked at in every way: those of all would take minutes.
const TOLD_ALIKE: [Mistake; 7] = [
    Mistake::PreallocatesByRequest,
    Mistake::ExactFitRefused,
    Mistake::CoalescesBackwardOnly,
    Mistake::BreakMovedDown,
    Mistake::FreeUnlinks,
    Mistake::LastGrownByWhole,
    Mistake::UncheckedReallocGrowth,
];

/// An allocator that knows nothing of foreign moves of the break, as most submissions do not.
const UNAWARE: [&str; 2] = ["GrowsAcrossGap", "MergesAcrossGap"];

/// How many are named exactly.
#[derive(Default)]
pub(crate) struct Tally {
    right: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

/// The trials, and what counts them.
pub(crate) fn trials() -> (Vec<Trial>, Arc<Tally>) {
    let notes = Arc::new(Notes::read().expect("the notes can be read"));
    let tally = Arc::new(Tally::default());
    let mut trials = Vec::new();
    for (index, &mistake) in Mistake::ALL.iter().enumerate() {
        let (notes, tally) = (Arc::clone(&notes), Arc::clone(&tally));
        trials.push(Trial::test(
            format!("mistakes::alone::{}", mistake.name()),
            move || alone(mistake, &notes, &tally),
        ));
        // Each sixteenth tells as much, in a sixteenth of the time.
        if index % 16 == 0 {
            trials.push(Trial::test(
                format!("mistakes::unaware::{}", mistake.name()),
                move || unaware(mistake),
            ));
        }
    }
    for mistake in TOLD_ALIKE {
        trials.push(Trial::test(
            format!("mistakes::alike::{}", mistake.name()),
            move || is_told_alike(mistake),
        ));
    }
    for other in notes.other.clone() {
        trials.push(Trial::test(
            format!("mistakes::other::{}", other.name),
            move || is_as_noted(&other),
        ));
    }
    trials.push(Trial::test(
        "mistakes::switches_are_the_catalogue",
        move || require_complete(&notes),
    ));
    trials.push(Trial::test(
        "mistakes::without_switches_it_is_right",
        || {
            let record = grade(MISTAKES, &[])?;
            require_full(&record)
        },
    ));
    (trials, tally)
}

/// It costs what the list says, or the name is counted as wrong.
fn alone(mistake: Mistake, notes: &Notes, tally: &Tally) -> Result<(), Failed> {
    let record = grade(MISTAKES, &[flag(mistake.name())])?;
    let rubric = rubric();
    let grade = rubric.grade(&record)?;
    if grade.total == grade.maximum {
        return Err(format!("it costs nothing; named: {}", told(&record)).into());
    }
    let same = |name: &str| name == mistake.name() || notes.are_alike(mistake.name(), name);
    let known = record.mistakes.iter().filter(|it| it.known);
    let known: Vec<&str> = known.map(|it| it.name.as_str()).collect();
    let exact = known.len() == 1 && known.iter().all(|name| same(bare(name)));
    if !exact {
        tally.note(format!("{} is taken for {}", mistake.name(), told(&record)));
        return Ok(());
    }
    tally.right.fetch_add(1, Ordering::Relaxed);
    require_price(mistake, &record, &rubric)
}

/// The charge for the mistake is the price of its homes in the place where it is made.
fn require_price(mistake: Mistake, record: &Record, rubric: &Rubric) -> Result<(), Failed> {
    let grade = rubric.grade(record)?;
    let found = record.mistakes.iter().find(|it| it.known);
    let Some(found) = found.filter(|it| bare(&it.name) == mistake.name()) else {
        return Ok(());
    };
    let scope = Scope::ALL
        .iter()
        .find(|scope| found.name == format!("{}{}", mistake.name(), scope.tag()));
    let scope = *scope.ok_or("it has no such place")?;
    let homes = Homes::canonical().of_mistake(mistake, scope).iter();
    let homes: Vec<&str> = homes.map(|&index| SCENARIOS[index].stem).collect();
    let price = rubric.price(&found.name, &homes);
    let damage = grade.charged(DAMAGE).unwrap_or(Points::ZERO);
    let charged: Points = grade.charges.iter().map(|charge| charge.points).sum();
    if charged != price + damage {
        let text = format!(
            "{charged} are charged; the price is {price}, damage {damage}\nhomes {homes:?}\nfound {:?}\n{}",
            found.homes,
            told(record)
        );
        return Err(text.into());
    }
    match grade.maximum - grade.total == charged {
        true => Ok(()),
        false => Err(format!("{} of {}", grade.total, grade.maximum).into()),
    }
}

/// One scenario by itself says of the call what the whole grade says; random sequences and a
/// recorded trace by themselves name nothing that the grade does not name.
fn is_told_alike(mistake: Mistake) -> Result<(), Failed> {
    let library = compile(MISTAKES, &[flag(mistake.name())])?;
    // What they are called is asked, not how short they become.
    let unshrunk = Effort {
        attempts: 0,
        ..Effort::default()
    };
    let fuzzed = hunt(&library.bytes, 1, 8, unshrunk)?;
    let replayed = replay(&library.bytes)?;
    let built = Ok(library);
    let record = grader().examine("all", &built, 0.0)?;
    let names: Vec<&str> = record.mistakes.iter().map(|it| bare(&it.name)).collect();
    for found in &record.mistakes {
        let example = found.example.as_ref().ok_or("it has no example")?;
        let Some(index) = SCENARIOS.iter().position(|it| it.stem == example.stem) else {
            continue;
        };
        // A run by hand has no prepared heap, and no system call fails in it.
        if !example.failure.by_hand {
            continue;
        }
        let alone = Grader {
            indices: vec![index],
            ..grader()
        };
        let alone = alone.examine("alone", &built, 0.0)?;
        let same = |it: &&RecordMistake| {
            let failure = it.example.as_ref().map(|example| &example.failure);
            let sentence = failure.map(|failure| (&failure.sentence, &failure.clause));
            let call = sentence == Some((&example.failure.sentence, &example.failure.clause));
            // Where headers are damaged, one scenario by itself may be read in another way.
            let named = it.name == found.name && it.sentence == found.sentence;
            call || named && mistake.corrupts()
        };
        if !alone.mistakes.iter().any(|it| same(&it)) {
            let text = format!("{example:?} is told otherwise by itself: {}", told(&alone));
            return Err(text.into());
        }
    }
    // Where headers are damaged, a sequence by itself may show no more than what follows from that.
    let names_other = |name: &String| !mistake.corrupts() && !names.contains(&bare(name));
    let other = fuzzed
        .iter()
        .filter_map(|it| it.failure.name())
        .find(names_other);
    if let Some(name) = other {
        return Err(format!("random sequences say {name}, the grade {names:?}").into());
    }
    let known = record.mistakes.iter().filter(|it| it.known);
    let same = |line: &str| {
        let mut known = known.clone();
        known.any(|it| line == format!("{} ({}, {})", it.sentence, it.clause, it.name))
    };
    match replayed.lines().find(|line| names_mistake(line)) {
        Some(line) if !mistake.corrupts() && !same(line) => {
            Err(format!("a trace says \"{line}\", the grade {}", told(&record)).into())
        }
        _ => Ok(()),
    }
}

/// What the command says that plays a recorded trace.
fn replay(library: &[u8]) -> Result<String, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("libosmem.so");
    std::fs::write(&path, library)?;
    let trace = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../ref_tests/traces/bash.trace"
    );
    let done = Command::new(env!("CARGO_BIN_EXE_checker"))
        .args([
            "replay",
            "--allow-prebuilt",
            "--time",
            "2",
            "--calls",
            "2000",
        ])
        .args([Path::new(trace), &path])
        .output()?;
    match done.status.code() {
        Some(0 | 1) => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
        _ => Err(String::from_utf8_lossy(&done.stderr).into_owned().into()),
    }
}

/// `it takes the first block that is large enough (C4, FirstFit)`
fn names_mistake(line: &str) -> bool {
    let name = line
        .strip_suffix(')')
        .and_then(|line| line.rsplit_once(", "));
    line.starts_with("it ") && name.is_some_and(|(_, name)| Mistake::named(bare(name)).is_some())
}

/// Beside two mistakes of the robustness tier it is named all the same.
fn unaware(mistake: Mistake) -> Result<(), Failed> {
    let others = UNAWARE.iter().filter(|it| **it != mistake.name());
    let mut flags: Vec<String> = others.map(|it| flag(it)).collect();
    flags.push(flag(mistake.name()));
    let record = grade(MISTAKES, &flags)?;
    let own = |name: &str| !UNAWARE.contains(&bare(name)) || bare(name) == mistake.name();
    match record.mistakes.iter().any(|it| own(&it.name)) {
        true => Ok(()),
        false => Err(format!("it is not noticed; named: {}", told(&record)).into()),
    }
}

/// A switch that is in no catalogue does what its note says.
fn is_as_noted(other: &Other) -> Result<(), Failed> {
    let record = grade(MISTAKES, &[format!("-DOTHER_{}", other.name)])?;
    if other.effect != Effect::Mistake {
        let remarked = !record.remarks.is_empty();
        return match remarked == (other.effect == Effect::Links) {
            true => require_full(&record),
            false => Err(format!("remarks: {:?}", record.remarks).into()),
        };
    }
    let grade = rubric().grade(&record)?;
    match grade.total < grade.maximum {
        true => Ok(()),
        false => Err("it costs nothing".into()),
    }
}

fn require_full(record: &Record) -> Result<(), Failed> {
    let grade = rubric().grade(record)?;
    match record.mistakes.is_empty() && grade.total == grade.maximum {
        true => Ok(()),
        false => Err(format!("{} of {}: {}", grade.total, grade.maximum, told(record)).into()),
    }
}

impl Tally {
    fn note(&self, line: String) {
        self.wrong.lock().expect("no trial panics here").push(line);
    }

    /// Prints how many are named, and says whether they are enough.
    pub(crate) fn report(&self) -> bool {
        let right = self.right.load(Ordering::Relaxed);
        let mut wrong = self.wrong.lock().expect("no trial panics here");
        let all = right + wrong.len();
        if all == 0 {
            return true;
        }
        wrong.sort();
        for line in wrong.iter() {
            println!("{line}");
        }
        let percent = right * 100 / all;
        println!("named exactly: {right} of {all} ({percent} %, {LEAST} are asked for)");
        right * 100 >= LEAST * all
    }
}

/// The switches in the source are the catalogue and the notes, and no others.
fn require_complete(notes: &Notes) -> Result<(), Failed> {
    let catalogue = Mistake::ALL.iter().map(|it| it.name().to_owned()).collect();
    let others = notes.other.iter().map(|it| it.name.clone()).collect();
    let cases: [(&str, BTreeSet<String>); 2] = [("MISTAKE", catalogue), ("OTHER", others)];
    for (prefix, listed) in cases {
        let planted = switches(prefix)?;
        if listed != planted {
            let odd: Vec<_> = listed.symmetric_difference(&planted).collect();
            return Err(format!("listed or in the source only: {odd:?}").into());
        }
    }
    for note in &notes.mistake {
        Mistake::named(&note.name).ok_or_else(|| format!("no mistake is called {}", note.name))?;
    }
    Ok(())
}
