use super::style::StyleError;
use super::*;
use proptest::prelude::*;

use crate::record::{Damage, Failure, Mistake, Record, ScenarioResult, Where};
use crate::types::Status;

fn known(stem: &str, clauses: &[Clause], tier: Tier) -> Known {
    Known {
        stem: stem.to_owned(),
        clauses: clauses.to_vec(),
        tier,
        points: None,
    }
}

fn three() -> Vec<Known> {
    vec![
        known("0101-one", &[Clause::A1], Tier::Golden),
        known("0102-two", &[Clause::A2, Clause::C6], Tier::Probe),
        known("0201-three", &[Clause::C6], Tier::Golden),
        known("0202-odd", &[Clause::A5], Tier::Robustness),
    ]
}

fn result(stem: &str, status: Status) -> ScenarioResult {
    ScenarioResult::blank(stem, Tier::Golden, status)
}

fn record(statuses: &[(&str, Status)]) -> Record {
    Record {
        results: statuses.iter().map(|(stem, s)| result(stem, *s)).collect(),
        ..Record::blank("")
    }
}

fn mistake(name: &str, homes: &[&str]) -> Mistake {
    Mistake {
        name: name.to_owned(),
        known: true,
        clause: "C4".to_owned(),
        sentence: "it takes another block".to_owned(),
        shown: 3,
        situations: 3,
        homes: homes.iter().map(ToString::to_string).collect(),
        ..Mistake::default()
    }
}

/// The record of a submission with these mistakes: wrong at home, carried in `0201-three`.
fn with(mistakes: Vec<Mistake>) -> Record {
    let mut record = complete(Status::Pass, Status::Pass, Status::Pass);
    for result in &mut record.results {
        let at_home = |one: &&Mistake| one.homes.contains(&result.stem);
        result.mistakes = mistakes.iter().map(|one| one.name.clone()).collect();
        result.status = match mistakes.iter().find(at_home) {
            Some(_) => Status::Fail,
            None if mistakes.is_empty() => Status::Pass,
            None => Status::Carried,
        };
    }
    record.mistakes = mistakes;
    record
}

fn damage() -> Option<Damage> {
    let stem = "0101-one".to_owned();
    Some(Damage {
        sentence: "it writes past its block".to_owned(),
        place: Where { stem, call: 2 },
        source: None,
    })
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
    for scenario in &known {
        assert!(
            rubric.worth(&scenario.stem) > Points::ZERO,
            "{}",
            scenario.stem
        );
    }
    let parts: Vec<_> = rubric
        .parts()
        .map(|(name, points, _)| (name, points))
        .collect();
    let optional = [
        ("failing system calls", Points::whole(4)),
        ("endurance", Points::whole(4)),
        ("robustness", Points::whole(2)),
    ];
    assert!(parts.ends_with(&optional), "{parts:?}");
    assert_eq!(rubric.maximum(), Points::whole(100));
    assert_eq!(rubric.out_of, Points::whole(100));
}

#[test]
fn robustness_has_its_own_points() {
    let known = Known::all(ref_tests::SCENARIOS);
    let rubric = Rubric::built_in(&known).unwrap();
    let (_, robust, count) = rubric.parts().last().unwrap();
    let robustness = known.iter().filter(|known| known.tier == Tier::Robustness);
    assert_eq!(count, robustness.clone().count());
    let sum: Points = robustness.map(|known| rubric.worth(&known.stem)).sum();
    assert_eq!(sum, robust);
    // Chapters 01 to 08 without them are worth what `maximum` says.
    let chapters = |known: &&Known| known.tier != Tier::Robustness && known.chapter() < "09";
    let sum: Points = known
        .iter()
        .filter(chapters)
        .map(|known| rubric.worth(&known.stem))
        .sum();
    assert_eq!(sum, Points::whole(90));
}

