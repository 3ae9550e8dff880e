//! Points for a person at a terminal.

use std::io::{self, Write};

use crate::report::Graded;
use crate::rubric::{Category, Grade};

/// Prints the points, or why there are none.
pub(super) fn print(out: &mut dyn Write, graded: Graded<'_>) -> io::Result<()> {
    match graded {
        Ok(grade) => print_grade(out, grade),
        Err(ungraded) => writeln!(out, "\n{ungraded}"),
    }
}

fn print_grade(out: &mut dyn Write, grade: &Grade) -> io::Result<()> {
    writeln!(out, "\n{} of {} points", grade.total, grade.maximum)?;
    let part = |out: &mut dyn Write, part: &Category| {
        let Category {
            name,
            points,
            maximum,
        } = part;
        writeln!(out, "  {points:>6} of {maximum:>3}  {name}")
    };
    for category in &grade.categories {
        part(out, category)?;
    }
    for deduction in &grade.deductions {
        let (name, count) = (&deduction.name, deduction.count);
        let points = format!("-{}", deduction.points);
        writeln!(out, "  {points:>6}         {name} ({count} times)")?;
    }
    grade.style.iter().try_for_each(|style| part(out, style))
}
