//! A course's own tests in C, and a course's whole tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use serde_json::Value;

use super::sample;
use crate::desk::Desk;

/// Looks at a header, which not every conforming submission fills in alike.
const PICKY: &str = r#"
#include <stdio.h>
#include "../tests/snippets/helper.h"
int main(void)
{
	size_t *block = os_malloc(100);

	if (said(block) != 104) {
		printf("\033[31mthe header says %zu\n", said(block));
		return 5;
	}
	os_free(os_calloc(3, 5));
	os_free(block);
}
"#;
const HELPER: &str = "#include \"helper.h\"\n\
    size_t said(size_t *payload) { return ((struct block_meta *)payload - 1)->size; }\n";
const HELPER_H: &str =
    "#include \"osmem.h\"\n#include \"block_meta.h\"\nsize_t said(size_t *payload);\n";

/// Its own use of `malloc` moves the break between two calls.
const WITH_STDIO: &str = r#"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "osmem.h"
int main(void)
{
	char *block = os_malloc(100), *own = malloc(1000), *large;

	printf("hello\n");
	large = os_malloc(130900);
	assert(large && own);
	os_free(block);
	free(own);
	os_free(large);
	exit(0);
}
"#;

const NOTHING: &str = "#include \"osmem.h\"\n\
    void *os_malloc(size_t n) { (void)n; return NULL; }\nvoid os_free(void *p) { (void)p; }\n\
    void *os_calloc(size_t m, size_t n) { (void)m; (void)n; return NULL; }\n\
    void *os_realloc(void *p, size_t n) { (void)p; (void)n; return NULL; }\n";

#[test]
fn tests_in_c_are_judged_call_by_call_and_by_their_own_checks() {
    let desk = Desk::new();
    desk.write("tests/snippets/picky.c", PICKY);
    desk.write("tests/snippets/helper.c", HELPER);
    desk.write("tests/snippets/helper.h", HELPER_H);
    desk.write("tests/snippets/with-stdio.c", WITH_STDIO);
    desk.write("nothing/osmem.c", NOTHING);
    let tests = "--tests tests/snippets";
    let done = desk.run(&format!("list picky {tests}")).expect(0);
    assert!(
        done.out.contains("the course's test picky.c"),
        "{}",
        done.out
    );
    let done = desk.run(&format!("run picky with-stdio {tests}")).expect(0);
    assert!(done.out.contains("2 of 2 scenarios passed"), "{}", done.out);
    let done = desk.run(&format!("trace with-stdio {tests}")).expect(0);
    assert!(
        done.out.contains(" 2  (foreign brk +0x21000)\n"),
        "{}",
        done.out
    );
    assert!(done.out.contains("printed: hello"), "{}", done.out);

    desk.write(
        "run_tests.py",
        "TESTS = {\n\"picky\": 6,\n\"with-stdio\": 4,\n}\n",
    );
    let rubric = desk
        .run(&format!("import points run_tests.py {tests}"))
        .expect(0);
    desk.write("rubric.toml", &rubric.out);
    let raw = sample("handmade/07_raw_size");
    let without = sample("no_calloc");
    desk.run(&format!(
        "grade nothing {raw} {without} {tests} --rubric rubric.toml --out results"
    ))
    .expect(1);
    let report = |id: &str, format: &str| {
        let report = format!("report results --submission {id} --format {format}");
        desk.run(&report).expect(0).out
    };
    let result = |id: &str, stem: &str| -> (String, String) {
        let record: Value = serde_json::from_str(&report(id, "json")).unwrap();
        let results = record["results"].as_array().unwrap();
        let one = results.iter().find(|it| it["stem"] == stem).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&one["status"]), text(&one["failure"]["sentence"]))
    };
    let own_check = "the test itself exits with status 5 after call 1, p1 = os_malloc(100), and \
        prints: \\u{1b}[31mthe header says 100";
    let failed = |sentence: &str| ("FAIL".to_owned(), sentence.to_owned());
    assert_eq!(result("07_raw_size", "picky"), failed(own_check));
    assert_eq!(result("07_raw_size", "with-stdio").0, "PASS");
    assert!(desk.read("results/grades.csv").contains("\n07_raw_size,4,"));
    let (status, sentence) = result("nothing", "with-stdio");
    assert_eq!(status, "FAIL");
    assert!(
        sentence.contains("Then the test itself is killed by SIGABRT"),
        "{sentence}"
    );
    assert!(
        sentence.contains("Assertion `large && own' failed."),
        "{sentence}"
    );
    let (status, sentence) = result("no_calloc", "picky");
    assert_eq!(status, "FAIL");
    assert!(
        sentence.contains("the library has no os_calloc"),
        "{sentence}"
    );

    // Whatever a format has room for: the test, or the mistake that it is.
    for format in super::formats(&desk) {
        let told = match format.as_str() {
            "github-classroom" => decoded(&report("07_raw_size", &format)),
            _ => report("07_raw_size", &format),
        };
        assert!(!told.contains('\u{1b}'), "{format}");
        let words = ["picky", "check of the test's own", "OwnCheck"];
        assert!(words.iter().any(|it| told.contains(it)), "{format}");
    }
}

