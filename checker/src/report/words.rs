//! What all formats say in the same words.

use super::prepare::Prepared;
use super::text::marked;
use crate::record::{Build, Failure, Kind, Output, Record, ScenarioResult};
use crate::rubric::{Category, Grade, Points, clause_called};
use crate::types::Status;

/// Which suite judged, on one line.
pub(super) fn suite(record: &Record) -> String {
    let isolation = if record.isolation.is_empty() {
        "not stated".to_owned()
    } else {
        record.isolation.join(", ")
    };
    let seed = record.seed.map(|seed| format!(", seed {seed}"));
    format!(
        "suite {}, snapshots {}{}, isolation: {isolation}",
        record.suite,
        record.snapshots,
        seed.unwrap_or_default()
    )
}

/// How many scenarios ended in which way, on one line.
pub(super) fn counted(prepared: &Prepared) -> String {
    let counts = prepared.counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(status, count)| format!("{count} {}", status.word()))
        .collect();
    if counts.is_empty() {
        "no scenario was run".to_owned()
    } else {
        counts.join(", ")
    }
}

/// The points of each part, one line each; why there are none, where there is no grade.
pub(super) fn parts(prepared: &Prepared) -> Vec<String> {
    match &prepared.grade {
        Ok(grade) => grade_parts(grade),
        Err(ungraded) => vec![ungraded.to_string()],
    }
}

fn grade_parts(grade: &Grade) -> Vec<String> {
    let of = |part: &Category| format!("{} of {}: {}", part.points, part.maximum, part.name);
    let mut lines: Vec<String> = grade.categories.iter().map(of).collect();
    let deductions = grade.deductions.iter();
    lines.extend(
        deductions.map(|one| format!("-{}: {} ({} times)", one.points, one.name, one.count)),
    );

    lines.extend(grade.style.as_ref().map(of));
    lines
}

/// Points out of the maximum.
pub(super) fn out_of(points: Points, maximum: Points) -> String {
    format!("{points} of {maximum} points")
}

/// What is true of the submission as a whole, what the compiler said included.
pub(super) fn everything(record: &Record) -> String {
    overall(record) + &warnings(record)
}

/// What the compiler said of what could be built.
pub(super) fn warnings(record: &Record) -> String {
    let warnings = &record.build.warnings;
    if warnings.is_empty() {
        return String::new();
    }
    format!("the compiler said:\n{}", marked(warnings, "  | "))
}

/// What is true of the submission as a whole, one line each but for why it could not be built.
pub(super) fn overall(record: &Record) -> String {
    let mut text = build(&record.build);
    for choice in &record.choices {
        text += &format!("permitted choice: {choice}\n");
    }
    for contradiction in &record.contradictions {
        text += &format!("contradiction: {contradiction}\n");
    }
    text
}

fn build(build: &Build) -> String {
    let mut text = String::new();
    if let Some(failure) = &build.failure {
        text += &format!("could not be built:\n{}", marked(failure, "  | "));
    }
    for missing in &build.missing {
        text += &format!("not exported: {missing}\n");
    }
    for forbidden in &build.forbidden {
        text += &format!("forbidden: {forbidden}\n");
    }
    for file in &build.left_out {
        text += &format!("not compiled: {file}\n");
    }
    text
}

/// What became of a scenario, on one line.
pub(super) fn headline(result: &ScenarioResult) -> String {
    let failure = result.failure.as_ref();
    let sentence = failure.map_or("", |failure| failure.sentence.as_str());
    match (result.status, sentence) {
        (Status::Pass, _) => result.purpose.clone(),
        (_, "") => status_in_words(result.status).to_owned(),
        (_, sentence) => sentence.to_owned(),
    }
}

/// The status as a sentence, where nothing more is known.
pub(super) const fn status_in_words(status: Status) -> &'static str {
    match status {
        Status::Pass => "it does what the assignment says",
        Status::Carried => "it is wrong only by mistakes that are charged elsewhere",
        Status::Fail => "it does not do what the assignment says",
        Status::Crash => "it was ended by a signal",
        Status::Timeout => "it did not come to its end in time",
        Status::Limit => "it used more of a resource than it may",
        Status::Forbidden => "it did what no allocator may do",
        Status::NotReached => "the situation that it is about did not come about",
        Status::GraderError => "the checker could not find out; this is not the submission's fault",
    }
}

/// All that is known of a scenario, in several lines.
pub(super) fn explanation(result: &ScenarioResult) -> String {
    let mut text = format!("{}: {}\n", result.status.word(), headline(result));
    if result.status != Status::Pass {
        text += &format!("it finds out: {}\n", result.purpose);
    }
    if result.kind == Kind::Robustness {
        text += "robustness: the assignment does not say what should happen here\n";
    }
    text += &result.failure.as_ref().map_or_else(String::new, details);
    text + &printed(&result.output)
}

fn details(failure: &Failure) -> String {
    let mut text = call(failure).map_or_else(String::new, |call| format!("{call}\n"));
    if let Some(clause) = &failure.clause {
        let known = clause_called(clause).map_or("", |clause| clause.summary());
        text += &format!("clause {clause}: {known}\n");
    }
    for (title, content) in [
        ("expected", &failure.expected),
        ("observed", &failure.observed),
        ("the heap", &failure.picture),
        ("difference", &failure.diff),
    ] {
        if !content.is_empty() {
            text += &format!("{title}:\n{}", marked(content, "  "));
        }
    }
    text
}

/// The call that failed.
pub(super) fn call(failure: &Failure) -> Option<String> {
    let code = &failure.code;
    match failure.call {
        Some(number) => Some(format!("call {number}: {code}")),
        None if code.is_empty() => None,
        None => Some(format!("call: {code}")),
    }
}

/// What a scenario printed.
pub(super) fn printed(output: &Output) -> String {
    if output.text.is_empty() && !output.truncated {
        return String::new();
    }
    let more = if output.truncated {
        "  (more was printed than is kept)\n"
    } else {
        ""
    };
    format!("it printed:\n{}{more}", marked(&output.text, "  | "))
}
