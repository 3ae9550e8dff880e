//! The formats in plain text, read as the systems read them.

use checker::testing::record::{Frame, Record, Source};
use checker::testing::report::{ClassTable, GradeResult, Row, Seconds};
use checker::testing::rubric::Grade;
use checker::testing::types::Status;

use super::records::{each_hostile, grade, record, rubric, text, ungraded};

/// What vmchecker finds: the number after the first `Total:` that a number follows.
fn vmchecker_grade(text: &str) -> Option<i64> {
    text.match_indices("Total:").find_map(|(at, word)| {
        let rest = text[at + word.len()..].trim_start();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

pub(crate) fn vmchecker(record: &Record, graded: GradeResult<'_>) {
    let text = text("vmchecker", record, graded);
    assert_eq!(vmchecker_grade(&text), graded.ok().map(Grade::whole));
    let lower = text.to_ascii_lowercase();
    assert_eq!(lower.matches("total:").count(), usize::from(graded.is_ok()));
    assert_eq!(
        lower.matches("checker:").count(),
        usize::from(graded.is_ok())
    );
    assert!(text.lines().count() <= 300);
    is_printable(&text);
}

fn is_printable(text: &str) {
    let acts = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!text.contains(acts), "{text:?}");
    assert!(
        !text.contains(['\u{202e}', '\u{2028}', '\u{feff}']),
        "{text:?}"
    );
}

/// What VPL finds: the number after the last `Grade :=>>` at the start of a line.
pub(crate) fn vpl(record: &Record, graded: GradeResult<'_>) {
    let text = text("vpl", record, graded);
    is_printable(&text);
    let grades: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("Grade :=>>"))
        .collect();
    let expected = graded.ok().map(|grade| grade.total.to_string());
    assert_eq!(
        grades,
        expected.iter().map(String::as_str).collect::<Vec<_>>()
    );
    for (word, count) in [
        ("<|--", 1),
        ("--|>", 1),
        ("Comment :=>>", 0),
        (":=>>", grades.len()),
    ] {
        assert_eq!(text.matches(word).count(), count, "{word} in {text}");
    }
    let (inside, _) = text.split_once("\n--|>\n").unwrap();
    let inside = inside.strip_prefix("<|--\n").unwrap();
    for line in inside.lines() {
        let title = line.starts_with('-') && line.ends_with(':');
        assert!(title || line.starts_with('>'), "{line:?}");
    }
}

/// Each line is a command, and is one of ours.
pub(crate) fn annotations(record: &Record, graded: GradeResult<'_>) {
    let text = text("github-annotations", record, graded);
    is_printable(&text);
    assert!(!text.contains("##["));
    for line in text.lines() {
        let (_, properties, message) = command(line).unwrap_or_else(|| panic!("{line:?}"));
        assert!(properties.contains("title="), "{line:?}");
        assert!(!message.contains("::"), "{line:?}");
    }
    let errors = text.lines().filter(|line| line.starts_with("::error "));
    let failed = record.results.iter().filter(|one| {
        let explained = record.mistakes_in(one).next().is_some();
        !explained && (one.status.is_wrong() || one.status == Status::GraderError)
    });
    let not_built = usize::from(record.build.failure.is_some());
    let wrong = record.mistakes.len() + usize::from(record.damage.is_some()) + not_built;
    let ungraded = usize::from(graded.is_err());
    assert_eq!(errors.count(), (failed.count() + wrong + ungraded).min(10));
}

/// The command's name, its properties and its message.
fn command(line: &str) -> Option<(&str, &str, &str)> {
    let (command, message) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = command.split_once(' ')?;
    matches!(name, "error" | "notice").then_some((name, properties, message))
}

/// Reads TAP strictly: the version, the plan, tests in their order, and diagnostics that are
/// quoted strings.
pub(crate) fn tap(record: &Record, graded: GradeResult<'_>) {
    let text = text("tap", record, graded);
    is_printable(&text);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan = format!("1..{}", record.results.len() + 1);
    assert_eq!(lines.next(), Some(plan.as_str()));
    let (mut tests, mut bailed, mut inside) = (0, false, false);
    for line in lines {
        assert!(!bailed, "{line:?} after `Bail out!`");
        if let Some(entry) = line.strip_prefix("  ") {
            tap_entry(entry, &mut inside);
            continue;
        }
        assert!(!inside, "{line:?} within diagnostics");
        bailed = line.starts_with("Bail out!");
        if !line.starts_with("# ") && !bailed {
            tests += 1;
            tap_test(line, tests, record);
        }
    }
    assert_eq!(tests, record.results.len() + 1);
    assert_eq!(bailed, graded.is_err());
}

fn tap_entry(entry: &str, inside: &mut bool) {
    match (entry, *inside) {
        ("---", false) => *inside = true,
        ("...", true) => *inside = false,
        (_, true) => {
            let (_, value) = entry.split_once(": ").unwrap();
            serde_json::from_str::<String>(value).unwrap();
        }
        _ => panic!("{entry:?} outside of diagnostics"),
    }
}

fn tap_test(line: &str, number: usize, record: &Record) {
    let rest = line.strip_prefix("not ").unwrap_or(line);
    let rest = rest.strip_prefix(&format!("ok {number} - ")).unwrap();
    let directive = rest.replace("\\\\", "").replace("\\#", "");
    let directive = directive
        .split_once('#')
        .map(|(_, directive)| directive.trim().to_owned());
    if number == 1 {
        assert_eq!(rest, "build");
        return;
    }
    let status = record.results[number - 2].status;
    let ok = matches!(status, Status::Pass | Status::Carried | Status::NotReached);
    assert_eq!(!line.starts_with("not "), ok);
    let skipped = directive.is_some_and(|directive| directive.starts_with("SKIP "));
    assert_eq!(skipped, status == Status::NotReached, "{line:?}");
}

pub(crate) fn csv(record: &Record, graded: GradeResult<'_>) {
    let text = text("csv", record, graded);
    is_printable(&text);
    check_table(&text, 1);
}

/// As many rows as expected, all of one length, and no formula.
fn check_table(text: &str, rows: usize) {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows_read: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows_read.len(), rows);
    for cell in rows_read.iter().chain([&header]).flatten() {
        let formula = cell.trim_start().starts_with(['=', '+', '-', '@']);
        assert!(!formula || cell.parse::<f64>().is_ok(), "{cell:?}");
        assert!(!cell.contains('\n'), "{cell:?}");
    }
}

