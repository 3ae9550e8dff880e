use super::*;
use crate::record::{Aspects, Build, Failure, Output, Record, ScenarioResult, Time};
use crate::types::Status;

fn known(stem: &str, clauses: &[Clause], kind: Kind) -> Known {
    Known {
        stem: stem.to_owned(),
        clauses: clauses.to_vec(),
        kind,
    }
}

fn three() -> Vec<Known> {
    vec![
        known("0101-one", &[Clause::A1], Kind::Golden),
        known("0102-two", &[Clause::A2, Clause::C6], Kind::Probe),
        known("0201-three", &[Clause::C6], Kind::Golden),
        known("0202-odd", &[Clause::A5], Kind::Robustness),
    ]
}

fn result(stem: &str, status: Status) -> ScenarioResult {
    ScenarioResult {
        stem: stem.to_owned(),
        purpose: String::new(),
        clauses: Vec::new(),
        kind: Kind::Golden,
        status,
        aspects: Aspects {
            safety: true,
            system_calls: true,
            placement: true,
            layout: status == Status::Pass,
        },
        failure: None,
        output: Output::default(),
        seconds: 0.0,
    }
}

fn record(statuses: &[(&str, Status)]) -> Record {
    Record {
        suite: String::new(),
        snapshots: String::new(),
        isolation: Vec::new(),
        seed: None,
        submission: String::new(),
        build: Build::default(),
        results: statuses.iter().map(|(stem, s)| result(stem, *s)).collect(),
        choices: Vec::new(),
        contradictions: Vec::new(),
        diagnosis: None,
        time: Time::default(),
    }
}

fn complete(one: Status, two: Status, three: Status) -> Record {
    record(&[
        ("0101-one", one),
        ("0102-two", two),
        ("0201-three", three),
        ("0202-odd", Status::Fail),
    ])
}

const TWO: &str = r#"maximum = 10
[[category]]
name = "first"
chapter = "01"
points = 6
[[category]]
name = "second"
chapter = "02"
points = 4
"#;

fn error(text: &str) -> String {
    Rubric::parse(text, &three()).unwrap_err().to_string()
}

fn rubric(text: &str) -> Rubric {
    Rubric::parse(text, &three()).unwrap()
}

#[test]
fn the_built_in_rubric_fits_the_scenarios() {
    let known = Known::all(ref_tests::SCENARIOS);
    let rubric = Rubric::built_in(&known).unwrap();
    let worth = |stem: &str| rubric.worth(stem) > Points::ZERO;
    for scenario in &known {
        let expected = scenario.kind != Kind::Robustness;
        assert_eq!(worth(&scenario.stem), expected, "{}", scenario.stem);
    }
    let optional = known.iter().any(|k| ["09", "10"].contains(&k.chapter()));
    assert!(optional || rubric.maximum() == Points::whole(90));
    assert_eq!(rubric.out_of, Points::whole(100));
}

#[test]
fn the_examples_in_the_comments_are_sound() {
    let known = Known::all(ref_tests::SCENARIOS);
    let (head, tail) = BUILT_IN.split_once("# [[penalty]]").unwrap();
    let uncommented: String = format!("# [[penalty]]{tail}")
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or_default())
        .filter(|line| line.starts_with('[') || line.contains(" = "))
        .map(|line| format!("{line}\n"))
        .collect();
    let rubric = Rubric::parse(&format!("{head}{uncommented}"), &known).unwrap();
    assert_eq!(rubric.penalties.len(), 2);
    assert_eq!(rubric.style().unwrap().command()[0], "style-points");
}

#[test]
fn the_example_for_instructors_is_sound() {
    let page = include_str!("../../docs/instructors.md");
    let (_, example) = page.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let rubric = Rubric::parse(example, &Known::all(ref_tests::SCENARIOS)).unwrap();
    assert_eq!(rubric.maximum(), Points::whole(70));
}

#[test]
fn everything_passed_is_everything() {
    let grade = rubric(TWO).grade(&complete(Status::Pass, Status::Pass, Status::Pass));
    let grade = grade.unwrap();
    assert_eq!(grade.total, Points::whole(10));
    assert_eq!(grade.maximum, Points::whole(10));
    assert_eq!(grade.whole(), 10);
    assert_eq!(grade.scored("0102-two").unwrap().points, Points::whole(3));
    assert!(grade.scored("0202-odd").is_none());
}

#[test]
fn categories_have_their_own_sums() {
    let grade = rubric(TWO).grade(&complete(Status::Crash, Status::Pass, Status::Skipped));
    let grade = grade.unwrap();
    let points: Vec<String> = grade
        .categories
        .iter()
        .map(|c| format!("{} {}/{}", c.name, c.points, c.maximum))
        .collect();
    assert_eq!(points, ["first 3/6", "second 0/4"]);
}

