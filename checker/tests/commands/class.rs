//! The commands for a class, as a user gives them: graded, killed and resumed, divided, merged,
//! compared, and written in the formats of other systems.

mod browser;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// Which student handed in which sample submission.
const CLASS: [(&str, &str); 12] = [
    ("adela", "conforming"),
    ("bogdan", "bare"),
    ("carmen", "helpers"),
    ("dan", "variations"),
    ("elena", "first_fit"),
    ("florin", "first_fit"),
    ("gina", "no_calloc"),
    ("horia", "calloc_not_zeroed"),
    ("ioana", "crash_in_seventh_call"),
    ("jean", "does_not_compile"),
    ("karla", "odd/empty_directory"),
    ("liviu", "realloc_leaks_old"),
];

/// A folder with the class in `class/`, room for results, and for what a killed process leaves.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scratch")).unwrap();
        let desk = Self(folder);
        for (name, sample) in CLASS {
            desk.hand_in(name, sample);
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn hand_in(&self, name: &str, sample: &str) {
        let to = self.path("class").join(name);
        let _ = fs::remove_dir_all(&to);
        let from = super::sample::sample(sample);
        copy(&from, &to);
        if sample.starts_with("hostile/") {
            fs::copy(from.join("../mapping.h"), to.join("mapping.h")).unwrap();
            if !to.join("osmem.c").exists() {
                fs::copy(from.join("../../bare/osmem.c"), to.join("osmem.c")).unwrap();
            }
        }
    }

    fn checker(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_checker"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.0.path())
            .env("TMPDIR", self.path("scratch"));
        command
    }

    /// `class/*`, as a shell would put it.
    fn class(&self) -> String {
        CLASS.map(|(name, _)| format!("class/{name}")).join(" ")
    }

    fn run(&self, arguments: &str) -> Done {
        Done(self.checker(arguments).output().unwrap())
    }

    fn grade(&self, more: &str) -> Done {
        self.run(&format!("grade {} {more}", self.class()))
    }
}

struct Done(Output);

impl Done {
    fn exit(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    fn said(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    #[track_caller]
    fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit(), exit, "{}{}", self.out(), self.said());
        self
    }

    /// Ids of the submissions that were graded, as told on standard error.
    fn graded(&self) -> Vec<String> {
        let ids = self.said();
        let ids = ids.lines().filter_map(|line| line.split_once(": "));
        let mut ids: Vec<String> = ids.map(|(id, _)| id.to_owned()).collect();
        ids.sort();
        ids
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file of results but the one with times.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    // Each folder has a secret of its own.
    let own = ["timing.csv", "secret"];
    let files = files.filter(|entry| !own.iter().any(|name| entry.file_name() == *name));
    let named = files.map(|entry| {
        let name = entry.path().strip_prefix(folder).unwrap().to_owned();
        (name, fs::read(entry.path()).unwrap())
    });
    named.collect()
}

#[track_caller]
fn assert_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) {
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other));
    for (name, content) in one {
        let texts = [content, &other[name]].map(|text| String::from_utf8_lossy(text));
        assert!(
            texts[0] == texts[1],
            "{}:\n{}",
            name.display(),
            texts.join("\n")
        );
    }
}

/// The class, graded once without disturbance.
fn undisturbed() -> &'static (Desk, Done) {
    static DESK: OnceLock<(Desk, Done)> = OnceLock::new();
    DESK.get_or_init(|| {
        let desk = Desk::new();
        let done = desk.grade("--out out");
        (desk, done)
    })
}

/// The rows of a table by id; the columns by name.
fn table(path: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| row.unwrap())
        .map(|row| (row["id"].clone(), row))
        .collect()
}

