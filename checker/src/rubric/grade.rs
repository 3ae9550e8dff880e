//! The points of one submission.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::pattern::matches;
use super::sheet::Text;
use super::{Counted, Penalty, Points, Rounding, Rubric, Share};
use crate::record::{Mistake, Record, ScenarioResult};
use crate::types::Status;

/// The points of one submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    /// All points together, penalties taken off, style included where it counts.
    pub total: Points,
    /// The most that could be reached.
    pub maximum: Points,
    /// What the assignment as a whole is out of; the rest is given by others.
    pub out_of: Points,
    /// What to do with fractions where only whole points can be given.
    pub rounding: Rounding,
    /// The parts, in the order of the rubric.
    pub categories: Vec<Category>,
    /// What each mistake costs, and damaged memory, the most expensive first. Each scenario is
    /// charged to one mistake only.
    pub charges: Vec<Charge>,
    /// The points that were taken off the parts: penalties, mistakes with a price of their own, damaged memory.
    pub deductions: Vec<Deduction>,
    /// Style, where the rubric has it.
    pub style: Option<Category>,
    /// The scenarios that are worth points, in the order of their stems.
    pub scenarios: Vec<Scored>,
}

/// A part of a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// What it is called.
    pub name: String,
    /// What was reached.
    pub points: Points,
    /// What could be.
    pub maximum: Points,
}

/// What a mistake costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The mistake's name, or [`DAMAGE`].
    pub name: String,
    /// What it costs; nothing when all its scenarios are charged to others.
    pub points: Points,
}

/// What the charge for damaged memory is called.
pub const DAMAGE: &str = "memory damage";

/// Points that were taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deduction {
    /// What for.
    pub name: String,
    /// How often it was found.
    pub count: usize,
    /// How much was taken off.
    pub points: Points,
}

/// The points of one scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// The scenario.
    pub stem: String,
    /// What was reached.
    pub points: Points,
    /// What could be.
    pub maximum: Points,
}

/// Why there is no grade. A missing result never counts as zero.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ungraded {
    /// The checker could not judge scenarios that are worth points.
    #[error("no grade: the checker could not judge {}", listed(.0))]
    GraderError(Vec<String>),
    /// Scenarios that are worth points were not run.
    #[error("no grade: not run, but worth points: {}", listed(.0))]
    NotRun(Vec<String>),
    /// The rubric gives points for style and none were measured.
    #[error("no grade: the points for style were not measured")]
    StyleMissing,
    /// Something else that the caller found, as a lower-case fragment.
    #[error("no grade: {0}")]
    Other(String),
}

/// The first few of many names.
fn listed(stems: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = stems[..stems.len().min(SHOWN)].join(", ");
    match stems.len() {
        0..=SHOWN => shown,
        count => format!("{shown} and {} more", count - SHOWN),
    }
}

impl Grade {
    /// The total as a whole number: what comes from the scenarios and style, each rounded, so that
    /// the parts that are shown add up.
    pub fn whole(&self) -> i64 {
        let style = self.style_points();
        self.without_style().rounded(self.rounding) + style.rounded(self.rounding)
    }

    /// All points but those for style.
    pub fn without_style(&self) -> Points {
        self.total - self.style_points()
    }

    /// The points for style that count.
    pub fn style_points(&self) -> Points {
        self.style
            .as_ref()
            .map_or(Points::ZERO, |style| style.points)
    }

    /// The part of the maximum that was reached, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        if self.maximum == Points::ZERO {
            return 1.0;
        }
        (self.total.value() / self.maximum.value()).clamp(0.0, 1.0)
    }

    /// What a mistake, or [`DAMAGE`], costs; `None` when the submission has no such mistake.
    pub fn charged(&self, name: &str) -> Option<Points> {
        let charge = self.charges.iter().find(|charge| charge.name == name)?;
        Some(charge.points)
    }

    /// A scenario's points; `None` when it is worth none.
    pub fn scored(&self, stem: &str) -> Option<&Scored> {
        let found = self
            .scenarios
            .binary_search_by(|scored| scored.stem.as_str().cmp(stem));
        found.ok().map(|index| &self.scenarios[index])
    }
}