#[test]
fn partial_credit_is_for_failures_without_damage() {
    let text = format!("{TWO}[partial]\nsystem_calls = 0.5\nplacement = 0.25\nlayout = 0.25\n");
    let mut record = complete(Status::Fail, Status::Fail, Status::Crash);
    record.results[1].aspects.safety = false;
    let grade = rubric(&text).grade(&record).unwrap();
    assert_eq!(grade.total, Points::new(2.25).unwrap());
    assert_eq!(grade.whole(), 2);
    let more = text.replace("0.5", "0.6");
    assert_eq!(
        error(&more),
        "rubric, line 10: the fractions for partial credit add up to 1.1, which is more than 1"
    );
}

#[test]
fn the_first_category_that_selects_a_scenario_has_it() {
    let text = r#"maximum = 10
[[category]]
name = "special"
clause = "C6"
each = 3
[[category]]
name = "rest"
points = 4
"#;
    let rubric = rubric(text);
    assert_eq!(rubric.worth("0102-two"), Points::whole(3));
    assert_eq!(rubric.worth("0201-three"), Points::whole(3));
    assert_eq!(rubric.worth("0101-one"), Points::whole(4));
    assert_eq!(
        error(&format!(
            "{text}[[category]]\nname = \"late\"\nchapter = \"01\"\npoints = 0\n"
        )),
        "rubric, line 9: no scenario is left for category \"late\": no scenario of its kinds \
         fits all its selectors, or earlier categories have them"
    );
}

#[test]
fn categories_of_one_name_are_added_up() {
    let grade = rubric(&TWO.replace("second", "first"))
        .grade(&complete(Status::Pass, Status::Pass, Status::Pass))
        .unwrap();
    assert_eq!(grade.categories.len(), 1);
    assert_eq!(grade.categories[0].points, Points::whole(10));
}

#[test]
fn errors_name_their_line() {
    let cases = [
        (
            "maximum = 10",
            "maximum = 11",
            "rubric, line 1: the categories add up to 10 points, not to 11",
        ),
        (
            "chapter = \"02\"",
            "chapter = \"05\"",
            "rubric, line 8: no scenario is in chapter \"05\"; chapters are two digits",
        ),
        (
            "chapter = \"02\"",
            "clause = \"C66\"",
            "rubric, line 8: unknown clause \"C66\"",
        ),
        (
            "chapter = \"02\"",
            "clause = \"E5\"",
            "rubric, line 8: no scenario rests on clause \"E5\"",
        ),
        (
            "chapter = \"02\"",
            "scenarios = [\n\"02*\",\n\"03*\"]",
            "rubric, line 10: no scenario matches \"03*\"",
        ),
        (
            "points = 4",
            "",
            "rubric, line 6: category \"second\" needs either `points` or `each`",
        ),
        (
            "points = 4",
            "points = 4\neach = 4",
            "rubric, line 6: category \"second\" needs either `points` or `each`",
        ),
        (
            "\"second\"",
            "\" \"",
            "rubric, line 6: a name has to be one line of text: \" \"",
        ),
        (
            "maximum = 10",
            "maximum = 10\nout_of = 9",
            "rubric, line 2: the whole assignment is out of 9 points, which is less than 10",
        ),
    ];
    for (old, new, message) in cases {
        assert_eq!(error(&TWO.replace(old, new)), message);
    }
}

#[test]
fn what_a_rubric_does_not_have_is_an_error_with_its_line() {
    let line = |text: &str| Rubric::parse(text, &three()).unwrap_err().line;
    assert_eq!(line(&TWO.replace("points = 4", "poinst = 4")), 9);
    assert_eq!(line(&TWO.replace("points = 4", "points = -4")), 9);
    assert_eq!(line(&TWO.replace("points = 4", "points = \"4\"")), 9);
    assert_eq!(line(&TWO.replace("points = 4", "points = nan")), 9);
    assert_eq!(line(&TWO.replace("points = 4", "points = = 4")), 9);
    assert_eq!(
        line(&TWO.replace("points = 4", "points = 4\nkinds = [\"gold\"]")),
        10
    );
    assert_eq!(line(&format!("{TWO}[stlye]\n")), 10);
    assert_eq!(
        line(&format!("{TWO}[style]\ncommand = []\nmaximum = 1\n")),
        10
    );
}

#[test]
fn optional_categories_come_on_top() {
    let more = "[[category]]\nname = \"more\"\noptional = true\npoints = 5\n";
    let text = format!("{TWO}{more}kinds = [\"robustness\"]\n");
    assert_eq!(rubric(&text).maximum(), Points::whole(15));
    let text = format!("{TWO}{more}chapter = \"09\"\n");
    assert_eq!(rubric(&text).maximum(), Points::whole(10));
    assert!(error(&format!("{TWO}{more}clause = \"X\"\n")).contains("unknown clause"));
}

#[test]
fn a_grader_error_stops_the_grade() {
    let record = complete(Status::GraderError, Status::Pass, Status::Pass);
    assert_eq!(
        rubric(TWO).grade(&record).unwrap_err().to_string(),
        "no grade: the checker could not judge 0101-one"
    );
    let mut harmless = complete(Status::Pass, Status::Pass, Status::Pass);
    harmless.results[3].status = Status::GraderError;
    assert!(rubric(TWO).grade(&harmless).is_ok());
}

