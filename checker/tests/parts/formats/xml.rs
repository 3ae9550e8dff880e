//! JUnit XML, with an XML parser.

use std::collections::BTreeSet;

use checker::testing::record::{Record, Tier};
use checker::testing::report::GradeResult;
use checker::testing::types::Status;
use roxmltree::{Document, Node};

use super::records::{each_hostile, grade, record, text};

fn elements<'d>(document: &'d Document<'_>, name: &str) -> Vec<Node<'d, 'd>> {
    let nodes = document.root().descendants();
    nodes.filter(|node| node.has_tag_name(name)).collect()
}

pub(crate) fn junit(record: &Record, graded: GradeResult<'_>) {
    let text = text("junit", record, graded);
    let document = Document::parse(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let cases = elements(&document, "testcase");
    let before = 1 + record.mistakes.len() + usize::from(record.damage.is_some());
    assert_eq!(cases.len(), record.results.len() + before);
    let names: BTreeSet<_> = cases.iter().map(|case| case.attribute("name")).collect();
    assert_eq!(names.len(), cases.len(), "names are not unique");
    let count = |status: Status| record.results.iter().filter(|r| r.status == status).count();
    let errors = count(Status::GraderError) + usize::from(graded.is_err());
    assert_eq!(elements(&document, "error").len(), errors);
    assert_eq!(
        elements(&document, "skipped").len(),
        count(Status::NotReached) + uncounted(record)
    );
    for (case, result) in cases[before..].iter().zip(&record.results) {
        if result.status == Status::Carried {
            assert!(case.children().all(|node| !node.has_tag_name("failure")));
            let said = case.children().find(|node| node.has_tag_name("system-out"));
            assert!(said.is_some_and(|node| node.text().unwrap().starts_with("CARRIED: ")));
        }
    }
    for output in elements(&document, "system-out") {
        assert!(output.parent().unwrap().has_tag_name("testcase"));
    }
}

/// Mistakes and scenarios that are wrong and do not count.
fn uncounted(record: &Record) -> usize {
    let results = record.results.iter();
    let results = results.filter(|it| it.tier == Tier::Robustness && it.status.is_wrong());
    let mistakes = record.mistakes.iter().filter(|it| record.is_minor(it));
    results.count() + mistakes.count()
}

#[test]
fn what_does_not_count_is_no_failure() {
    let mut record = record("text");
    for result in &mut record.results {
        result.tier = Tier::Robustness;
    }
    record.damage = None;
    assert!(record.results.iter().any(|it| it.status.is_wrong()));
    let grade = grade(&record);
    let text = text("junit", &record, Ok(&grade));
    let document = Document::parse(&text).unwrap();
    let mistakes = record.mistakes.iter().filter(|it| !record.is_minor(it));
    assert_eq!(elements(&document, "failure").len(), mistakes.count());
}

#[test]
fn junit_is_xml_with_a_case_for_each_scenario() {
    each_hostile(junit);
}

#[test]
fn text_arrives_as_it_is() {
    let said = "a ]]> b <c> & \"d\" 'e' é\n  f";
    let record = record(said);
    let grade = grade(&record);
    let text = text("junit", &record, Ok(&grade));
    let document = Document::parse(&text).unwrap();
    let failures = elements(&document, "failure");
    // The first is explained by a mistake, whose example stands elsewhere.
    let content = failures[1].text().unwrap();
    assert!(
        content.contains("  a ]]> b <c> & \"d\" 'e' é\n    f\n"),
        "{content}"
    );
}

#[test]
fn scenarios_of_one_name_get_names_of_their_own() {
    let mut record = record("text");
    for result in &mut record.results {
        result.stem = "build".to_owned();
    }
    let error = super::records::ungraded("x");
    junit(&record, Err(&error));
}