#[test]
fn a_class_is_graded() {
    let (desk, done) = undisturbed();
    assert_eq!(done.exit(), 1);
    assert_eq!(done.graded(), CLASS.map(|(name, _)| name));
    let first = done.out().lines().next().unwrap().to_owned();
    let counts = "12 submissions: 4 passed, 6 failed, 2 could not be built";
    assert_eq!(first, counts);
    let rows = table(&desk.path("out/grades.csv"));
    assert_eq!(rows.len(), 12);
    assert_eq!(rows["adela"]["total"], rows["adela"]["maximum"]);
    assert_eq!(rows["jean"]["total"], "0");
    assert_eq!(rows["jean"]["note"], "could not be built");
    let points = |name: &str| rows[name]["total"].parse::<f64>().unwrap();
    assert!(points("elena") > points("ioana") && points("elena") < points("adela"));
    for (name, _) in CLASS {
        let text = fs::read_to_string(desk.path(&format!("out/reports/{name}.txt"))).unwrap();
        assert!(text.contains("Total: "), "{text}");
    }
}

#[test]
fn nothing_is_graded_twice_unless_something_changed() {
    let desk = Desk::new();
    let all = |done: Done| done.exits(1).graded();
    assert_eq!(all(desk.grade("--out out")).len(), 12);
    let done = desk.grade("--out out").exits(1);
    assert!(
        done.out().contains("12 of them as before"),
        "{}",
        done.out()
    );
    assert_eq!(done.graded(), [""; 0]);
    assert_same(
        &files(&undisturbed().0.path("out")),
        &files(&desk.path("out")),
    );
    assert_eq!(all(desk.grade("--out out --again dan")), ["dan"]);
    copy(&desk.path("out"), &desk.path("before"));
    desk.hand_in("elena", "conforming");
    assert_eq!(all(desk.grade("--out out")), ["elena"]);
    let changes = desk.run("compare before out").exits(0).out();
    let first = changes.lines().next().unwrap();
    assert!(first.starts_with("elena: "), "{changes}");
    assert!(first.ends_with("(another submission)"), "{changes}");
    assert!(
        changes
            .lines()
            .skip(1)
            .all(|line| line == "  no longer: FirstFit"
                || line.starts_with("  04")
                || line.contains(": FAIL -> PASS")
                || line.contains(": CARRIED -> PASS")
                || line.contains(": NOT-REACHED -> PASS")),
        "{changes}"
    );
    assert_eq!(
        desk.run("compare out out").exits(0).out(),
        "no grade changed\n"
    );
    let other = desk
        .run("grade class/dan class/elena --out out --no-hints")
        .exits(0);
    assert_eq!(other.graded(), ["dan", "elena"]);
}

/// The seed of each submission's random sequences, by id, as the results in `out` say.
fn seeds(desk: &Desk) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(desk.path("out/results.jsonl")).unwrap();
    let entries = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let named = entries.map(|entry| {
        let id = entry["id"].as_str().unwrap().to_owned();
        (id, entry["record"]["seed"].as_u64().unwrap())
    });
    named.collect()
}

#[test]
fn each_submission_can_have_its_own_seed() {
    let desk = Desk::new();
    let grade = |more: &str| {
        let done = desk.run(&format!("grade class/adela class/bogdan --out out {more}"));
        done.exits(0).graded().len()
    };
    assert_eq!(grade("--seed-from-submission"), 2);
    let own = seeds(&desk);
    assert_ne!(own["adela"], own["bogdan"]);
    assert_eq!(grade("--seed-from-submission"), 0, "a result is kept");
    let report = fs::read_to_string(desk.path("out/reports/adela.txt")).unwrap();
    let told = format!("seed {},", own["adela"]);
    assert!(report.contains(&told), "{report}");
    assert_eq!(grade(&format!("--seed {}", own["adela"])), 2);
    assert!(seeds(&desk).values().all(|seed| *seed == own["adela"]));
    let again = desk.run("grade class/adela --seed-from-submission --format json");
    let record: Value = serde_json::from_str(&again.exits(0).out()).unwrap();
    assert_eq!(record["seed"].as_u64(), Some(own["adela"]));
}

