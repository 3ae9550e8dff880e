//! Records to export: a plausible one, and ones whose every text is hostile.

use checker::testing::record::{
    Build, ClauseLine, Damage, Example, Failure, Frame, HeapBlock, Heaps, Mistake, Output, Record,
    ScenarioResult, Source, Step, Tier, Time, Where,
};
use checker::testing::report::{GradeResult, exporter};
use checker::testing::rubric::{Grade, Known, Points, Rubric, Ungraded};
use checker::testing::types::{Clause, State, Status};
use proptest::prelude::*;

/// What programs that read reports would act upon, each alone.
pub(crate) const HOSTILE: &[&str] = &[
    "Total: 100/100",
    "\nTOTAL: \t 100",
    "Total:\n100",
    "Grade :=>>100",
    "\nGrade :=>>100\n",
    "Comment :=>>yes",
    "<|--",
    "\n--|>\nGrade :=>> 100\n",
    "\n-Title (-50)\n",
    "::error file=x,line=1::pwned",
    "\n  ::set-output name=x::y\n",
    "##[error]pwned",
    "%0A::error::x",
    "\nok 1 - forged\n",
    "not ok 2 # TODO",
    "x # SKIP nothing to see",
    "\n1..0 # SKIP\n",
    "\nBail out!\n",
    "\n  ---\n  a: b\n  ...\n",
    "=HYPERLINK(\"http://x\")",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    " =1",
    "a,b;\"c\"\n\"d",
    "]]>",
    "<![CDATA[",
    "</testsuite><testcase name='x'/>",
    "&lt;&#0;&bogus;",
    "\u{0}",
    "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}",
    "\r\n\r",
    "\u{202e}txt.exe",
    "\u{feff}\u{fffe}\u{ffff}\u{85}\u{2028}",
    "```\n# heading\n````",
    "<img src=x onerror=alert(1)><script>",
    "| a | b |\n|---|---|",
    "[x](javascript:alert(1)) @everyone",
    "{\"a\":1}\n{\"event\":\"grade\",\"total\":100}",
    "\\",
    "\\u0000",
    "🦀é\u{301}",
    "",
];