#[test]
fn what_was_not_run_stops_the_grade() {
    let record = record(&[("0101-one", Status::Pass)]);
    assert_eq!(
        rubric(TWO).grade(&record).unwrap_err().to_string(),
        "no grade: not run, but worth points: 0102-two, 0201-three"
    );
}

#[test]
fn what_could_not_be_built_gets_nothing() {
    let mut record = record(&[]);
    record.build.failure = Some("no".to_owned());
    let grade = rubric(TWO).grade(&record).unwrap();
    assert_eq!(grade.total, Points::ZERO);
    assert_eq!(grade.maximum, Points::whole(10));
    assert_eq!(grade.scenarios.len(), 3);
}

#[test]
fn penalties_are_counted_and_bounded() {
    let penalty =
        |what: &str| format!("{TWO}[[penalty]]\nname = \"p\"\neach = 2\nat_most = 3\n{what}\n");
    let mut record = complete(Status::Pass, Status::Pass, Status::Fail);
    record.build.warnings = "a.c:1: warning: x\nnote\na.c:2: warning: y\n".to_owned();
    record.results[2].failure = Some(Failure {
        clause: Some("A8".to_owned()),
        diff: "-   munmap M1 131104\n+   brk +0x20\n".to_owned(),
        ..Failure::default()
    });
    let taken_off = |what: &str| {
        let grade = rubric(&penalty(what)).grade(&record).unwrap();
        let deduction = grade.deductions.first();
        assert_eq!(
            grade.total + deduction.map_or(Points::ZERO, |one| one.points),
            Points::whole(6)
        );
        deduction.map(|one| format!("{} {}", one.count, one.points))
    };
    assert_eq!(taken_off("lines = \"*warning:*\"").unwrap(), "2 3");
    assert_eq!(
        taken_off("lines = \"- * munmap *\"\nof = \"differences\"").unwrap(),
        "1 2"
    );
    assert_eq!(taken_off("clauses = [\"D2\", \"A8\"]").unwrap(), "1 2");
    assert_eq!(taken_off("clauses = [\"D2\"]"), None);
    assert!(error(&penalty("")).contains("line 10: penalty \"p\" needs either"));
    assert!(error(&penalty("clauses = [\"Z1\"]")).contains("line 14: unknown clause"));
}

#[test]
fn the_total_is_never_negative() {
    let text =
        format!("{TWO}[[penalty]]\nname = \"p\"\neach = 9\nat_most = 9\nclauses = [\"A8\"]\n");
    let mut record = complete(Status::Fail, Status::Fail, Status::Fail);
    record.results[0].failure = Some(Failure {
        clause: Some("A8".to_owned()),
        ..Failure::default()
    });
    assert_eq!(rubric(&text).grade(&record).unwrap().total, Points::ZERO);
}

const STYLE: &str = "[style]\ncommand = [\"lint\"]\nmaximum = 2\nabove = 6\n";

#[test]
fn style_counts_on_its_condition() {
    let rubric = rubric(&format!("{TWO}{STYLE}"));
    assert_eq!(rubric.maximum(), Points::whole(12));
    let all = complete(Status::Pass, Status::Pass, Status::Pass);
    let some = complete(Status::Pass, Status::Pass, Status::Fail);
    let two = Some(Points::whole(2));
    let total = |record, style| rubric.grade_with_style(record, style).map(|g| g.total);
    assert_eq!(total(&all, two), Ok(Points::whole(12)));
    assert_eq!(total(&some, two), Ok(Points::whole(6)));
    assert_eq!(total(&all, None), Err(Ungraded::StyleMissing));
}

#[test]
fn style_is_the_last_line_of_the_output() {
    let rubric = rubric(&format!("{TWO}{STYLE}"));
    let style = rubric.style().unwrap();
    assert_eq!(
        style.points(b"warnings: 3\n 1.5\n\n"),
        Ok(Points::new(1.5).unwrap())
    );
    assert_eq!(style.points(b" \n"), Err(StyleError::Nothing));
    assert!(matches!(
        style.points(b"1\n\xff"),
        Err(StyleError::NoNumber(_))
    ));
    assert!(matches!(style.points(b"NaN"), Err(StyleError::NoNumber(_))));
    assert!(matches!(
        style.points(b"3"),
        Err(StyleError::TooMany { .. })
    ));
}

#[test]
fn grades_can_be_written_and_read() {
    let grade = rubric(TWO).grade(&complete(Status::Fail, Status::Pass, Status::Fail));
    let text = serde_json::to_string(&grade).unwrap();
    assert_eq!(
        serde_json::from_str::<Result<Grade, Ungraded>>(&text).unwrap(),
        grade
    );
    let error: Result<Grade, Ungraded> = Err(Ungraded::NotRun(vec!["x".to_owned()]));
    let text = serde_json::to_string(&error).unwrap();
    assert_eq!(
        serde_json::from_str::<Result<Grade, Ungraded>>(&text).unwrap(),
        error
    );
}