#[test]
fn the_examples_in_the_comments_are_sound() {
    let known = Known::all(ref_tests::SCENARIOS);
    let examples = BUILT_IN.split("\n\n").filter_map(|paragraph| {
        let from = paragraph.find("# [")?;
        Some(&paragraph[from..])
    });
    let uncommented: String = examples
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let rubric = Rubric::parse(&format!("{BUILT_IN}{uncommented}"), &known).unwrap();
    assert_eq!(rubric.penalties.len(), 2);
    assert_eq!(rubric.prices.len(), 1);
    assert_eq!(rubric.damage, Points::new(12.5).unwrap());
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
    let grade = rubric(TWO).grade(&complete(Status::Crash, Status::Pass, Status::Fail));
    let grade = grade.unwrap();
    let points: Vec<String> = grade
        .categories
        .iter()
        .map(|c| format!("{} {}/{}", c.name, c.points, c.maximum))
        .collect();
    assert_eq!(points, ["first 3/6", "second 0/4"]);
}

/// `FirstFit 3, NeverSplits 0`
fn charges(grade: &Grade) -> String {
    let charges = grade.charges.iter();
    let charges = charges.map(|charge| format!("{} {}", charge.name, charge.points));
    charges.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_mistake_costs_its_homes_and_nothing_else() {
    let grade = rubric(TWO).grade(&with(vec![mistake("FirstFit", &["0102-two"])]));
    let grade = grade.unwrap();
    assert_eq!(grade.total, Points::whole(7));
    assert_eq!(grade.scored("0102-two").unwrap().points, Points::ZERO);
    assert_eq!(grade.scored("0201-three").unwrap().points, Points::whole(4));
    assert_eq!(charges(&grade), "FirstFit 3");
    assert_eq!(grade.charged("FirstFit"), Some(Points::whole(3)));
    assert_eq!(grade.charged("LastFit"), None);
}

#[test]
fn a_scenario_is_charged_once_to_the_most_expensive_mistake() {
    let record = with(vec![
        mistake("LastFit", &["0101-one"]),
        mistake("FirstFit", &["0102-two", "0201-three"]),
        mistake("WorstFit", &["0101-one", "0102-two", "unknown"]),
        mistake("unnamed-C4-1", &[]),
    ]);
    let grade = rubric(TWO).grade(&record).unwrap();
    assert_eq!(grade.total, Points::ZERO);
    let expected = "FirstFit 7, WorstFit 3, LastFit 0, unnamed-C4-1 0";
    assert_eq!(charges(&grade), expected);
    assert_eq!(
        rubric(TWO).price("WorstFit", &record.mistakes[2].homes),
        Points::whole(6)
    );
}

#[test]
fn ties_are_broken_by_name() {
    let homes = &["0101-one"][..];
    let record = with(vec![mistake("WorstFit", homes), mistake("LastFit", homes)]);
    let grade = rubric(TWO).grade(&record).unwrap();
    assert_eq!(charges(&grade), "LastFit 3, WorstFit 0");
}

#[test]
fn unexplained_failures_are_lost_too() {
    for status in [
        Status::Fail,
        Status::Crash,
        Status::Timeout,
        Status::Limit,
        Status::Forbidden,
    ] {
        let mut record = complete(status, Status::Pass, Status::Pass);
        let grade = rubric(TWO).grade(&record).unwrap();
        assert_eq!(grade.total, Points::whole(7), "{status:?}");
        assert!(grade.charges.is_empty());
        // By a mistake that is charged elsewhere.
        record.mistakes = vec![mistake("FirstFit", &["0102-two"])];
        record.results[0].mistakes = vec!["FirstFit".to_owned()];
        let grade = rubric(TWO).grade(&record).unwrap();
        assert_eq!(grade.scored("0101-one").unwrap().points, Points::whole(3));
        let half = rubric(&format!("{TWO}[scenario]\ncarried = 0.5\n"));
        let grade = half.grade(&record).unwrap();
        let points = grade.scored("0101-one").unwrap().points;
        assert_eq!(points, Points::new(1.5).unwrap());
        // By one that the record does not have.
        record.results[0].mistakes = vec!["LastFit".to_owned()];
        let grade = rubric(TWO).grade(&record).unwrap();
        assert_eq!(grade.scored("0101-one").unwrap().points, Points::ZERO);
    }
}

#[test]
fn what_was_carried_or_not_reached_keeps_a_fraction() {
    let record = complete(Status::Carried, Status::NotReached, Status::Pass);
    let total = |text: &str| rubric(text).grade(&record).unwrap().total;
    assert_eq!(total(TWO), Points::whole(10));
    let half = format!("{TWO}[scenario]\ncarried = 0.5\n");
    assert_eq!(total(&half), Points::new(8.5).unwrap());
    assert_eq!(
        total(&format!("{half}not_reached = 0\n")),
        Points::new(5.5).unwrap()
    );
    assert_eq!(
        error(&format!("{half}not_reached = 1.5\n")),
        "rubric, line 12: a fraction of a scenario's points is from 0 to 1, not 1.5"
    );
}

#[test]
fn a_price_takes_the_place_of_the_homes() {
    let priced = format!("{TWO}[[mistake]]\nname = \"FirstFit\"\npoints = 1.5\n");
    let record = with(vec![
        mistake("FirstFit", &["0101-one", "0201-three"]),
        mistake("LastFit", &["0101-one"]),
    ]);
    let rubric = rubric(&priced);
    let grade = rubric.grade(&record).unwrap();
    assert_eq!(grade.total, Points::new(5.5).unwrap());
    assert_eq!(charges(&grade), "LastFit 3, FirstFit 1.5");
    assert_eq!(grade.deductions.len(), 1);
    assert_eq!(
        rubric.price("FirstFit", &["0101-one"]),
        Points::new(1.5).unwrap()
    );
    assert_eq!(
        error(&priced.replace("FirstFit", "FristFit")),
        "rubric, line 11: unknown mistake \"FristFit\"; `checker mistakes` lists them"
    );
    assert_eq!(
        error(&format!(
            "{priced}[[mistake]]\nname = \"FirstFit\"\npoints = 2\n"
        )),
        "rubric, line 14: mistake \"FirstFit\" has a price already"
    );
}

#[test]
fn damage_costs_once() {
    let mut record = with(vec![mistake("FirstFit", &["0102-two"])]);
    record.damage = damage();
    let grade = |text: &str| rubric(text).grade(&record).unwrap();
    let given = grade(&format!("{TWO}[damage]\npoints = 4\n"));
    assert_eq!(given.total, Points::whole(3));
    assert_eq!(charges(&given), "memory damage 4, FirstFit 3");
    let left_out = grade(TWO);
    assert_eq!(left_out.total, Points::new(5.75).unwrap());
    assert_eq!(charges(&left_out), "FirstFit 3, memory damage 1.25");
    let much = grade(&format!("{TWO}[damage]\npoints = 9\n"));
    assert_eq!(much.total, Points::ZERO);
}

const NAMES: [&str; 5] = [
    "FirstFit",
    "LastFit",
    "WorstFit",
    "NeverSplits",
    "unnamed-C4-1",
];
const STEMS: [&str; 5] = ["0101-one", "0102-two", "0201-three", "0202-odd", "unknown"];

prop_compose! {
    /// A set of mistakes with homes of any kind, and which of them damage memory.
    fn mistakes()(
        homes in prop::collection::vec(prop::collection::vec(prop::sample::select(&STEMS[..]), 0..4), 0..=5),
        damaging in 0..10_usize,
    ) -> Vec<Mistake> {
        let mistakes = NAMES.iter().zip(homes).enumerate();
        mistakes
            .map(|(index, (name, homes))| Mistake {
                damages: index == damaging,
                ..mistake(name, &homes)
            })
            .collect()
    }
}

fn graded(rubric: &Rubric, mistakes: Vec<Mistake>) -> Grade {
    let damages = mistakes.iter().any(|one| one.damages);
    let mut record = with(mistakes);
    record.damage = damage().filter(|_| damages);
    rubric.grade(&record).unwrap()
}

proptest! {
    #[test]
    fn fixing_a_mistake_never_costs_points(
        mistakes in mistakes(),
        priced in prop::collection::vec(0..3_u32, 0..4),
        carried in 0..=10_u32,
    ) {
        let prices = NAMES.iter().zip(&priced).map(|(name, points)| {
            format!("[[mistake]]\nname = \"{name}\"\npoints = {points}\n")
        });
        let carried = f64::from(carried) / 10.0;
        let text = format!("{TWO}[scenario]\ncarried = {carried}\n{}", prices.collect::<String>());
        let rubric = rubric(&text);
        let all = graded(&rubric, mistakes.clone());
        for index in 0..mistakes.len() {
            let mut others = mistakes.clone();
            others.remove(index);
            prop_assert!(graded(&rubric, others).total >= all.total);
        }
    }

    #[test]
    fn together_mistakes_cost_no_more_than_alone(mistakes in mistakes()) {
        let rubric = rubric(TWO);
        let cost = |mistakes| rubric.maximum() - graded(&rubric, mistakes).total;
        let alone: Points = mistakes.iter().map(|one| cost(vec![one.clone()])).sum();
        prop_assert!(cost(mistakes) <= alone);
    }

    #[test]
    fn charges_add_up_to_what_is_lost(mistakes in mistakes()) {
        let rubric = rubric(TWO);
        let grade = graded(&rubric, mistakes);
        let charged: Points = grade.charges.iter().map(|charge| charge.points).sum();
        let lost: Points = grade.scenarios.iter().map(|one| one.maximum - one.points).sum();
        let taken_off: Points = grade.deductions.iter().map(|one| one.points).sum();
        prop_assert_eq!(charged, lost + taken_off);
        prop_assert_eq!(grade.total, grade.maximum - charged.min(grade.maximum));
        prop_assert!(grade.charges.is_sorted_by_key(|charge| Points::whole(100) - charge.points));
    }
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
    record.mistakes = vec![mistake("FirstFit", &["0101-one"]), mistake("LastFit", &[])];
    record.mistakes[1].clause = "A8".to_owned();
    record.results[2].failure = Some(Failure {
        diff: "-   munmap M1 131104\n+   brk +0x20\n".to_owned(),
        ..Failure::default()
    });
    let taken_off = |what: &str| {
        let grade = rubric(&penalty(what)).grade(&record).unwrap();
        let deduction = grade.deductions.first();
        assert_eq!(
            grade.total + deduction.map_or(Points::ZERO, |one| one.points),
            Points::whole(3)
        );
        deduction.map(|one| format!("{} {}", one.count, one.points))
    };
    assert_eq!(taken_off("lines = \"*warning:*\"").unwrap(), "2 3");
    assert_eq!(
        taken_off("lines = \"- * munmap *\"\nof = \"differences\"").unwrap(),
        "1 2"
    );
    assert_eq!(taken_off("clauses = [\"D2\", \"A8\"]").unwrap(), "1 2");
    assert_eq!(taken_off("clauses = [\"C4\", \"A8\"]").unwrap(), "2 3");
    assert_eq!(taken_off("clauses = [\"D2\"]"), None);
    assert!(error(&penalty("")).contains("line 10: penalty \"p\" needs either"));
    assert!(error(&penalty("clauses = [\"Z1\"]")).contains("line 14: unknown clause"));
}

#[test]
fn the_total_is_never_negative() {
    let text =
        format!("{TWO}[[penalty]]\nname = \"p\"\neach = 9\nat_most = 9\nclauses = [\"A8\"]\n");
    let mut record = complete(Status::Fail, Status::Fail, Status::Fail);
    record.mistakes = vec![mistake("FirstFit", &[])];
    record.mistakes[0].clause = "A8".to_owned();
    record.results[2].status = Status::Pass;
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
