//! How short random sequences that show a mistake become, and whether their C programs show it by
//! themselves: a command for maintainers.
//!
//! ```text
//! cargo run --release -p checker --example measure -- reproductions
//! cargo run --release -p checker --example measure -- reproductions FirstFit    # prints its program
//! ```
//!
//! Every mistake of `ref_tests/mistakes` that random sequences can meet is looked for, shrunk,
//! written as a C program, compiled by plain gcc against the allocator, and run. It fails when one
//! is not found, when a program does not show the failure, and when the median of the calls is
//! above twelve.

use std::process::ExitCode;

use crate::laboratory::reproduction::{Reproduction, reproduce};
use crate::laboratory::{self, Effect, Error, Notes, sets};
use checker::testing::spec::Mistake;

/// The median of the calls must not be above it.
const MOST: usize = 12;
/// The seed of the first sequence.
const SEED: u64 = 1;

/// What is planted.
struct Planted {
    name: String,
    switch: String,
    /// Whether it is a mistake of the catalogue.
    known: bool,
}

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Error> {
    let planted = planted()?;
    if let Some(name) = arguments.first() {
        return print_program(&planted, name);
    }
    let results = laboratory::on_all_processors(&planted, |it| reproduce(&it.switch, SEED));
    let mut shrunk = Vec::new();
    for (one, result) in planted.iter().zip(results) {
        let reproduction = result?;
        print(one, reproduction.as_ref());
        shrunk.push((one, reproduction));
    }
    let enough = [("catalogue", true), ("others", false)]
        .map(|(title, known)| print_median(title, known, &shrunk));
    Ok(match enough.iter().all(|enough| *enough) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn planted() -> Result<Vec<Planted>, Error> {
    let known = sets::drawn().into_iter().map(Mistake::name);
    let known = known.map(|name| Planted {
        name: name.to_owned(),
        switch: laboratory::flag(name),
        known: true,
    });
    let others = Notes::read()?.other.into_iter();
    let others = others.filter(|it| it.effect == Effect::Mistake);
    let others = others.map(|it| Planted {
        switch: format!("-DOTHER_{}", it.name),
        name: it.name,
        known: false,
    });
    Ok(known.chain(others).collect())
}

fn print_program(planted: &[Planted], name: &str) -> Result<ExitCode, Error> {
    let one = planted.iter().find(|it| it.name == name);
    let one = one.ok_or_else(|| format!("nothing planted is called {name}"))?;
    let reproduction = reproduce(&one.switch, SEED)?;
    let reproduction = reproduction.ok_or_else(|| format!("{name} was not found"))?;
    print!("{}", reproduction.program);
    Ok(ExitCode::SUCCESS)
}

fn print(one: &Planted, reproduction: Option<&Reproduction>) {
    let Some(reproduction) = reproduction else {
        println!("{:28} NOT FOUND", one.name);
        return;
    };
    let minimal = &reproduction.found.minimal;
    let said = match reproduction.shows() {
        true => reproduction.message.clone(),
        false if !reproduction.succeeds => "THE REFERENCE FAILS".to_owned(),
        false => format!("DOES NOT SHOW: {}", reproduction.status),
    };
    println!(
        "{:28} found {:5} {:3} calls {:3} lines {:12} {:4} {:28} {}",
        one.name,
        reproduction.found.failure.call.0,
        minimal.calls.len(),
        reproduction.program.lines().count(),
        minimal.failure.word(),
        minimal.failure.clause.to_string(),
        minimal.failure.name().unwrap_or_default(),
        said.lines().next().unwrap_or_default(),
    );
}

/// Prints the figures of one kind, and returns whether they are good enough.
fn print_median(title: &str, known: bool, shrunk: &[(&Planted, Option<Reproduction>)]) -> bool {
    let of_kind = shrunk.iter().filter(|(one, _)| one.known == known);
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