/// The seed that is made of a submission leads to the same failure when it is given as a number.
#[test]
fn a_seed_that_was_made_can_be_given() {
    let desk = Desk::new();
    let fuzz = |more: &str| {
        let done = desk.run(&format!("fuzz class/elena --calls 50000 {more}"));
        let out = done.exits(1).out();
        let last = out.lines().count() - 1;
        // The last line says how long it took.
        let lines: Vec<&str> = out.lines().take(last).collect();
        lines.join("\n")
    };
    let made = fuzz("--seed-from-submission");
    let seed = made.strip_prefix("seed ").unwrap();
    let seed = seed.split(':').next().unwrap();
    assert_eq!(fuzz(&format!("--seed {seed}")), made);
    let unnamed = desk.run("fuzz --seed-from-submission").exits(2);
    assert!(unnamed.said().contains("no submission is named"));
}

#[test]
fn a_killed_class_goes_on() {
    let desk = Desk::new();
    let lines = || {
        let text = fs::read(desk.path("out/results.jsonl")).unwrap_or_default();
        text.iter().filter(|byte| **byte == b'\n').count()
    };
    for more in [1, 3, 2] {
        let enough = lines() + more;
        let mut grading = desk.checker(&format!("grade {} --out out", desk.class()));
        let mut grading = grading
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while lines() < enough && start.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        grading.kill().unwrap();
        let ended = grading.wait().unwrap();
        assert_eq!(ended.code(), None, "it ended before it was killed");
    }
    assert!(!desk.path("out/grades.csv").exists());
    let known = lines();
    let done = desk.grade("--out out").exits(1);
    assert_eq!(done.graded().len(), CLASS.len() - known);
    assert_eq!(
        done.out().lines().next(),
        undisturbed().1.out().lines().next()
    );
    assert_same(
        &files(&undisturbed().0.path("out")),
        &files(&desk.path("out")),
    );
}

/// The processes that a process has started.
fn children(parent: u32) -> Vec<i32> {
    let child = |entry: fs::DirEntry| {
        let status = fs::read_to_string(entry.path().join("stat")).ok()?;
        let own = status.rsplit(')').next()?.split_whitespace().nth(1)?;
        let own = own.parse() == Ok(parent);
        own.then(|| entry.file_name().to_str()?.parse().ok())
            .flatten()
    };
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(child).collect()
}

/// The processes in which a checker grades.
fn workers(checker: u32) -> Vec<i32> {
    let mut all = children(checker);
    all.retain(|process| {
        let name = fs::read(format!("/proc/{process}/cmdline"));
        name.is_ok_and(|name| name.starts_with(b"checker-worker"))
    });
    all
}

/// Grades the class while its workers are ended by a signal, `rounds` times.
fn grade_and_kill(desk: &Desk, signal: Signal, rounds: usize) -> Done {
    let mut grading = desk.checker(&format!("grade {} --out out", desk.class()));
    let grading = grading.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut grading = grading.spawn().unwrap();
    let mut left = rounds;
    while left > 0 && grading.try_wait().unwrap().is_none() {
        for worker in workers(grading.id()) {
            left = left.saturating_sub(1);
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(worker), signal);
        }
        sleep(Duration::from_millis(20));
    }
    Done(grading.wait_with_output().unwrap())
}

/// When a process that grades is killed, its submission gets a second try, and every result is
/// kept.
#[test]
fn a_lost_worker_is_replaced() {
    let desk = Desk::new();
    grade_and_kill(&desk, Signal::SIGSEGV, 5).exits(1);
    assert_same(
        &files(&undisturbed().0.path("out")),
        &files(&desk.path("out")),
    );
    let left = fs::read_dir(desk.path("scratch")).unwrap().count();
    assert_eq!(left, 0, "folders are left");
}

/// When it is killed each time, the class still ends, and the report says so.
#[test]
fn lost_workers_are_reported() {
    let desk = Desk::new();
    let done = grade_and_kill(&desk, Signal::SIGABRT, usize::MAX).exits(4);
    let said = done.said();
    let reason = "no grade: a bug in the checker, or too little memory: the process that graded it";
    // A folder without a submission takes no time in which to be hit.
    assert!(said.matches(reason).count() > CLASS.len() / 2, "{said}");
    assert!(said.contains("was ended by SIGABRT"), "{said}");
    desk.grade("--out out").exits(1);
    assert_same(
        &files(&undisturbed().0.path("out")),
        &files(&desk.path("out")),
    );
}

