//! `checker mistakes`: the catalogue of known mistakes, and what each costs.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Error;
use clap::Args;

use super::grade::{rubric, rubric_text};
use super::{Exit, Wrong};
use crate::homes::Homes;
use crate::judge::Scope;
use crate::profile;
use crate::rubric::{Points, Rubric};
use crate::spec::{Mistake, Needs};
use crate::suite::SCENARIOS;

/// The mistakes that submissions are known to make, and what each costs by itself: the price list
/// of a rubric, the most expensive first.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Names (`FirstFit`), clauses (C4) or parts of names; all without any. A single mistake is told
    /// in full.
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
    /// How points are given, instead of the built-in rubric.
    #[arg(long, value_name = "FILE")]
    rubric: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let path = arguments.rubric.as_deref();
    let rubric = rubric(&rubric_text(path)?, path)?;
    let prices = Prices {
        rubric: &rubric,
        homes: Homes::canonical(),
    };
    let mut out = io::stdout().lock();
    match chosen(&arguments.patterns)?.as_slice() {
        [mistake] => prices.detail(&mut out, *mistake)?,
        mistakes => prices.list(&mut out, mistakes)?,
    }
    Ok(Exit::Passed)
}

/// One mistake in full, with the prices of the built-in rubric.
pub(super) fn tell(mistake: Mistake) -> Result<Exit, Error> {
    let rubric = rubric(&rubric_text(None)?, None)?;
    let prices = Prices {
        rubric: &rubric,
        homes: Homes::canonical(),
    };
    prices.detail(&mut io::stdout().lock(), mistake)?;
    Ok(Exit::Passed)
}

/// The mistakes that one of the patterns means; all of them where there is none.
fn chosen(patterns: &[String]) -> Result<Vec<Mistake>, Wrong> {
    let mut chosen: Vec<Mistake> = Vec::new();
    for pattern in patterns {
        let found = meant(pattern);
        if found.is_empty() {
            wrong!(
                "no mistake matches {pattern:?}: expected a name (FirstFit), a clause (C4) or a part of a name; `checker mistakes` lists them all"
            );
        }
        chosen.extend(found);
    }
    if patterns.is_empty() {
        chosen.extend(Mistake::ALL);
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

/// A whole name means that mistake, a clause those that break it, anything else a part of names.
fn meant(pattern: &str) -> Vec<Mistake> {
    if let Some(mistake) = Mistake::named(pattern) {
        return vec![mistake];
    }
    let part = pattern.to_lowercase();
    let of_clause = |it: &Mistake| it.clause().number().eq_ignore_ascii_case(pattern);
    let fits = |it: &Mistake| !part.is_empty() && it.name().to_lowercase().contains(&part);
    let all = Mistake::ALL.iter().copied();
    let found: Vec<Mistake> = all.clone().filter(of_clause).collect();
    match found.is_empty() {
        true => all.filter(fits).collect(),
        false => found,
    }
}

/// What mistakes cost under a rubric.
struct Prices<'a> {
    rubric: &'a Rubric,
    homes: &'a Homes,
}

impl Prices<'_> {
    fn homes(&self, mistake: Mistake) -> Vec<&'static str> {
        let homes = self.homes.of_mistake(mistake, Scope::Everywhere).iter();
        homes.map(|&index| SCENARIOS[index].stem).collect()
    }

    /// What it costs alone, without what damaged memory costs.
    fn of(&self, mistake: Mistake) -> Points {
        self.rubric.price(mistake.name(), &self.homes(mistake))
    }

    fn list(&self, out: &mut impl Write, mistakes: &[Mistake]) -> io::Result<()> {
        writeln!(out, "{}\n", self.introduction())?;
        let mut mistakes = mistakes.to_vec();
        mistakes.sort_by_cached_key(|&it| (Reverse(self.of(it)), it));
        let width = mistakes.iter().map(|it| it.name().len()).max().unwrap_or(0);
        for mistake in mistakes {
            let (name, price) = (mistake.name(), self.of(mistake).value());
            let mark = if mistake.adds_damage() { '+' } else { ' ' };
            let (clause, sentence) = (mistake.clause().number(), mistake.sentence());
            writeln!(
                out,
                "{price:>6.2}{mark} {clause:<4} {name:<width$}  {sentence}"
            )?;
        }
        Ok(())
    }

    fn introduction(&self) -> String {
        format!(
            "What each mistake costs alone, of {} points: its homes, which are the scenarios that\n\
             test for it. A scenario is lost once, so mistakes that share homes cost less together.\n\
             A mistake that is made in one function only, or only sometimes, costs the homes where it\n\
             occurs.\n\
             + it damages memory, which costs {} points more, once.",
            self.rubric.maximum(),
            self.rubric.damage()
        )
    }

    fn detail(&self, out: &mut impl Write, mistake: Mistake) -> io::Result<()> {
        let clause = mistake.clause();
        writeln!(
            out,
            "{}: it {} ({clause})",
            mistake.name(),
            mistake.sentence()
        )?;
        writeln!(out, "  {clause}: {}", profile::summary(clause))?;
        let damage = match mistake.adds_damage() {
            true => format!(", and {} once for memory damage", self.rubric.damage()),
            false => String::new(),
        };
        let (price, whole) = (self.of(mistake), self.rubric.maximum());
        writeln!(out, "  costs {price} of {whole} points{damage}")?;
        if let Some(needs) = needs(mistake) {
            writeln!(out, "  occurs only {needs}")?;
        }
        writeln!(out, "  where to look: {}", mistake.hint())?;
        writeln!(out, "\nIts homes:")?;
        for &index in self.homes.of_mistake(mistake, Scope::Everywhere) {
            let scenario = &SCENARIOS[index];
            let worth = self.rubric.worth(scenario.stem).to_string();
            writeln!(out, "  {worth:>5}  {}: {}", scenario.stem, scenario.purpose)?;
        }
        Ok(())
    }
}

