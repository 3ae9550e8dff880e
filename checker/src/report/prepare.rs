//! The copy of a record that an exporter works on: every text harmless, and of a bounded length.

use std::collections::BTreeSet;
use std::io;

use super::GradeResult;
use super::mistakes::by_cost;
use super::text::{block, line};
use crate::record::{
    Build, ClauseLine, Damage, Example, Failure, Frame, Mistake, Output, Record, ScenarioResult,
    Source, Step, Tier, Time, Where,
};
use crate::rubric::{Grade, Points, Scored, Ungraded};
use crate::types::Status;

/// Bytes of free text that there is room for when nothing presses.
const ROOMY: usize = 16 << 10;
/// Bytes of free text below which results are left out instead.
const TIGHT: usize = 64;
/// Bytes of a text on one line.
const LINE: usize = 1000;
/// Entries of a list when nothing presses.
const LIST: usize = 40;
/// Entries of a list in any case.
const SHORT_LIST: usize = 4;

/// Mistakes that a report lists.
const MISTAKES: usize = 100;

/// What an exporter writes.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The record, harmless and short enough.
    pub(super) record: Record,
    /// The grade, the same.
    pub(super) grade: Result<Grade, Ungraded>,
    /// Whether there is a grade and everything that counts passed.
    pub(super) passed: bool,
    /// How many results there are of each status, those that are left out included.
    pub(super) counts: Vec<(Status, usize)>,
    /// Why there is no grade, in words; empty when there is one.
    pub(super) reason: String,
    /// How many scenarios that count fail by no mistake of the record, and what they are worth.
    pub(super) unexplained: (usize, Points),
    /// What was cut to make it fit, in words.
    pub(super) notice: Option<String>,
}

/// How much may be written.
#[derive(Clone, Copy)]
struct Room {
    /// Bytes of a text about the submission as a whole: its mistakes, what the compiler said.
    text: usize,
    /// Bytes of a text about one scenario.
    detail: usize,
    results: usize,
}

/// What `render` makes, at most `cap` bytes of it, until it fits: with shorter texts about
/// scenarios, then with shorter ones about the whole, then with fewer results. It fails only if even
/// the shortest form does not fit.
pub(super) fn fit(
    cap: usize,
    record: &Record,
    grade: GradeResult<'_>,
    render: fn(&Prepared) -> io::Result<String>,
) -> io::Result<String> {
    let mut room = Room::all(record);
    loop {
        let text = render(&Prepared::new(record, grade, room))?;
        if text.len() <= cap {
            return Ok(text);
        }
        if room.detail > TIGHT {
            room.detail /= 4;
        } else if room.text > TIGHT {
            room.text /= 4;
        } else if room.results > 0 {
            room.results /= 2;
        } else {
            let message = format!("a report cannot be made to fit into {cap} bytes");
            return Err(io::Error::other(message));
        }
    }
}

impl Prepared {
    /// The copy with the most room that there ever is.
    pub(super) fn roomy(record: &Record, grade: GradeResult<'_>) -> Self {
        Self::new(record, grade, Room::all(record))
    }

    fn new(record: &Record, grade: GradeResult<'_>, room: Room) -> Self {
        let reason = grade.err().map(|ungraded| room.clean_ungraded(ungraded));
        Self {
            reason: reason.map_or_else(String::new, |ungraded| ungraded.to_string()),
            record: room.clean(record, grade),
            grade: match grade {
                Ok(grade) => Ok(room.clean_grade(grade)),
                Err(ungraded) => Err(room.clean_ungraded(ungraded)),
            },
            passed: grade.is_ok() && record.passed(),
            counts: counts(&record.results),
            unexplained: unexplained(record, grade.ok()),
            notice: room.notice(record),
        }
    }

    /// Whether a scenario is wrong only by mistakes of the list.
    pub(super) fn is_explained(&self, result: &ScenarioResult) -> bool {
        self.record.mistakes_in(result).next().is_some()
    }

    /// A scenario's points; `None` when it is worth none or there is no grade.
    pub(super) fn scored(&self, result: &ScenarioResult) -> Option<&Scored> {
        let grade = self.grade.as_ref().ok()?;
        grade.scored(&result.stem)
    }
}

