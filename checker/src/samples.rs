//! Sample submissions: one allocator in C, and for each sample a patch of a few lines.
//!
//! A sample is written out as a whole file, as a student would hand it in. The patches are those of
//! `diff -u` but for line numbers: what a change replaces is found by its text, so that a change of the
//! allocator moves no patch.

use serde::Deserialize;

use crate::carried;

/// What stands between two changes of a patch.
const BETWEEN: &str = "@@\n";

/// A submission that does one thing that the assignment does not permit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Its name.
    pub name: String,
    pub does: String,
    patch: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    sample: Vec<Sample>,
}

/// All samples, in the order of the table.
pub fn all() -> Vec<Sample> {
    let table: Table = toml::from_str(carried::SAMPLES.1).expect("the table was tried when built");
    table.sample
}

pub fn named(name: &str) -> Option<Sample> {
    all().into_iter().find(|sample| sample.name == name)
}

impl Sample {
    /// Its whole source, headed by what it does.
    pub fn source(&self) -> String {
        let (_, allocator) = carried::SAMPLES.0.split_once('\n').expect("a head line");
        let changes = self.patch.split(BETWEEN);
        let head = format!("// {}: {}\n", self.name, self.does);
        head + &changes.fold(allocator.to_owned(), |text, change| apply(&text, change))
    }
}

/// Replaces the lines of a change that are marked ` ` or `-` by those that are marked ` ` or `+`.
///
/// # Panics
///
/// If they are not in the text exactly once.
fn apply(text: &str, change: &str) -> String {
    let (old, new) = (marked(change, '-'), marked(change, '+'));
    assert!(text.matches(&old).count() == 1, "not there once:\n{old}");
    text.replacen(&old, &new, 1)
}

fn marked(change: &str, mark: char) -> String {
    let lines = change.split_inclusive('\n');
    lines
        .filter_map(|line| line.strip_prefix([' ', mark]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_patch_fits_and_no_two_samples_are_the_same() {
        let mut texts: Vec<String> = all().iter().map(Sample::source).collect();
        let count = texts.len();
        texts
            .iter_mut()
            .for_each(|text| *text = text.split_off(text.find('\n').unwrap()));
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }

    #[test]
    fn a_change_takes_lines_out_and_puts_lines_in() {
        let text = "a\nb\nc\n";
        assert_eq!(apply(text, " a\n-b\n+x\n+y\n"), "a\nx\ny\nc\n");
        assert_eq!(apply(text, " c\n+d\n"), "a\nb\nc\nd\n");
    }

    #[test]
    #[should_panic(expected = "not there once")]
    fn a_change_that_is_there_twice_is_refused() {
        apply("a\nb\na\n", "-a\n+b\n");
    }
}
