//! Which scenarios notice which mutants: a command for maintainers.
//!
//! ```text
//! cargo run --release -p checker --example kill_matrix
//! cargo run --release -p checker --example kill_matrix -- --write
//! ```
//!
//! With `--write` the matrix also replaces `ref_tests/mutants/kills.md`.
//!
//! Every mutant of `ref_tests/mutants` is run through all scenarios, those with random sequences
//! among them. It fails when a mutant
//! survives, when golden scenarios alone kill too few, and when a scenario that kills
//! nothing has no reason in `ref_tests/mutants/README.md`.

#[path = "../tests/laboratory/mod.rs"]
mod laboratory;

use std::collections::BTreeMap;
use std::process::ExitCode;

use checker::record::Record;
use laboratory::{Error, MUTANTS, Mutant, Needs};
use ref_tests::SCENARIOS;
use ref_tests::scenario::Kind;

/// Mutants in a hundred that golden scenarios must kill.
const LEAST: usize = 90;
/// Names of scenarios or mutants in a line.
const SHOWN: usize = 5;
/// Where the reasons stand in the README.
const HEADING: &str = "## Scenarios that kill nothing";

/// A mutant and the scenarios that kill it, by their kinds.
struct Row {
    mutant: Mutant,
    golden: Vec<&'static str>,
    /// With system calls that fail.
    faults: Vec<&'static str>,
    /// Random sequences.
    random: Vec<&'static str>,
    /// Probes and the robustness tier.
    others: Vec<&'static str>,
    diagnosis: String,
}

fn main() -> Result<ExitCode, Error> {
    let rows = rows(&Mutant::table()?)?;
    if std::env::args().any(|argument| argument == "--write") {
        let path = laboratory::folder().join("mutants/kills.md");
        std::fs::write(path, page(&rows))?;
    }
    print_mutants(&rows);
    print_diagnoses(&rows);
    let idle = print_scenarios(&rows);
    let enough = print_totals(&rows);
    let explained = print_unexplained(&idle)?;
    Ok(match enough && explained {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn rows(mutants: &[Mutant]) -> Result<Vec<Row>, Error> {
    let rows = laboratory::on_all_processors(mutants, |mutant| row(mutant.clone()));
    rows.into_iter().collect()
}

fn row(mutant: Mutant) -> Result<Row, Error> {
    let record = laboratory::grade(MUTANTS, &[mutant.flag()], true)?;
    let mut row = Row {
        diagnosis: diagnosis(&record),
        ..Row::new(mutant)
    };
    for scenario in laboratory::killers(&record) {
        row.killers_of(scenario.kind).push(scenario.stem);
    }
    Ok(row)
}

impl Row {
    fn new(mutant: Mutant) -> Self {
        Self {
            mutant,
            golden: Vec::new(),
            faults: Vec::new(),
            random: Vec::new(),
            others: Vec::new(),
            diagnosis: String::new(),
        }
    }

    fn killers_of(&mut self, kind: Kind) -> &mut Vec<&'static str> {
        match kind {
            Kind::Golden => &mut self.golden,
            Kind::Faults => &mut self.faults,
            Kind::Random => &mut self.random,
            Kind::Probe | Kind::Robustness => &mut self.others,
        }
    }

    fn killers(&self) -> Vec<&'static str> {
        let groups = [&self.golden, &self.faults, &self.others, &self.random];
        groups.into_iter().flatten().copied().collect()
    }
}

/// What the mutant is taken for.
fn diagnosis(record: &Record) -> String {
    let mistakes = record.mistakes.iter();
    let named: Vec<&str> = mistakes.map(|mistake| mistake.name.as_str()).collect();
    named.join(" + ")
}

/// The matrix as a page of documentation.
fn page(rows: &[Row]) -> String {
    let kills = kills(rows);
    let mutants = rows.iter().map(|row| {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            row.mutant.name,
            row.mutant.clause,
            row.golden.len(),
            row.faults.len(),
            row.others.len(),
            if row.random.is_empty() { "" } else { "yes" },
            numbers(&row.killers()),
        )
    });
    let mutants: String = mutants.collect();
    let scenarios = SCENARIOS.iter().map(|scenario| {
        let killed = kills.get(scenario.stem).map_or(&[][..], Vec::as_slice);
        let names = shortened(killed);
        format!("| {} | {} | {names} |\n", scenario.stem, killed.len())
    });
    let scenarios: String = scenarios.collect();
    format!(
        "# Which scenario kills which mutant\n\n\
         Made by `cargo run --release -p checker --example kill_matrix -- --write`.\n\n\
         {}.\n\n\
         ## Mutants\n\n\
         The number of golden scenarios that fail, of scenarios in which system calls fail, of probes \
         and robustness scenarios; whether random sequences find it; and the first scenarios.\n\n\
         | mutant | clause | golden | faults | others | random | first |\n\
         |---|---|---|---|---|---|---|\n{mutants}\n\
         ## Scenarios\n\n\
         | scenario | mutants | first |\n|---|---|---|\n{scenarios}",
        totals(rows)
    )
}

