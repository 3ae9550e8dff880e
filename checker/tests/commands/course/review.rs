//! Goldens from which the reference differs: proposed, reviewed, accepted, rejected, skipped.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::desk::{Desk, Done};

const GOLDENS: [&str; 2] = ["0201-malloc-split-first", "0203-malloc-split-reused"];

/// A folder with two goldens, in each of which the first system call is another.
struct Outdated {
    desk: Desk,
    sound: Vec<String>,
}

impl Outdated {
    fn new() -> Self {
        let desk = Desk::new();
        let mut sound = Vec::new();
        for stem in GOLDENS {
            let text = fs::read_to_string(format!("../snapshots/{stem}.snap")).unwrap();
            let old = text.replacen("brk +0x20000", "brk +0x21000", 1);
            assert_ne!(old, text);
            desk.write(&format!("g/{stem}.snap"), &old);
            sound.push(text);
        }
        Self { desk, sound }
    }

    /// Runs a command on the two goldens, with answers for it.
    fn run(&self, arguments: &str, answers: &str, ci: &str) -> Done {
        let mut child = Command::new(env!("CARGO_BIN_EXE_checker"))
            .args(arguments.split_whitespace())
            .args(["--snapshots", "g", "0201", "0203"])
            .current_dir(self.desk.path(""))
            .env("CI", ci)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks nothing may have ended.
        let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
        Done::from(child.wait_with_output().unwrap())
    }

    /// With what the reference does, written beside the goldens.
    fn proposed() -> Self {
        let outdated = Self::new();
        let done = outdated.run("run", "", "");
        assert!(
            done.errors.contains("2 goldens wait for a review"),
            "{}",
            done.errors
        );
        outdated
    }

    fn waits(&self, number: usize) -> bool {
        self.desk
            .path(&format!("g/{}.snap.new", GOLDENS[number]))
            .exists()
    }

    fn is_sound(&self, number: usize) -> bool {
        self.desk.read(&format!("g/{}.snap", GOLDENS[number])) == self.sound[number]
    }
}

#[test]
fn each_golden_that_waits_is_looked_at() {
    let outdated = Outdated::proposed();
    let listed = outdated.run("pending", "", "").expect(1).out;
    for stem in GOLDENS {
        assert!(
            listed.contains(&format!("{stem}: from call 1 on\n")),
            "{listed}"
        );
    }
    let seen = outdated.run("review", "what?\na\ns\n", "").expect(1).out;
    for part in [
        "1 of 2: g/0201-malloc-split-first.snap (changed)",
        "brk +0x21000",
        "brk +0x20000",
        "C1   the first use of the heap preallocates one free block",
        "The specification agrees with the new golden.",
        "1 accepted, 0 rejected, 1 waiting\n",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(outdated.is_sound(0) && !outdated.waits(0));
    assert!(!outdated.is_sound(1) && outdated.waits(1));
    let seen = outdated.run("review", "r\n", "").expect(0).out;
    assert!(seen.contains("0 accepted, 1 rejected, 0 waiting"), "{seen}");
    assert!(!outdated.is_sound(1) && !outdated.waits(1));
    let none = outdated.run("pending", "", "").expect(0).out;
    assert_eq!(none, "no golden waits for a review\n");
}

#[test]
fn all_that_wait_are_accepted_or_rejected_at_once() {
    let outdated = Outdated::proposed();
    outdated.run("reject", "", "").expect(0);
    assert!(!outdated.waits(0) && !outdated.is_sound(0));
    outdated.run("run", "", "");
    outdated.run("accept", "", "").expect(0);
    assert!(outdated.is_sound(0) && outdated.is_sound(1) && !outdated.waits(1));
    outdated.run("run", "", "").expect(0);
    assert!(!outdated.waits(0));
}

#[test]
fn what_the_specification_contradicts_is_not_accepted() {
    let outdated = Outdated::proposed();
    let waiting = format!("g/{}.snap.new", GOLDENS[0]);
    let wrong = outdated.sound[0].replacen("brk +0x20000", "brk +0x22000", 1);
    outdated.desk.write(&waiting, &wrong);
    let done = outdated.run("accept", "", "").expect(1);
    assert!(
        done.errors
            .contains("cannot be accepted: call 1 is not as the specification says"),
        "{}",
        done.errors
    );
    assert!(outdated.waits(0) && !outdated.is_sound(0) && outdated.is_sound(1));
}

#[test]
fn nothing_is_proposed_in_ci() {
    let outdated = Outdated::new();
    outdated.run("run", "", "true");
    assert!(!outdated.waits(0) && !outdated.waits(1));
}

#[test]
fn bless_shows_what_it_changes_and_asks() {
    let outdated = Outdated::new();
    let unanswered = outdated.run("bless", "", "").expect(2);
    assert!(unanswered.errors.contains("--yes"), "{}", unanswered.errors);
    assert!(
        unanswered.out.contains("brk +0x21000"),
        "{}",
        unanswered.out
    );
    outdated.run("bless", "n\n", "").expect(1);
    assert!(!outdated.is_sound(0));
    let done = outdated.run("bless", "y\n", "").expect(0);
    assert!(done.out.contains("Change 2 files? [y/N]"), "{}", done.out);
    assert!(outdated.is_sound(0) && outdated.is_sound(1));
    assert_eq!(outdated.run("bless", "", "").expect(0).out, "");
}

#[test]
fn bless_removes_goldens_without_a_scenario() {
    let desk = Desk::new();
    desk.write("g/0000-nothing.snap", "# 0000-nothing\n");
    let done = desk.run("bless --yes --snapshots g").expect(0);
    assert!(
        done.out.contains("Removed: g/0000-nothing.snap\n"),
        "{}",
        done.out
    );
    let built_in = fs::read_dir("../snapshots").unwrap().flatten();
    let goldens = built_in.filter(|it| it.path().extension().is_some_and(|it| it == "snap"));
    assert_eq!(
        fs::read_dir(desk.path("g")).unwrap().count(),
        goldens.count()
    );
}

#[test]
fn a_golden_that_is_no_use_is_named_with_file_and_reason() {
    let outdated = Outdated::new();
    let done = outdated.run("run", "", "true").expect(4);
    let cause = "its golden is not as the specification says in call 1";
    let said = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(cause), "{said}");
    let path = format!("g/{}.snap", GOLDENS[1]);
    outdated.desk.write(
        &path,
        &outdated.sound[1].replacen("        brk", "rubbish", 1),
    );
    let done = outdated.run("run", "", "true").expect(4);
    let cause = "g: unreadable golden snapshot: 0203-malloc-split-reused: line 3: ";
    assert!(done.errors.contains(cause), "{}", done.errors);
}
