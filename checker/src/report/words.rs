//! The sentences that several formats share.

use super::mistakes;
use super::prepare::Prepared;
use super::text::marked;
use crate::profile;
use crate::record::{Build, ClauseLine, Failure, Mistake, Output, Record, ScenarioResult, Tier};
use crate::rubric::{Category, Deduction, Grade, Points};
use crate::types::{Clause, Status};

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

/// The points, or why there are none, on one line.
pub(super) fn total(prepared: &Prepared) -> String {
    match &prepared.grade {
        Ok(grade) => out_of(grade.total, grade.maximum),
        Err(ungraded) => ungraded.to_string(),
    }
}

/// The first lines of a report: the points, how many scenarios ended how, what was cut, and
/// which suite judged.
pub(super) fn head(prepared: &Prepared) -> Vec<String> {
    let mut lines = vec![total(prepared), counted(prepared)];
    lines.extend(prepared.notice.clone());
    lines.push(suite(&prepared.record));
    lines
}

/// The points of each part, one line each; nothing where there is no grade.
pub(super) fn parts(prepared: &Prepared) -> Vec<String> {
    prepared
        .grade
        .as_ref()
        .map_or_else(|_| Vec::new(), grade_parts)
}

fn grade_parts(grade: &Grade) -> Vec<String> {
    let of = |part: &Category| format!("{} of {}: {}", part.points, part.maximum, part.name);
    let mut lines: Vec<String> = grade.categories.iter().map(of).collect();
    let deductions = grade.deductions.iter();
    lines.extend(deductions.map(|one| format!("-{}: {}", one.points, deduction(one))));
    lines.extend(grade.style.as_ref().map(of));
    lines
}

/// `compiler warnings (3 times)`
pub(crate) fn deduction(deduction: &Deduction) -> String {
    let Deduction { name, count, .. } = deduction;
    match count {
        1 => name.clone(),
        _ => format!("{name} ({count} times)"),
    }
}

/// Points out of the maximum.
pub(super) fn out_of(points: Points, maximum: Points) -> String {
    format!("{points} of {maximum} points")
}

/// What is known of the submission as a whole: the mistakes first, a line each and then in full; what
/// the compiler said last.
pub(super) fn everything(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let parts: String = parts(prepared)
        .iter()
        .map(|part| format!("{part}\n"))
        .collect();
    trouble(&record.build)
        + &mistakes::summary(prepared)
        + &mistakes::list(prepared)
        + &parts
        + &remarks(record)
        + &card(record)
        + &warnings(record)
}

/// Why there is little else to say, where that is so.
pub(super) fn trouble(build: &Build) -> String {
    let mut text = String::new();
    if let Some(failure) = &build.failure {
        text += &format!("could not be built:\n{}", marked(failure, "  | "));
    }
    for notice in &build.notices {
        text += &format!("notice: {}\n", notice.replace('\n', " "));
    }
    for missing in &build.missing {
        text += &format!("not exported: {missing}\n");
    }
    for forbidden in &build.forbidden {
        text += &format!("forbidden: {forbidden}\n");
    }
    text
}

/// What costs nothing by itself, a line each.
pub(super) fn remarks(record: &Record) -> String {
    let mut text = String::new();
    for choice in &record.choices {
        text += &format!("permitted choice: {choice}\n");
    }
    for contradiction in &record.contradictions {
        text += &format!(
            "not consistent: {contradiction}
"
        );
    }
    if let Some(reading) = &record.reading {
        text += &format!("headers: {reading}\n");
    }
    for remark in &record.remarks {
        text += &format!("remark: {remark}\n");
    }
    for file in &record.build.left_out {
        text += &format!("not compiled: {file}\n");
    }
    text
}

/// The clauses, each with the calls that kept it.
pub(super) fn card(record: &Record) -> String {
    if record.card.is_empty() {
        return String::new();
    }
    let lines = record.card.iter().map(|line| {
        let ClauseLine {
            clause,
            summary,
            decided,
            kept,
            ..
        } = line;
        let first = first_wrong(line).map_or_else(String::new, |first| format!(" ({first})"));
        format!("  {clause:4} {kept} of {decided}: {summary}{first}\n")
    });
    "calls that kept each clause, of the calls to which it applies:
"
    .to_owned()
        + &lines.collect::<String>()
}

/// Where a clause was broken first.
pub(super) fn first_wrong(line: &ClauseLine) -> Option<String> {
    let first = line.first.as_ref();
    first.map(|place| format!("first broken in {place}"))
}

/// The compiler's warnings for a submission that could be built.
pub(super) fn warnings(record: &Record) -> String {
    let warnings = &record.build.warnings;
    if warnings.is_empty() {
        return String::new();
    }
    format!("the compiler said:\n{}", marked(warnings, "  | "))
}