/// When it shows, where ordinary calls do not show it.
fn needs(mistake: Mistake) -> Option<&'static str> {
    match mistake.needs() {
        Needs::Nothing => None,
        Needs::Failure => Some("when a system call fails"),
        Needs::ForeignBreak => Some("when other parts of the program move the break"),
        Needs::Overflow => Some("when the product of os_calloc overflows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::Known;

    fn names(patterns: &[&str]) -> Vec<&'static str> {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        let chosen = chosen(&patterns).unwrap();
        chosen.into_iter().map(Mistake::name).collect()
    }

    fn built_in() -> Rubric {
        Rubric::built_in(&Known::all(&SCENARIOS)).unwrap()
    }

    fn printed(print: impl Fn(&Prices<'_>, &mut Vec<u8>) -> io::Result<()>) -> String {
        let rubric = built_in();
        let prices = Prices {
            rubric: &rubric,
            homes: Homes::canonical(),
        };
        let mut text = Vec::new();
        print(&prices, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn names_clauses_and_parts_of_names_select() {
        assert_eq!(names(&["FirstFit"]), ["FirstFit"]);
        assert!(names(&["fit"]).contains(&"WorstFit"));
        assert!(names(&["C4"]).contains(&"FirstFit"));
        assert_eq!(names(&["c4"]), names(&["C4"]));
        assert_eq!(names(&["C4", "FirstFit"]), names(&["C4"]));
        assert_eq!(names(&[]).len(), Mistake::ALL.len());
        for pattern in ["", "Z9", "nosuch"] {
            assert!(chosen(&[pattern.to_owned()]).is_err(), "{pattern}");
        }
    }

    #[test]
    fn every_mistake_costs_something_and_the_most_expensive_comes_first() {
        let list = printed(|prices, text| prices.list(text, Mistake::ALL));
        let lines: Vec<&str> = list
            .lines()
            .skip_while(|line| !line.is_empty())
            .skip(1)
            .collect();
        assert_eq!(lines.len(), Mistake::ALL.len());
        let price = |line: &&str| -> f64 {
            let first = line.split_whitespace().next().unwrap_or_default();
            first.trim_end_matches('+').parse().unwrap()
        };
        let prices: Vec<f64> = lines.iter().map(price).collect();
        assert!(prices.iter().all(|&price| price > 0.0), "{list}");
        assert!(prices.is_sorted_by(|one, other| one >= other), "{list}");
    }

    #[test]
    fn a_single_mistake_is_shown_in_full() {
        let text = printed(|prices, text| prices.detail(text, Mistake::FirstFit));
        for part in [
            "(C4)",
            "where to look: ",
            "0401-best-fit-smallest: ",
            " of 100 points\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = printed(|prices, text| prices.detail(text, Mistake::FreeNullCrashes));
        assert!(text.contains(", and 12.5 once for memory damage"), "{text}");
        let text = printed(|prices, text| prices.detail(text, Mistake::UncheckedMapping));
        assert!(
            text.contains("  occurs only when a system call fails\n"),
            "{text}"
        );
    }
}
