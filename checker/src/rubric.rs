//! How a record becomes points.
//!
//! A rubric is a TOML file (`rubric.toml` is the default and explains itself). It is checked
//! against the existing scenarios, so that a misspelt name is an error and not a category without
//! scenarios. Nothing here runs anything: the command that measures style is run by the caller.

mod error;
mod grade;
mod pattern;
mod points;
mod resolve;
mod sheet;
mod style;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use ref_tests::scenario::{self, Scenario};

use crate::record::Tier;
use crate::types::Clause;

pub use error::{Error, Problem};
pub use grade::{Category, Charge, DAMAGE, Deduction, Grade, Scored, Ungraded};
pub use points::{Points, Rounding};
pub use style::Style;

use sheet::Text;

/// The rubric that is used when no other is named.
pub const BUILT_IN: &str = include_str!("../rubric.toml");

/// How points are given. Every scenario is in one category at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Rubric {
    out_of: Points,
    rounding: Rounding,
    credit: Credit,
    /// What is taken off once for damaged memory.
    damage: Points,
    /// What mistakes cost instead of their scenarios, by name.
    prices: BTreeMap<String, Points>,
    /// In the order of the file.
    categories: Vec<Planned>,
    /// By stem.
    shares: BTreeMap<String, Share>,
    penalties: Vec<Penalty>,
    style: Option<Style>,
}

/// The facts about a scenario that a rubric needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Number and slug, such as `0203-malloc-split-first`.
    pub stem: String,
    /// The clauses that it rests on.
    pub clauses: Vec<Clause>,
    /// How it counts.
    pub tier: Tier,
    /// What it is worth where no category has it, when it says so itself.
    pub points: Option<Points>,
}

impl From<&Scenario> for Known {
    fn from(scenario: &Scenario) -> Self {
        Self {
            stem: scenario.stem.to_owned(),
            points: scenario.points.and_then(Points::new),
            clauses: scenario.clauses.to_vec(),
            tier: match scenario.kind {
                scenario::Kind::Golden | scenario::Kind::Faults | scenario::Kind::Random => {
                    Tier::Golden
                }
                scenario::Kind::Probe => Tier::Probe,
                scenario::Kind::Robustness => Tier::Robustness,
            },
        }
    }
}

impl Known {
    /// The facts about these scenarios that a rubric needs.
    pub fn all(scenarios: &[Scenario]) -> Vec<Self> {
        scenarios.iter().map(Self::from).collect()
    }

    fn chapter(&self) -> &str {
        self.stem.get(..2).unwrap_or_default()
    }
}

/// Fractions of a scenario's points for what is neither passed nor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Credit {
    carried: Points,
    not_reached: Points,
}

/// A category and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Planned {
    name: String,
    maximum: Points,
}

/// What one scenario is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    category: usize,
    maximum: Points,
}

/// Points that are taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Penalty {
    name: String,
    counted: Counted,
    each: Points,
    at_most: Points,
}

/// What a penalty counts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Counted {
    /// Mistakes that break one of these clauses.
    Clauses(Vec<Clause>),
    /// Lines that a pattern describes.
    Lines { pattern: String, of: Text },
}

impl Rubric {
    /// Reads a rubric for these scenarios.
    ///
    /// An error is the first thing that is wrong with it, with its line.
    pub fn parse(text: &str, scenarios: &[Known]) -> Result<Self, Error> {
        resolve::rubric(text, scenarios)
    }

    /// The rubric that is used when no other is named, for these scenarios.
    pub fn built_in(scenarios: &[Known]) -> Result<Self, Error> {
        Self::parse(BUILT_IN, scenarios)
    }

    /// What measures style, where the rubric asks for it.
    pub const fn style(&self) -> Option<&Style> {
        self.style.as_ref()
    }

    /// The most that can be reached, style included.
    pub fn maximum(&self) -> Points {
        self.for_scenarios() + self.style.as_ref().map_or(Points::ZERO, Style::maximum)
    }

    /// The most that can be reached without style.
    fn for_scenarios(&self) -> Points {
        self.categories.iter().map(|planned| planned.maximum).sum()
    }

    /// What is taken off once for damaged memory.
    pub const fn damage(&self) -> Points {
        self.damage
    }

    /// The categories in the order of the file: name, points at most, number of scenarios.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Points, usize)> {
        let categories = self.categories.iter().enumerate();
        categories.map(|(index, planned)| {
            let shares = self.shares.values().filter(|one| one.category == index);
            (planned.name.as_str(), planned.maximum, shares.count())
        })
    }

    /// What a scenario is worth; nothing for one that is in no category.
    pub fn worth(&self, stem: &str) -> Points {
        self.shares
            .get(stem)
            .map_or(Points::ZERO, |share| share.maximum)
    }

    /// What a mistake costs alone, where these scenarios are its homes.
    pub fn price<S: AsRef<str>>(&self, mistake: &str, homes: &[S]) -> Points {
        let own = self.prices.get(mistake).copied();
        own.unwrap_or_else(|| {
            let homes: BTreeSet<&str> = homes.iter().map(AsRef::as_ref).collect();
            homes.into_iter().map(|stem| self.worth(stem)).sum()
        })
    }
}