/// The limit on the memory that a process may write to, as the system tells it.
fn data_limit(process: i32) -> Option<String> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let limit = limits
        .lines()
        .find_map(|it| it.strip_prefix("Max data size"))?;
    limit.split_whitespace().next().map(str::to_owned)
}

/// A worker may use so much memory, and what it starts has no such limit. Where that is not enough, the
/// submission has no grade, and the report says so.
#[test]
fn a_worker_without_memory_is_reported() {
    let desk = Desk::new();
    desk.hand_in("zoe", "hostile/dozes");
    let usual = data_limit(std::process::id() as i32);
    let mut grading = desk.checker("grade class/zoe --jobs 1 --out out");
    let grading = grading.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut grading = grading.spawn().unwrap();
    let mut taken = 0;
    while grading.try_wait().unwrap().is_none() {
        for worker in workers(grading.id()) {
            let mut started = children(worker as u32).into_iter();
            // One that has just been forked still has the worker's limit.
            let restored = |child: i32| data_limit(child) == usual;
            if data_limit(worker) != usual && started.any(restored) {
                let limit = ["--data=1:", "--pid"];
                let mut limited = Command::new("prlimit");
                let limited = limited.args(limit).arg(worker.to_string()).status();
                taken += u32::from(limited.unwrap().success());
            }
        }
        sleep(Duration::from_millis(5));
    }
    let done = Done(grading.wait_with_output().unwrap()).exits(4);
    assert!(taken >= 2, "it is tried twice: {}", done.said());
    assert!(done.said().contains("zoe: no grade: "), "{}", done.said());
    let again = desk.run("grade class/zoe --out out --budget 2").exits(1);
    assert!(again.said().contains("TIMEOUT"), "{}", again.said());
}

/// A submission that uses up its time costs the others nothing, also in the next run.
#[test]
fn a_sleeping_submission_costs_only_itself() {
    let desk = Desk::new();
    desk.hand_in("zoe", "hostile/dozes");
    let class = format!("{} class/zoe", desk.class());
    let done = desk.run(&format!("grade {class} --out out --budget 4"));
    let said = done.exits(1).said();
    let line = said.lines().find(|line| line.starts_with("zoe: ")).unwrap();
    assert!(
        line.contains("0 of 100 points") && line.contains("TIMEOUT"),
        "{line}"
    );
    let report = fs::read_to_string(desk.path("out/reports/zoe.txt")).unwrap();
    assert!(
        report.contains("the submission has used up its 4 s"),
        "{report}"
    );
    let (rows, before) = (
        desk.path("out/grades.csv"),
        undisturbed().0.path("out/grades.csv"),
    );
    let (rows, before) = (table(&rows), table(&before));
    assert!(before.iter().all(|(id, row)| rows[id] == *row));
}

/// The submissions that cost most, of which each uses up what it is given.
const WORST: [&str; 10] = [
    "computes_for_long",
    "dozes",
    "dozes_in_destructor",
    "dozes_often",
    "endless_warnings",
    "insists_when_refused",
    "many_system_calls",
    "maps_again_and_again",
    "moves_break_in_small_steps",
    "takes_huge_heap",
];

/// Bytes of memory that the checker and its workers have at this moment.
fn memory_of(checker: u32) -> u64 {
    let processes = workers(checker).into_iter().chain([checker as i32]);
    let resident = |process| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    processes.filter_map(resident).sum::<u64>() << 10
}

/// Grades a class, and says how long it took and how much memory it had at most.
fn measured(desk: &Desk, arguments: &str) -> (Duration, u64) {
    let start = Instant::now();
    let mut grading = desk.checker(arguments);
    let mut grading = grading
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    while grading.try_wait().unwrap().is_none() {
        most = most.max(memory_of(grading.id()));
        sleep(Duration::from_millis(20));
    }
    (start.elapsed(), most)
}

