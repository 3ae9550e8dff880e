//! Reads the table of points in a course's script, a Python dictionary, and makes a rubric of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::rubric::Points;

/// What each test is worth, in the order of the script.
pub(super) type Table = Vec<(String, Points)>;

/// A rubric and what is to be said of it.
pub(super) struct Rubric {
    pub(super) text: String,
    pub(super) remarks: Vec<String>,
}

/// Reads the entries of `TESTS = { "name": points, … }`; an error names line and column.
pub(super) fn read(text: &str) -> Result<Table, String> {
    let mut table = Table::new();
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let mut rest = line.split('#').next().unwrap_or_default();
        if !inside {
            let Some(after) = opening(rest) else {
                continue;
            };
            (inside, rest) = (true, after);
        }
        let (entries, closes) = match rest.split_once('}') {
            Some((entries, _)) => (entries, true),
            None => (rest, false),
        };
        let mut at = rest.as_ptr() as usize - line.as_ptr() as usize;
        for written in entries.split(',') {
            if !written.trim().is_empty() {
                let column = 1 + line[..at].chars().count();
                table.push(entry(written).ok_or_else(|| {
                    let found = written.trim();
                    format!("{number}:{column}: expected `\"test\": points`, found `{found}`")
                })?);
            }
            at += written.len() + 1;
        }
        if closes {
            return Ok(table);
        }
    }
    let line = text.lines().count() + 1;
    let missing = if inside { "`}`" } else { "`TESTS = {`" };
    Err(format!(
        "{line}:1: expected {missing}, found the end of the text"
    ))
}

/// What follows `TESTS = {`.
fn opening(line: &str) -> Option<&str> {
    let after = line.trim_start().strip_prefix("TESTS")?.trim_start();
    after.strip_prefix('=')?.trim_start().strip_prefix('{')
}

fn entry(written: &str) -> Option<(String, Points)> {
    let (name, points) = written.split_once(':')?;
    let name = name.trim();
    let quote = name.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = name[1..].strip_suffix(quote)?;
    let points = points.trim().parse().ok().and_then(Points::new)?;
    Some((name.to_owned(), points))
}

/// The rubric for those tests that are scenarios. Tests of one kind (`test-malloc-…`) are one
/// category.
pub(super) fn rubric(table: &Table, stems: &BTreeSet<&str>) -> Rubric {
    let mut categories: BTreeMap<(String, Points), Vec<&str>> = BTreeMap::new();
    let mut remarks = Vec::new();
    let mut maximum = Points::ZERO;
    for (name, points) in table {
        if stems.contains(name.as_str()) {
            let key = (kind(name), *points);
            categories.entry(key).or_default().push(name);
            maximum = maximum + *points;
        } else {
            remarks.push(format!(
                "{name} has {points} points but is not a scenario here: it is left out"
            ));
        }
    }
    let named = |stem: &&&str| table.iter().any(|(name, _)| name == **stem);
    let without = stems.iter().filter(|stem| !named(stem));
    remarks.extend(
        without.map(|stem| format!("{stem} is not in the table of points: it gives no points")),
    );
    let mut text = format!(
        "# The points of the course's script. A mistake costs all tests that are there to find it; a\n\
         # test that fails by mistakes that other tests are charged with keeps its points.\n\
         # `checker rubric --print` explains what else can stand here.\n\
         maximum = {maximum}\n"
    );
    for ((kind, each), names) in categories {
        let names: Vec<String> = names
            .iter()
            .map(|name| format!("    \"{name}\",\n"))
            .collect();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[[category]]\nname = \"{kind}\"\neach = {each}\nscenarios = [\n{}]\n",
            names.concat()
        );
    }
    Rubric { text, remarks }
}

/// The word of a test's name that tells what it is about.
fn kind(name: &str) -> String {
    let name = name.strip_prefix("test-").unwrap_or(name);
    name.split('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "import os\nTESTS = {  # points\n    \"test-malloc-a\": 2,\n    'test-all': 0.5, # both\n    \"test-malloc-b\": 2,\n}\nOTHER = {}\n";

    #[test]
    fn a_table_becomes_a_rubric() {
        let table = read(SCRIPT).unwrap();
        assert_eq!(table.len(), 3);
        let stems = ["test-all", "test-malloc-a", "test-new"].into();
        let Rubric { text, remarks } = rubric(&table, &stems);
        assert_eq!(
            remarks,
            [
                "test-malloc-b has 2 points but is not a scenario here: it is left out",
                "test-new is not in the table of points: it gives no points"
            ]
        );
        let known = |stem: &str| crate::rubric::Known {
            stem: stem.to_owned(),
            clauses: Vec::new(),
            tier: crate::record::Tier::Golden,
            points: None,
        };
        let known = ["test-all", "test-malloc-a", "test-new"].map(known);
        let rubric = crate::rubric::Rubric::parse(&text, &known).unwrap();
        assert_eq!(rubric.maximum(), Points::new(2.5).unwrap());
        assert_eq!(rubric.worth("test-malloc-a"), Points::whole(2));
        assert_eq!(rubric.worth("test-new"), Points::ZERO);
    }

    #[test]
    fn an_invalid_table_is_reported_with_its_place() {
        for (text, expected) in [
            (
                "x = 1\n",
                "2:1: expected `TESTS = {`, found the end of the text",
            ),
            (
                "TESTS = {\n\"a\": 1\n",
                "3:1: expected `}`, found the end of the text",
            ),
            (
                "TESTS = {\n\"a\": 1, b: 2}",
                "2:8: expected `\"test\": points`, found `b: 2`",
            ),
            (
                "TESTS = {\"a\": -1}",
                "1:10: expected `\"test\": points`, found `\"a\": -1`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), expected);
        }
    }
}
