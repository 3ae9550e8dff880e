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
    let page = desk
        .run("report results --submission never_splits_reused --verbose")
        .expect(0)
        .out;
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
            "nothing in none: expected files NAME.snap",
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

/// Two references as a course's script writes them.
const REFERENCES: [(&str, &str); 2] = [
    (
        "refs/test-malloc-reuse.ref",
        "os_malloc (['1000'])                    = HeapStart + 0x20\n  \
         brk (['0'])                           = HeapStart + 0x0\n  \
         brk (['HeapStart + 0x20000'])         = HeapStart + 0x20000\n\
         os_malloc (['16'])                      = HeapStart + 0x428\n\
         os_free (['HeapStart + 0x20'])          = <void>\n\
         os_realloc (['0', '500'])               = HeapStart + 0x20\n\
         os_free (['HeapStart + 0x20'])          = <void>\n\
         +++ exited (status 0) +++\n",
    ),
    (
        "refs/test-calloc-mapped.ref",
        "os_calloc (['2', '4096'])               = <mapped-addr1> + 0x20\n  \
         mmap (['0', '8224', 'PROT_READ | PROT_WRITE', 'MAP_PRIVATE | MAP_ANON', '-1', '0']) = <mapped-addr1>\n\
         os_free (['<mapped-addr1> + 0x20'])     = <void>\n  \
         munmap (['<mapped-addr1>', '8224'])     = 0\n\
         +++ exited (status 0) +++\n",
    ),
];

const SCRIPT: &str =
    "TESTS = {\n    \"test-malloc-reuse\": 7,\n    \"test-calloc-mapped\": 3,\n}\n";

fn without_blanks_and_queries(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.contains("brk (['0'])"));
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn references_of_a_course_are_imported_graded_and_exported_again() {
    let desk = Desk::new();
    for (name, text) in REFERENCES {
        desk.write(name, text);
    }
    desk.write("run_tests.py", SCRIPT);
    let done = desk
        .run("import ref refs --out own --points run_tests.py")
        .expect(0);
    assert!(
        done.out.starts_with("scenarios in own: 2\n"),
        "{}",
        done.out
    );
    desk.run("run test- --scenarios own").expect(0);
    desk.run("export --ref back --scenarios own").expect(0);
    for (name, text) in REFERENCES {
        let back = desk.read(&name.replace("refs/", "back/"));
        assert_eq!(
            without_blanks_and_queries(&back),
            without_blanks_and_queries(text)
        );
    }

    // What a submission does wrong costs the course's own test, by the course's own points.
    let submission = sample("broken/worst_fit");
    let grade = "--scenarios own --rubric own/rubric.toml --out results";
    desk.run(&format!("grade {submission} {grade}")).expect(1);
    let page = desk.run("report results").expect(0).out;
    assert!(page.contains("3 of 10 points"), "{page}");

    // Nothing is overwritten, and what the reference does otherwise is told.
    let done = desk.run("import ref refs --out own").expect(4);
    assert!(
        done.errors
            .contains("cannot write own/test-calloc-mapped.snap"),
        "{}",
        done.errors
    );
    let (name, text) = REFERENCES[1];
    desk.write(name, &text.replace("8224", "8192"));
    let done = desk.run("import ref refs --out other").expect(1);
    let told = "refs/test-calloc-mapped.ref:2: mmap (['0', '8192', ";
    assert!(done.out.starts_with(told), "{}", done.out);
    desk.write(name, &text.replace("os_free (['<", "os_free (['<<"));
    let done = desk.run("import ref refs --out other").expect(2);
    let told = "checker: refs/test-calloc-mapped.ref:3:12: expected 0, or an address";
    assert!(done.errors.starts_with(told), "{}", done.errors);
}

#[test]
fn what_random_sequences_find_becomes_a_scenario() {
    let desk = Desk::new();
    let submission = sample("broken/worst_fit");
    desk.run(&format!(
        "fuzz {submission} --calls 3000 --length 300 --emit found.snap"
    ))
    .expect(1);
    desk.run("run found.snap").expect(0);
    let found = desk
        .run(&format!("run found.snap --library {submission}"))
        .expect(1);
    assert!(
        found.out.contains("0 of 1 scenarios passed"),
        "{}",
        found.out
    );
}

const TINY: &str = "#include \"osmem.h\"\n\
    void *os_malloc(size_t size) { (void)size; return NULL; }\n";

#[test]
fn a_folder_with_a_class_is_graded_by_the_command_that_the_error_names() {
    let desk = Desk::new();
    for name in ["Ștefan Țăran", "alice", "alina"] {
        desk.write(&format!("class/{name}/osmem.c"), TINY);
    }
    let done = desk.run("grade class/").expect(2);
    let expected = "checker: class holds 3 submissions and is none itself: alice, alina, Ștefan \
        Țăran; `checker grade class/* --out results` grades them all\n";
    assert_eq!(done.errors, expected);

    desk.write(
        "class.txt",
        "class/Ștefan Țăran\nclass/alice\t311CA Ion Ș.\nclass/alina\n",
    );
    desk.run("grade --manifest class.txt --out results")
        .expect(1);
    let table = desk.read("results/grades.csv");
    for name in ["Ștefan Țăran", "311CA Ion Ș.", "alina"] {
        assert!(table.contains(&format!("\n{name},")), "{table}");
    }
    let page = desk.run("report results --submission Ștef").expect(0).out;
    assert!(page.starts_with("Ștefan Țăran\n"), "{page}");
    desk.write("class/Ștefania/osmem.c", TINY);
    desk.run("grade class/Ștefania --out results").expect(1);
    let done = desk.run("report results --submission Ștef").expect(2);
    let told = "the names of 2 submissions in results begin with \"Ștef\": ";
    assert!(done.errors.contains(told), "{}", done.errors);
    let done = desk.run("report results --submission bob").expect(2);
    assert!(
        done.errors.contains("no submission is called \"bob\""),
        "{}",
        done.errors
    );
    desk.run("grade class/alice --overlay gone").expect(2);
}
