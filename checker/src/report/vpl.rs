//! What Moodle's Virtual Programming Lab reads from the standard output of an evaluation.
//!
//! The last `Grade :=>>` at the start of a line wins, and comments stand between `<|--` and
//! `--|>`. In them a line behind `-` is a title and one behind `>` is shown as it is; every line
//! here has one of the two in front, so that none can begin with a word of this language.

use std::io::{self, Write};

use super::prepare::{Prepared, fit};
use super::text::{defused, marked};
use super::{Exporter, Graded, words};
use crate::record::Record;
use crate::types::Status;

/// Bytes that are surely shown.
const LARGEST: usize = 128 << 10;
/// What means something to the system.
const MAGIC: &[&str] = &["Grade :=>>", "Comment :=>>", ":=>>", "<|--", "--|>"];

/// Comments and the grade.
pub(super) struct Vpl;

impl Exporter for Vpl {
    fn name(&self) -> &'static str {
        "vpl"
    }

    fn file_name(&self) -> &'static str {
        "vpl.txt"
    }

    fn write(&self, record: &Record, grade: Graded<'_>, out: &mut dyn Write) -> io::Result<()> {
        fit(LARGEST, record, grade, out, |prepared| {
            let text = format!("<|--\n{}--|>\n{}", comments(prepared), last_line(prepared));
            Ok(text.into_bytes())
        })
    }
}

fn last_line(prepared: &Prepared) -> String {
    match &prepared.grade {
        Ok(grade) => format!("Grade :=>>{}\n", grade.total),
        Err(_) => String::new(),
    }
}

fn comments(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let title = match &prepared.grade {
        Ok(grade) => words::out_of(grade.total, grade.maximum),
        Err(ungraded) => ungraded.to_string(),
    };
    let mut text = titled(&title, &summary(prepared));
    let failed = record.results.iter();
    for result in failed.filter(|result| result.status != Status::Pass) {
        let title = format!("{} {}", result.status.word(), result.stem);
        text += &titled(&title, &words::explanation(result));
    }
    text
}

fn summary(prepared: &Prepared) -> String {
    let record = &prepared.record;
    let mut lines = vec![record.submission.clone(), words::suite(record)];
    lines.push(words::counted(prepared));
    lines.extend(prepared.notice.clone());
    lines.extend(words::parts(prepared));
    lines.push(words::everything(record));
    lines.join("\n")
}

fn titled(title: &str, text: &str) -> String {
    // A title must not end in a number in brackets: that would be taken for points to take off.
    let title = format!("-{}:\n", defused(title, MAGIC));
    title + &marked(&defused(text, MAGIC), ">")
}
