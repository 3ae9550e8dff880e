//! System calls that the machine denies, one at a time: to the checker, the compiler and the process
//! under test. Every submission gets the grade that it gets without, or none, with exit code 4.
//!
//! ```text
//! cargo test --test hostile -- denied_calls                                # some of them
//! cargo test --test hostile -- --ignored --nocapture every_denied_call     # all: prints a table
//! ```
//!
//! All are those that the checker and its tools make. That there are no others is seen by ending
//! each process that makes another one: where that changes a grade, with another C library for
//! example, every system call is denied in turn.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use checker::testing::sandbox;
use checker::testing::sys::walls::Walls;
use libtest_mimic::Failed;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use super::sample::sample;

/// A good one, a broken one, one that crashes, one that does not compile.
const SUBMISSIONS: [&str; 4] = [
    "bare",
    "first_fit",
    "crash_in_seventh_call",
    "does_not_compile",
];
/// Those that containers are known to deny, and some without which nothing works.
const SOME: [i64; 9] = [
    libc::SYS_process_vm_readv,
    libc::SYS_clone3,
    libc::SYS_prctl,
    libc::SYS_ptrace,
    libc::SYS_brk,
    libc::SYS_kill,
    libc::SYS_fcntl,
    libc::SYS_exit_group,
    libc::SYS_umask,
];
/// What the checker, the compiler and the process under test call, by number.
const MADE: [i64; 80] = [
    0, 1, 3, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 21, 28, 33, 39, 45, 53, 56, 58, 59, 60, 61,
    62, 72, 73, 77, 79, 80, 83, 87, 89, 90, 94, 95, 98, 99, 101, 102, 104, 107, 108, 109, 110, 116,
    117, 119, 131, 135, 137, 157, 158, 186, 202, 203, 204, 217, 218, 230, 231, 247, 257, 262, 263,
    272, 273, 293, 302, 310, 318, 319, 332, 334, 435, 439, 444, 445, 446,
];
/// Beyond the last system call of today.
const LAST: i64 = 470;
/// Seconds that are worth telling.
const SLOW: f64 = 5.0;
/// No run may take this long, with any system call denied.
const LONGEST: Duration = Duration::from_secs(120);

/// What a run of the checker says of the submissions.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: Option<i32>,
    /// The points of each that has some, and what was not built.
    grades: Vec<String>,
    trouble: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        let counts = |line: &&str| line.contains(" of 100 points") || line.contains("failed:");
        Self {
            code: output.status.code(),
            grades: text.lines().filter(counts).map(str::to_owned).collect(),
            trouble: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The result with the denied call, compared with `usual`, the result without; `Err` for a
    /// wrong grade or a panic.
    fn beside(&self, usual: &Self) -> Result<&'static str, String> {
        let known = |grade: &String| usual.grades.contains(grade);
        match self.code {
            Some(code) if Some(code) == usual.code && self.grades == usual.grades => Ok("the same"),
            // The program itself, or what starts it, cannot do without.
            Some(127) | None if self.grades.is_empty() && !self.panicked() => Ok("does not start"),
            Some(4) if self.grades.iter().all(known) && !self.panicked() => Ok("exit code 4"),
            _ => Err(format!("{self:?}, and not {usual:?}")),
        }
    }

    fn panicked(&self) -> bool {
        self.trouble.contains("panicked")
    }
}

/// Some system calls, in a few seconds.
pub(super) fn some() -> Result<(), Failed> {
    let usual = usual()?;
    for number in SOME {
        outcome(number, libc::EPERM, &usual)?;
    }
    Ok(())
}

/// All system calls that are made, as a table.
pub(super) fn every() -> Result<(), Failed> {
    let usual = usual()?;
    let ends = SeccompAction::KillProcess;
    let others: Vec<i64> = (0..LAST).filter(|it| !MADE.contains(it)).collect();
    let without_others = grade(Some(filter(&others, ends)));
    let all = match without_others {
        Ok(said) if said == usual => {
            println!("no other call is made than these {}", MADE.len());
            MADE.to_vec()
        }
        other => {
            println!("another call is made than these {}: {other:?}", MADE.len());
            (0..LAST).collect()
        }
    };
    let (mut same, mut wrong) = (0, 0);
    for number in all {
        let name = sandbox::name(number as u64);
        for (errno, word) in [(libc::EPERM, "EPERM"), (libc::ENOSYS, "ENOSYS")] {
            let started = Instant::now();
            let outcome = outcome(number, errno, &usual);
            let seconds = started.elapsed().as_secs_f64();
            match outcome {
                Ok(said) if said == "the same" && seconds < SLOW => same += 1,
                Ok(said) => println!("{name:<24} {word:<7} {seconds:5.1} s  {said}"),
                Err(reason) => {
                    wrong += 1;
                    println!("{name:<24} {word:<7} WRONG: {reason:?}");
                }
            }
        }
    }
    println!("{same} more: the same");
    match wrong {
        0 => Ok(()),
        _ => Err(format!("{wrong} are wrong").into()),
    }
}

/// What is said where nothing is denied: something of each submission.
fn usual() -> Result<Said, Failed> {
    let usual = grade(None).map_err(|error| error.to_string())?;
    match usual.grades.len() >= SUBMISSIONS.len() {
        true => Ok(usual),
        false => Err(format!("{usual:?}").into()),
    }
}

/// What comes of the system call being denied, and the first line of what is said about that.
fn outcome(number: i64, errno: i32, usual: &Said) -> Result<String, Failed> {
    let started = Instant::now();
    let name = sandbox::name(number as u64);
    let denied = filter(&[number], SeccompAction::Errno(errno as u32));
    let said = match grade(Some(denied)) {
        Ok(said) => said,
        // It could not even be started.
        Err(error) => return Ok(format!("does not start ({error})")),
    };
    let outcome = said
        .beside(usual)
        .map_err(|reason| format!("{name}: {reason}"))?;
    if started.elapsed() > LONGEST {
        return Err(format!("{name}: it took too long").into());
    }
    let first = said.trouble.lines().next().unwrap_or_default();
    Ok(match outcome {
        "the same" => outcome.to_owned(),
        _ => format!("{outcome}: {first}"),
    })
}

fn grade(denied: Option<Vec<u64>>) -> std::io::Result<Said> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_checker"));
    command
        .args(["grade", "--jobs", "1"])
        .args(SUBMISSIONS.map(sample));
    let walls = Walls {
        filters: denied.into_iter().collect(),
        ..Walls::default()
    };
    walls.surround(&mut command);
    Ok(Said::of(&command.output()?))
}

/// Answers these system calls in one way, in the kernel's layout.
fn filter(numbers: &[i64], answer: SeccompAction) -> Vec<u64> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).expect("the suite runs here");
    let rules = numbers.iter().map(|&number| (number, Vec::new())).collect();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch);
    let program = BpfProgram::try_from(filter.expect("two actions")).expect("it is short");
    let packed = |it: &seccompiler::sock_filter| {
        let jumps = u64::from(it.jt) << 16 | u64::from(it.jf) << 24;
        u64::from(it.code) | jumps | u64::from(it.k) << 32
    };
    program.iter().map(packed).collect()
}