/// The result of a scenario, on one line.
pub(super) fn headline(result: &ScenarioResult) -> String {
    let failure = result.failure.as_ref();
    let sentence = failure.map_or("", |failure| failure.sentence.as_str());
    match (result.status, sentence) {
        (Status::Pass, _) => result.purpose.clone(),
        (_, "") => status_in_words(result.status).to_owned(),
        (_, sentence) => sentence.to_owned(),
    }
}

/// Whether a scenario counts as passed, or is skipped, in systems that have two statuses.
pub(super) const fn is_fine(status: Status) -> bool {
    matches!(status, Status::Pass | Status::Carried | Status::NotReached)
}

/// The status as a sentence, where nothing more is known.
pub(super) const fn status_in_words(status: Status) -> &'static str {
    match status {
        Status::Pass => "it does what the assignment says",
        Status::Carried => {
            "it is wrong only because of mistakes that are charged in other scenarios"
        }
        Status::Fail => "it does not do what the assignment says",
        Status::Crash => "it was killed by a signal",
        Status::Timeout => "it did not end in time",
        Status::Limit => "it used more of a resource than allowed",
        Status::Forbidden => "it did something that no allocator may do",
        Status::NotReached => "the situation that it tests did not occur",
        Status::GraderError => "the checker could not judge it; this is not the submission's fault",
    }
}

/// What is known of a scenario, in several lines: how it went wrong in full only where no mistake
/// of the list says it.
pub(super) fn explanation(prepared: &Prepared, result: &ScenarioResult) -> String {
    let mut text = format!("{}: {}\n", result.status.word(), headline(result));
    if result.status != Status::Pass {
        text += &format!(
            "purpose: {}
",
            result.purpose
        );
    }
    if result.tier == Tier::Robustness {
        text += "robustness: the assignment does not say what should happen here\n";
    }
    let (wrong, calls) = (result.wrong, result.calls);
    if wrong > 0 {
        text += &format!("{wrong} of {calls} calls are wrong\n");
    }
    let failure = result.failure.as_ref();
    if prepared.is_explained(result) {
        let call = failure.and_then(call);
        text += &call.map_or_else(String::new, |call| format!("{call}\n"));
        for (number, mistake) in causes(prepared, result) {
            text += &format!("mistake {number}: {}\n", mistakes::claim(mistake));
        }
    } else if let Some(failure) = failure {
        text += &details(failure);
        text += &titled("difference", &failure.diff);
    }
    text + &printed(&result.output)
}

/// A scenario that mistakes of the list explain, in one line.
pub(super) fn line(prepared: &Prepared, result: &ScenarioResult) -> String {
    let here = causes(prepared, result);
    let numbers: Vec<String> = here.map(|(number, _)| number.to_string()).collect();
    let s = if numbers.len() == 1 { "" } else { "s" };
    let points = prepared.scored(result).map_or_else(String::new, |scored| {
        format!(", {}", out_of(scored.points, scored.maximum))
    });
    let (word, stem) = (result.status.word(), &result.stem);
    format!("{word} {stem}: mistake{s} {}{points}\n", numbers.join(", "))
}

/// The mistakes that make calls of a scenario wrong, with their numbers in the list.
fn causes<'p>(
    prepared: &'p Prepared,
    result: &'p ScenarioResult,
) -> impl Iterator<Item = (usize, &'p Mistake)> {
    let numbered = (1..).zip(&prepared.record.mistakes);
    numbered.filter(|(_, mistake)| result.mistakes.contains(&mistake.name))
}

/// A call that went wrong, without the sentence.
pub(super) fn details(failure: &Failure) -> String {
    let mut text = call(failure).map_or_else(String::new, |call| format!("{call}\n"));
    if let Some(source) = &failure.source {
        text += &format!("where: {source}\n");
    }
    text += &failure.clause.as_deref().map_or_else(String::new, clause);
    for (title, content) in [
        ("expected", &failure.expected),
        ("observed", &failure.observed),
        ("the heap", &failure.picture),
    ] {
        text += &titled(title, content);
    }
    text
}

fn titled(title: &str, content: &str) -> String {
    match content {
        "" => String::new(),
        _ => format!("{title}:\n{}", marked(content, "  ")),
    }
}

/// `clause C4: best fit …`, with the end of the line.
pub(super) fn clause(number: &str) -> String {
    let known = Clause::numbered(number).map_or("", profile::summary);
    format!("clause {number}: {known}\n")
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
        "  (the rest of the output was not kept)
"
    } else {
        ""
    };
    format!("it printed:\n{}{more}", marked(&output.text, "  | "))
}
