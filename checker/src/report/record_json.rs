//! The record itself as JSON, with the grade beside it. Nothing is cut; a program that reads a
//! [`Record`] can read it.

use std::io;

use serde::Serialize;

use super::GradeResult;
use crate::record::Record;
use crate::rubric::Grade;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    record: &'a Record,
    grade: Option<&'a Grade>,
    ungraded: Option<String>,
}

/// The record, on one line: line ends and indents would double it.
pub(super) fn render(record: &Record, grade: GradeResult<'_>) -> io::Result<String> {
    let document = Document {
        record,
        grade: grade.ok(),
        ungraded: grade.err().map(ToString::to_string),
    };
    Ok(serde_json::to_string(&document)? + "\n")
}