/// None needs much of the checker's memory that does as much as it may of what the checker keeps: system
/// calls, heap, output, mappings, stacks, names.
#[test]
fn the_greediest_cost_little_memory() {
    let desk = Desk::new();
    let greedy = [
        "many_system_calls",
        "takes_huge_heap",
        "prints_below_limit",
        "keeps_mappings",
        "keeps_stacks",
        "long_symbols",
    ];
    for sample in greedy {
        desk.hand_in(sample, &format!("hostile/{sample}"));
    }
    let class = greedy.map(|sample| format!("class/{sample}")).join(" ");
    let (_, memory) = measured(&desk, &format!("grade {class} --jobs 2 --out out"));
    assert!(memory < 250 << 20, "{} MiB", memory >> 20);
}

/// What ten of the worst cost a class of fifty. `cargo test --test commands -- --ignored fifty
/// --nocapture` takes some minutes; `OSMEM_BUDGET=5` before it makes it shorter.
#[test]
#[ignore = "takes minutes"]
fn ten_of_the_worst_cost_a_class_of_fifty_only_time() {
    let budget = std::env::var("OSMEM_BUDGET").map_or(60, |text| text.parse().unwrap());
    let desk = Desk::new();
    let mut class = Vec::new();
    for number in 0..40 {
        let name = format!("s{number:02}");
        desk.hand_in(&name, CLASS[number % CLASS.len()].1);
        class.push(format!("class/{name}"));
    }
    let quiet = class.join(" ");
    let (before, memory_before) = measured(&desk, &format!("grade {quiet} --out quiet"));
    for worst in WORST {
        desk.hand_in(worst, &format!("hostile/{worst}"));
        class.insert(class.len() / 2, format!("class/{worst}"));
    }
    let all = class.join(" ");
    let (after, memory) = measured(&desk, &format!("grade {all} --out out --budget {budget}"));
    let out: u64 = files(&desk.path("out"))
        .values()
        .map(|bytes| bytes.len() as u64)
        .sum();
    let processors = std::thread::available_parallelism().unwrap().get() as u32;
    let due = before + Duration::from_secs(budget) * WORST.len() as u32 / processors;
    println!(
        "wall {before:.1?} -> {after:.1?} (at most {due:.1?} where nothing else runs), \
         memory {} -> {} MiB, OUT {} KiB",
        memory_before >> 20,
        memory >> 20,
        out >> 10
    );
    let own = |name: &str| name.contains("/s") || name.starts_with('s');
    let reports = |folder: &str| {
        let mut kept = files(&desk.path(folder));
        kept.retain(|path, _| {
            let path = path.to_string_lossy();
            path.starts_with("reports/") && own(&path)
        });
        kept
    };
    assert_same(&reports("quiet"), &reports("out"));
    assert_eq!(reports("out").len(), 120);
    let lines = |folder: &str| {
        let text = fs::read_to_string(desk.path(folder).join("results.jsonl")).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("{\"id\":\"s"));
        let lines = lines.map(|line| line.replacen(&format!("budget {budget},"), "budget 60,", 1));
        lines.collect::<Vec<String>>()
    };
    assert_eq!(lines("quiet"), lines("out"));
    assert_eq!(lines("out").len(), 40);
    assert!(memory < 300 << 20 && out < 50 << 20);
    assert_eq!(fs::read_dir(desk.path("scratch")).unwrap().count(), 0);
}

