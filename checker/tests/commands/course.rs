//! A course's own scenarios, profile and references, and the review of goldens, by commands as a
//! user gives them.

mod own_tests;
mod review;

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::desk::Desk;

const README: &str = include_str!("../../../README.md");

/// The names of all formats.
fn formats(desk: &Desk) -> Vec<String> {
    let done = desk.run("report . --format none").expect(2);
    let (_, names) = done.errors.split_once("there are ").unwrap();
    let names = names.lines().next().unwrap().split(", ");
    names.map(ToOwned::to_owned).collect()
}

fn sample(name: &str) -> String {
    super::sample::sample(name).display().to_string()
}

/// The scenario that the README shows.
fn example() -> &'static str {
    let (_, after) = README
        .split_once("scenarios/hole-reuse.snap`:\n\n```text\n")
        .unwrap();
    after.split_once("```").unwrap().0
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
    let done = desk.run("bless --yes scenarios/hole-reuse.snap").expect(0);
    assert!(
        done.out.ends_with("\nUpdated: scenarios/hole-reuse.snap\n"),
        "{}",
        done.out
    );
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
    let submission = sample("never_splits_reused");
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
    for format in formats(&desk) {
        let told = report(&format);
        // A format that has no room for scenarios has their points.
        let words = [
            "hole-reuse",
            "hole reuse",
            "scenarios of the course",
            "of 102 points",
        ];
        let encoded = format == "github-classroom" && own_tests::decoded(&told).contains(words[0]);
        let is_told = words.iter().any(|it| told.contains(it));
        assert!(encoded || is_told, "{format}: {told}");
    }
    let page = desk
        .run("report results --submission never_splits_reused --verbose")
        .expect(0)
        .out;
    assert!(page.contains("of 102 points"), "{page}");
    assert!(page.contains("0 of   2  scenarios of the course"), "{page}");
}

#[test]
fn what_a_program_asks_of_malloc_becomes_a_scenario() {
    let desk = Desk::new();
    let done = desk.run("record --out asked.snap -- sort README.md");
    // `sort` says that there is no such file, and has asked for memory by then.
    assert_eq!(done.code, 2, "{}", done.errors);
    assert!(
        done.errors.contains("calls of sort in asked.snap"),
        "{}",
        done.errors
    );
    let text = desk.read("asked.snap");
    assert!(
        text.contains("\npurpose: what sort asks of malloc\n"),
        "{text}"
    );
    assert_eq!(desk.run("bless asked.snap").expect(0).out, "");
    desk.run("run asked.snap").expect(0);
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
    let submission = sample("worst_fit");
    let grade = "--scenarios own --rubric own/rubric.toml --out results";
    desk.run(&format!("grade {submission} {grade}")).expect(1);
    let page = desk.run("report results").expect(0).out;
    assert!(page.contains("3 of 10 points"), "{page}");

    // Nothing is overwritten, and differences of the reference are reported.
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
    let submission = sample("worst_fit");
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

/// Other constants, another order of the fields.
const THIRD: &str = "[constants]\nalignment = 16\nmmap_threshold = 65536\npreallocation = 32768\n\
    page = 4096\n[header]\nlength = 32\nnext = 0\nsize = 8\nprev = 16\nstatus = 24\n";

/// Narrow fields in one word, and a status for each block that others have for another.
const PACKED: &str = "[constants]\nalignment = 8\nmmap_threshold = 131072\npreallocation = 131072\n\
    page = 4096\n[header]\nlength = 24\nsize = 0\nstatus = 4\nprev = 8\nnext = 16\nsize_bytes = 4\n\
    status_bytes = 2\n[status]\nfree = 2\nused = 0\nmapped = 7\n";

const EARLIER_HEADER: &str = "#include <stddef.h>\nstruct block_meta {\n\tsize_t size;\n\tint status;\n\
    \tstruct block_meta *next;\n};\nenum { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };\n";

#[test]
fn a_reference_for_each_profile_agrees_with_the_specification() {
    let desk = Desk::new();
    desk.write("third.toml", THIRD);
    let done = desk.run("profile third.toml").expect(0);
    assert!(
        done.out.starts_with("alignment 16, threshold 65536, "),
        "{}",
        done.out
    );
    desk.write("packed.toml", PACKED);
    for profile in ["third.toml", "packed.toml", "header-24"] {
        let done = desk.run(&format!("--profile {profile} run")).expect(0);
        let all = ref_tests::SCENARIOS.len();
        assert!(
            done.out
                .contains(&format!("{all} of {all} scenarios passed")),
            "{profile}: {}",
            done.out
        );
    }
    let default = desk.run("profile --print").expect(0).out;
    desk.write("default.toml", &default);
    desk.run("profile default.toml").expect(0);
    desk.write("wrong.toml", &default.replace("page = 4096", "page = 4095"));
    let done = desk.run("--profile wrong.toml list").expect(2);
    let told = "checker: wrong.toml: line 12: a size of 4095: expected ";
    assert!(done.errors.starts_with(told), "{}", done.errors);
    desk.run("--profile gone.toml list").expect(2);
    desk.run("profile other --print").expect(2);

    // A file of a course under the constants of the course.
    desk.write(
        "own/edge.snap",
        "a = os_malloc(T - META - ALIGN)\nb = os_malloc(T)\n",
    );
    desk.run("--profile third.toml bless --yes --scenarios own")
        .expect(0);
    let blessed = desk.read("own/edge.snap");
    assert!(blessed.contains("mmap 65568 rw"), "{blessed}");
    let done = desk.run("run own/edge.snap").expect(2);
    let told = "own/edge.snap: the outcome of call 1 is not what the specification says";
    assert!(done.errors.contains(told), "{}", done.errors);
    desk.run("--profile third.toml run own/edge.snap").expect(0);
}

#[test]
fn the_earlier_edition_is_graded_and_recognised() {
    let desk = Desk::new();
    let mistakes = Path::new(&sample("")).join("../mistakes/osmem.c");
    let source = fs::read_to_string(mistakes).unwrap();
    let with = |switches: &str| format!("#define NO_PREV\n{switches}\n{source}");
    // Its own header, or the built-in one of the profile.
    desk.write("own/block_meta.h", EARLIER_HEADER);
    desk.write("own/osmem.c", &with(""));
    desk.write("plain/osmem.c", &with(""));
    desk.write("worst/osmem.c", &with("#define MISTAKE_WorstFit 1"));
    desk.write("late/osmem.c", &with("#define MISTAKE_SplitsTooLate 1"));
    desk.write("usual/osmem.c", &source);
    desk.write(
        "usual/block_meta.h",
        &EARLIER_HEADER.replace("*next", "*prev, *next"),
    );
    let profile = "--profile header-24";
    let class = "own plain worst late usual";
    desk.run(&format!("{profile} grade {class} --out results"))
        .expect(1);
    let record = |id: &str| -> Value {
        let report = desk.run(&format!("report results --submission {id} --format json"));
        serde_json::from_str(&report.expect(0).out).unwrap()
    };
    let names = |record: &Value| -> Vec<String> {
        let mistakes = record["mistakes"].as_array().unwrap().iter();
        mistakes
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&record("own")), Vec::<String>::new());
    assert_eq!(names(&record("plain")), Vec::<String>::new());
    assert_eq!(names(&record("worst")), ["WorstFit"]);
    assert_eq!(names(&record("late")), ["SplitsTooLate"]);
    let notices = record("usual")["build"]["notices"].to_string();
    assert!(notices.contains("32 bytes as in the edition"), "{notices}");
    let done = desk.run("grade own --format json").expect(1);
    let earlier: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(names(&earlier), ["ShorterHeader"]);
}