/// How many scenarios that count fail by no mistake of the record, and what they are worth. Those
/// of the robustness tier count where they are worth points.
pub(crate) fn unexplained(record: &Record, grade: Option<&Grade>) -> (usize, Points) {
    let homes = record.mistakes.iter().flat_map(|mistake| &mistake.homes);
    let homes: BTreeSet<&String> = homes.collect();
    let worth = |result: &ScenarioResult| {
        let scored = grade.and_then(|grade| grade.scored(&result.stem));
        scored.map_or(Points::ZERO, |one| one.maximum)
    };
    let results = record.results.iter().filter(|result| {
        result.status.is_wrong()
            && (result.tier != Tier::Robustness || worth(result) > Points::ZERO)
            && !homes.contains(&result.stem)
            && record.mistakes_in(result).next().is_none()
    });
    let points = results.clone().map(worth).sum();
    (results.count(), points)
}

/// How many results there are of each status.
pub(super) fn counts(results: &[ScenarioResult]) -> Vec<(Status, usize)> {
    let count = |status: &Status| results.iter().filter(|one| one.status == *status).count();
    let statuses = Status::ALL.iter();
    statuses.map(|status| (*status, count(status))).collect()
}

impl Room {
    /// The most room that there ever is.
    fn all(record: &Record) -> Self {
        Self {
            text: ROOMY,
            detail: ROOMY,
            results: record.results.len(),
        }
    }

    /// The room for the texts of one scenario.
    const fn of_scenario(self) -> Self {
        Self {
            text: self.detail,
            ..self
        }
    }

    fn notice(self, record: &Record) -> Option<String> {
        let (results, mistakes) = (record.results.len(), record.mistakes.len());
        let mut said = Vec::new();
        if self.detail < ROOMY {
            let bytes = self.detail;
            said.push(format!(
                "texts about scenarios are cut to {bytes} bytes each"
            ));
        }
        if self.text < ROOMY {
            said.push(format!("all others to {} bytes each", self.text));
        }
        if self.results < results {
            let left_out = results - self.results;
            said.push(format!("{left_out} scenarios are left out"));
        }
        if mistakes > MISTAKES {
            said.push(format!("{} mistakes are left out", mistakes - MISTAKES));
        }
        let because = "because this format takes no larger reports";
        (!said.is_empty()).then(|| format!("{}, {because}", said.join(" and ")))
    }

    fn line(self, text: &str) -> String {
        line(text, LINE.min(self.text.max(TIGHT * 4)))
    }

    fn block(self, text: &str) -> String {
        block(text, self.text)
    }

    fn list(self, texts: &[String]) -> Vec<String> {
        let most = (self.text / 128).clamp(SHORT_LIST, LIST);
        let mut list: Vec<String> = texts.iter().take(most).map(|one| self.line(one)).collect();
        if texts.len() > most {
            list.push(format!("… (cut: {} more)", texts.len() - most));
        }
        list
    }

    fn clean(self, record: &Record, grade: GradeResult<'_>) -> Record {
        let results = record.results.iter().take(self.results);
        let mistakes = by_cost(record, grade.ok()).into_iter().take(MISTAKES);
        Record {
            suite: self.line(&record.suite),
            snapshots: self.line(&record.snapshots),
            isolation: self.list(&record.isolation),
            seed: record.seed,
            submission: self.line(&record.submission),
            reading: record.reading.as_ref().map(|text| self.line(text)),
            mistakes: mistakes.map(|one| self.clean_mistake(one)).collect(),
            remarks: self.list(&record.remarks),
            card: record.card.iter().map(|one| self.clean_card(one)).collect(),
            damage: record.damage.as_ref().map(|one| self.clean_damage(one)),
            build: self.clean_build(&record.build),
            results: results
                .map(|result| self.of_scenario().clean_result(result))
                .collect(),
            choices: self.list(&record.choices),
            contradictions: self.list(&record.contradictions),
            unsteady: record.unsteady,
            time: clean_time(&record.time),
        }
    }

    fn clean_build(self, build: &Build) -> Build {
        Build {
            failure: build.failure.as_ref().map(|text| self.block(text)),
            notices: self.list(&build.notices),
            warnings: self.block(&build.warnings),
            sources: self.list(&build.sources),
            left_out: self.list(&build.left_out),
            missing: self.list(&build.missing),
            forbidden: self.list(&build.forbidden),
        }
    }

