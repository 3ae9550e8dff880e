//! How well sets of mistakes are named, and what they cost: a command for maintainers.
//!
//! ```text
//! cargo run --release -p checker --example measure -- mistake_table                    # 500 sets
//! cargo run --release -p checker --example measure -- mistake_table --sets 100 --seed 7
//! cargo run --release -p checker --example measure -- mistake_table --set FirstFit+NeverMaps
//! ```
//!
//! Random sets of two to four mistakes of the catalogue are planted into `ref_tests/mistakes` and
//! graded; so are their members alone, and the sets without one member each. What is named is counted
//! in the sets in which each mistake shows: the allocator behaves differently without it. It fails
//! when mending a mistake lowers the total and reveals no other one, and when a set costs more than
//! its members alone. Of sets that are named, it tells all that was found and charged.

use std::process::ExitCode;

use crate::laboratory::Error;
use checker::testing::spec::Mistake;

use crate::laboratory::sets::{Figures, Graded, Table, random_sets};

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Error> {
    let (mut count, mut seed, mut sets) = (500, 1, Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("an option needs a number")?;
        match argument.as_str() {
            "--sets" => count = value.parse()?,
            "--seed" => seed = value.parse()?,
            "--set" => sets.push(planted(value)?),
            other => return Err(format!("there is no option {other}").into()),
        }
    }
    let named = !sets.is_empty();
    if !named {
        sets = random_sets(count, seed);
    }
    let table = Table::of(&sets);
    if named {
        for graded in table.sets.iter().flat_map(|set| table.around(set)) {
            let (total, told) = (graded.total, &graded.told);
            println!("{}: {total:.2}\n    {told}", names(graded));
        }
    }
    print_sets(&table);
    println!(
        "\nsize   sets  show all  exact %  precision  recall  unnamed a set  mending lowers  costs more than its members"
    );
    for size in 2..=4 {
        print_row(&size.to_string(), &table.figures(size));
    }
    let all = table.figures(0);
    print_row("all", &all);
    Ok(match all.lowered + all.too_expensive {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The mistakes of a set that is named.
fn planted(text: &str) -> Result<Vec<Mistake>, Error> {
    let named = |name| Mistake::named(name).ok_or(format!("there is no mistake {name}"));
    let mut set = text.split('+').map(named).collect::<Result<Vec<_>, _>>()?;
    set.sort_unstable();
    Ok(set)
}

/// The planted mistakes.
fn names(set: &Graded) -> String {
    let names: Vec<&str> = set.planted.iter().map(|it| it.name()).collect();
    names.join("+")
}

fn print_row(size: &str, figures: &Figures) {
    println!(
        "{size:4} {:6} {:9} {:8.1} {:10.3} {:7.3} {:14.2} {:15} {:24}",
        figures.sets,
        figures.all_shown,
        100.0 * figures.exact,
        figures.precision,
        figures.recall,
        figures.unnamed,
        figures.lowered,
        figures.too_expensive
    );
}

/// The sets with which something is not as it should be.
fn print_sets(table: &Table) {
    for set in &table.sets {
        let planted = names(set);
        if table.shows_all(set) && !set.is_exact() {
            let missed: Vec<&str> = set
                .planted
                .iter()
                .map(|it| it.name())
                .filter(|name| !set.named.contains(*name))
                .collect();
            let odd: Vec<&String> = set
                .named
                .iter()
                .filter(|name| !set.planted.iter().any(|it| it.name() == name.as_str()))
                .collect();
            let unnamed = set.unnamed;
            println!("{planted}: not named {missed:?}, named besides {odd:?}, unnamed {unnamed}");
            println!("    {}", set.told);
        }
        for (mended, points) in table.mending_lowers(set) {
            println!("{planted}: mending {} costs {points:.2}", mended.name());
        }
        if let Some(excess) = table.excess(set) {
            println!("{planted}: costs {excess:.2} more than its members alone");
        }
    }
}
