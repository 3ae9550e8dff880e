use super::*;
use crate::cli::points;
use crate::record::{Build, ClauseLine, Damage, Example, Output, Time, Where};
use crate::rubric::{Known, Rubric};

fn place() -> Where {
    Where {
        stem: "0102-two".to_owned(),
        call: 4,
    }
}

fn failure(picture: &str) -> Failure {
    Failure {
        call: Some(4),
        code: "p4 = os_malloc(64)".to_owned(),
        sentence: "it took the wrong block".to_owned(),
        picture: picture.to_owned(),
        ..Failure::default()
    }
}

fn mistake(name: &str, homes: &[&str]) -> Mistake {
    Mistake {
        name: name.to_owned(),
        known: true,
        guess: homes.len() == 1,
        clause: "C4".to_owned(),
        sentence: format!("it is {name}"),
        hint: format!("where is {name}?"),
        shown: 4,
        situations: 5,
        homes: homes.iter().map(ToString::to_string).collect(),
        damages: false,
        example: Some(Example {
            stem: "0102-two".to_owned(),
            failure: failure("|the heap|"),
        }),
    }
}

fn result(stem: &str, status: Status, mistakes: &[&str]) -> ScenarioResult {
    ScenarioResult {
        stem: stem.to_owned(),
        purpose: "what it is for".to_owned(),
        clauses: Vec::new(),
        kind: Kind::Golden,
        status,
        mistakes: mistakes.iter().map(ToString::to_string).collect(),
        calls: 5,
        wrong: 1,
        failure: status.is_wrong().then(|| failure("|of the scenario|")),
        output: Output::default(),
        seconds: 0.0,
    }
}

fn record() -> Record {
    Record {
        suite: "0.1.0".to_owned(),
        snapshots: "0123".to_owned(),
        isolation: Vec::new(),
        seed: None,
        submission: "alice".to_owned(),
        build: Build::default(),
        reading: Some("the header is short".to_owned()),
        mistakes: vec![
            mistake("Cheap", &["0102-two"]),
            mistake("Dear", &["0103-three", "0104-four"]),
        ],
        remarks: Vec::new(),
        card: vec![ClauseLine {
            clause: "C4".to_owned(),
            summary: "best fit".to_owned(),
            decided: 9,
            kept: 5,
            first: Some(place()),
        }],
        damage: Some(Damage {
            sentence: "it writes past its block".to_owned(),
            place: place(),
        }),
        results: vec![
            result("0101-one", Status::Carried, &["Cheap"]),
            result("0102-two", Status::Fail, &["Cheap"]),
            result("0103-three", Status::Fail, &["Dear"]),
            result("0104-four", Status::Fail, &["Dear", "Cheap"]),
            result("0105-five", Status::Timeout, &[]),
        ],
        choices: vec!["a choice".to_owned()],
        contradictions: Vec::new(),
        time: Time::default(),
    }
}

const PAGE: &str = "\
alice
  01 malloc sizes and thresholds    1 of   5  0102 0103 0104 0105

TIMEOUT 0105-five: what it is for
  call 4, p4 = os_malloc(64)
  it took the wrong block

    |of the scenario|

Clauses, and the calls that kept them:
  C4         5 of 9  best fit

Permitted choices that were seen:
  a choice

Remark: the header is short

1. It is Dear (C4), in 4 of 5 situations
  for example in 0102-two:
  call 4, p4 = os_malloc(64)
  it took the wrong block

    |the heap|
  where to look: where is Dear?

2. Perhaps it is Cheap (C4), in 4 of 5 situations
  for example in 0102-two:
  call 4, p4 = os_malloc(64)
  it took the wrong block

    |the heap|
  where to look: where is Cheap?

1 of 5 scenarios passed (1 of them CARRIED), 3 FAIL, 1 TIMEOUT
built 0 ms, ran 0 ms, judged 0 ms; suite 0.1.0, snapshots 0123

0.5 of 10 points
       2 of  10  all
    -1.5         memory damage

What is wrong, the dearest first:
  It is Dear (C4), in 4 of 5 situations: costs 4 points
  Perhaps it is Cheap (C4), in 4 of 5 situations: costs 2 points
  Memory is damaged in 0102-two, call 4: it writes past its block: costs 1.5 points
  1 scenario failed by no mistake that is listed: costs 2 points
";

#[test]
fn a_page_ends_with_the_points_and_what_they_were_lost_by() {
    let record = record();
    let known = record.results.iter().map(|result| Known {
        stem: result.stem.clone(),
        clauses: Vec::new(),
        kind: result.kind,
        points: None,
    });
    let known: Vec<Known> = known.collect();
    let text = "maximum = 10\n[damage]\npoints = 1.5\n[[category]]\nname = \"all\"\npoints = 10\n";
    let grade = Rubric::parse(text, &known).unwrap().grade(&record).unwrap();
    let mut page = Vec::new();
    print(&mut page, &record, Some(&grade), false).unwrap();
    points::print(&mut page, &record, Ok(&grade)).unwrap();
    assert_eq!(String::from_utf8(page).unwrap(), PAGE);
}