/// A class that is killed at any moment and resumed on a busy machine has the same results.
/// `OSMEM_TRIALS` says how often it is killed: 200 times take about a quarter of an hour.
#[test]
#[ignore = "takes minutes"]
fn killed_at_random_moments_and_resumed_nothing_differs() {
    /// Kills before a class is let come to its end.
    const IN_A_ROW: usize = 6;
    let due = std::env::var("OSMEM_TRIALS").map_or(200, |text| text.parse().unwrap());
    let desk = Desk::new();
    let names = ["adela", "elena", "ioana", "jean"];
    let class = names.map(|name| format!("class/{name}")).join(" ");
    let (whole, _) = measured(&desk, &format!("grade {class} --out whole"));
    let busy = ["while :; do :; done"; 4]
        .map(|script| Command::new("sh").args(["-c", script]).spawn().unwrap());
    let (mut classes, mut differ, mut kills) = (0, 0, 0);
    while kills < due {
        let _ = fs::remove_dir_all(desk.path("out"));
        for _ in 0..IN_A_ROW {
            let mut grading = desk.checker(&format!("grade {class} --out out"));
            let grading = grading.stdout(Stdio::null()).stderr(Stdio::null());
            let mut grading = grading.spawn().unwrap();
            let chance = RandomState::new().build_hasher().finish();
            sleep(Duration::from_micros(chance % whole.as_micros() as u64));
            grading.kill().unwrap();
            kills += u32::from(grading.wait().unwrap().code().is_none());
        }
        desk.run(&format!("grade {class} --out out")).exits(1);
        classes += 1;
        if files(&desk.path("whole")) != files(&desk.path("out")) {
            differ += 1;
            let kept = std::env::temp_dir().join(format!("osmem-differs-{classes}"));
            copy(&desk.path("out"), &kept.join("out"));
            copy(&desk.path("whole"), &kept.join("whole"));
            println!("class {classes} differs, kept in {}", kept.display());
        }
    }
    for mut other in busy {
        other.kill().unwrap();
        other.wait().unwrap();
    }
    println!("{kills} kills in {classes} classes, {differ} differ; {whole:.1?} undisturbed");
    assert_eq!(differ, 0);
}

#[test]
fn garbled_results_are_reported() {
    let desk = Desk::new();
    desk.run("grade class/adela class/dan --out out").exits(0);
    let path = desk.path("out/results.jsonl");
    let whole = fs::read(&path).unwrap();
    let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (first, line) = whole.split_at(second);
    let mut no_text = line.to_owned();
    no_text[b"{\"id\":\"".len()] = 0xff;
    let half = [&line[..line.len() / 2], b"\n"].concat();
    for garbled in [no_text, half, b"[]\n".to_vec(), b"\n".to_vec()] {
        fs::write(&path, [first, &garbled].concat()).unwrap();
        for command in [
            "compare out out",
            "similar out",
            "report out --submission adela",
        ] {
            let said = desk.run(command).exits(4).said();
            let due = "line 2 of out/results.jsonl cannot be read: grade into that folder again";
            assert!(said.contains(due), "{command}: {said}");
        }
    }
    let done = desk.run("grade class/adela class/dan --out out").exits(0);
    assert_eq!(done.graded(), ["dan"]);
    desk.run("compare out out").exits(0);
}

#[test]
fn slices_merged_are_the_whole() {
    let desk = Desk::new();
    let mut graded = Vec::new();
    for slice in 1..=4 {
        let done = desk.grade(&format!("--out out-{slice} --slice {slice}/4"));
        assert!(done.exit() <= 1, "{}", done.said());
        graded.extend(done.graded());
    }
    graded.sort();
    assert_eq!(graded, CLASS.map(|(name, _)| name));
    desk.run("merge out-1 out-2 out-3 out-4 --out all").exits(0);
    assert_same(
        &files(&undisturbed().0.path("out")),
        &files(&desk.path("all")),
    );
}

