//! `checker explain`: what a clause asks, how heaps are written, and what went wrong in a scenario.

mod legend;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Error;
use clap::Args;

use super::building::Building;
use super::shared::Given;
use super::terminal::{self, Paper};
use super::{Exit, Settings, Wrong, mistakes, reference};
use crate::picture::{self, Heap, Row};
use crate::profile;
use crate::record::{Record, ScenarioResult};
use crate::selection;
use crate::snapshot::{self, SnapshotStep};
use crate::spec::{self, Choices, Mistake};
use crate::submission::{Submission, shown};
use crate::suite::SCENARIOS;
use crate::types::{Call, CallNumber, Clause, Layout, Outcome};
use legend::{NOTATION, PERMITTED, Permitted};

/// What a clause asks, what a sign means, or what went wrong in a scenario.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A clause (C6), a permitted choice (V4), `choices` for all of these, `notation`, a mistake
    /// (`FirstFit`), or the number of a scenario (0609) for what a submission does in it.
    topic: String,
    /// The submission: a directory, a .c file or a .so file; without it, the current folder.
    #[arg(value_name = "SUBMISSION")]
    submission: Option<PathBuf>,
    #[command(flatten)]
    building: Building,
}

/// What a topic is.
enum Topic {
    Clause(Clause),
    Choices(&'static [Permitted]),
    Notation,
    Mistake(Mistake),
    Scenarios(Vec<usize>),
}

impl Topic {
    fn of(text: &str) -> Result<Self, Wrong> {
        let upper = text.to_ascii_uppercase();
        let clause = Clause::numbered(&upper);
        let permitted = PERMITTED.iter().position(|one| one.number == upper);
        let scenarios = selection::indices(&[text.to_owned()]);
        Ok(
            match (text, clause, permitted, Mistake::named(text), scenarios) {
                ("notation", ..) => Self::Notation,
                ("choices", ..) => Self::Choices(PERMITTED),
                (_, Some(clause), ..) => Self::Clause(clause),
                (_, _, Some(at), ..) => Self::Choices(&PERMITTED[at..=at]),
                (_, _, _, Some(mistake), _) => Self::Mistake(mistake),
                (_, _, _, _, Ok(indices)) => Self::Scenarios(indices),
                _ => {
                    wrong!(
                        "unknown topic {text:?}: there are clauses (C6), permitted choices (V4, or \
                     `choices`), `notation`, mistakes (FirstFit) and scenarios (0609)"
                    );
                }
            },
        )
    }
}

pub(super) fn run(settings: &Settings, arguments: &Arguments) -> Result<Exit, Error> {
    let paper = Paper::of_stdout(settings.colored());
    let topic = Topic::of(&arguments.topic)?;
    if let (Some(path), false) = (&arguments.submission, matches!(topic, Topic::Scenarios(_))) {
        let (topic, path) = (&arguments.topic, shown(path));
        wrong!(
            "{topic} is explained without a submission ({path} is not read); a scenario (0609) is explained with one"
        );
    }
    let lines = match topic {
        Topic::Clause(one) => clause(&paper, one, &settings.given),
        Topic::Choices(choices) => choices
            .iter()
            .flat_map(|it| permitted(&paper, it))
            .collect(),
        Topic::Notation => notation(&paper),
        Topic::Mistake(mistake) => return mistakes::tell(mistake),
        Topic::Scenarios(indices) => {
            return scenarios(settings, &paper, arguments, &indices);
        }
    };
    let mut out = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(Exit::Passed)
}

fn clause(paper: &Paper, clause: Clause, given: &Given) -> Vec<String> {
    let mut lines = paper.inked(
        terminal::Ink::Strong,
        &format!("{clause}: "),
        profile::summary(clause),
    );
    lines.push(String::new());
    lines.extend(paper.text("  ", clause.lesson()));
    if !clause.example().is_empty() {
        lines.push(String::new());
        lines.extend(example(paper, clause.example()));
    }
    let choices = PERMITTED
        .iter()
        .filter(|it| clause.choices().contains(&it.number));
    let choices: Vec<String> = choices.flat_map(|it| permitted(paper, it)).collect();
    if !choices.is_empty() {
        lines.extend([String::new(), "Left open by the assignment:".to_owned()]);
        lines.extend(choices);
    }
    lines.push(String::new());
    let count = Mistake::ALL
        .iter()
        .filter(|it| it.clause() == clause)
        .count();
    if count > 0 {
        lines.push(format!(
            "Known mistakes ({count}):  {}",
            given.command(&format!("mistakes {clause}"))
        ));
    }
    let rests = |one: &&ref_tests::scenario::Scenario| one.clauses.contains(&clause);
    let count = SCENARIOS.iter().filter(rests).count();
    if count > 0 {
        lines.push(format!(
            "Scenarios ({count}):  {}",
            given.command(&format!("list {clause}"))
        ));
    }
    lines.push("What the signs mean:  checker explain notation".to_owned());
    lines
}

fn permitted(paper: &Paper, choice: &Permitted) -> Vec<String> {
    paper.text(&format!("  {:<4}", choice.number), choice.words)
}

fn notation(paper: &Paper) -> Vec<String> {
    let mut lines = paper.text(
        "",
        "Goldens, reports and explanations have no absolute addresses, so that runs can be compared:",
    );
    lines.push(String::new());
    for (sign, words) in NOTATION {
        lines.extend(match sign.len() {
            0..=20 => paper.text(&format!("  {sign:<20}  "), words),
            _ => [
                vec![format!("  {sign}")],
                paper.text(&" ".repeat(24), words),
            ]
            .concat(),
        });
    }
    lines.push(String::new());
    lines.extend(paper.text(
        "",
        "Pictures show the heap to scale. The same offset is at the same place in each row. The size of a block is below it, and ^ marks what differs from the row above.",
    ));
    lines.push(String::new());
    lines.extend(example(paper, Clause::C6.example()));
    lines
}

/// What the specification says of calls, and the heap before and after the last of them.
fn example(paper: &Paper, calls: &[Call]) -> Vec<String> {
    let profile = profile::in_use();
    let outcomes = spec::outcomes(&profile, &Choices::canonical(&profile), calls);
    let mut lines = vec!["For example:".to_owned()];
    for (number, (call, outcome)) in (1..).zip(calls.iter().zip(&outcomes)) {
        let step = SnapshotStep {
            call: *call,
            outcome: outcome.clone(),
        };
        let text = snapshot::step_text(CallNumber(number), &step);
        lines.extend(text.lines().flat_map(|line| paper.verbatim("  ", line)));
    }
    let empty = Layout::Blocks(Vec::new());
    let layout = |outcome: &Outcome| outcome.layout.clone();
    let after = outcomes.last().map_or_else(|| empty.clone(), layout);
    let before = outcomes.iter().rev().nth(1).map_or(empty, layout);
    if before != after {
        let rows = [("before", &before), ("after", &after)];
        let rows = rows.map(|(label, layout)| Row {
            label,
            heap: Heap::of(layout, profile.header),
        });
        let picture = picture::picture(&rows, profile.header, &paper.drawing());
        lines.push(String::new());
        lines.extend(picture.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// What a submission does in scenarios: all of them are run, so that its mistakes are known.
fn scenarios(
    settings: &Settings,
    paper: &Paper,
    arguments: &Arguments,
    indices: &[usize],
) -> Result<Exit, Error> {
    let here = Path::new(".");
    let topic = &arguments.topic;
    let path = match &arguments.submission {
        Some(path) => path.as_path(),
        None if Submission::at(here).is_some() => here,
        None => {
            wrong!(
                "no submission in this folder: name one (`checker explain {topic} PATH`); \
                 `checker show {topic}` prints the scenario"
            );
        }
    };
    let built = Ok(reference::library(
        settings,
        Some(path),
        &arguments.building,
    )?);
    let record = settings.grader(&[])?.examine(&shown(path), &built, 0.0)?;
    let mut out = io::stdout().lock();
    let mut wrong = false;
    let stems: Vec<&str> = indices.iter().map(|&index| SCENARIOS[index].stem).collect();
    let wanted = |one: &&ScenarioResult| stems.contains(&one.stem.as_str());
    for (number, result) in record.results.iter().filter(wanted).enumerate() {
        wrong |= result.wrong > 0 || result.status.is_wrong();
        if number > 0 {
            writeln!(out)?;
        }
        let lines = scenario(paper, &record, result, &settings.given);
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(if wrong { Exit::Failed } else { Exit::Passed })
}

/// What became of one scenario: what it is about, the first wrong call, and the mistakes in it.
fn scenario(paper: &Paper, record: &Record, result: &ScenarioResult, given: &Given) -> Vec<String> {
    let (word, stem) = (result.status.word(), &result.stem);
    let mut lines = paper.inked(terminal::Ink::Strong, &format!("{stem}: "), &result.purpose);
    let clauses = result.clauses.iter().filter_map(|it| Clause::numbered(it));
    for clause in clauses {
        lines.extend(paper.text(&format!("  {clause:<4} "), profile::summary(clause)));
    }
    let (wrong, calls) = (result.wrong, result.calls);
    let verdict = match (wrong, result.failure.is_some()) {
        (0, false) => format!("{word}: all {calls} calls that were judged are right"),
        (0, true) => word.to_owned(),
        (1, _) => format!("{word}: 1 of {calls} calls is wrong"),
        _ => format!("{word}: {wrong} of {calls} calls are wrong; the first of them:"),
    };
    let ink = if result.status.is_wrong() || wrong > 0 {
        terminal::Ink::Bad
    } else {
        terminal::Ink::Good
    };
    lines.push(String::new());
    lines.extend(paper.inked(ink, "", &verdict));
    lines.extend(terminal::of_scenario(paper, result));
    let mistakes: Vec<String> = record
        .mistakes_in(result)
        .flat_map(|mistake| paper.text("  ", &crate::report::claim(mistake)))
        .collect();
    if !mistakes.is_empty() {
        lines.extend([String::new(), "Because of these mistakes:".to_owned()]);
        lines.extend(mistakes);
    }
    lines.push(String::new());
    let number = stem.get(..4).unwrap_or(stem);
    let submission = terminal::quoted(&record.submission);
    let commands = [
        (
            "Every call:",
            format!("trace {number} --library {submission}"),
        ),
        ("A program:", format!("repro {number} {submission}")),
        ("The scenario:", format!("show {number}")),
    ];
    lines.extend(commands.map(|(title, words)| format!("{title:<14} {}", given.command(&words))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Profile;

    #[test]
    fn every_lesson_is_shown_with_its_example_and_choices() {
        let paper = Paper::of_stdout(false);
        for &known in Clause::ALL {
            let text = clause(&paper, known, &Given::default()).join("\n");
            assert!(text.starts_with(&format!("{known}: ")), "{text}");
            let shown = text.contains("For example:");
            assert_eq!(shown, !known.example().is_empty(), "{text}");
            for choice in known.choices() {
                assert!(text.contains(&format!("\n  {choice} ")), "{choice}: {text}");
            }
        }
    }

    /// An example must not show something else than what it stands for.
    #[test]
    fn examples_rest_on_their_clause() {
        let profile = Profile::DEFAULT;
        let choices = Choices::canonical(&profile);
        for clause in Clause::ALL {
            let Some((last, before)) = clause.example().split_last() else {
                continue;
            };
            let stand_ins: &[Clause] = match clause {
                // What these say of results and headers, every call shows.
                Clause::A18 | Clause::B1 | Clause::B2 | Clause::D2 => continue,
                Clause::A3 => &[Clause::A1],
                Clause::C2 => &[Clause::C3],
                Clause::C5 => &[Clause::C4],
                _ => &[*clause],
            };
            let mut follower = spec::Follower::new(&profile, &choices);
            for call in before {
                follower.call(call);
            }
            let clauses = follower.clauses(last);
            let shown = stand_ins.iter().all(|clause| clauses.contains(clause));
            assert!(shown, "{clause}: {clauses:?}");
        }
    }

    #[test]
    fn topics_are_clauses_choices_signs_mistakes_and_scenarios() {
        assert!(matches!(Topic::of("c6"), Ok(Topic::Clause(Clause::C6))));
        assert!(matches!(Topic::of("V4"), Ok(Topic::Choices([one])) if one.number == "V4"));
        assert!(matches!(Topic::of("choices"), Ok(Topic::Choices(all)) if all.len() == 14));
        assert!(matches!(Topic::of("notation"), Ok(Topic::Notation)));
        assert!(matches!(
            Topic::of("FirstFit"),
            Ok(Topic::Mistake(Mistake::FirstFit))
        ));
        assert!(matches!(Topic::of("0609"), Ok(Topic::Scenarios(all)) if all.len() == 1));
        for unknown in ["", "Z9", "9999", "nosuch"] {
            assert!(Topic::of(unknown).is_err(), "{unknown}");
        }
    }
}
