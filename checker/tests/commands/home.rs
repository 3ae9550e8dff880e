//! `checker repro` and `checker watch`, as a student gives them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use checker::testing::carried;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::sample::sample;

/// How long a line may take to come: the machine may have other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A student's folder, and a cache beside it.
struct Home(TempDir);

impl Home {
    fn with(name: &str) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for entry in walkdir::WalkDir::new(sample(name)) {
            let entry = entry.unwrap();
            let to = home
                .folder()
                .join(entry.path().strip_prefix(sample(name)).unwrap());
            match entry.file_type().is_dir() {
                true => fs::create_dir_all(to).unwrap(),
                false => drop(fs::copy(entry.path(), to).unwrap()),
            }
        }
        home
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("osmem")
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn checker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_checker"));
        command
            .args(arguments)
            .current_dir(self.folder())
            .env("XDG_CACHE_HOME", self.cache());
        command
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], code: i32) -> String {
        let done = self.checker(arguments).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(done.status.code(), Some(code), "{said}");
        said
    }

    /// Compiles `repro.c` by the command in its first comment, and runs it.
    #[track_caller]
    fn follow(&self, program: &str) -> ExitStatus {
        fs::write(self.folder().join("repro.c"), program).unwrap();
        let (_, comment) = program.split_once("\n *\n").expect(program);
        let (comment, _) = comment.split_once(" */").expect(program);
        let lines = comment.replace(" *\t", "");
        // A shell that a signal ended a program of exits by itself.
        let (build, _) = lines.split_once(" && ./repro").expect(program);
        let own = Path::new(env!("CARGO_BIN_EXE_checker")).parent().unwrap();
        let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
        let built = Command::new("sh")
            .args(["-c", build])
            .env("PATH", path)
            .current_dir(self.folder())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        assert!(built.status.success(), "{said}\n{program}");
        Command::new("./repro")
            .current_dir(self.folder())
            .output()
            .unwrap()
            .status
    }
}

/// The same program with the reference in place of the submission.
#[track_caller]
fn succeeds_with_the_reference(program: &str) {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("libosmem.so"), carried::REFERENCE).unwrap();
    fs::write(place.path().join("repro.c"), program).unwrap();
    let words = "-g -Wall -Wextra -Werror -o repro repro.c -L. -losmem -Wl,-rpath,.".split(' ');
    let built = Command::new("gcc")
        .args(words)
        .current_dir(&place)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(built.status.success(), "{said}\n{program}");
    let done = Command::new("./repro")
        .current_dir(&place)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}\n{program}");
}

#[track_caller]
fn is_shown(name: &str, scenario: &str, asserted: &str) {
    let home = Home::with(name);
    let mut arguments = vec!["repro"];
    arguments.extend(Some(scenario).filter(|it| !it.is_empty()));
    let program = home.says(&arguments, 1);
    assert!(program.lines().count() <= 30, "{program}");
    assert!(program.contains(asserted), "{program}");
    let status = home.follow(&program);
    assert!(status.signal().is_some(), "{status}\n{program}");
    succeeds_with_the_reference(&program);
}

/// By an address, by the length of a mapping, by a payload, and by what comes of a system that gives
/// no memory.
#[test]
fn programs_show_mistakes_in_the_submissions_own_folder() {
    is_shown("first_fit", "", "assert(p");
    is_shown("mmap_whole_pages", "", "assert(mapped == ");
    is_shown("realloc_copies_too_little", "", "for (size_t i = 0;");
    is_shown("mmap_unchecked", "0904", "setrlimit");
}

#[test]
fn there_is_nothing_to_show_where_nothing_is_wrong() {
    let home = Home::with("bare");
    let said = home.says(&["repro", "0609"], 0);
    assert!(said.contains("nothing is wrong"), "{said}");
    assert!(home.says(&["repro", "nosuch"], 2).contains("nosuch"));
}

/// A watcher, and what it prints.
struct Watcher {
    child: Child,
    lines: Receiver<String>,
}

impl Watcher {
    fn of(home: &Home) -> Self {
        let mut child = home
            .checker(&["watch"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            let _ = { out.lines() }
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line));
        });
        Self { child, lines }
    }

    /// What is printed until it waits.
    #[track_caller]
    fn round(&self) -> String {
        let mut said = String::new();
        loop {
            let line = self
                .lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("{said}"));
            if line.starts_with("waiting for a save") {
                return said;
            }
            said += &format!("{line}\n");
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watcher_says_what_is_fixed_and_new_on_each_save() {
    let home = Home::with("first_fit");
    let source = home.folder().join("osmem.c");
    let broken = fs::read(&source).unwrap();
    let mut watcher = Watcher::of(&home);
    let first = watcher.round();
    assert!(
        first.contains("first block that is large enough"),
        "{first}"
    );
    assert!(!first.contains("fixed"), "{first}");
    let (points, counts) = first.split_once(" points: ").expect(&first);
    let points = points.lines().last().expect(&first);
    let words: Vec<&str> = counts.split_whitespace().collect();
    let failed = words.iter().position(|it| *it == "FAIL").expect(&first);
    let kept = home.says(&["run", "--failed", "--library", "."], 1);
    let none = format!("0 of {} scenarios passed", words[failed - 1]);
    assert!(kept.contains(&none), "{kept}");

    // As an editor saves: a new file takes the old one's name. Another file does not count.
    fs::write(home.folder().join("notes.txt"), "later").unwrap();
    fs::copy(sample("bare/osmem.c"), home.folder().join(".osmem.c.new")).unwrap();
    fs::rename(home.folder().join(".osmem.c.new"), &source).unwrap();
    let second = watcher.round();
    assert!(
        second.starts_with("\nosmem.c was saved\nfixed  0406-"),
        "{second}"
    );
    assert!(
        second.contains("fixed  It takes the first block"),
        "{second}"
    );
    assert!(
        second.contains(&format!("100 of 100 points, {points} before")),
        "{second}"
    );

    fs::write(&source, "int x = ;").unwrap();
    let third = watcher.round();
    assert!(third.contains("expected expression"), "{third}");
    fs::write(&source, broken).unwrap();
    let fourth = watcher.round();
    assert!(
        fourth.contains("new    It takes the first block"),
        "{fourth}"
    );

    kill(
        Pid::from_raw(watcher.child.id().cast_signed()),
        Signal::SIGINT,
    )
    .unwrap();
    assert_eq!(watcher.child.wait().unwrap().code(), Some(0));
    let mut names: Vec<_> = fs::read_dir(home.folder())
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["notes.txt", "osmem.c"]);
}

#[test]
fn a_run_stops_at_the_first_failure() {
    let home = Home::with("first_fit");
    let said = home.says(&["run", "--first", "--library", "."], 1);
    assert!(said.contains("1 FAIL"), "{said}");
    assert!(said.contains("scenarios were not run"), "{said}");
    let said = home.says(&["run", "--first", "--library", "."], 1);
    assert!(
        said.contains("0 of 1 scenarios passed"),
        "what failed comes first: {said}"
    );
}