impl Rubric {
    /// The points of a submission.
    pub fn grade(&self, record: &Record) -> Result<Grade, Ungraded> {
        self.grade_with_style(record, None)
    }

    /// The points of a submission with those for style, which count on the rubric's condition.
    pub fn grade_with_style(
        &self,
        record: &Record,
        style: Option<Points>,
    ) -> Result<Grade, Ungraded> {
        let scenarios = self.scored(record)?;
        let (charges, mut deductions) = (self.charges(record), self.overridden(record));
        deductions.extend(
            record
                .damage
                .as_ref()
                .map(|_| Deduction::of(DAMAGE, self.damage)),
        );
        let penalties = self.penalties.iter();
        deductions.extend(penalties.filter_map(|penalty| penalty.deduction(record)));
        let reached: Points = scenarios.iter().map(|scored| scored.points).sum();
        let taken_off: Points = deductions.iter().map(|deduction| deduction.points).sum();
        let rest = reached - taken_off.min(reached);
        let style = self.style_category(rest, style)?;
        Ok(Grade {
            total: rest + style.as_ref().map_or(Points::ZERO, |style| style.points),
            maximum: self.maximum(),
            out_of: self.out_of,
            rounding: self.rounding,
            categories: self.category_points(&scenarios),
            charges,
            deductions,
            style,
            scenarios,
        })
    }

    fn scored(&self, record: &Record) -> Result<Vec<Scored>, Ungraded> {
        let results = by_stem(record);
        let built = record.build.failure.is_none();
        let of_status = |wanted: Option<Status>| -> Vec<String> {
            let found = |stem: &&String| results.get(stem.as_str()).map(|one| one.status) == wanted;
            let worth_points = self.shares.iter().filter(|(_, s)| s.maximum > Points::ZERO);
            let stems = worth_points.map(|(stem, _)| stem);
            stems.filter(found).cloned().collect()
        };
        let unknown = of_status(Some(Status::GraderError));
        if !unknown.is_empty() {
            return Err(Ungraded::GraderError(unknown));
        }
        let not_run = of_status(None);
        if built && !not_run.is_empty() {
            return Err(Ungraded::NotRun(not_run));
        }
        let lost = self.lost(record);
        let scored = |(stem, share): (&String, &Share)| Scored {
            stem: stem.clone(),
            points: match results.get(stem.as_str()) {
                Some(result) if built && !lost.contains(stem.as_str()) => {
                    self.credit(record, result).of(share.maximum)
                }
                _ => Points::ZERO,
            },
            maximum: share.maximum,
        };
        Ok(self.shares.iter().map(scored).collect())
    }

    /// The fraction of its points that a scenario gets in which no mistake is at home: what is wrong
    /// there is charged elsewhere, unless no mistake accounts for it.
    fn credit(&self, record: &Record, result: &ScenarioResult) -> Points {
        let priced = |mistake: &Mistake| self.prices.contains_key(&mistake.name);
        let mut mistakes = record.mistakes_in(result);
        match (result.status, mistakes.next()) {
            (Status::Pass | Status::GraderError, _) => Points::ONE,
            (Status::NotReached, _) => self.credit.not_reached,
            (Status::Carried, None) => self.credit.carried,
            (_, None) => Points::ZERO,
            (_, Some(first)) if priced(first) && mistakes.all(priced) => Points::ONE,
            _ => self.credit.carried,
        }
    }

