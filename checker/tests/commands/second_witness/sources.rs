//! gdb as a second witness: where the checker says that a submission crashed, gdb finds it too.
//!
//! Each sample is the same small allocator with another fault in it; the line that goes wrong is
//! marked. The functions on the way, their files and lines are found from outside and after the
//! fact; gdb runs the same library in the same program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use checker::testing::backtrace::Backtraces;
use checker::testing::record::{Frame, Source};
use checker::testing::sys::watchdog::Watchdog;
use checker::testing::tracer::{Limits, Stage, Tracer};
use checker::testing::types::{End, Profile, RawTranscript};
use checker::testing::{carried, plan};
use ref_tests::SCENARIOS;

/// Its first call is `os_malloc`.
const SCENARIO: &str = "0101";

const OSMEM: &str = "\
#include <stdlib.h>
#include <unistd.h>
#include \"helper.h\"

static struct block list = { 0, 0, &list, &list };
static volatile size_t zero;

FAULT

static struct block *request_space(size_t size)
{
    struct block *block = sbrk(size + sizeof(struct block));

    block->size = size + zero;
    block->prev = block->next = &list;
    fault(block);
    return block;
}

void *os_malloc(size_t size)
{
    struct block *block = request_space(size);

    return block + 1;
}

void os_free(void *ptr) { (void)ptr; }
void *os_calloc(size_t nmemb, size_t size) { return os_malloc(nmemb * size); }
void *os_realloc(void *ptr, size_t size) { (void)ptr; return os_malloc(size); }
";

const HELPER_H: &str = "\
#include <stddef.h>
struct block { size_t size; int status; struct block *prev, *next; };
void take_off(struct block *block);
";

const HELPER_C: &str = "\
#include \"helper.h\"

void take_off(struct block *block)
{
    block->prev = (struct block *)8;
    block->prev->next = block->next; /* here */
}
";

struct Sample {
    name: &'static str,
    /// Defines `fault`.
    fault: &'static str,
    optimised: bool,
    signal: &'static str,
    /// The function in which it goes wrong, and the file of the line that is marked.
    place: (&'static str, &'static str),
}

const fn sample(
    name: &'static str,
    signal: &'static str,
    place: (&'static str, &'static str),
    fault: &'static str,
) -> Sample {
    Sample {
        name,
        fault,
        optimised: false,
        signal,
        place,
    }
}

const OWN: &str = "src/osmem.c";

