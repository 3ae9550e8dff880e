//! In which format a report goes to standard output, and what it may show.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use clap::Args;

use super::{Settings, points, terminal};
use crate::record::Record;
use crate::report::{EXPORTERS, Exporter, Graded, View, Visibility, exporter};

/// How a report is written.
#[derive(Clone, Copy)]
pub(super) enum Format {
    /// For a person.
    Terminal,
    /// For a program: the record, with the points where they were asked for.
    Json,
    /// For a system that a course uses.
    System(&'static dyn Exporter),
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::System(exporter) => exporter.name(),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, exporter(text)) {
            ("terminal", _) => Ok(Self::Terminal),
            ("json", _) => Ok(Self::Json),
            (_, Some(exporter)) => Ok(Self::System(exporter)),
            _ => {
                let names: Vec<&str> = EXPORTERS.iter().map(|one| one.name()).collect();
                let names = names.join(", ");
                Err(format!("there are terminal, {names}"))
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a report may show.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Shown {
    /// What of the goldens is shown: full, actual-only (what was observed) or none.
    #[arg(long, value_name = "WHAT", default_value = "full")]
    visibility: Visibility,
    /// Keep back hints where to look.
    #[arg(long)]
    no_hints: bool,
}

impl Shown {
    pub(super) const fn view(self) -> View {
        View {
            visibility: self.visibility,
            no_hints: self.no_hints,
        }
    }
}

/// Writes a record; of the points, what the format has a place for. That there are none is said only
/// where the points were asked for, and JSON has them only then.
pub(super) fn write(
    out: &mut dyn Write,
    settings: &Settings,
    format: Format,
    record: &Record,
    (graded, asked): (Graded<'_>, bool),
) -> io::Result<()> {
    match format {
        Format::Terminal => {
            terminal::print(out, record, graded.ok(), settings.colored())?;
            match graded {
                Err(_) if !asked => Ok(()),
                _ => points::print(out, record, graded),
            }
        }
        Format::Json if !asked => {
            serde_json::to_writer_pretty(&mut *out, record)?;
            out.write_all(b"\n")
        }
        Format::Json => {
            let exporter = exporter("json").expect("the format is known");
            exporter.write(record, graded, out)
        }
        Format::System(exporter) => exporter.write(record, graded, out),
    }
}
