use super::*;
use crate::record::{Build, ClauseLine, Damage, Example, ScenarioResult, Tier, Time, Where};
use crate::rubric::{Known, Rubric, Ungraded};
use crate::types::Status;

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
            steps: Vec::new(),
        }),
    }
}

fn result(stem: &str, status: Status, mistakes: &[&str]) -> ScenarioResult {
    ScenarioResult {
        purpose: "what it is for".to_owned(),
        mistakes: mistakes.iter().map(ToString::to_string).collect(),
        calls: 5,
        wrong: 1,
        failure: status.is_wrong().then(|| failure("|of the scenario|")),
        ..ScenarioResult::blank(stem, Tier::Golden, status)
    }
}

fn record() -> Record {
    Record {
        reading: Some("the header is short".to_owned()),
        mistakes: vec![
            mistake("Cheap", &["0102-two"]),
            mistake("Dear", &["0103-three", "0104-four"]),
        ],
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
            source: None,
        }),
        results: vec![
            result("0101-one", Status::Carried, &["Cheap"]),
            result("0102-two", Status::Fail, &["Cheap"]),
            result("0103-three", Status::Fail, &["Dear"]),
            result("0104-four", Status::Fail, &["Dear", "Cheap"]),
            result("0105-five", Status::Timeout, &[]),
        ],
        choices: vec!["a choice".to_owned()],
        time: Time::default(),
        suite: "0.1.0".to_owned(),
        snapshots: "0123".to_owned(),
        ..Record::blank("alice")
    }
}

fn grade(record: &Record) -> Grade {
    let known = record.results.iter().map(|result| Known {
        stem: result.stem.clone(),
        clauses: Vec::new(),
        tier: result.tier,
        points: None,
    });
    let known: Vec<Known> = known.collect();
    let text = "maximum = 10\n[damage]\npoints = 1.5\n[[category]]\nname = \"all\"\npoints = 10\n";
    Rubric::parse(text, &known).unwrap().grade(record).unwrap()
}

fn printed(
    record: &Record,
    graded: Option<GradeResult<'_>>,
    paper: &Paper,
    detail: Detail,
) -> String {
    let commands = Commands {
        again: "checker grade alice".to_owned(),
        submission: Some("alice".to_owned()),
        ..Commands::default()
    };
    let page = Page {
        record,
        graded,
        commands: &commands,
    };
    let mut text = Vec::new();
    print(&mut text, &page, paper, detail).unwrap();
    String::from_utf8(text).unwrap()
}

fn paper() -> Paper {
    Paper::new(80, 24, false)
}

const SCREEN: &str = "\
alice

1. for example 0102-two, call 4: p4 = os_malloc(64)
   it took the wrong block
  |the heap|
   where to look: where is Dear?

0.5 of 10 points: 1 of 5 scenarios passed (1 of them CARRIED), 3 FAIL, 1 TIMEOUT
     -4   1. It is Dear (C4), in 4 of 5 situations
     -2   2. Perhaps it is Cheap (C4), in 4 of 5 situations
     -2      1 scenario failed without a listed mistake
   -1.5      Memory is damaged in 0102-two, call 4: it writes past its block

First:       checker grade alice --mistake 1
The clause:  checker explain C4
Everything:  checker grade alice --verbose
";

#[test]
fn a_screen_ends_with_the_points_what_they_were_lost_by_and_what_to_do() {
    let record = record();
    let grade = grade(&record);
    let screen = printed(&record, Some(Ok(&grade)), &paper(), Detail::default());
    assert_eq!(screen, SCREEN);
}

