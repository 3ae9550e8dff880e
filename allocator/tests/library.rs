//! The C library and the C headers, as a C program meets them. Needs `gcc`, `g++`, `nm`.

mod support;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use support::{build, here, scratch};

const WARNINGS: [&str; 3] = ["-Wall", "-Wextra", "-Werror"];

/// What the command printed on standard output.
fn succeed(command: &mut Command) -> String {
    String::from_utf8(support::succeed(command).stdout).expect("text")
}

/// Builds libosmem.so as the documentation says, once; returns its folder.
fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| build("library", "abi"))
}

fn compile<S: AsRef<OsStr>>(compiler: &str, source: &str, options: &[S], output: &Path) {
    let mut command = Command::new(compiler);
    command
        .args(["-fPIC", "-g"])
        .args(WARNINGS)
        .arg("-I")
        .arg(here("include"));
    if compiler == "g++" {
        command.args(["-x", "c++"]);
    }
    command
        .arg(here(source))
        .args(options)
        .arg("-o")
        .arg(output);
    succeed(&mut command);
}

/// Compiles tests/c/library.c against the library.
fn user() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = scratch("user");
        let folder = library().to_str().expect("text");
        let options = ["-L", folder, "-Wl,-rpath", folder, "-losmem"];
        compile("gcc", "tests/c/library.c", &options, &program);
        program
    })
}

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(user());
    command
        .args(arguments)
        .env_remove("OSMEM_DEBUG")
        .envs(variables.iter().copied());
    command.output().expect("a program")
}

/// Standard error of a run in debug mode, with the addresses left out.
fn debug(mistake: &str, parts: &str) -> Vec<String> {
    let output = run(&[mistake], &[("OSMEM_DEBUG", parts)]);
    let text = String::from_utf8(output.stderr).expect("text");
    text.lines().map(without_addresses).collect()
}

fn without_addresses(line: &str) -> String {
    let mut parts = line.split("0x");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('P');
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    text
}

#[test]
fn exports_are_the_four_functions() {
    let path = library().join("libosmem.so");
    let symbols = succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(path));
    let mut names: Vec<&str> = symbols
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["os_calloc", "os_free", "os_malloc", "os_realloc"]);
}

#[test]
fn imports_hold_no_other_allocator() {
    const HARMLESS: [&str; 13] = [
        "__libc_single_threaded",
        "abort",
        "brk",
        "getenv",
        "memcpy",
        "memmove",
        "memset",
        "mmap",
        "munmap",
        "sbrk",
        "strlen",
        "sysconf",
        "write",
    ];
    let path = library().join("libosmem.so");
    let symbols = succeed(
        Command::new("nm")
            .args(["-D", "--undefined-only"])
            .arg(path),
    );
    let strong = symbols
        .lines()
        .filter_map(|line| line.trim().strip_prefix("U "));
    for name in strong.map(|name| name.split('@').next().unwrap_or_default()) {
        assert!(HARMLESS.contains(&name), "imports {name}");
    }
}

#[test]
fn a_c_program_gets_what_the_specification_says() {
    let output = run(&[], &[]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "the line number, modulo 256, of library.c"
    );
    assert!(output.stderr.is_empty());
}

#[test]
fn the_same_holds_on_the_literal_engine() {
    let folder = build("literal", "abi,literal");
    let folder = folder.to_str().expect("text");
    let output = run(&[], &[("LD_LIBRARY_PATH", folder)]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "the line number, modulo 256, of library.c"
    );
}

/// The index is address space only: a limit that suits a grading server leaves room for it.
#[test]
fn the_library_loads_under_a_limit_of_address_space() {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -v 262144 && exec \"$0\""])
        .arg(user());
    assert_eq!(shell.status().expect("a shell").code(), Some(0));
}

#[test]
fn the_same_holds_under_debug_mode() {
    let output = run(&[], &[("OSMEM_DEBUG", "check,log")]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "the line number, modulo 256, of library.c"
    );
}

#[test]
fn the_threshold_can_be_set() {
    let variables = [("OSMEM_DEBUG", "leaks"), ("OSMEM_MMAP_THRESHOLD", "1000")];
    let output = run(&["leaks"], &variables);
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.matches("(mapped)").count(), 2, "{text}");
}

#[test]
fn debug_logs_each_call() {
    let expected = [
        "osmem: 1 os_malloc(1000) = P",
        "osmem: 2 os_calloc(2, 4096) = P",
        "osmem: 3 os_free(P)",
        "osmem: 4 os_free(P)",
    ];
    assert_eq!(debug("none", "log"), expected);
}

#[test]
fn debug_reports_leaks() {
    let expected = [
        "osmem: leak: 1000 bytes at P (heap)",
        "osmem: leak: 8192 bytes at P (mapped)",
        "osmem: leaks: 2 blocks, 9192 bytes",
    ];
    assert_eq!(debug("leaks", "leaks"), expected);
    assert_eq!(debug("none", "leaks"), ["osmem: leaks: 0 blocks, 0 bytes"]);
}

#[test]
fn debug_reports_wrong_pointers() {
    assert_eq!(
        debug("double", "check"),
        ["osmem: 5 os_free(P): double free"]
    );
    let expected = [
        "osmem: 5 os_free(P): no block starts there",
        "osmem: 6 os_free(P): no block starts there",
        "osmem: 7 os_realloc(P, 10): no block starts there",
    ];
    assert_eq!(debug("unknown", "check"), expected);
}

#[test]
fn debug_stops_at_a_corrupt_heap() {
    let expected = "osmem: 6 os_malloc(1): the heap is corrupt before the call: \
                    the block of payload P has a size that cannot be right";
    assert_eq!(debug("overflow", "check"), [expected]);
}

#[test]
fn headers_compile_as_c_and_as_cpp() {
    for (compiler, name) in [("gcc", "headers-c"), ("g++", "headers-cpp")] {
        let program = scratch(name);
        compile::<&str>(compiler, "tests/c/headers.c", &[], &program);
        let output = Command::new(&program).output().expect("a program");
        assert_eq!(output.status.code(), Some(12), "ENOMEM");
        assert_eq!(output.stdout, b"before\n");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(
            text.ends_with("headers.c, 27): sbrk: Cannot allocate memory\n"),
            "{text}"
        );
    }
}

#[test]
fn printf_agrees_with_the_c_library() {
    let program = scratch("printf");
    compile::<&str>("gcc", "tests/c/printf.c", &[], &program);
    succeed(&mut Command::new(program));
}

#[test]
fn the_starter_compiles_without_warnings() {
    compile("gcc", "starter/osmem.c", &["-c"], &scratch("starter.o"));
    compile(
        "gcc",
        "starter/osmem.c",
        &["-shared"],
        &scratch("starter.so"),
    );
}