/// Texts put together from what acts, and from anything else.
pub(crate) fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-zA-Z:=>|# -]{0,12}",
        1 => Just("\n".to_owned()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

pub(crate) const STATUSES: [Status; 9] = Status::ALL;

pub(crate) fn stem(index: usize) -> String {
    format!("{:02}{:02}-scenario-{index}", 1 + index / 4, 1 + index % 4)
}

/// A record of nine scenarios, one of each status, in which `text` stands everywhere. The mistake
/// `Second` is at home in the scenario that fails, `First` in
/// those that crash and time out.
pub(crate) fn record(text: &str) -> Record {
    let results = STATUSES.iter().enumerate();
    Record {
        suite: "0.1.0".to_owned(),
        snapshots: "0123456789abcdef".to_owned(),
        isolation: vec!["seccomp".to_owned(), text.to_owned()],
        seed: None,
        submission: text.to_owned(),
        reading: Some(text.to_owned()),
        mistakes: vec![
            mistake("Second", &[2], text),
            mistake("First", &[3, 4], text),
        ],
        remarks: vec![text.to_owned()],
        card: vec![ClauseLine {
            clause: "C4".to_owned(),
            summary: text.to_owned(),
            decided: 40,
            kept: 36,
            first: Some(place(text)),
        }],
        damage: Some(Damage {
            sentence: text.to_owned(),
            place: place(text),
            source: None,
        }),
        build: Build {
            sources: vec!["src/osmem.c".to_owned()],
            failure: None,
            notices: vec![text.to_owned()],
            warnings: text.to_owned(),
            left_out: vec![text.to_owned()],
            missing: vec![text.to_owned()],
            forbidden: vec![text.to_owned()],
        },
        results: results
            .map(|(i, status)| result(i, *status, text))
            .collect(),
        choices: vec![text.to_owned()],
        contradictions: vec![text.to_owned()],
        unsteady: false,
        time: Time {
            build: 0.25,
            run: -1.5,
            judge: f64::NAN,
        },
    }
}

fn place(text: &str) -> Where {
    Where {
        stem: text.to_owned(),
        call: 7,
    }
}

pub(crate) fn mistake(name: &str, homes: &[usize], text: &str) -> Mistake {
    Mistake {
        name: name.to_owned(),
        known: name == "First",
        guess: name == "Second",
        clause: "C4".to_owned(),
        sentence: text.to_owned(),
        hint: text.to_owned(),
        shown: 3,
        situations: 5,
        homes: homes.iter().map(|index| stem(*index)).collect(),
        damages: false,
        example: Some(Example {
            stem: text.to_owned(),
            failure: failure(text),
            steps: steps(text),
        }),
    }
}

fn failure(text: &str) -> Failure {
    Failure {
        call: Some(3),
        code: text.to_owned(),
        clause: Some("C4".to_owned()),
        sentence: text.to_owned(),
        expected: text.to_owned(),
        observed: text.to_owned(),
        picture: text.to_owned(),
        heaps: Some(heaps()),
        diff: text.to_owned(),
        source: Some(Source {
            what: text.to_owned(),
            frames: vec![Frame {
                function: text.to_owned(),
                file: Some(text.to_owned()),
                line: Some(7),
            }],
            call: text.to_owned(),
            cut: true,
        }),
        by_hand: true,
    }
}

fn heaps() -> Heaps {
    let block = |start, size, state| HeapBlock { start, size, state };
    let before = vec![
        block(0, 64, State::Used),
        block(96, 1024, State::Free),
        block(1152, 8, State::Unknown(7)),
    ];
    Heaps {
        header: 32,
        expected: before[..2].to_vec(),
        observed: Some(before[..1].to_vec()),
        before,
    }
}

/// Three calls, the last of which did not return.
fn steps(text: &str) -> Vec<Step> {
    let heaps = [Some(heaps().before), Some(Vec::new()), None];
    let step = |(number, heap)| Step {
        number,
        code: text.to_owned(),
        result: text.to_owned(),
        system_calls: vec![text.to_owned()],
        heap,
        wrong: number > 1,
    };
    (1..).zip(heaps).map(step).collect()
}

pub(crate) fn result(index: usize, status: Status, text: &str) -> ScenarioResult {
    let mistakes = match status {
        Status::Carried => &["First", "Second"][..],
        Status::Fail => &["Second"],
        _ => &[],
    };
    ScenarioResult {
        stem: stem(index),
        purpose: text.to_owned(),
        clauses: vec!["C4".to_owned(), text.to_owned()],
        tier: Tier::Golden,
        status,
        mistakes: mistakes.iter().map(ToString::to_string).collect(),
        calls: 9,
        wrong: 2,
        failure: (status != Status::Pass).then(|| failure(text)),
        output: Output {
            text: text.to_owned(),
            truncated: status == Status::Limit,
        },
        steps: steps(text),
        seconds: f64::INFINITY,
    }
}

/// A rubric of 100 points for the scenarios of [`record`], without the one of GRADER-ERROR.
pub(crate) fn rubric() -> Rubric {
    let known: Vec<Known> = (0..8)
        .map(|index| Known {
            stem: stem(index),
            clauses: vec![Clause::C4],
            tier: Tier::Golden,
            points: None,
        })
        .collect();
    let text = r#"
        maximum = 90
        out_of = 100
        [[category]]
        name = "=first, \"part\""
        chapter = "01"
        points = 60
        [[category]]
        name = "second"
        chapter = "02"
        points = 30
        [[penalty]]
        name = "@warnings"
        lines = "*"
        each = 1
        at_most = 2
        [damage]
        points = 5
        [style]
        command = ["x"]
        maximum = 10
        above = 10
    "#;
    Rubric::parse(text, &known).unwrap()
}

/// The grade of [`record`]: 30 of 60, 7.5 of 30, 5 and up to 2 taken off, 5.5 for style.
pub(crate) fn grade(record: &Record) -> Grade {
    let style = Points::new(5.5);
    rubric().grade_with_style(record, style).unwrap()
}

/// No grade, for a reason that holds `text`.
pub(crate) fn ungraded(text: &str) -> Ungraded {
    Ungraded::GraderError(vec!["0301-scenario-8".to_owned(), text.to_owned()])
}

/// What a format writes for a record and its grade.
pub(crate) fn exported(format: &str, record: &Record, grade: GradeResult<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let exporter = exporter(format).unwrap();
    exporter.write(record, grade, &mut bytes).unwrap();
    bytes
}

/// The same as text, which it has to be.
pub(crate) fn text(format: &str, record: &Record, grade: GradeResult<'_>) -> String {
    String::from_utf8(exported(format, record, grade)).unwrap()
}

/// Runs a check with every hostile text, graded and ungraded, built and not built.
pub(crate) fn each_hostile(check: impl Fn(&Record, GradeResult<'_>)) {
    let together = HOSTILE.concat();
    for text in HOSTILE.iter().copied().chain([together.as_str()]) {
        check_with(text, &check);
    }
}

/// Runs a check with one text.
pub(crate) fn check_with(text: &str, check: &impl Fn(&Record, GradeResult<'_>)) {
    let mut record = record(text);
    let (grade, error) = (grade(&record), ungraded(text));
    check(&record, Ok(&grade));
    check(&record, Err(&error));
    let other = Ungraded::Other(text.to_owned());
    check(&record, Err(&other));
    record.build.failure = Some(text.to_owned());
    record.results.clear();
    let grade = rubric()
        .grade_with_style(&record, Some(Points::ZERO))
        .unwrap();
    check(&record, Ok(&grade));
}

/// A record of a whole suite in which everything failed and every text is long.
pub(crate) fn huge() -> Record {
    let long = "0123456789 \"quoted\" ]]> \u{1b}\n".repeat(200);
    let mut record = record(&long);
    let results = (0..180).map(|index| {
        let mut result = result(index, Status::Fail, &long);
        result.stem = format!("{:04}-{}", index, "x".repeat(30));
        result.mistakes.clear();
        result
    });
    record.results = results.collect();
    record.choices = vec![long; 100];
    record
}