/// Nothing from a record is Markdown or HTML.
pub(crate) fn markdown(record: &Record, graded: GradeResult<'_>) {
    let text = text("github-summary", record, graded);
    is_printable(&text);
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => no_markup(line),
        }
    }
    assert_eq!(fence, None, "a code block does not end");
}

fn no_markup(line: &str) {
    let ours = ["<details><summary>", "</summary>", "</details>"];
    let rest = ours
        .iter()
        .fold(line.to_owned(), |rest, tag| rest.replace(tag, ""));
    assert!(!rest.contains(['<', '@']), "{line:?}");
    let mut before = ' ';
    for c in rest.chars() {
        assert!(!"`[]*_".contains(c) || before == '\\', "{line:?}");
        before = if before == '\\' { ' ' } else { c };
    }
    if line.starts_with('|') {
        let cells = line
            .replace("\\\\", "")
            .replace("\\|", "")
            .matches('|')
            .count();
        assert!(matches!(cells, 4 | 5), "{line:?}");
    }
}

#[test]
fn vmchecker_finds_the_grade() {
    each_hostile(vmchecker);
}

#[test]
fn vpl_finds_the_grade() {
    each_hostile(vpl);
}

#[test]
fn annotations_are_commands_of_ours() {
    each_hostile(annotations);
}

#[test]
fn tap_can_be_read() {
    each_hostile(tap);
}

#[test]
fn the_table_can_be_read() {
    each_hostile(csv);
}

#[test]
fn the_summary_has_no_markup_of_others() {
    each_hostile(markdown);
}

#[test]
fn the_head_of_the_plain_text() {
    let mut record = record("text");
    record.build = checker::testing::record::Build::default();
    let grade = grade(&record);
    let text = text("vmchecker", &record, Ok(&grade));
    let head: Vec<&str> = text.lines().take(14).collect();
    assert_eq!(
        head,
        [
            "Total: 39/100",
            "",
            "Checker: 33/ 90",
            "Style:  6/ 10",
            "",
            "text",
            "suite 0.1.0, snapshots 0123456789abcdef, isolation: seccomp, text",
            "1 PASS, 1 CARRIED, 1 FAIL, 1 CRASH, 1 TIMEOUT, 1 LIMIT, 1 FORBIDDEN, 1 NOT-REACHED, \
             1 GRADER-ERROR",
            "",
            "Memory is damaged in text, call 7: text: costs 5 points",
            "",
            "1. text (C4), in 3 of 5 situations: costs 22.5 points",
            "2. Perhaps text (C4), in 3 of 5 situations: costs 15 points",
            "",
        ]
    );
}