/// How many mutants each group of scenarios kills by itself.
fn totals(rows: &[Row]) -> String {
    let count = |killed: fn(&Row) -> bool| rows.iter().filter(|row| killed(row)).count();
    let all = rows.len();
    let golden = count(|row| !row.golden.is_empty());
    format!(
        "Of {all} mutants, all scenarios together kill {}; golden scenarios alone {golden} ({} %), \
         failing system calls alone {}, random sequences alone {}, probes and robustness alone {}",
        count(|row| !row.killers().is_empty()),
        golden * 100 / all.max(1),
        count(|row| !row.faults.is_empty()),
        count(|row| !row.random.is_empty()),
        count(|row| !row.others.is_empty()),
    )
}

fn numbers(stems: &[&str]) -> String {
    let numbers: Vec<&str> = stems.iter().map(|stem| &stem[..4]).collect();
    shortened(&numbers)
}

fn print_mutants(rows: &[Row]) {
    println!("golden faults others random  mutant, and the scenarios that kill it\n");
    for row in rows {
        println!(
            "{:6} {:6} {:6} {:6}  {:28} {}",
            row.golden.len(),
            row.faults.len(),
            row.others.len(),
            row.random.len(),
            row.mutant.name,
            shortened(&row.killers()),
        );
    }
}

fn print_diagnoses(rows: &[Row]) {
    println!("\nwhat they are taken for\n");
    for row in rows {
        println!("{:28} {}", row.mutant.name, row.diagnosis);
    }
}

/// The mutants that each scenario kills.
fn kills(rows: &[Row]) -> BTreeMap<&'static str, Vec<&str>> {
    let mut kills: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        for stem in row.killers() {
            kills.entry(stem).or_default().push(&row.mutant.name);
        }
    }
    kills
}

/// Prints what each scenario kills, and returns those that kill nothing.
fn print_scenarios(rows: &[Row]) -> Vec<&'static str> {
    let kills = kills(rows);
    println!("\nscenarios, and the mutants that they kill\n");
    for scenario in SCENARIOS {
        let killed = kills.get(scenario.stem).map_or(&[][..], Vec::as_slice);
        println!(
            "{:52} {:3}  {}",
            scenario.stem,
            killed.len(),
            shortened(killed)
        );
    }
    let stems = SCENARIOS.iter().map(|scenario| scenario.stem);
    stems.filter(|stem| !kills.contains_key(stem)).collect()
}

fn shortened(names: &[&str]) -> String {
    let mut text = names[..names.len().min(SHOWN)].join(" ");
    if names.len() > SHOWN {
        text += " …";
    }
    text
}

/// Prints the totals, and returns whether all mutants are killed, enough of them by golden
/// scenarios.
fn print_totals(rows: &[Row]) -> bool {
    let killed = rows.iter().filter(|row| !row.golden.is_empty()).count();
    println!("\n{}", totals(rows));
    println!("not killed by golden scenarios:");
    for row in rows.iter().filter(|row| row.golden.is_empty()) {
        println!(
            "  {} ({}), {}",
            row.mutant.name,
            row.mutant.clause,
            fate(row)
        );
    }
    let survivors = rows.iter().filter(|row| row.killers().is_empty()).count();
    survivors == 0 && killed * 100 >= LEAST * rows.len()
}

fn fate(row: &Row) -> String {
    if let Some(stem) = row.killers().first() {
        return format!("killed by {stem}");
    }
    match row.mutant.needs {
        Some(Needs::Faults) => "survives: it needs a system call that fails".to_owned(),
        Some(Needs::Foreign) => "survives: it needs a foreign move of the break".to_owned(),
        Some(Needs::Overflow) => "survives: it needs a product that overflows".to_owned(),
        None => "survives".to_owned(),
    }
}

/// Compares scenarios that kill nothing with the reasons why they stay: whether each has one.
fn print_unexplained(idle: &[&str]) -> Result<bool, Error> {
    let path = laboratory::folder().join("mutants/README.md");
    let text = std::fs::read_to_string(&path)?;
    let reasons = reasons(&text);
    println!("\n{} scenarios kill nothing", idle.len());
    for stem in idle {
        let number = &stem[..4];
        let reason = reasons
            .get(number)
            .copied()
            .unwrap_or("NO REASON WHY IT STAYS");
        println!("  {stem}: {reason}");
    }
    let superfluous = reasons
        .keys()
        .filter(|number| !idle.iter().any(|stem| stem.starts_with(**number)));
    for number in superfluous {
        println!(
            "  {number} has a reason in {} and needs none",
            path.display()
        );
    }
    Ok(idle.iter().all(|stem| reasons.contains_key(&stem[..4])))
}

/// Number and reason of each scenario that is listed under the heading.
fn reasons(text: &str) -> BTreeMap<&str, &str> {
    let section = text.split_once(HEADING).map_or("", |(_, section)| section);
    let section = section.split("\n## ").next().unwrap_or("");
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        Some((cells.next()?.trim_matches('`'), cells.next()?))
    });
    rows.filter(|(number, _)| number.starts_with(|c: char| c.is_ascii_digit()))
        .map(|(number, reason)| (number.get(..4).unwrap_or(number), reason))
        .collect()
}
