//! The record itself as JSON, with the grade beside it. Nothing is cut; a program that reads a
//! [`Record`] can read it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Exporter, Graded};
use crate::record::Record;
use crate::rubric::Grade;

/// The record.
pub(super) struct RecordJson;

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    record: &'a Record,
    grade: Option<&'a Grade>,
    ungraded: Option<String>,
}

impl Exporter for RecordJson {
    fn name(&self) -> &'static str {
        "json"
    }

    fn write(&self, record: &Record, grade: Graded<'_>, out: &mut dyn Write) -> io::Result<()> {
        let document = Document {
            record,
            grade: grade.ok(),
            ungraded: grade.err().map(ToString::to_string),
        };
        // Line ends and indents would double it.
        let mut text = serde_json::to_vec(&document)?;
        text.push(b'\n');
        out.write_all(&text)
    }
}