#[test]
fn a_table_of_a_class_has_a_row_for_each() {
    let records: Vec<Record> = ["a", "=b", "c\nd"]
        .iter()
        .map(|text| record(text))
        .collect();
    let grades: Vec<Grade> = records.iter().map(grade).collect();
    let error = ungraded("x");
    let row = |index: usize| Row {
        id: ["one", "-two", "three"][index],
        record: &records[index],
        grade: if index == 2 {
            Err(&error)
        } else {
            Ok(&grades[index])
        },
    };
    let mut bytes = Vec::new();
    let mut table = ClassTable::default();
    for number in 0..3 {
        table.add(row(number));
    }
    table.write(Seconds::LeftOut, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    check_table(&text, 3);
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "id,total,maximum,\"'=first, \"\"part\"\"\",second,style,deductions,PASS,CARRIED,FAIL,\
         CRASH,TIMEOUT,LIMIT,FORBIDDEN,NOT-REACHED,GRADER-ERROR,mistakes,isolation,suite,snapshots,note"
    );
    assert_eq!(
        lines.next().unwrap(),
        "one,37,100,30,7.5,5.5,-6,1,1,1,1,1,1,1,1,1,First;Second,\"seccomp, a\",0.1.0,0123456789abcdef,"
    );
    assert!(lines.next().unwrap().starts_with("'-two,"));
    assert!(
        lines
            .next()
            .unwrap()
            .contains("no grade: the checker could not judge")
    );
    assert_eq!(rubric().maximum(), grades[0].maximum);
}

/// Where no file of the submission is named, none is made up.
#[test]
fn a_compiler_error_is_shown_at_its_line() {
    let mut record = record("text");
    record.results.clear();
    for (failure, place) in [
        (
            "compiling src/my,file.c failed:\nsrc/my,file.c:12:3: error: expected ‘;’",
            "file=src/my%2Cfile.c,line=12,",
        ),
        (
            "/usr/include/x.h:1:1: error: x\nlist.c:2:1: error: y",
            "file=list.c,line=2,",
        ),
        ("linking failed: undefined reference to `f'", ""),
        ("../x.c:1:1: error: x", ""),
    ] {
        record.build.failure = Some(failure.to_owned());
        let text = text("github-annotations", &record, Err(&ungraded("x")));
        let mut lines = text.lines();
        let line = lines.find(|line| line.contains("could not be built"));
        let message = failure.replace('\n', "%0A");
        let due = format!("::error {place}title=could not be built::{message}");
        assert_eq!(line, Some(due.as_str()));
    }
}

/// Where a failure has a line, each format that a person reads says so, and those that point point
/// there.
#[test]
fn a_failure_is_shown_at_its_line() {
    let frame = |function: &str, line| Frame {
        function: function.to_owned(),
        file: Some("src/list.c".to_owned()),
        line: Some(line),
    };
    let source = Source {
        what: "SIGSEGV".to_owned(),
        frames: vec![frame("split_block", 7), frame("reuse", 33)],
        call: "os_realloc".to_owned(),
        cut: true,
    };
    let mut record = record("text");
    for mistake in &mut record.mistakes {
        mistake.example.as_mut().unwrap().failure.source = Some(source.clone());
    }
    let grade = grade(&record);
    let said = "SIGSEGV in split_block (src/list.c:7), called by reuse … os_realloc";
    assert_eq!(source.to_string(), said);
    for format in [
        "vmchecker",
        "html",
        "github-summary",
        "gradescope",
        "vpl",
        "github-annotations",
    ] {
        let text = text(format, &record, Ok(&grade))
            .replace('\\', "")
            .replace("&#58;", ":");
        assert!(text.contains(said), "{format}: {text}");
    }
    let marks = text("github-annotations", &record, Ok(&grade));
    assert!(
        marks.contains("::error file=src/list.c,line=7,title=First::"),
        "{marks}"
    );
    for file in ["/etc/passwd", "../other/osmem.c", "a b\nc"] {
        for mistake in &mut record.mistakes {
            let failure = &mut mistake.example.as_mut().unwrap().failure;
            failure.source.as_mut().unwrap().frames[0].file = Some(file.to_owned());
        }
        let marks = text("github-annotations", &record, Ok(&grade));
        assert!(
            marks.contains("::error file=src/osmem.c,line=1,title=First::"),
            "{marks}"
        );
    }
}
