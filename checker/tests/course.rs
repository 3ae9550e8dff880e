//! What a course brings of its own, as a user gives it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");

/// A folder outside of the workspace.
struct Desk(TempDir);

struct Done {
    code: i32,
    out: String,
    errors: String,
}

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &str) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_checker"));
        let arguments = arguments.split_whitespace();
        let output = command.args(arguments).current_dir(self.0.path()).output();
        Done::from(output.unwrap())
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Done {
    fn expect(self, code: i32) -> Self {
        let Self { out, errors, .. } = &self;
        assert_eq!(self.code, code, "{out}{errors}");
        self
    }
}

fn sample(name: &str) -> String {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/submissions");
    samples
        .join(name)
        .canonicalize()
        .unwrap()
        .display()
        .to_string()
}

/// The scenario that the README shows.
fn example() -> &'static str {
    let (_, behind) = README
        .split_once("scenarios/hole-reuse.snap`:\n\n```text\n")
        .unwrap();
    behind.split_once("```").unwrap().0
}

#[test]
fn a_scenario_is_written_blessed_run_and_graded_as_the_readme_says() {
    const FILE: &str = "scenarios/hole-reuse.snap";
    let desk = Desk::new();
    desk.write(FILE, &example().replace("os_free(b)", "os_free(f)"));
    let done = desk.run("run hole --scenarios scenarios").expect(2);
    let expected = "checker: scenarios/hole-reuse.snap:9:9: expected `NULL`, or a pointer that an \
        earlier call returned, found `f)`\n";
    assert_eq!(done.errors, expected);

    desk.write(FILE, example());
    let done = desk.run("run hole --scenarios scenarios").expect(2);
    assert!(
        done.errors
            .contains("`checker bless scenarios/hole-reuse.snap`"),
        "{}",
        done.errors
    );
    let done = desk.run("bless scenarios/hole-reuse.snap").expect(0);
    assert_eq!(done.out, "Updated: scenarios/hole-reuse.snap\n");
    let blessed = desk.read(FILE);
    assert!(
        blessed.contains("= os_malloc(page + META)               -> H+0x428\n"),
        "{blessed}"
    );
    assert_eq!(desk.run("bless --scenarios scenarios").expect(0).out, "");
    desk.run("run scenarios/hole-reuse.snap").expect(0);
    let listed = desk
        .run("list hole-reuse --scenarios scenarios")
        .expect(0)
        .out;
    assert!(
        listed.contains("a freed hole serves the next request that fits [C4 C6]"),
        "{listed}"
    );

    // A submission that does not split loses the scenario's own points, in every format.
    let submission = sample("broken/never_splits_reused");
    desk.run(&format!(
        "grade {submission} --scenarios scenarios --out results"
    ))
    .expect(1);
    let report = |format: &str| {
        let format = format!("report results --submission never_splits_reused --format {format}");
        desk.run(&format).expect(0).out
    };
    let record: Value = serde_json::from_str(&report("json")).unwrap();
    let mut results = record["results"].as_array().unwrap().iter();
    let own = results.find(|it| it["stem"] == "hole-reuse");
    assert_eq!(own.unwrap()["status"], "FAIL", "{own:?}");
    for format in [
        "jsonl",
        "gradescope",
        "junit",
        "prairielearn",
        "check50",
        "tap",
    ] {
        assert!(report(format).contains("hole-reuse"), "{format}");
    }
    let page = report("terminal");
    assert!(page.contains("of 102 points"), "{page}");
    assert!(page.contains("0 of   2  scenarios of the course"), "{page}");
}

#[test]
fn scenarios_that_cannot_be_told_apart_are_refused() {
    let desk = Desk::new();
    fs::create_dir(desk.path("none")).unwrap();
    for (file, arguments, expected) in [
        (
            "a/0203-mine.snap",
            "list --scenarios a",
            "0203 is taken by the scenario 0203-",
        ),
        (
            "b/mine b.snap",
            "list --scenarios b",
            "ASCII letters, digits, - and _ only",
        ),
        (
            "c/x.txt",
            "list --scenarios none",
            "no scenario in none: expected files NAME.snap",
        ),
        (
            "c/x.txt",
            "list --scenarios gone",
            "cannot read gone: No such file",
        ),
    ] {
        desk.write(file, "os_malloc(8)\n");
        let done = desk.run(arguments).expect(2);
        assert!(done.errors.contains(expected), "{}", done.errors);
    }
    desk.write("d/mine.snap", "needs: 9999\nos_malloc(8)\n");
    let done = desk.run("list --scenarios d").expect(2);
    assert!(
        done.errors.contains("no scenario has the number 9999"),
        "{}",
        done.errors
    );
    fs::write(desk.path("d/mine.snap"), b"os_malloc(8)\n\xff\n").unwrap();
    let done = desk.run("list --scenarios d").expect(2);
    assert_eq!(
        done.errors,
        "checker: d/mine.snap:2: expected text in UTF-8\n"
    );
}
