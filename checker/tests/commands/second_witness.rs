//! strace as a second witness: it sees the same system calls for memory as our tracer does. And gdb:
//! it finds crashes at the same lines.

mod sources;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use checker::testing::sys::watchdog::Watchdog;
use checker::testing::tracer::{Limits, Stage, Tracer};
use checker::testing::types::{Profile, RawSystemCall};
use checker::testing::{carried, plan};
use ref_tests::SCENARIOS;

const PROFILE: Profile = Profile::DEFAULT;

/// Scenarios with much growing, mapping and unmapping.
const WATCHED: [&str; 10] = [
    "0101", "0109", "0118", "0201", "0310", "0506", "0621", "0642", "0706", "0808",
];

/// A system call without addresses: name, and by how much the break moves or how much is mapped.
type Seen = (&'static str, u64);

#[test]
fn strace_sees_the_same_system_calls() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("ref_tests", carried::PROGRAM);
    write("libosmem.so", carried::REFERENCE);
    for number in WATCHED {
        assert_eq!(
            by_strace(folder.path(), number),
            by_tracer(number),
            "scenario {number}"
        );
    }
}

fn by_tracer(number: &str) -> Vec<Seen> {
    let index = SCENARIOS
        .iter()
        .position(|scenario| scenario.number() == number)
        .unwrap();
    let stage = Stage::new(
        carried::REFERENCE,
        PROFILE,
        Limits::default(),
        Watchdog::start(),
    )
    .unwrap();
    let planned = plan::calls(&SCENARIOS[index], &PROFILE);
    let raw = Tracer::new(&stage).unwrap().observe(&planned).unwrap();
    let calls = raw.calls.iter().flat_map(|call| &call.system_calls);
    calls.filter_map(|&call| seen(call)).collect()
}

fn seen(call: RawSystemCall) -> Option<Seen> {
    match call {
        RawSystemCall::Brk { requested: 0, .. } => None,
        RawSystemCall::Brk { before, after, .. } if before == after => None,
        RawSystemCall::Brk { before, after, .. } => Some(("brk", after - before)),
        RawSystemCall::Mmap { arguments, .. } => Some(("mmap", arguments[1])),
        RawSystemCall::Munmap { length, .. } => Some(("munmap", length)),
    }
}

/// What strace says of the same scenario run by hand, from the program's own first line on.
fn by_strace(folder: &Path, number: &str) -> Vec<Seen> {
    let log = folder.join("strace.log");
    let status = Command::new("strace")
        .args(["-e", "trace=brk,mmap,munmap,write", "-o"])
        .arg(&log)
        .args([
            "-E",
            &format!("LD_PRELOAD={}", folder.join("libosmem.so").display()),
        ])
        .arg(folder.join("ref_tests"))
        .arg(number)
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    let log = fs::read_to_string(log).unwrap();
    let (loading, running) = log.split_at(log.find("write(1").unwrap());
    let last = loading
        .lines()
        .rev()
        .find(|line| line.starts_with("brk("))
        .unwrap();
    let mut brk = hexadecimal(last.rsplit("= ").next().unwrap());
    running
        .lines()
        .filter_map(|line| parse(line, &mut brk))
        .collect()
}

fn parse(line: &str, brk: &mut u64) -> Option<Seen> {
    let (name, rest) = line.split_once('(')?;
    let arguments: Vec<&str> = rest.split([',', ')']).map(str::trim).collect();
    match name {
        "brk" if arguments[0] == "NULL" => None,
        "brk" => {
            let before = std::mem::replace(brk, hexadecimal(line.rsplit("= ").next()?));
            (*brk != before).then(|| ("brk", *brk - before))
        }
        "mmap" => Some(("mmap", arguments[1].parse().ok()?)),
        "munmap" => Some(("munmap", arguments[1].parse().ok()?)),
        _ => None,
    }
}

fn hexadecimal(text: &str) -> u64 {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).unwrap()
}
