//! The order in every format: first the points, then the mistakes by their cost.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checker::testing::record::{Damage, Mistake, Record, Tier, Where};
use checker::testing::rubric::{Grade, Known, Rubric};
use checker::testing::types::{Clause, Status};
use roxmltree::Document;
use serde_json::Value;

use super::records::{exported, mistake, record, result, stem, text};

const FAILING: usize = 100;
/// Scenarios that are home to each mistake: it costs one point in each.
const MISTAKES: [(&str, usize); 3] = [("Cheap", 5), ("Dear", 60), ("Middling", 20)];

/// A hundred failing scenarios, all by one of three mistakes.
fn submission() -> Record {
    let mut record = record("text");
    let mut from = 0;
    let mistakes = MISTAKES.iter().map(|&(name, count)| {
        let homes: Vec<usize> = (from..from + count).collect();
        from += count;
        let mut mistake = mistake(name, &homes, "text");
        mistake.sentence = format!("it is-{name}");
        mistake.hint = format!("hint-{name}");
        mistake.guess = name == "Cheap";
        mistake.shown = count;
        mistake.situations = count + 1;
        let failure = &mut mistake.example.as_mut().unwrap().failure;
        failure.picture = format!("picture-{name}");
        mistake
    });
    record.mistakes = mistakes.collect();
    record.results = (0..FAILING)
        .map(|index| {
            let status = if index < from {
                Status::Fail
            } else {
                Status::Carried
            };
            let mut result = result(index, status, "text");
            let home = |one: &&Mistake| one.homes.contains(&result.stem);
            let found = record.mistakes.iter().find(home);
            result.mistakes = vec![found.unwrap_or(&record.mistakes[0]).name.clone()];
            result.failure.as_mut().unwrap().picture = "picture-of-a-scenario".to_owned();
            result
        })
        .collect();
    record.damage = None;
    record.choices = vec!["the-choice".to_owned()];
    record.reading = Some("the-reading".to_owned());
    record.remarks = vec!["the-remark".to_owned()];
    record.card[0].summary = "the-card".to_owned();
    record
}

fn graded(record: &Record) -> Grade {
    let known: Vec<Known> = (0..FAILING)
        .map(|index| Known {
            stem: stem(index),
            clauses: vec![Clause::C4],
            tier: Tier::Golden,
            points: None,
        })
        .collect();
    let text = "maximum = 100\n[damage]\npoints = 10\n[[category]]\nname = \"all\"\neach = 1\n";
    Rubric::parse(text, &known).unwrap().grade(record).unwrap()
}

/// What a format says of the submission as a whole, for people.
fn page(format: &str, record: &Record, grade: &Grade) -> String {
    let bytes = exported(format, record, Ok(grade));
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    match format {
        "gradescope" => string(&json(&bytes)["output"]),
        "prairielearn" => {
            let document = json(&bytes);
            string(&document["message"]) + &string(&document["output"])
        }
        "github-classroom" => {
            let document = json(&STANDARD.decode(bytes).unwrap());
            string(&document["tests"][0]["message"])
        }
        "check50" => {
            let document = json(&bytes);
            let log = document["results"][0]["log"].as_array().unwrap();
            log.iter().map(|line| string(line) + "\n").collect()
        }
        "junit" => {
            let text = String::from_utf8(bytes).unwrap();
            let document = Document::parse(&text).unwrap();
            let mut outputs = document.descendants();
            let output = outputs.find(|node| node.has_tag_name("system-out"));
            output.unwrap().text().unwrap().to_owned()
        }
        "tap" => {
            let text = text(format, record, Ok(grade));
            let lines = text.lines().filter(|line| line.starts_with("  said: "));
            let said: Vec<_> = lines.collect();
            let said: String = serde_json::from_str(&said[0]["  said: ".len()..]).unwrap();
            let (comments, _) = text.split_once("\nok 1").unwrap();
            comments.lines().nth(3).unwrap().to_owned() + &said
        }
        _ => String::from_utf8(bytes).unwrap(),
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

const PAGES: [&str; 8] = [
    "vmchecker",
    "vpl",
    "github-summary",
    "gradescope",
    "prairielearn",
    "github-classroom",
    "check50",
    "junit",
];

#[test]
fn mistakes_come_first_and_the_most_expensive_of_them() {
    let record = submission();
    let grade = graded(&record);
    for format in PAGES.iter().chain(&["tap"]) {
        let page = page(format, &record, &grade).replace('\\', "");
        let mut last = 0;
        for expected in [
            "15",
            "is-Dear",
            "picture-Dear",
            "hint-Dear",
            "is-Middling",
            "picture-Middling",
            "is-Cheap",
            "picture-Cheap",
            "the-choice",
            "the-reading",
            "the-remark",
            "the-card",
        ] {
            let at = page[last..].find(expected);
            last += at.unwrap_or_else(|| panic!("{format}: no {expected} in its place in {page}"));
        }
        assert!(!page.contains("picture-of-a-scenario"), "{format}");
        let before = page.split("the-choice").next().unwrap();
        assert!(before.lines().count() < 80, "{format}: {before}");
    }
}

#[test]
fn mistakes_say_how_sure_they_are_and_what_they_cost() {
    let record = submission();
    let grade = graded(&record);
    for format in PAGES.iter().chain(&["tap", "github-annotations"]) {
        let page = page(format, &record, &grade)
            .replace('\\', "")
            .replace("&#58;", ":");
        for expected in [
            "It is-Dear (C4), in 60 of 61 situations: costs 60 points",
            "Perhaps it is-Cheap (C4), in 5 of 6 situations: costs 5 points",
        ] {
            assert!(page.contains(expected), "{format}: no {expected} in {page}");
        }
    }
}

#[test]
fn unexplained_failures_are_shown_in_full_and_counted() {
    let mut record = submission();
    for index in [3, 99] {
        record.results[index].mistakes.clear();
        record.results[index].status = Status::Crash;
    }
    // By a mistake that is charged elsewhere.
    record.results[97].status = Status::Fail;
    let grade = graded(&record);
    assert_eq!(grade.total.to_string(), "14");
    for format in PAGES {
        let page = page(format, &record, &grade).replace("&#58;", ":");
        let expected = "1 scenario failed without a listed mistake: costs 1 point";
        assert!(page.contains(expected), "{format}: {page}");
    }
    for format in [
        "vmchecker",
        "vpl",
        "github-summary",
        "gradescope",
        "junit",
        "tap",
    ] {
        let all = text(format, &record, Ok(&grade));
        assert_eq!(all.matches("picture-of-a-scenario").count(), 2, "{format}");
    }
}

#[test]
fn damage_comes_before_mistakes_and_costs_once() {
    let mut record = submission();
    let (stem, call) = ("seed 7".to_owned(), 31);
    record.damage = Some(Damage {
        sentence: "it writes past its block".to_owned(),
        place: Where { stem, call },
        source: None,
    });
    let grade = graded(&record);
    for format in PAGES.iter().chain(&["tap", "github-annotations"]) {
        let page = page(format, &record, &grade)
            .replace('\\', "")
            .replace("&#58;", ":");
        let expected =
            "Memory is damaged in seed 7, call 31: it writes past its block: costs 10 points";
        let at = page.find(expected);
        let first = page.find("is-Dear");
        assert!(at.is_some() && at < first, "{format}: {page}");
    }
}
