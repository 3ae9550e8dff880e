//! Points for a person at a terminal, and what they were lost by.

use std::io::{self, Write};

use crate::record::Record;
use crate::report::{Graded, accidents, claim, cost, deduction, unexplained};
use crate::rubric::{Category, Charge, Grade};

/// Prints the points and the mistakes by their cost, or why there are no points.
pub(super) fn print(out: &mut dyn Write, record: &Record, graded: Graded<'_>) -> io::Result<()> {
    match graded {
        Ok(grade) => print_grade(out, record, grade),
        Err(ungraded) => writeln!(out, "\n{ungraded}"),
    }
}

fn print_grade(out: &mut dyn Write, record: &Record, grade: &Grade) -> io::Result<()> {
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
    for one in &grade.deductions {
        let points = format!("-{}", one.points);
        writeln!(out, "  {points:>6}         {}", deduction(one))?;
    }
    grade.style.iter().try_for_each(|style| part(out, style))?;
    charges(out, record, grade)
}

fn charges(out: &mut dyn Write, record: &Record, grade: &Grade) -> io::Result<()> {
    let (count, points) = unexplained(record, Some(grade));
    let others = accidents(count, points);
    if !grade.charges.is_empty() || others.is_some() {
        writeln!(out, "\nWhat is wrong, the dearest first:")?;
    }
    for Charge { name, points } in &grade.charges {
        let mistake = record.mistakes.iter().find(|mistake| mistake.name == *name);
        let said = match (mistake, &record.damage) {
            (Some(mistake), _) => claim(mistake),
            (None, Some(damage)) => {
                format!("Memory is damaged in {}: {}", damage.place, damage.sentence)
            }
            (None, None) => name.clone(),
        };
        writeln!(out, "  {said}: {}", cost(*points))?;
    }
    let mut others = others.iter();
    others.try_for_each(|others| writeln!(out, "  {others}"))
}