#[test]
fn a_mistake_is_shown_in_full_by_its_number() {
    let record = record();
    let grade = grade(&record);
    let detail = Detail {
        mistake: Some(2),
        verbose: false,
    };
    assert!(detail.check(&record).is_ok());
    let text = printed(&record, Some(Ok(&grade)), &paper(), detail);
    let expected = "\
2. Perhaps it is Cheap (C4), in 4 of 5 situations: costs 2 points
   for example 0102-two, call 4: p4 = os_malloc(64)
   it took the wrong block
  |the heap|
   where to look: where is Cheap?
   scenarios that lose points for it: 0102

The clause:    checker explain C4
The scenario:  checker explain 0102 alice
A program:     checker repro 0102 alice
";
    assert_eq!(text, expected);
    for unknown in [0, 3, usize::MAX] {
        let detail = Detail {
            mistake: Some(unknown),
            verbose: false,
        };
        let error = detail.check(&record).unwrap_err().to_string();
        assert!(error.contains("has only 2 mistakes"), "{error}");
    }
}

#[test]
fn everything_is_shown_on_request_and_ends_as_the_screen_does() {
    let record = record();
    let grade = grade(&record);
    let detail = Detail {
        mistake: None,
        verbose: true,
    };
    let text = printed(&record, Some(Ok(&grade)), &paper(), detail);
    for part in [
        "  01 malloc sizes and thresholds    1 of   5  0102 0103 0104 0105\n",
        "TIMEOUT 0105-five: what it is for\n",
        "  |of the scenario|\n",
        "  C4         5 of 9  best fit\n",
        "  permitted choice: a choice\n",
        "  remark: the header is short\n",
        "2. Perhaps it is Cheap (C4), in 4 of 5 situations: costs 2 points\n",
        "       2 of  10  all\n",
        "    -1.5         memory damage\n",
    ] {
        assert!(text.contains(part), "{part}{text}");
    }
    let end = SCREEN.split_once("cheap?\n").map_or(SCREEN, |(_, end)| end);
    let end = end.rsplit_once("Dear?\n").unwrap().1;
    assert!(text.ends_with(end), "{text}");
}

/// A record that has too much of everything.
fn monstrous(text: &str) -> Record {
    let mut record = record();
    record.mistakes = (0..90)
        .map(|number| Mistake {
            sentence: format!("it {text}"),
            example: Some(Example {
                stem: text.to_owned(),
                failure: failure(&format!("{text}\n").repeat(50)),
                steps: Vec::new(),
            }),
            ..mistake(&format!("Mistake{number}"), &["0102-two"])
        })
        .collect();
    record.build = Build {
        notices: Vec::new(),
        sources: Vec::new(),
        failure: None,
        warnings: text.to_owned(),
        left_out: vec![text.to_owned(); 40],
        missing: vec![text.to_owned(); 4],
        forbidden: vec![text.to_owned(); 40],
    };
    record.submission = text.to_owned();
    record
}

#[test]
fn every_submission_fits_on_one_screen() {
    let word = "x".repeat(500);
    let texts = ["a few words ".repeat(60), word, "é\u{4e2d}\n\t".repeat(99)];
    for (text, size) in texts.iter().zip([(80, 24), (80, 24), (132, 43)]) {
        let paper = Paper::new(size.0, size.1, false);
        let record = monstrous(text);
        let grade = grade(&record);
        let error = Ungraded::Other(text.clone());
        let mut unbuilt = record.clone();
        unbuilt.build.failure = Some(format!("{text}\n").repeat(80));
        unbuilt.mistakes.clear();
        for (record, graded) in [
            (&record, Some(Ok(&grade))),
            (&record, Some(Err(&error))),
            (&record, None),
            (&unbuilt, Some(Ok(&grade))),
        ] {
            let screen = printed(record, graded, &paper, Detail::default());
            let lines: Vec<String> = screen.lines().map(str::to_owned).collect();
            assert!(paper.rows(&lines) < size.1, "{screen}");
            assert!(screen.contains("checker grade alice"), "{screen}");
        }
    }
}

#[test]
fn words_of_commands_are_quoted_for_a_shell() {
    assert_eq!(quoted("class/alice-1.c"), "class/alice-1.c");
    assert_eq!(quoted("it's here"), "'it'\\''s here'");
    assert_eq!(quoted("$(x)"), "'$(x)'");
    assert_eq!(quoted(""), "''");
}