const SAMPLES: [Sample; 11] = [
    sample(
        "null_dereference",
        "SIGSEGV",
        ("fault", OWN),
        "static void fault(struct block *block)\n{\n\tblock = NULL;\n\tblock->size = 1; /* here */\n}",
    ),
    sample(
        "wild_pointer",
        "SIGSEGV",
        ("fault", OWN),
        "static void fault(struct block *block)\n{\n\tblock->next = (struct block *)0x123456789a0;\n\
         \tblock->next->size = 1; /* here */\n}",
    ),
    sample(
        "stack_overflow",
        "SIGSEGV",
        ("deeper", OWN),
        "static size_t deeper(volatile size_t depth)\n{\n\treturn depth + deeper(depth + 1);\n}\n\
         static void fault(struct block *block)\n{\n\tblock->size = deeper(0);\n}",
    ),
    sample(
        "abort",
        "SIGABRT",
        ("fault", OWN),
        "static void fault(struct block *block)\n{\n\tif (block->next)\n\t\tabort(); /* here */\n}",
    ),
    sample(
        "division_by_zero",
        "SIGFPE",
        ("fault", OWN),
        "static void fault(struct block *block)\n{\n\tblock->size = block->size / zero; /* here */\n}",
    ),
    sample(
        "illegal_instruction",
        "SIGILL",
        ("fault", OWN),
        "static void fault(struct block *block)\n{\n\tif (block->next)\n\t\t__builtin_trap(); /* here */\n}",
    ),
    sample(
        "damaged_list",
        "SIGSEGV",
        ("insert", OWN),
        "static void insert(struct block *block, struct block *at)\n{\n\tblock->next = at->next;\n\
         \tblock->next->prev = block; /* here */\n}\n\
         static void fault(struct block *block)\n{\n\tlist.next = (struct block *)0x5a5a5a5a;\n\
         \tinsert(block, &list);\n}",
    ),
    sample(
        "other_file",
        "SIGSEGV",
        ("take_off", "src/helper.c"),
        "static void fault(struct block *block)\n{\n\ttake_off(block);\n}",
    ),
    Sample {
        optimised: true,
        ..sample(
            "inlined",
            "SIGSEGV",
            ("largest", OWN),
            "static inline size_t largest(struct block *block)\n{\n\tsize_t found = 0;\n\n\
             \tfor (; block != &list; block = block->next)\n\
             \t\tif (block->size > found) /* here */\n\t\t\tfound = block->size;\n\treturn found;\n}\n\
             static void fault(struct block *block)\n{\n\tblock->next = (struct block *)(zero + 16);\n\
             \tblock->size = largest(block);\n}",
        )
    },
    sample(
        "read_only_memory",
        "SIGSEGV",
        ("fault", OWN),
        "static const char name[] = \"osmem\";\nstatic void fault(struct block *block)\n{\n\
         \t*(volatile char *)&name[block->status & 1] = 'x'; /* here */\n}",
    ),
    sample(
        "jump_to_nowhere",
        "SIGSEGV",
        ("fault", OWN),
        "static void (*volatile grow)(void);\nstatic void fault(struct block *block)\n{\n\
         \tif (block->next)\n\t\tgrow(); /* here */\n}",
    ),
];

impl Sample {
    /// Compiles it as the checker does.
    fn build(&self, folder: &Path) -> PathBuf {
        let root = folder.join(self.name);
        fs::create_dir_all(root.join("src")).unwrap();
        let osmem = OSMEM.replace("FAULT", self.fault);
        for (name, text) in [
            ("osmem.c", osmem.as_str()),
            ("helper.c", HELPER_C),
            ("helper.h", HELPER_H),
        ] {
            fs::write(root.join("src").join(name), text).unwrap();
        }
        let library = root.join("libosmem.so");
        let mut command = Command::new("gcc");
        command
            .current_dir(&root)
            .args(["-shared", "-fPIC", "-g", "-w"]);
        command.args(self.optimised.then_some("-O2"));
        command
            .arg("-o")
            .arg(&library)
            .args(["src/osmem.c", "src/helper.c"]);
        assert!(command.status().unwrap().success());
        library
    }

    /// The line that is marked; `None` where the fault is at another one each time.
    fn line(&self) -> Option<u32> {
        let osmem = OSMEM.replace("FAULT", self.fault);
        let text = if self.place.1 == OWN {
            &osmem
        } else {
            HELPER_C
        };
        let marked = text.lines().position(|line| line.contains("/* here */"));
        marked.map(|line| line as u32 + 1)
    }

    /// Where the checker sees it crash.
    fn by_tracer(&self, library: &Path) -> Source {
        let bytes = fs::read(library).unwrap();
        let RawTranscript { end, trail, .. } = record(&bytes);
        let End::Signal { name, moment, .. } = &end else {
            panic!("{}: {end:?}", self.name);
        };
        assert_eq!(name, self.signal, "{}", self.name);
        let sources = ["src/osmem.c", "src/helper.c"].map(PathBuf::from);
        let site = trail.site(moment.number, None).expect("it was stopped");
        let source = Backtraces::new(&bytes, &sources).source(&trail, site, name, "os_malloc");
        source.unwrap_or_else(|| panic!("{}: no way to the sources", self.name))
    }
}

