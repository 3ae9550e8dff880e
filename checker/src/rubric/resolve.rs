//! Turns the text of a rubric into points for each of the scenarios that there are.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::pattern::matches;
use super::{Counted, Credit, Error, Known, Penalty, Planned, Points, Problem, Rubric, Share};
use super::{Style, sheet};
use crate::spec::Mistake;
use crate::types::Clause;

/// What is taken off for damaged memory where a rubric does not say it: this part of the whole.
const DAMAGE: f64 = 0.125;

/// What the category of scenarios is called that say themselves what they are worth.
const OWN: &str = "scenarios of the course";

pub(super) fn rubric(text: &str, scenarios: &[Known]) -> Result<Rubric, Error> {
    let sheet: sheet::Sheet = toml::from_str(text).map_err(|error| Error {
        line: line_of(text, error.span().unwrap_or(0..0).start),
        problem: Problem::Syntax(error.message().to_owned()),
    })?;
    let mut reader = Reader {
        text,
        scenarios,
        categories: Vec::new(),
        shares: BTreeMap::new(),
        obligatory: Points::ZERO,
    };
    reader.read(&sheet)
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// What has been read so far.
struct Reader<'t> {
    text: &'t str,
    scenarios: &'t [Known],
    categories: Vec<Planned>,
    shares: BTreeMap<String, Share>,
    obligatory: Points,
}