#[test]
fn a_course_leaves_out_clauses_and_settles_choices_in_its_own_words() {
    let desk = Desk::new();
    let default = desk.run("profile --print").expect(0).out;
    let own = default
        .replace("without = []", "without = [\"C4\"]")
        .replace("settled = []", "settled = [\"V11\"]");
    desk.write(
        "course.toml",
        &format!("{own}A17 = \"a mapping never stays\"\n"),
    );
    let done = desk.run("profile course.toml").expect(0);
    let told = "not judged: C4\nsettled: V11\nA17: a mapping never stays\n";
    assert!(done.out.ends_with(told), "{}", done.out);
    let variations = Path::new(&sample("variations")).join("osmem.c");
    let text = fs::read_to_string(variations).unwrap();
    desk.write(
        "keeps/osmem.c",
        &format!("#define V11_KEEP_MAPPING 1\n{text}"),
    );
    let worst = sample("worst_fit");
    desk.run(&format!(
        "--profile course.toml grade {worst} keeps --out results"
    ))
    .expect(1);
    let report = |id: &str| {
        let report = desk.run(&format!("report results --submission {id} --format json"));
        let record: Value = serde_json::from_str(&report.expect(0).out).unwrap();
        record
    };
    // Nothing is taken off for best fit, and the earlier choice is a mistake now.
    let worst = report("worst_fit");
    assert_eq!(
        worst["mistakes"].as_array().unwrap().len(),
        0,
        "{}",
        worst["mistakes"]
    );
    let results = worst["results"].as_array().unwrap();
    assert!(
        results
            .iter()
            .all(|it| it["status"] == "PASS" || it["status"] == "NOT-REACHED")
    );
    let keeps = report("keeps");
    assert_ne!(keeps["mistakes"].as_array().unwrap().len(), 0);
    let card = keeps["card"].to_string();
    assert!(card.contains("a mapping never stays"), "{card}");
    let done = desk.run("--profile course.toml explain A17").expect(0);
    assert!(
        done.out.starts_with("A17: a mapping never stays\n"),
        "{}",
        done.out
    );
    desk.run("grade keeps").expect(0);
}

#[test]
fn a_course_may_call_the_functions_otherwise() {
    let desk = Desk::new();
    let renamed = |name: &str| {
        let text = fs::read_to_string(Path::new(&sample("conforming")).join(name)).unwrap();
        text.replace("os_malloc", "my_malloc")
            .replace("os_free", "my_free")
    };
    desk.write("mine/osmem.c", &renamed("src/osmem.c"));
    desk.write("mine/osmem.h", &renamed("utils/osmem.h"));
    let default = desk.run("profile --print").expect(0).out;
    let own = default
        .replace("\"os_malloc\"", "\"my_malloc\"")
        .replace("\"os_free\"", "\"my_free\"");
    desk.write("course.toml", &own);
    desk.run("--profile course.toml grade mine").expect(0);
    let done = desk.run("grade mine").expect(1);
    assert!(
        done.out.contains("it does not export os_malloc"),
        "{}",
        done.out
    );
}