    fn clean_result(self, result: &ScenarioResult) -> ScenarioResult {
        ScenarioResult {
            stem: self.line(&result.stem),
            purpose: self.line(&result.purpose),
            clauses: self.list(&result.clauses),
            mistakes: result.mistakes.iter().map(|name| self.line(name)).collect(),
            failure: result.failure.as_ref().map(|one| self.clean_failure(one)),
            output: Output {
                text: self.block(&result.output.text),
                truncated: result.output.truncated,
            },
            steps: self.clean_steps(&result.steps),
            seconds: seconds(result.seconds),
            ..*result
        }
    }

    /// Time lines are left out whole where there is little room.
    fn clean_steps(self, steps: &[Step]) -> Vec<Step> {
        if self.text < ROOMY {
            return Vec::new();
        }
        let clean = |step: &Step| Step {
            code: self.line(&step.code),
            result: self.line(&step.result),
            system_calls: self.list(&step.system_calls),
            ..step.clone()
        };
        steps.iter().map(clean).collect()
    }

    fn clean_failure(self, failure: &Failure) -> Failure {
        Failure {
            call: failure.call,
            code: self.line(&failure.code),
            clause: failure.clause.as_ref().map(|clause| self.line(clause)),
            sentence: self.line(&failure.sentence),
            expected: self.block(&failure.expected),
            observed: self.block(&failure.observed),
            picture: self.block(&failure.picture),
            heaps: failure.heaps.clone(),
            diff: self.block(&failure.diff),
            source: failure.source.as_ref().map(|one| self.clean_source(one)),
            by_hand: failure.by_hand,
        }
    }

    fn clean_source(self, source: &Source) -> Source {
        let clean = |frame: &Frame| Frame {
            function: self.line(&frame.function),
            file: frame.file.as_ref().map(|file| self.line(file)),
            line: frame.line,
        };
        Source {
            what: self.line(&source.what),
            frames: source.frames.iter().map(clean).collect(),
            call: self.line(&source.call),
            cut: source.cut,
        }
    }

    fn clean_mistake(self, mistake: &Mistake) -> Mistake {
        Mistake {
            name: self.line(&mistake.name),
            clause: self.line(&mistake.clause),
            sentence: self.line(&mistake.sentence),
            hint: self.line(&mistake.hint),
            homes: self.list(&mistake.homes),
            example: mistake.example.as_ref().map(|example| Example {
                stem: self.line(&example.stem),
                failure: self.clean_failure(&example.failure),
                steps: self.clean_steps(&example.steps),
            }),
            ..*mistake
        }
    }

    fn clean_card(self, line: &ClauseLine) -> ClauseLine {
        ClauseLine {
            clause: self.line(&line.clause),
            summary: self.line(&line.summary),
            first: line.first.as_ref().map(|place| self.clean_place(place)),
            ..*line
        }
    }

    fn clean_damage(self, damage: &Damage) -> Damage {
        Damage {
            sentence: self.line(&damage.sentence),
            place: self.clean_place(&damage.place),
            source: damage.source.as_ref().map(|one| self.clean_source(one)),
        }
    }

    fn clean_place(self, place: &Where) -> Where {
        Where {
            stem: self.line(&place.stem),
            call: place.call,
        }
    }

    fn clean_grade(self, grade: &Grade) -> Grade {
        let mut grade = grade.clone();
        for category in grade.categories.iter_mut().chain(&mut grade.style) {
            category.name = self.line(&category.name);
        }
        for deduction in &mut grade.deductions {
            deduction.name = self.line(&deduction.name);
        }
        for charge in &mut grade.charges {
            charge.name = self.line(&charge.name);
        }
        grade
    }

    fn clean_ungraded(self, ungraded: &Ungraded) -> Ungraded {
        match ungraded {
            Ungraded::GraderError(stems) => Ungraded::GraderError(self.list(stems)),
            Ungraded::NotRun(stems) => Ungraded::NotRun(self.list(stems)),
            Ungraded::StyleMissing => Ungraded::StyleMissing,
            Ungraded::Other(reason) => Ungraded::Other(self.line(reason)),
        }
    }
}

fn clean_time(time: &Time) -> Time {
    Time {
        build: seconds(time.build),
        run: seconds(time.run),
        judge: seconds(time.judge),
    }
}

/// A length of time that every format can write.
pub(super) fn seconds(seconds: f64) -> f64 {
    const LONGEST: f64 = 1e9;
    if seconds.is_finite() {
        (seconds.clamp(0.0, LONGEST) * 1000.0).round() / 1000.0
    } else {
        0.0
    }
}