impl Reader<'_> {
    fn read(&mut self, sheet: &sheet::Sheet) -> Result<Rubric, Error> {
        let credit = self.credit(&sheet.scenario)?;
        let prices = self.prices(&sheet.mistake)?;
        for category in &sheet.category {
            self.add(category)?;
        }
        self.check_sum(&sheet.maximum)?;
        self.add_own();
        let penalties = sheet.penalty.iter().map(|penalty| self.penalty(penalty));
        let penalties = penalties.collect::<Result<_, _>>()?;
        let style = sheet.style.as_ref().map(|style| self.style(style));
        let mut rubric = Rubric {
            out_of: Points::ZERO,
            rounding: sheet.rounding,
            credit,
            damage: Points::ZERO,
            prices,
            categories: std::mem::take(&mut self.categories),
            shares: std::mem::take(&mut self.shares),
            penalties,
            style: style.transpose()?,
        };
        rubric.out_of = self.out_of(sheet, rubric.maximum())?;
        let part = Points::new(DAMAGE).map(|part| part.of(rubric.out_of));
        let damage = sheet.damage.as_ref().map(|damage| damage.points);
        rubric.damage = damage.or(part).unwrap_or_default();
        Ok(rubric)
    }

    fn error(&self, at: Range<usize>, problem: Problem) -> Error {
        let line = line_of(self.text, at.start);
        Error { line, problem }
    }

    fn credit(&self, written: &sheet::Scenario) -> Result<Credit, Error> {
        let fraction = |part: &Spanned<Points>| match *part.get_ref() {
            all if all > Points::ONE => Err(self.error(part.span(), Problem::Fraction(all))),
            all => Ok(all),
        };
        Ok(Credit {
            carried: fraction(&written.carried)?,
            not_reached: fraction(&written.not_reached)?,
        })
    }

    fn prices(&self, written: &[sheet::Mistake]) -> Result<BTreeMap<String, Points>, Error> {
        let mut prices = BTreeMap::new();
        for sheet::Mistake { name, points } in written {
            let error = |problem: fn(String) -> Problem| {
                self.error(name.span(), problem(name.get_ref().clone()))
            };
            if !Mistake::ALL
                .iter()
                .any(|known| known.name() == name.get_ref())
            {
                return Err(error(Problem::Mistake));
            }
            if prices.insert(name.get_ref().clone(), *points).is_some() {
                return Err(error(Problem::Twice));
            }
        }
        Ok(prices)
    }

    fn add(&mut self, written: &Spanned<sheet::Category>) -> Result<(), Error> {
        let category = written.get_ref();
        self.check_name(&category.name, written.span())?;
        let Some(chosen) = self.chosen(category)? else {
            return Ok(());
        };
        if chosen.is_empty() && category.optional {
            return Ok(());
        }
        if chosen.is_empty() {
            let problem = Problem::NothingLeft(category.name.clone());
            return Err(self.error(written.span(), problem));
        }
        let shares = self.shares_of(written, chosen.len())?;
        self.give(category, chosen, shares);
        Ok(())
    }

    /// Scenarios that say themselves what they are worth, and that no category has, come on top.
    fn add_own(&mut self) {
        for known in self.scenarios {
            let Some(maximum) = known.points else {
                continue;
            };
            if !self.shares.contains_key(&known.stem) {
                let category = self.index_of(OWN);
                self.categories[category].maximum = self.categories[category].maximum + maximum;
                let share = Share { category, maximum };
                self.shares.insert(known.stem.clone(), share);
            }
        }
    }

    /// What each of a category's scenarios is worth.
    fn shares_of(
        &self,
        written: &Spanned<sheet::Category>,
        count: usize,
    ) -> Result<Vec<Points>, Error> {
        let category = written.get_ref();
        match (category.points, category.each) {
            (Some(points), None) => Ok(points.shares(count).collect()),
            (None, Some(each)) => Ok(vec![each; count]),
            _ => {
                let problem = Problem::Worth(category.name.clone());
                Err(self.error(written.span(), problem))
            }
        }
    }

    fn give(&mut self, category: &sheet::Category, chosen: Vec<String>, shares: Vec<Points>) {
        let sum = shares.iter().copied().sum();
        let index = self.index_of(&category.name);
        self.categories[index].maximum = self.categories[index].maximum + sum;
        if !category.optional {
            self.obligatory = self.obligatory + sum;
        }
        for (stem, maximum) in chosen.into_iter().zip(shares) {
            let category = index;
            self.shares.insert(stem, Share { category, maximum });
        }
    }

    /// The category of this name, made where there is none.
    fn index_of(&mut self, name: &str) -> usize {
        let found = self.categories.iter().position(|one| one.name == name);
        found.unwrap_or_else(|| {
            self.categories.push(Planned {
                name: name.to_owned(),
                maximum: Points::ZERO,
            });
            self.categories.len() - 1
        })
    }

    /// The scenarios that a category selects and that no earlier one has; `None` for an optional
    /// one that speaks of scenarios that do not exist.
    fn chosen(&self, category: &sheet::Category) -> Result<Option<Vec<String>>, Error> {
        if let Err(error) = self.check_selectors(category) {
            let absent = matches!(
                error.problem,
                Problem::Chapter(_) | Problem::Pattern(_) | Problem::UnusedClause(_)
            );
            return if category.optional && absent {
                Ok(None)
            } else {
                Err(error)
            };
        }
        let fits = |known: &&Known| {
            selects(category, known)
                && category.kinds.contains(&known.tier)
                && !self.shares.contains_key(&known.stem)
        };
        let chosen = self.scenarios.iter().filter(fits);
        Ok(Some(chosen.map(|known| known.stem.clone()).collect()))
    }

    /// Whether each selector by itself selects something.
    fn check_selectors(&self, category: &sheet::Category) -> Result<(), Error> {
        if let Some(chapter) = &category.chapter {
            let selects = |known: &Known| known.chapter() == chapter.get_ref();
            self.check_any(chapter, selects, Problem::Chapter)?;
        }
        if let Some(clause) = &category.clause {
            let number = self.clause(clause)?;
            let selects = |known: &Known| known.clauses.contains(&number);
            self.check_any(clause, selects, Problem::UnusedClause)?;
        }
        for pattern in category.scenarios.iter().flatten() {
            let selects = |known: &Known| matches(pattern.get_ref(), &known.stem);
            self.check_any(pattern, selects, Problem::Pattern)?;
        }
        Ok(())
    }

    fn check_any(
        &self,
        written: &Spanned<String>,
        selects: impl Fn(&Known) -> bool,
        problem: impl Fn(String) -> Problem,
    ) -> Result<(), Error> {
        if self.scenarios.iter().any(selects) {
            return Ok(());
        }
        Err(self.error(written.span(), problem(written.get_ref().clone())))
    }

    fn clause(&self, written: &Spanned<String>) -> Result<Clause, Error> {
        Clause::numbered(written.get_ref()).ok_or_else(|| {
            let problem = Problem::Clause(written.get_ref().clone());
            self.error(written.span(), problem)
        })
    }

    fn check_sum(&self, maximum: &Spanned<Points>) -> Result<(), Error> {
        let (sum, stated) = (self.obligatory, *maximum.get_ref());
        if sum == stated {
            return Ok(());
        }
        let problem = Problem::Sum {
            sum,
            maximum: stated,
        };
        Err(self.error(maximum.span(), problem))
    }

    /// What the assignment is out of. Optional scenarios come on top of what the file says, so
    /// only what is written there is held against it.
    fn out_of(&self, sheet: &sheet::Sheet, maximum: Points) -> Result<Points, Error> {
        let Some(written) = &sheet.out_of else {
            return Ok(maximum);
        };
        let style = sheet.style.as_ref().map(|style| style.get_ref().maximum);
        let part = *sheet.maximum.get_ref() + style.unwrap_or_default();
        let out_of = *written.get_ref();
        if out_of < part {
            let maximum = part;
            let problem = Problem::OutOf { out_of, maximum };
            return Err(self.error(written.span(), problem));
        }
        Ok(out_of.max(maximum))
    }

    fn penalty(&self, written: &Spanned<sheet::Penalty>) -> Result<Penalty, Error> {
        let penalty = written.get_ref();
        self.check_name(&penalty.name, written.span())?;
        let counted = match (&penalty.clauses, &penalty.lines) {
            (Some(_), None) if penalty.of.is_some() => Err(Problem::Of(penalty.name.clone())),
            (Some(clauses), None) => {
                let clauses = clauses.iter().map(|clause| self.clause(clause));
                Ok(Counted::Clauses(clauses.collect::<Result<_, _>>()?))
            }
            (None, Some(pattern)) => Ok(Counted::Lines {
                pattern: pattern.clone(),
                of: penalty.of.unwrap_or_default(),
            }),
            _ => Err(Problem::Counted(penalty.name.clone())),
        };
        Ok(Penalty {
            name: penalty.name.clone(),
            counted: counted.map_err(|problem| self.error(written.span(), problem))?,
            each: penalty.each,
            at_most: penalty.at_most,
        })
    }

    fn style(&self, written: &Spanned<sheet::Style>) -> Result<Style, Error> {
        let style = written.get_ref();
        if style.command.first().is_none_or(String::is_empty) {
            return Err(self.error(written.span(), Problem::Command));
        }
        Ok(Style::new(
            style.command.clone(),
            style.maximum,
            style.above,
        ))
    }

    fn check_name(&self, name: &str, at: Range<usize>) -> Result<(), Error> {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(self.error(at, Problem::Name(name.to_owned())));
        }
        Ok(())
    }
}

fn selects(category: &sheet::Category, known: &Known) -> bool {
    let in_chapter = |chapter: &Spanned<String>| known.chapter() == chapter.get_ref();
    let rests_on = |written: &Spanned<String>| {
        let clause = Clause::numbered(written.get_ref());
        clause.is_some_and(|clause| known.clauses.contains(&clause))
    };
    let named = |patterns: &Vec<Spanned<String>>| {
        let mut patterns = patterns.iter();
        patterns.any(|pattern| matches(pattern.get_ref(), &known.stem))
    };
    category.chapter.as_ref().is_none_or(in_chapter)
        && category.clause.as_ref().is_none_or(rests_on)
        && category.scenarios.as_ref().is_none_or(named)
}
