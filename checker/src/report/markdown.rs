//! A Markdown page for the file that `GITHUB_STEP_SUMMARY` names.
//!
//! Text stands in code blocks whose fences are longer than any run of backticks in them, or has
//! its punctuation escaped.

use std::io;

use super::prepare::Prepared;
use super::{mistakes, words};
use crate::record::{Record, ScenarioResult};
use crate::types::Status;

/// The points, the mistakes, and what is known of each scenario.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    Ok(page(prepared))
}

fn page(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let title = words::total(prepared);
    let mut text = format!(
        "# {}\n\n",
        plain(&format!("{}: {title}", record.submission))
    );
    text += &format!("{}\n\n", plain(&words::counted(prepared)));
    if let Some(notice) = &prepared.notice {
        text += &format!("{}\n\n", plain(notice));
    }
    text += &block(&words::trouble(&record.build));
    text += &listed(prepared);
    text += &points(prepared);
    text += &block(&words::remarks(record));
    text += &card(record);
    text += &block(&words::warnings(record));
    text += &table(prepared);
    let others = record.results.iter();
    let others = others.filter(|one| one.status != Status::Pass && !prepared.is_explained(one));
    text.extend(others.map(|one| details(prepared, one)));
    text + &format!("{}\n", plain(&words::suite(record)))
}

/// The mistakes, each with a heading.
fn listed(prepared: &Prepared) -> String {
    let headed = |line: String| format!("## {}\n\n", plain(&line));
    let mut text = mistakes::damage(prepared).map_or_else(String::new, headed);
    for mistake in &prepared.record.mistakes {
        text += &headed(mistakes::title(prepared, mistake));
        text += &block(&mistakes::explanation(mistake));
    }
    let rest = mistakes::unexplained(prepared);
    text + &rest.map_or_else(String::new, |rest| format!("{}\n\n", plain(&rest)))
}

fn card(record: &Record) -> String {
    if record.card.is_empty() {
        return String::new();
    }
    let mut text = "| clause | calls that kept it | |\n|---|---:|---|\n".to_owned();
    for line in &record.card {
        let clause = plain(&format!("{} {}", line.clause, line.summary));
        let first = plain(&words::first_wrong(line).unwrap_or_default());
        text += &format!(
            "| {clause} | {} of {} | {first} |\n",
            line.kept, line.decided
        );
    }
    text + "\n"
}

fn points(prepared: &Prepared) -> String {
    let Ok(grade) = &prepared.grade else {
        return String::new();
    };
    let mut text = "| part | points | of |\n|---|---:|---:|\n".to_owned();
    for part in grade.categories.iter().chain(&grade.style) {
        let name = plain(&part.name);
        text += &format!("| {name} | {} | {} |\n", part.points, part.maximum);
    }
    for one in &grade.deductions {
        text += &format!(
            "| {} | \\-{} | |\n",
            plain(&words::deduction(one)),
            one.points
        );
    }
    text + "\n"
}

fn table(prepared: &Prepared) -> String {
    let mut text = "| scenario | status | points | |\n|---|---|---:|---|\n".to_owned();
    for result in &prepared.record.results {
        let scored = prepared.scored(result);
        let points = scored.map_or_else(String::new, |scored| {
            format!("{}/{}", scored.points, scored.maximum)
        });
        let status = result.status.word();
        let (stem, said) = (plain(&result.stem), plain(&words::headline(result)));
        text += &format!("| {stem} | {status} | {points} | {said} |\n");
    }
    text + "\n"
}

fn details(prepared: &Prepared, result: &ScenarioResult) -> String {
    let summary = format!("{} {}", result.status.word(), result.stem);
    format!(
        "<details><summary>{}</summary>\n\n{}</details>\n\n",
        html(&summary),
        fenced(&words::explanation(prepared, result))
    )
}

/// A code block, where there is text.
fn block(text: &str) -> String {
    match text {
        "" => String::new(),
        _ => fenced(text),
    }
}

/// A code block that its text cannot end.
fn fenced(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}text\n{text}{end}{fence}\n\n")
}

/// One line of text in which nothing is Markdown.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => safe.push(' '),
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            '#' => safe.push_str("&#35;"),
            ':' => safe.push_str("&#58;"),
            '-' | '.' => safe.push(c),
            _ if c.is_ascii_punctuation() => safe.extend(['\\', c]),
            _ => safe.push(c),
        }
    }
    safe
}

/// Text within an HTML element.
fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('\n', " ")
}