pub(super) fn decoded(text: &str) -> String {
    let bytes = base64::prelude::BASE64_STANDARD
        .decode(text.trim())
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_wrong_with_a_test_itself_is_the_course_s_own_affair() {
    let desk = Desk::new();
    let test = |body: &str| {
        let text = format!("#include \"osmem.h\"\n#include <stdio.h>\n{body}\n");
        desk.write("tests/wrong.c", &text);
        desk.run("list --tests tests").expect(2).errors
    };
    for (body, expected) in [
        (
            "int main(void) { return nonsense; }",
            "tests/wrong.c: the course's own test cannot be built with any submission",
        ),
        (
            "int main(void) { os_free(os_malloc(3)); return missing(); }",
            "undefined symbol: missing",
        ),
        (
            "int main(void) { os_malloc(3); puts(\"no\\033[3m good\"); return 4; }",
            "tests/wrong.c: the course's own test fails with the reference: it exits with status 4; it \
             prints:\nno\\u{1b}[3m good",
        ),
        (
            "int main(void) { char *p = os_malloc(3); os_free(p + 8); return 0; }",
            "os_free is called with a pointer that no call returned",
        ),
        (
            "int main(void) { os_malloc(3); fopen(\"/etc/passwd\", \"r\"); return 0; }",
            "forbidden openat, in the test itself, after call 1",
        ),
        (
            "int main(void) { return 0; }",
            "calls none of the four functions",
        ),
        (
            "int helper;",
            "no tests in tests: expected C files with a main",
        ),
    ] {
        let told = test(body);
        assert!(told.contains(expected), "{told}");
    }
}

/// The samples: conforming ones first, then one with a mistake each.
const SAMPLES: [&str; 6] = [
    "handmade/01_classic_list",
    "conforming",
    "first_fit",
    "calloc_not_zeroed",
    "realloc_last_not_grown",
    "never_splits_reused",
];

/// What the course's script, `--tests` and `--scenarios` say differently, as the page has it.
const DIFFERENCES: &str = include_str!("../../../docs/course.md");

#[test]
fn a_course_s_script_its_tests_and_its_references_agree() {
    let needed = ["ltrace", "make", "python3"];
    let is_there = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    if let Some(missing) = needed.iter().find(|name| !is_there(name)) {
        eprintln!("skipped: there is no {missing}");
        return;
    }
    let desk = Desk::new();
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/course");
    let script = tree.join("tests/run_tests.py");
    let passed = |library: &Path| -> BTreeMap<String, bool> {
        let mut command = Command::new("python3");
        command.arg("-B").arg(&script).env("SRC", library);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("test-"));
        let result = |line: &str| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap().to_owned();
            (name, words.next() == Some("passed"))
        };
        let all: BTreeMap<String, bool> = lines.map(result).collect();
        assert_eq!(
            all.len(),
            10,
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        all
    };
    // Full marks for the reference.
    desk.run("export built-in").expect(0);
    assert!(
        passed(&desk.path("built-in"))
            .values()
            .all(|passed| *passed)
    );

    let refs = fs::read_dir(tree.join("tests/ref")).unwrap();
    for file in refs.map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        desk.write(
            &format!("ref/ref-{name}"),
            &fs::read_to_string(&file).unwrap(),
        );
    }
    desk.run("import ref ref --out own").expect(0);
    let samples: Vec<String> = SAMPLES.iter().map(|name| sample(name)).collect();
    let snippets = tree.join("tests/snippets").display().to_string();
    let own = format!("--tests {snippets} --scenarios own");
    desk.run(&format!("grade {} {own} --out results", samples.join(" ")))
        .expect(1);
    for (name, path) in SAMPLES.iter().zip(&samples) {
        let id = name.rsplit('/').next().unwrap();
        let folder = desk.path(id);
        fs::create_dir(&folder).unwrap();
        let library = folder.join("libosmem.so");
        let path = Path::new(path);
        let sources = match path.join("src").is_dir() {
            true => path.join("src"),
            false => path.to_owned(),
        };
        let sources = fs::read_dir(sources)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let sources = sources.filter(|file| file.extension().is_some_and(|it| it == "c"));
        let mut compiler = Command::new("gcc");
        compiler
            .args(["-shared", "-fPIC", "-fcommon", "-w", "-o"])
            .arg(&library);
        compiler
            .arg("-I")
            .arg(path.join("utils"))
            .arg("-I")
            .arg(tree.join("utils"));
        assert!(compiler.args(sources).status().unwrap().success(), "{name}");
        let by_script = passed(&folder);
        let report = desk.run(&format!("report results --submission {id} --format json"));
        let record: Value = serde_json::from_str(&report.expect(0).out).unwrap();
        let status = |stem: &str| -> String {
            let mut results = record["results"].as_array().unwrap().iter();
            let one = results.find(|it| it["stem"] == stem).unwrap();
            one["status"].as_str().unwrap().to_owned()
        };
        for (test, passed) in by_script {
            let (tests, scenarios) = (status(&test), status(&format!("ref-{test}")));
            let word = if passed { "passed" } else { "failed" };
            let row = format!("| {id} | {test} | {word} | {tests} | {scenarios} |");
            let agree = (tests == "PASS") == passed && (scenarios == "PASS") == passed;
            let told = DIFFERENCES.contains(&row);
            assert_eq!(agree, !told, "checker/docs/course.md: {row}");
        }
    }
}