#[test]
fn every_format_can_be_read() {
    let (desk, _) = undisturbed();
    for id in ["adela", "elena", "jean"] {
        let report = |format: &str| {
            let done = desk.run(&format!("report out --format {format} --submission {id}"));
            done.exits(0).out()
        };
        for format in ["json", "gradescope", "prairielearn", "check50"] {
            let document: Value = serde_json::from_str(&report(format)).unwrap();
            assert!(document.is_object(), "{format}");
        }
        for line in report("jsonl").lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            assert!(event["event"].is_string());
        }
        let text = report("junit");
        roxmltree::Document::parse(&text).unwrap();
        let mut rows = csv::Reader::from_reader(io::Cursor::new(report("csv")));
        assert_eq!(rows.records().count(), 1);
        assert!(report("tap").starts_with("TAP version 14\n"));
        assert!(report("vmchecker").contains("Total: "));
        assert!(report("vpl").contains("\nGrade :=>>"));
        assert!(
            !report("github-classroom")
                .trim()
                .contains(char::is_whitespace)
        );
        assert!(!report("github-summary").is_empty());
        assert!(report("github-annotations").starts_with("::notice "));
        assert!(report("terminal").contains(" points: "));
    }
    let hidden = desk.run("report out --format json --submission elena --visibility none");
    let hidden: Value = serde_json::from_str(&hidden.exits(0).out()).unwrap();
    assert!(hidden["results"].as_array().unwrap().iter().all(|one| {
        let failure = &one["failure"];
        failure.is_null() || (failure["diff"] == "" && failure["expected"] == "")
    }));
}

#[test]
fn those_that_behave_alike_are_listed() {
    let (desk, _) = undisturbed();
    let groups = desk.run("similar out").exits(0).out();
    assert!(groups.starts_with("2 alike: elena, florin\n"), "{groups}");
}

