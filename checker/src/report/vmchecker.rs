//! Plain text for vmchecker-next in Moodle, and for people.
//!
//! The grade is the first `Total:` followed by a whole number, wherever it stands. So it is the
//! very first thing, and no text after it can hold the word. The page shows the first 300 lines.

use std::io;

use super::prepare::Prepared;
use super::text::defused;
use super::words;
use crate::record::{Record, ScenarioResult};
use crate::rubric::{Grade, Points};
use crate::types::Status;

/// Lines that the page shows.
const LINES: usize = 300;
/// Numbers of scenarios on one line.
const NUMBERS: usize = 15;
/// What only the first lines may hold.
const MAGIC: &[&str] = &["Total:", "Checker:", "Style:"];

/// Plain text, the grade first.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    let head = match &prepared.grade {
        Ok(grade) => points(grade),
        Err(ungraded) => format!("{}\n", defused(&ungraded.to_string(), MAGIC)),
    };
    let text = head + &defused(&body(prepared), MAGIC);
    Ok(first_lines(&text))
}

fn points(grade: &Grade) -> String {
    let whole = |points: Points| points.rounded(grade.rounding);
    let mut text = format!("Total: {}/{}\n\n", grade.whole(), whole(grade.out_of));
    let style = grade.style.as_ref();
    let for_style = style.map_or(Points::ZERO, |style| style.maximum);
    let (checker, most) = (grade.without_style(), grade.maximum - for_style);
    text += &format!("Checker: {:2}/ {}\n", whole(checker), whole(most));
    if let Some(style) = style {
        text += &format!(
            "Style: {:2}/ {}\n",
            whole(style.points),
            whole(style.maximum)
        );
    }
    text
}

fn body(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let mut text = format!("\n{}\n{}\n", record.submission, words::suite(record));
    text += &format!("{}\n", words::counted(prepared));
    if let Some(notice) = &prepared.notice {
        text += &format!("{notice}\n");
    }
    text += &format!("\n{}\n", words::everything(prepared));
    for status in Status::ALL {
        text += &numbers(record, status);
    }
    let (explained, others): (Vec<_>, Vec<_>) = record
        .results
        .iter()
        .filter(|result| result.status != Status::Pass)
        .partition(|result| prepared.is_explained(result));
    text.extend(others.iter().map(|result| details(prepared, result)));
    text.push('\n');
    text.extend(explained.iter().map(|result| words::line(prepared, result)));
    text
}

/// Which scenarios ended in this way, by number.
fn numbers(record: &Record, status: Status) -> String {
    let results = record.results.iter().filter(|one| one.status == status);
    let number = |one: &ScenarioResult| one.stem.split('-').next().unwrap_or_default().to_owned();
    let numbers: Vec<String> = results.map(number).collect();
    let rows = numbers.chunks(NUMBERS);
    rows.map(|row| format!("{:12}  {}\n", status.word(), row.join(" ")))
        .collect()
}

fn details(prepared: &Prepared, result: &ScenarioResult) -> String {
    let points = prepared.scored(result).map_or_else(String::new, |scored| {
        format!(" ({})", words::out_of(scored.points, scored.maximum))
    });
    format!(
        "\n{}{points}\n{}",
        result.stem,
        words::explanation(prepared, result)
    )
}

/// The lines that the page shows, with a note of how many are left out.
fn first_lines(text: &str) -> String {
    let count = text.lines().count();
    if count <= LINES {
        return text.to_owned();
    }
    let shown: Vec<&str> = text.lines().take(LINES - 1).collect();
    let more = count - shown.len();
    format!(
        "{}\n… (cut after {LINES} lines: {more} lines more)\n",
        shown.join("\n")
    )
}
