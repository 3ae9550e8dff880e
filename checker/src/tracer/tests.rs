//! Tests with a real process. They need `gcc`. Rerun with `cargo test -p checker --lib tracer::tests`.

use std::fs;
use std::process::Command;

use super::*;
use crate::inject::Limit;
use crate::plan;
use crate::suite::SCENARIOS;
use crate::types::RawSystemCall;

/// Asks for a page to read when it gets none from the break.
const TRIES_TWICE: &str = "#include <stddef.h>\n#include <sys/mman.h>\n#include <unistd.h>\n\
    void *os_malloc(size_t size)\n{\n\
    \tif (sbrk(131072) == (void *)-1)\n\
    \t\tmmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n\
    \treturn NULL;\n}\n\
    void *os_calloc(size_t count, size_t size) { return NULL; }\n\
    void *os_realloc(void *payload, size_t size) { return NULL; }\n\
    void os_free(void *payload) {}\n";

fn library(text: &str) -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("osmem.c");
    let output = place.path().join("libosmem.so");
    fs::write(&source, text).unwrap();
    let mut command = Command::new("gcc");
    command.args(["-w", "-shared", "-fPIC", "-o"]);
    let status = command.arg(&output).arg(&source).status().unwrap();
    assert!(status.success());
    fs::read(output).unwrap()
}

/// What the first call of a scenario asks for, and whether it gets it.
fn first_requests(injection: Injection) -> Vec<(&'static str, bool)> {
    let index = SCENARIOS.iter().position(|it| it.number() == "0901");
    let index = index.unwrap();
    let (profile, limits) = (Profile::DEFAULT, Limits::default());
    let stage = Stage::new(&library(TRIES_TWICE), profile, limits, Watchdog::start());
    // A process of our own user can be limited without any privilege.
    let stage = stage.unwrap().isolated(IsolationOptions {
        uid: false,
        ..IsolationOptions::default()
    });
    let mut tracer = Tracer::new(&stage).unwrap();
    let planned = plan::calls(&SCENARIOS[index], &profile);
    let raw = tracer.observe_in(&planned, injection).unwrap();
    let calls = raw.calls[0].system_calls.iter();
    let requests = calls.filter_map(|call| match *call {
        RawSystemCall::Brk { requested: 0, .. } => None,
        RawSystemCall::Brk { before, after, .. } => Some(("brk", after > before)),
        RawSystemCall::Mmap { result, .. } => Some(("mmap", result > 0)),
        RawSystemCall::Munmap { .. } => None,
    });
    requests.collect()
}

/// As `sbrk` does it: only the first use in a process asks where the break stands (E5).
#[test]
fn the_reference_moves_the_break_once_for_each_growth_without_asking() {
    let profile = Profile::DEFAULT;
    let stage = Stage::new(
        carried::REFERENCE,
        profile,
        Limits::default(),
        Watchdog::start(),
    );
    let stage = stage.unwrap();
    let mut tracer = Tracer::new(&stage).unwrap();
    let index = SCENARIOS.iter().position(|it| it.number() == "0809");
    let planned = plan::calls(&SCENARIOS[index.unwrap()], &profile);
    let raw = tracer.observe(&planned).unwrap();
    let calls = raw.calls.iter().flat_map(|call| &call.system_calls);
    let moves = calls.filter_map(|call| match *call {
        RawSystemCall::Brk { before, after, .. } => Some(after > before),
        _ => None,
    });
    let moves: Vec<bool> = moves.collect();
    assert!(moves.len() > 4, "{moves:?}");
    assert!(!moves[0] && moves[1..].iter().all(|up| *up), "{moves:?}");
}

/// The kernel counts what is only read as address space and not as data: that it is granted shows
/// who refuses.
#[test]
fn limits_are_the_kernels_own() {
    let data = first_requests(Injection::limited(Limit::Data, 1));
    assert_eq!(data, [("brk", false), ("mmap", true)]);
    let address_space = first_requests(Injection::limited(Limit::AddressSpace, 1));
    assert_eq!(address_space, [("brk", false), ("mmap", false)]);
    let second = first_requests(Injection::limited(Limit::AddressSpace, 2));
    assert_eq!(second, [("brk", true)]);
}
