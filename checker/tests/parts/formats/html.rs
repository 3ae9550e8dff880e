//! The page of a submission and the page of a class: no text of a submission becomes markup.

use checker::testing::record::Record;
use checker::testing::report::{Class, GradeResult, Names, Row};
use roxmltree::{Document, Node, ParsingOptions};

use super::records::{each_hostile, exported, grade, record, text};

fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}: {page}"))
}

/// The page is sound markup, in which only our own script runs and nothing leads out of it.
fn check_markup(page: &str) {
    let document = parsed(page);
    let elements = || document.descendants().filter(Node::is_element);
    let scripts: Vec<Node<'_, '_>> = elements().filter(|it| it.has_tag_name("script")).collect();
    let [script] = scripts.as_slice() else {
        panic!("{} scripts", scripts.len());
    };
    assert!(
        script
            .text()
            .is_some_and(|text| text.contains("\"use strict\""))
    );
    assert_eq!(script.attributes().count(), 0);
    for element in elements() {
        let name = element.tag_name().name();
        assert!(
            !["img", "iframe", "object", "link", "form", "base"].contains(&name),
            "{name}"
        );
        for attribute in element.attributes() {
            let (attribute, value) = (attribute.name(), attribute.value());
            assert!(!attribute.starts_with("on"), "{attribute}={value}");
            let inside = value.starts_with('#') || value.starts_with("reports/");
            let table = value.ends_with(".csv") && !value.contains(['/', ':']);
            assert!(attribute != "href" || inside || table, "{value}");
            let plain = |sign: char| sign.is_ascii_alphanumeric() || ":.%-".contains(sign);
            assert!(attribute != "style" || value.chars().all(plain), "{value}");
        }
    }
}

pub(crate) fn student(record: &Record, graded: GradeResult<'_>) {
    check_markup(&text("html", record, graded));
}

pub(crate) fn class(record: &Record, graded: GradeResult<'_>) {
    let mut class = Class::default();
    let id = record.submission.as_str();
    for _ in 0..2 {
        let row = Row {
            id,
            record,
            grade: graded,
        };
        class.add(row, "alike");
    }
    for names in [Names::Shown, Names::LeftOut] {
        let mut page = Vec::new();
        class.write_page(names, &mut page).unwrap();
        check_markup(&String::from_utf8(page).unwrap());
    }
    let mut tables = Vec::new();
    class.write_mistakes(&mut tables).unwrap();
    class.write_clauses(&mut tables).unwrap();
    let mut rows = csv::ReaderBuilder::new();
    let rows = rows.flexible(true).from_reader(tables.as_slice());
    for row in rows.into_records() {
        for field in &row.unwrap() {
            assert!(!field.starts_with(['=', '+', '@', '\t', '\r']), "{field:?}");
        }
    }
}

#[test]
fn no_text_becomes_markup() {
    each_hostile(student);
    each_hostile(class);
}

/// What a page is for, in the order in which it is read.
#[test]
fn the_points_come_first_then_the_mistakes_then_the_rest() {
    let record = record("words");
    let grade = grade(&record);
    let page = text("html", &record, Ok(&grade));
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part}"));
    let order = [
        "class=\"total\"",
        "id=\"losses\"",
        "id=\"mistakes\"",
        "class=\"row before\"",
        "class=\"row expected\"",
        "class=\"row observed\"",
        "role=\"listbox\"",
        "id=\"clauses\"",
        "id=\"scenarios\"",
        "id=\"parts\"",
    ];
    assert!(order.map(place).is_sorted(), "{page}");
    assert_eq!(page.matches("<em>wrong</em>").count() % 2, 0);
    assert!(page.contains("the call did not return"));
}

/// With five hundred students who do everything wrong.
#[test]
fn the_page_of_a_large_class_stays_small() {
    let mut class = Class::default();
    let record = record("a mistake of some length, told in words that fill a line of text");
    let grade = grade(&record);
    for number in 0..500 {
        let id = format!("student-with-a-long-name-{number}");
        let row = Row {
            id: &id,
            record: &Record {
                results: (0..190)
                    .map(|index| {
                        let status = record.results[1 + (index + number) % 8].status;
                        super::records::result(index, status, "")
                    })
                    .collect(),
                ..record.clone()
            },
            grade: Ok(&grade),
        };
        class.add(row, &number.to_string());
    }
    let mut page = Vec::new();
    class.write_page(Names::Shown, &mut page).unwrap();
    assert!(page.len() < 3_000_000, "{}", page.len());
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("reports/student-with-a-long-name-499.html"));
    let mut page = Vec::new();
    class.write_page(Names::LeftOut, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(!page.contains("student-with"), "a name is left");
    assert!(page.contains(">Student 500<"));
}

#[test]
fn a_page_is_never_larger_than_it_may_be() {
    let huge = super::records::huge();
    let error = checker::testing::rubric::Ungraded::Other("x".repeat(100_000));
    let page = exported("html", &huge, Err(&error));
    assert!(page.len() <= 300_000, "{}", page.len());
    check_markup(&String::from_utf8(page).unwrap());
}
