//! `checker recordings`: recordings of submissions, judged without their code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error};
use clap::Args;
use ref_tests::scenario::Kind;

use super::{Exit, Wrong};
use crate::batch::given;
use crate::explain::{self, Account, Observed};
use crate::homes::Homes;
use crate::inject::Injection;
use crate::judge::{self, Cause, Judgement, Run, Verdict};
use crate::profile;
use crate::record::Record;
use crate::recordings::{self, Recorded};
use crate::report::{claim, cost};
use crate::rubric::{Charge, DAMAGE, Grade, Known, Points, Rubric};
use crate::suite::SCENARIOS;
use crate::types::{Status, Trail};

/// Ends of the names of traces.
const TRACES: [&str; 2] = [".trace.txt", ".trace.txt.gz"];
/// The chapters that recordings are charged for come before this one.
const UNTESTED: &str = "09";
/// The points for the chapters that no recording has.
const UNTESTED_POINTS: f64 = 10.0;
/// Totals that differ by no more than this are said to agree.
const NEAR: f64 = 12.0;

/// Judges recordings of what submissions did in the scenarios of chapters 01 to 08: how many calls
/// are right, which mistakes explain the others, and what they cost. Without the code, there are no
/// random sequences, no failing system calls and no second run on a prepared heap.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Traces, NAME.trace.txt or NAME.trace.txt.gz, each with NAME.raw.txt beside it; or folders of
    /// them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A table with other grades, to show beside the result: columns divided by tabs, with the
    /// names `recording`, `prototype_of_90` and `assistant_of_100`.
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let facts = match &arguments.facts {
        Some(path) => facts(path)?,
        None => BTreeMap::new(),
    };
    let mut out = io::stdout().lock();
    let mut summary = Summary::default();
    for trace in traces(&arguments.files)? {
        let recorded = recordings::read(&trace).map_err(|error| Wrong(error.to_string()))?;
        let name = name_of(&trace);
        let judged = judged(&name, recorded)?;
        let known = facts.get(&name).copied().unwrap_or_default();
        judged.tell(&mut out, known)?;
        summary.add(&judged, known);
    }
    if summary.recordings > 1 {
        summary.tell(&mut out)?;
    }
    Ok(Exit::Passed)
}

/// The traces that are meant, those of a folder by name.
fn traces(files: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut traces = Vec::new();
    for file in files {
        if !file.is_dir() {
            traces.push(file.clone());
            continue;
        }
        let wrong = |error: io::Error| Wrong(format!("cannot read {}: {error}", file.display()));
        let mut inside = Vec::new();
        for entry in fs::read_dir(file).map_err(wrong)? {
            inside.push(entry.map_err(wrong)?.path());
        }
        inside.retain(|path| {
            TRACES
                .iter()
                .any(|end| path.to_string_lossy().ends_with(end))
        });
        if inside.is_empty() {
            wrong!("no recording in {}", file.display());
        }
        inside.sort();
        traces.extend(inside);
    }
    Ok(traces)
}

/// `r01` of `folder/r01.trace.txt.gz`
fn name_of(trace: &Path) -> String {
    let name = trace.file_name().unwrap_or_default().to_string_lossy();
    let end = TRACES.iter().find_map(|end| name.strip_suffix(end));
    end.unwrap_or(&name).to_owned()
}

/// What others say of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Facts {
    prototype: Option<f64>,
    assistant: Option<f64>,
}

fn facts(path: &Path) -> Result<BTreeMap<String, Facts>, Error> {
    let wrong = |what: &str| Wrong(format!("{}: {what}", path.display()));
    let text = given::text(path).map_err(|error| wrong(&error.to_string()))?;
    Ok(facts_in(&text).map_err(|what| wrong(&what))?)
}

fn facts_in(text: &str) -> Result<BTreeMap<String, Facts>, String> {
    let mut lines = text.lines();
    let titles: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |title: &str| titles.iter().position(|it| *it == title);
    let name = column("recording").ok_or("there is no column `recording`")?;
    let (prototype, assistant) = (column("prototype_of_90"), column("assistant_of_100"));
    let fact = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |column: Option<usize>| cells.get(column?)?.parse().ok();
        let facts = Facts {
            prototype: number(prototype),
            assistant: number(assistant),
        };
        Some(((*cells.get(name)?).to_owned(), facts))
    };
    Ok(lines.filter_map(fact).collect())
}

