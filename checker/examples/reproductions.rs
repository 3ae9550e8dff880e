//! How short random sequences that show a mutant become, and whether their C programs show it by
//! themselves: a command for maintainers.
//!
//! ```text
//! cargo run --release -p checker --example reproductions
//! ```
//!
//! Every mutant of `ref_tests/mutants` that random sequences can meet is looked for, shrunk,
//! written as a C program, compiled by plain gcc against the mutant, and run. It fails when one is
//! not found, when a program does not show the failure, and when the median of the calls is above
//! twelve. With `-- NAME` it prints the program of one mutant.

#[path = "../tests/laboratory/mod.rs"]
mod laboratory;

use std::process::ExitCode;

use laboratory::reproduction::{Reproduction, reproduce};
use laboratory::{Error, Kind, Mutant};

/// The median of the calls must not be above it.
const MOST: usize = 12;
/// The seed of the first sequence.
const SEED: u64 = 1;

fn main() -> Result<ExitCode, Error> {
    let mutants = Mutant::table()?;
    if let Some(name) = std::env::args().nth(1) {
        return print_program(&mutants, &name);
    }
    let mutants: Vec<Mutant> = mutants
        .into_iter()
        .filter(|it| it.needs.is_none())
        .collect();
    let results = laboratory::on_all_processors(&mutants, |mutant| reproduce(mutant, SEED));
    let mut shrunk = Vec::new();
    for (mutant, result) in mutants.iter().zip(results) {
        shrunk.push((mutant, result?));
        print(shrunk.last());
    }
    let kinds = [
        ("memory safety", Kind::Safety),
        ("catalogue", Kind::Catalogue),
    ];
    let enough = kinds.map(|(title, kind)| print_median(title, kind, &shrunk));
    Ok(match enough.iter().all(|enough| *enough) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn print_program(mutants: &[Mutant], name: &str) -> Result<ExitCode, Error> {
    let mutant = mutants.iter().find(|mutant| mutant.name == name);
    let mutant = mutant.ok_or_else(|| format!("no mutant is called {name}"))?;
    let reproduction = reproduce(mutant, SEED)?;
    let reproduction = reproduction.ok_or_else(|| format!("{name} was not found"))?;
    print!("{}", reproduction.found.minimal.program);
    Ok(ExitCode::SUCCESS)
}

fn print(shrunk: Option<&(&Mutant, Option<Reproduction>)>) {
    let Some((mutant, reproduction)) = shrunk else {
        return;
    };
    let Some(reproduction) = reproduction else {
        println!("{:28} NOT FOUND", mutant.name);
        return;
    };
    let minimal = &reproduction.found.minimal;
    let said = if reproduction.shows() {
        reproduction.message.clone()
    } else {
        format!("DOES NOT SHOW: {}", reproduction.status)
    };
    println!(
        "{:28} {:4} found {:5} {:3} calls {:12} {:4}  {}",
        mutant.name,
        mutant.clause,
        reproduction.found.failure.noticed.0,
        minimal.calls.len(),
        minimal.failure.kind.word(),
        minimal.failure.clause.to_string(),
        said.lines().next().unwrap_or_default(),
    );
}

/// Prints the figures of one kind of mutants, and returns whether they are good enough.
fn print_median(title: &str, kind: Kind, shrunk: &[(&Mutant, Option<Reproduction>)]) -> bool {
    let of_kind = shrunk.iter().filter(|(mutant, _)| mutant.kind == kind);
    let all = of_kind.clone().count();
    let shown = of_kind.filter_map(|(_, reproduction)| reproduction.as_ref());
    let shown = shown.filter(|reproduction| reproduction.shows());
    let mut lengths: Vec<usize> = shown.map(|it| it.found.minimal.calls.len()).collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or_default();
    println!(
        "{title}: {} of {all} shown by a C program of their own, calls: median {median}, most {}",
        lengths.len(),
        lengths.last().copied().unwrap_or_default()
    );
    lengths.len() == all && median <= MOST
}