fn record(library: &[u8]) -> RawTranscript {
    let limits = Limits::default();
    let stage = Stage::new(library, Profile::DEFAULT, limits, Watchdog::start()).unwrap();
    let index = SCENARIOS.iter().position(|it| it.number() == SCENARIO);
    let planned = plan::calls(&SCENARIOS[index.unwrap()], &Profile::DEFAULT);
    Tracer::new(&stage).unwrap().observe(&planned).unwrap()
}

#[test]
fn gdb_finds_crashes_at_the_same_functions_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let libraries = SAMPLES.each_ref().map(|sample| sample.build(folder.path()));
    let seen: Vec<Source> = SAMPLES
        .iter()
        .zip(&libraries)
        .map(|(sample, library)| sample.by_tracer(library))
        .collect();
    for (sample, source) in SAMPLES.iter().zip(&seen) {
        let (function, file) = sample.place;
        let line = sample
            .line()
            .map_or_else(String::new, |line| format!("{line})"));
        let due = format!("{} in {function} ({file}:{line}", sample.signal);
        let told = source.to_string();
        assert!(
            told.starts_with(&due),
            "{}: {told}; expected: {due}",
            sample.name
        );
        assert!(told.ends_with(" os_malloc"), "{}: {told}", sample.name);
    }
    if Command::new("gdb").arg("--version").output().is_err() {
        eprintln!("skipped in part: gdb is not installed");
        return;
    }
    let witnessed = by_gdb(folder.path(), &libraries);
    assert_eq!(witnessed.len(), SAMPLES.len(), "{witnessed:#?}");
    for ((sample, source), witnessed) in SAMPLES.iter().zip(&seen).zip(&witnessed) {
        if sample.line().is_none() {
            // Where the stack ends is not the same in another process.
            let functions =
                |frames: &[Frame]| frames.iter().map(|it| it.function.clone()).collect();
            let [ours, theirs]: [Vec<String>; 2] =
                [&source.frames, witnessed].map(|it| functions(&it[..3]));
            assert_eq!(ours, theirs, "{}", sample.name);
            continue;
        }
        assert_eq!(witnessed, &source.frames, "{}", sample.name);
    }
}

/// The scenario program, as a file.
fn program(folder: &Path) -> PathBuf {
    let program = folder.join("ref_tests");
    fs::write(&program, carried::PROGRAM).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// The frames in the sources where each of the libraries crashes, in one process of gdb.
fn by_gdb(folder: &Path, libraries: &[PathBuf]) -> Vec<Vec<Frame>> {
    let program = program(folder);
    let mut script = "set confirm off\nset pagination off\nset startup-with-shell off\n".to_owned();
    for library in libraries {
        let library = library.display();
        script += &format!(
            "set environment LD_PRELOAD {library}\nrun {SCENARIO}\necho \\nBACKTRACE\\n\nbt 12\nkill\n"
        );
    }
    fs::write(folder.join("script"), script).unwrap();
    let output = Command::new("gdb")
        .args(["-q", "-batch", "-nx", "-x"])
        .arg(folder.join("script"))
        .arg(&program)
        .env_remove("DEBUGINFOD_URLS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let traces = text.split("\nBACKTRACE\n").skip(1);
    traces
        .map(|trace| trace.lines().filter_map(frame).collect())
        .collect()
}

/// `#1  0x00007ffff7fb91b5 in fault (block=0x0) at src/osmem.c:11`
fn frame(line: &str) -> Option<Frame> {
    let rest = line.strip_prefix('#')?.split_once(' ')?.1.trim_start();
    let rest = match rest.strip_prefix("0x") {
        Some(rest) => rest.split_once(" in ")?.1,
        None => rest,
    };
    let (function, rest) = rest.split_once(" (")?;
    let (file, line) = rest.rsplit_once(" at ")?.1.split_once(':')?;
    let file = &file[file.find("src/")?..];
    Some(Frame {
        function: function.to_owned(),
        file: Some(file.to_owned()),
        line: Some(line.trim().parse().ok()?),
    })
}

/// From the sources to the screen and to a program that reads the record.
#[test]
fn a_crash_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let sample = SAMPLES.iter().find(|it| it.name == "other_file").unwrap();
    sample.build(folder.path());
    let root = folder.path().join(sample.name);
    fs::remove_file(root.join("libosmem.so")).unwrap();
    let said = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_checker"))
            .args(["run", SCENARIO, "--format", format, "--library"])
            .arg(&root)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let words: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        words.join(" ")
    };
    let screen = said("terminal");
    let expected =
        "SIGSEGV in take_off (src/helper.c:6), called by fault from request_space from os_malloc";
    assert!(screen.contains(expected), "{screen}");
    let record = said("json");
    let expected = r#"{ "function": "take_off", "file": "src/helper.c", "line": 6 }"#;
    assert!(record.contains(expected), "{record}");
}

