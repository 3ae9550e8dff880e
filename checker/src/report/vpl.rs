//! What Moodle's Virtual Programming Lab reads from the standard output of an evaluation.
//!
//! The last `Grade :=>>` at the start of a line wins, and comments stand between `<|--` and
//! `--|>`. In them a line that begins with `-` is a title and one that begins with `>` is shown as it is; every line
//! here has one of the two in front, so that none can begin with a word of this language.

use std::io;

use super::prepare::Prepared;
use super::text::{defused, marked};
use super::{mistakes, words};
use crate::types::Status;

/// What means something to the system.
const MAGIC: &[&str] = &["Grade :=>>", "Comment :=>>", ":=>>", "<|--", "--|>"];

/// Comments and the grade.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    Ok(format!(
        "<|--\n{}--|>\n{}",
        comments(prepared),
        last_line(prepared)
    ))
}

fn last_line(prepared: &Prepared) -> String {
    match &prepared.grade {
        Ok(grade) => format!("Grade :=>>{}\n", grade.total),
        Err(_) => String::new(),
    }
}

fn comments(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let mut text = titled(&words::total(prepared), &summary(prepared));
    if let Some(damage) = mistakes::damage(prepared) {
        text += &titled(&damage, "");
    }
    for mistake in &record.mistakes {
        let title = mistakes::title(prepared, mistake);
        text += &titled(&title, &mistakes::explanation(mistake));
    }
    text += &titled("Remarks", &beside(prepared));
    let noted = record.results.iter();
    let (explained, others): (Vec<_>, Vec<_>) = noted
        .filter(|result| result.status != Status::Pass)
        .partition(|result| prepared.is_explained(result));
    for result in others {
        let title = format!("{} {}", result.status.word(), result.stem);
        text += &titled(&title, &words::explanation(prepared, result));
    }
    let lines = explained.iter().map(|result| words::line(prepared, result));
    text += &titled(
        "Scenarios that these mistakes make wrong",
        &lines.collect::<String>(),
    );
    text
}

fn summary(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let mut lines = vec![record.submission.clone()];
    lines.extend(words::head(prepared));
    lines.push(words::trouble(&record.build));
    lines.join("\n")
}

fn beside(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let mut lines: Vec<String> = mistakes::unexplained(prepared).into_iter().collect();
    lines.extend(words::parts(prepared));
    let rest = [
        words::remarks(record),
        words::card(record),
        words::warnings(record),
    ];
    lines.push(rest.concat());
    lines.join("\n")
}

fn titled(title: &str, text: &str) -> String {
    // A title must not end in a number in brackets: that would be taken for points to take off.
    let title = format!("-{}:\n", defused(title, MAGIC));
    title + &marked(&defused(text, MAGIC), ">")
}