#[test]
fn wrong_arguments_are_reported() {
    let (desk, _) = undisturbed();
    let text = "maximum = 10\n[[category]]\nname = \"all\"\nchapter = \"77\"\npoints = 10\n";
    fs::write(desk.path("bad.toml"), text).unwrap();
    nix::unistd::mkfifo(&desk.path("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (arguments, words) in [
        ("rubric fifo", "fifo: it is a FIFO, not a file"),
        ("grade class/dan --rubric fifo", "fifo: it is a FIFO"),
        ("grade --manifest fifo", "fifo: it is a FIFO"),
        ("grade class/dan --secret fifo", "fifo: it is a FIFO"),
        ("rubric /dev/zero", "/dev/zero: more than 16777216 bytes"),
        (
            "grade class/dan --rubric bad.toml",
            "bad.toml: rubric, line 4: no scenario is in chapter",
        ),
        ("rubric bad.toml", "bad.toml: rubric, line 4: "),
        (
            "grade class/dan --rubric none.toml",
            "cannot read the rubric none.toml",
        ),
        (
            "grade class/dan --out x --again eve",
            "no submission is called \"eve\"",
        ),
        (
            "grade --manifest none.txt",
            "cannot read the manifest none.txt",
        ),
        ("grade class/dan --slice 3/2", "not a slice: \"3/2\""),
        ("grade class/dan --format pdf", "there are terminal, json, "),
        (
            "report out --submission eve",
            "no submission is called \"eve\"",
        ),
        ("report out", "name one by --submission"),
        ("merge class --out all", "no results in class"),
        ("compare out class", "no results in class"),
        ("similar class", "no results in class"),
    ] {
        let done = desk.run(arguments).exits(2);
        assert!(done.said().contains(words), "{arguments}: {}", done.said());
    }
    let printed = desk.run("rubric --print").exits(0).out();
    fs::write(desk.path("good.toml"), &printed).unwrap();
    let checked = desk.run("rubric good.toml").exits(0).out();
    assert!(checked.contains("points at most"), "{checked}");
    assert_eq!(checked, desk.run("rubric").exits(0).out());
}

#[test]
fn unreadable_submissions_are_reported_and_the_rest_is_graded() {
    let desk = Desk::new();
    let list = "# two of three\nclass/adela\nclass/nobody\n\nclass/dan\n";
    fs::write(desk.path("list.txt"), list).unwrap();
    let done = desk.run("grade --manifest list.txt --out out").exits(4);
    assert_eq!(done.graded(), ["adela", "dan", "nobody"]);
    let reason = "nobody: no grade: cannot read the submission class/nobody: No such file";
    assert!(done.said().contains(reason), "{}", done.said());
    let rows = table(&desk.path("out/grades.csv"));
    assert_eq!(
        (
            rows["nobody"]["total"].as_str(),
            rows["adela"]["FAIL"].as_str()
        ),
        ("", "0")
    );
    assert!(rows["nobody"]["note"].contains("No such file"));
    assert_ne!(rows["nobody"]["GRADER-ERROR"], "0");
    assert_eq!(
        desk.run("grade --manifest list.txt --out out")
            .exits(4)
            .graded(),
        ["nobody"]
    );
    desk.hand_in("nobody", "conforming");
    assert_eq!(
        desk.run("grade --manifest list.txt --out out")
            .exits(0)
            .graded(),
        ["nobody"]
    );
    let done = desk
        .run("grade class/eve class/dan --format jsonl")
        .exits(4);
    assert_eq!(done.out().matches("\"event\":\"end\"").count(), 2);
}

#[test]
fn a_missing_compiler_is_not_the_submissions_fault() {
    let desk = Desk::new();
    let done = desk
        .run("grade class/adela class/dan --out out --cc no-such-compiler")
        .exits(4);
    assert!(done.said().contains("no-such-compiler"), "{}", done.said());
    assert_eq!(done.said().matches("no grade: ").count(), 2);
}

#[test]
fn one_submission_needs_no_folder() {
    let (desk, _) = undisturbed();
    let done = desk.run("grade class/elena --format json").exits(1);
    let record: Value = serde_json::from_str(&done.out()).unwrap();
    assert_eq!(record["submission"], "class/elena");
    assert!(record.get("grade").is_none());
    fs::write(desk.path("own.toml"), desk.run("rubric --print").out()).unwrap();
    let done = desk.run("grade class/adela --rubric own.toml").exits(0);
    assert!(done.out().contains("scenarios passed\n"), "{}", done.out());
    assert!(done.out().contains(" of 100 points: "), "{}", done.out());
    let two = desk.run("grade class/elena class/adela").exits(1).out();
    let place = |name: &str| two.find(name).unwrap();
    assert!(place("class/elena") < place("class/adela"));
    desk.run("grade class/jean").exits(3);
}

#[test]
fn style_is_measured() {
    let desk = Desk::new();
    let command = "[style]\ncommand = [\"sh\", \"-c\", \"ls $1/src | wc -l\", \"sh\"]\nmaximum = 10\nabove = 60\n";
    let text = format!("{}\n{command}", desk.run("rubric --print").out());
    fs::write(desk.path("style.toml"), text).unwrap();
    desk.run("grade class/adela --out out --rubric style.toml")
        .exits(0);
    let rows = table(&desk.path("out/grades.csv"));
    let files = fs::read_dir(desk.path("class/adela/src")).unwrap().count();
    assert_eq!(rows["adela"]["style"], files.to_string());
}

#[test]
fn the_folder_that_one_stands_in_is_graded_where_it_is_a_submission() {
    let desk = Desk::new();
    let inside = |folder: &str, arguments: &str| {
        let mut command = desk.checker(arguments);
        Done(command.current_dir(desk.path(folder)).output().unwrap())
    };
    let graded = inside("class/elena", "").exits(1).out();
    assert!(graded.starts_with("This folder has C sources"), "{graded}");
    assert!(
        graded.contains("--mistake 1\nThe clause:  checker explain C4\n"),
        "{graded}"
    );
    let explained = inside("class/elena", "explain 0406").exits(1).out();
    assert!(
        explained.contains("call 5: p5 = os_malloc(16384)"),
        "{explained}"
    );
    // A folder with submissions in it is none itself.
    let reference = inside("class", "").exits(0).out();
    assert!(reference.contains("the built-in reference"), "{reference}");
    assert!(reference.contains("no submission. `checker grade PATH`"));
    let unknown = inside("class", "explain 0406").exits(2).said();
    assert!(unknown.contains("checker explain 0406 PATH"), "{unknown}");
    let unknown = inside("class/elena", "grade . --mistake 9").exits(2).said();
    assert!(unknown.contains(". has only 1 mistake"), "{unknown}");
}