/// A recording and all that is said of it.
struct Judged {
    record: Record,
    grade: Grade,
    right: usize,
    wrong: usize,
    explained: usize,
    unknown: usize,
    /// Whether known mistakes explain every wrong call that is not of the robustness tier.
    whole: bool,
}

fn judged(name: &str, recorded: Vec<Recorded>) -> Result<Judged, Error> {
    let observed: Vec<Observed> = recorded.into_iter().map(observed).collect();
    let runs: Vec<Run<'_>> = observed.iter().map(Observed::run).collect();
    let judgement = judge::judge(&profile::in_use(), &runs);
    let account = Account {
        profile: &profile::in_use(),
        observed: &observed,
        judgement: &judgement,
        homes: Homes::canonical(),
        backtraces: None,
    };
    let mut record = Record::blank(name);
    let found: Vec<usize> = observed.iter().filter_map(|run| run.index).collect();
    account.fill(&mut record, &found);
    // Scenarios that are newer than the recording are lost because of mistakes that are at home
    // there.
    let others = (0..SCENARIOS.len()).filter(|index| !found.contains(index));
    let others = others.map(|index| explain::not_run(index, Status::NotReached, "not recorded"));
    record.results.extend(others);
    let grade = rubric()?.grade(&record).context("no grade")?;
    let count = |verdict: Verdict| {
        let calls = judgement.calls.iter();
        calls.filter(|call| call.verdict == verdict).count()
    };
    let explained = explained(&judgement);
    Ok(Judged {
        grade,
        right: count(Verdict::Right),
        wrong: count(Verdict::Wrong),
        explained: explained.len(),
        whole: judgement.calls.iter().enumerate().all(|(at, call)| {
            let explained = call.verdict != Verdict::Wrong || explained.contains(&at);
            explained || is_robust(observed[call.run].index)
        }),
        unknown: count(Verdict::Unknown),
        record,
    })
}

fn observed(recorded: Recorded) -> Observed {
    let Recorded {
        stem,
        calls,
        transcript,
    } = recorded;
    Observed {
        index: SCENARIOS.iter().position(|scenario| scenario.stem == stem),
        stem,
        calls,
        golden: None,
        injection: Injection::default(),
        prepared: 0,
        transcript,
        output: Vec::new(),
        // Not recorded, so never counted against the submission.
        complained: true,
        seconds: 0.0,
        trail: Trail::default(),
    }
}

/// Wrong calls that known mistakes explain, by their positions.
fn explained(judgement: &Judgement) -> BTreeSet<usize> {
    let mistakes = judgement.mistakes.iter();
    let known = mistakes.filter(|found| matches!(found.cause, Cause::Known(_)));
    let calls = known.flat_map(|found| found.wrong.iter().copied());
    calls
        .filter(|at| judgement.calls[*at].verdict == Verdict::Wrong)
        .collect()
}

fn is_robust(index: Option<usize>) -> bool {
    index.is_some_and(|index| SCENARIOS[index].kind == Kind::Robustness)
}

/// The built-in rubric, as far as it is about what is recorded.
fn rubric() -> Result<Rubric, Error> {
    let chapters = |known: &Known| {
        let robust = known.tier == crate::record::Tier::Robustness;
        !robust && known.stem.as_str() < UNTESTED
    };
    let mut known = Known::all(&SCENARIOS);
    known.retain(chapters);
    Ok(Rubric::built_in(&known)?)
}

/// `99.4 %`; all of nothing.
fn share(part: usize, whole: usize) -> String {
    let share = match whole {
        0 => 100.0,
        _ => part as f64 * 100.0 / whole as f64,
    };
    // Less than all is never rounded to 100 %.
    let share = if part < whole { share.min(99.9) } else { share };
    format!("{share:.1} %")
}

impl Judged {
    /// The points of 100, if the chapters that were not recorded were without a mistake.
    fn of_hundred(&self) -> f64 {
        self.grade.total.value() + UNTESTED_POINTS
    }