/// Submissions, scenarios, the call that is the first wrong one, and what it is called with.
const STOPS: [(&str, &str, &str, &str); 3] = [
    ("handmade/36_deadline", "0610", "os_realloc", "size=504"),
    ("handmade/17_tail_pointer", "0612", "os_malloc", "size=100"),
    ("handmade/09_bump_tail", "0514", "os_calloc", "size=1000"),
];

/// A breakpoint that counted how often a function is entered would stop too early: functions of a
/// submission call each other.
#[test]
fn a_debugger_stops_in_the_call_that_goes_wrong() {
    if Command::new("gdb").arg("--version").output().is_err() {
        eprintln!("skipped: gdb is not installed");
        return;
    }
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ref_tests/submissions");
    for (sample, number, function, argument) in STOPS {
        let output = Command::new(env!("CARGO_BIN_EXE_checker"))
            .args(["debug", number])
            .arg(samples.join(sample))
            .args(["--", "-nx", "-batch", "-ex", "backtrace 3"])
            .env_remove("DEBUGINFOD_URLS")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        let stopped = text.lines().find(|line| line.starts_with("#0 "));
        let stopped = stopped.unwrap_or_else(|| panic!("{sample}: {text}"));
        assert!(
            stopped.contains(&format!("{function} (")),
            "{sample}: {text}"
        );
        assert!(stopped.contains(argument), "{sample}: {text}");
    }
}

#[test]
fn without_a_debugger_it_is_said_what_to_do_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libosmem.so");
    fs::write(&library, carried::REFERENCE).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_checker"))
        .args(["debug", "--allow-prebuilt", SCENARIO])
        .arg(&library)
        .env("PATH", folder.path())
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    for expected in [
        "no call is wrong; the debugger stops in the first one",
        "Neither gdb nor lldb is installed.",
        "  tbreak os_malloc if *(unsigned int *)&ref_tests_call == 1\n",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let script = text
        .split_whitespace()
        .skip_while(|word| *word != "-x")
        .nth(1);
    assert!(Path::new(script.unwrap()).exists(), "{text}");
}

/// The scenario program checks payloads, and says who checks the rest.
#[test]
fn a_run_by_hand_ends_as_its_own_checks_say() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let dirty = "static void fault(struct block *block)\n{\n\t*(char *)(block + 1) = 'x';\n}";
    let clean = "static void fault(struct block *block) { (void)block; }";
    for (name, fault, code, said) in [
        ("dirty", dirty, 1, "A payload was damaged"),
        ("clean", clean, 0, "Only payloads were looked at"),
    ] {
        let library = sample(name, "", ("", OWN), fault).build(folder.path());
        let mut command = Command::new(&program);
        let output = command.arg("0501").env("LD_PRELOAD", library).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().last().unwrap();
        assert!(last.starts_with(said), "{text}");
        assert!(
            last.ends_with("judged by: checker explain 0501 SUBMISSION"),
            "{text}"
        );
    }
}