    /// The mistakes that cost their homes.
    fn at_home<'r>(&self, record: &'r Record) -> impl Iterator<Item = &'r Mistake> {
        let mistakes = record.mistakes.iter();
        mistakes.filter(|mistake| !self.prices.contains_key(&mistake.name))
    }

    /// The homes of all mistakes that cost their homes. What the scenarios give depends on this
    /// union only, so that fixing a mistake can never cost points.
    fn lost<'r>(&self, record: &'r Record) -> BTreeSet<&'r str> {
        let homes = self.at_home(record).flat_map(|mistake| &mistake.homes);
        homes.map(String::as_str).collect()
    }

    /// A scenario is charged to the most expensive mistake that is at home in it.
    fn charges(&self, record: &Record) -> Vec<Charge> {
        let price = |mistake: &Mistake| self.price(&mistake.name, &mistake.homes);
        let mut mistakes: Vec<&Mistake> = self.at_home(record).collect();
        mistakes.sort_by_key(|mistake| (Reverse(price(mistake)), &mistake.name));
        let mut charged = BTreeSet::new();
        let mut charges: Vec<Charge> = Vec::new();
        for mistake in mistakes {
            let homes = mistake.homes.iter().map(String::as_str);
            let own = homes.filter(|stem| charged.insert(*stem));
            let points = own.map(|stem| self.worth(stem)).sum();
            let name = mistake.name.clone();
            charges.push(Charge { name, points });
        }
        let of = |Deduction { name, points, .. }| Charge { name, points };
        charges.extend(self.overridden(record).into_iter().map(of));
        let damaged = record.damage.as_ref().map(|_| self.damage);
        charges.extend(damaged.map(|points| of(Deduction::of(DAMAGE, points))));
        charges.sort_by_cached_key(|charge| (Reverse(charge.points), charge.name.clone()));
        charges
    }

    /// What is taken off for mistakes that have a price of their own.
    fn overridden(&self, record: &Record) -> Vec<Deduction> {
        let price = |mistake: &Mistake| {
            let points = self.prices.get(&mistake.name)?;
            Some(Deduction::of(&mistake.name, *points))
        };
        record.mistakes.iter().filter_map(price).collect()
    }

    fn style_category(
        &self,
        rest: Points,
        given: Option<Points>,
    ) -> Result<Option<Category>, Ungraded> {
        let Some(style) = &self.style else {
            return Ok(None);
        };
        let given = given.ok_or(Ungraded::StyleMissing)?.min(style.maximum());
        let counts = rest > style.above();
        Ok(Some(Category {
            name: "style".to_owned(),
            points: if counts { given } else { Points::ZERO },
            maximum: style.maximum(),
        }))
    }

    fn category_points(&self, scenarios: &[Scored]) -> Vec<Category> {
        let planned = self.categories.iter().map(|planned| Category {
            name: planned.name.clone(),
            points: Points::ZERO,
            maximum: planned.maximum,
        });
        let mut categories: Vec<Category> = planned.collect();
        for (scored, share) in scenarios.iter().zip(self.shares.values()) {
            let points = &mut categories[share.category].points;
            *points = *points + scored.points;
        }
        categories
    }
}

/// The results by stem; of several for one stem, the first counts.
fn by_stem(record: &Record) -> BTreeMap<&str, &ScenarioResult> {
    let mut results = BTreeMap::new();
    for result in &record.results {
        results.entry(result.stem.as_str()).or_insert(result);
    }
    results
}

impl Deduction {
    fn of(name: &str, points: Points) -> Self {
        Self {
            name: name.to_owned(),
            count: 1,
            points,
        }
    }
}

impl Penalty {
    /// The points that this penalty takes off; `None` when it counts nothing in the record.
    fn deduction(&self, record: &Record) -> Option<Deduction> {
        let count = match &self.counted {
            Counted::Clauses(clauses) => {
                let breaks = |mistake: &&Mistake| {
                    let mut clauses = clauses.iter();
                    clauses.any(|clause| clause.number() == mistake.clause)
                };
                record.mistakes.iter().filter(breaks).count()
            }
            Counted::Lines { pattern, of } => of.lines(record, pattern),
        };
        (count > 0).then(|| Deduction {
            name: self.name.clone(),
            count,
            points: self.each.times(count).min(self.at_most),
        })
    }
}

impl Text {
    fn lines(self, record: &Record, pattern: &str) -> usize {
        let fit = |text: &str| text.lines().filter(|line| matches(pattern, line)).count();
        let results = record.results.iter();
        match self {
            Self::Warnings => fit(&record.build.warnings),
            Self::Output => results.map(|result| fit(&result.output.text)).sum(),
            Self::Differences => results
                .filter_map(|result| result.failure.as_ref())
                .map(|failure| fit(&failure.diff))
                .sum(),
        }
    }
}