    fn tell(&self, out: &mut impl Write, facts: Facts) -> io::Result<()> {
        let Self {
            record,
            right,
            wrong,
            explained,
            ..
        } = self;
        writeln!(out, "{}", record.submission)?;
        if let Some(reading) = &record.reading {
            writeln!(out, "  {reading}")?;
        }
        let all = right + wrong;
        write!(
            out,
            "  {right} of {all} calls right ({})",
            share(*right, all)
        )?;
        if *wrong > 0 {
            let part = share(*explained, *wrong);
            write!(
                out,
                "; known mistakes explain {explained} of {wrong} wrong calls ({part})"
            )?;
        }
        match self.unknown {
            0 => writeln!(out)?,
            unknown => writeln!(out, "; {unknown} unknown")?,
        }
        for Charge { name, points } in &self.grade.charges {
            self.charge(out, name, *points)?;
        }
        let (total, whole) = (&self.grade.total, &self.grade.maximum);
        write!(
            out,
            "  {total} of {whole} points, {:.1} of 100",
            self.of_hundred()
        )?;
        if let Some(prototype) = facts.prototype {
            write!(out, "; prototype {prototype} of 90")?;
        }
        if let Some(assistant) = facts.assistant {
            write!(out, "; assistant {assistant} of 100")?;
        }
        writeln!(out, "\n")
    }

    fn charge(&self, out: &mut impl Write, name: &str, points: Points) -> io::Result<()> {
        let record = &self.record;
        let mistake = record.mistakes.iter().find(|mistake| mistake.name == name);
        let said = match (mistake, &record.damage) {
            (Some(mistake), _) => claim(mistake),
            (None, Some(damage)) => format!("{}, {}", damage.place, damage.sentence),
            (None, None) => String::new(),
        };
        debug_assert!(mistake.is_some() || name == DAMAGE, "{name}");
        writeln!(out, "  {name}: {said}: {}", cost(points))
    }
}

/// All recordings together.
#[derive(Debug, Default)]
struct Summary {
    recordings: usize,
    whole: usize,
    whole_but_robustness: usize,
    wrong: usize,
    explained: usize,
    compared: usize,
    near: usize,
}

impl Summary {
    fn add(&mut self, judged: &Judged, facts: Facts) {
        self.recordings += 1;
        self.whole += usize::from(judged.explained == judged.wrong);
        self.whole_but_robustness += usize::from(judged.whole);
        self.wrong += judged.wrong;
        self.explained += judged.explained;
        if let Some(assistant) = facts.assistant {
            self.compared += 1;
            self.near += usize::from((judged.of_hundred() - assistant).abs() <= NEAR);
        }
    }

    fn tell(&self, out: &mut impl Write) -> io::Result<()> {
        let Self {
            recordings,
            whole,
            whole_but_robustness,
            wrong,
            explained,
            compared,
            near,
        } = self;
        write!(
            out,
            "{recordings} recordings: every wrong call is explained in {whole}, in {whole_but_robustness} \
             without the robustness tier; known mistakes explain {explained} of {wrong} wrong calls ({})",
            share(*explained, *wrong)
        )?;
        match compared {
            0 => writeln!(out),
            _ => writeln!(
                out,
                "; {near} of {compared} totals of 100 are within {NEAR} points of the assistant's"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_named_without_their_end() {
        assert_eq!(name_of(Path::new("folder/r01.trace.txt.gz")), "r01");
        assert_eq!(name_of(Path::new("r02.trace.txt")), "r02");
        assert_eq!(name_of(Path::new("other")), "other");
    }

    #[test]
    fn facts_are_found_by_their_titles() {
        let table = "assistant_of_100\tmore\trecording\n79\tx\tone\n\ty\ttwo\n";
        let facts = facts_in(table).unwrap();
        assert_eq!(facts["one"].assistant, Some(79.0));
        assert_eq!(facts["two"], Facts::default());
        assert!(facts_in("name\none\n").is_err());
    }

    #[test]
    fn less_than_all_is_never_rounded_to_all() {
        assert_eq!(share(99_999, 100_000), "99.9 %");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(0, 0), "100.0 %");
    }

    #[test]
    fn recordings_are_worth_the_chapters_that_they_are_about() {
        assert_eq!(rubric().unwrap().maximum(), Points::whole(90));
        let nothing = judged("nothing", Vec::new()).unwrap();
        assert_eq!(nothing.grade.total, Points::whole(90));
        assert!((nothing.of_hundred() - 100.0).abs() < 1e-9);
    }
}
