//! Whole programs on the library that stands in for malloc, by `LD_PRELOAD`.
//!
//! Programs that are not installed are skipped, by name, on standard error. Eight threads, and forks
//! meanwhile, run for a second, or for as many as `OSMEM_STRESS` says; ten minutes are
//! `OSMEM_STRESS=600 cargo test -p osmem --test programs -- --nocapture threads`.

mod support;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use support::{build, here, scratch, succeed};

/// Builds libosmem_malloc.so as the documentation says, once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let built = build("malloc", "malloc").join("libosmem.so");
        let library = scratch("malloc").join("libosmem_malloc.so");
        std::fs::copy(built, &library).expect("the library");
        library
    })
}

fn is_installed(program: &str, test: &[&str]) -> bool {
    let found = Command::new(program).args(test).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: {program} {} does not run here", test.join(" "));
    }
    found
}

/// Runs a program with its own malloc and with ours; standard output must agree.
fn compare(program: &str, arguments: &[&str]) -> Vec<u8> {
    let expected = succeed(Command::new(program).args(arguments));
    let mut preloaded = Command::new(program);
    preloaded.args(arguments).env("LD_PRELOAD", library());
    let found = succeed(&mut preloaded);
    assert!(
        expected.stdout == found.stdout,
        "{program} says something else"
    );
    found.stdout
}

fn dropin() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = scratch("dropin");
        let mut gcc = Command::new("gcc");
        gcc.args(["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]);
        // Else the compiler knows better than to call malloc.
        gcc.args(["-fno-builtin", "-Wno-alloc-size-larger-than"]);
        gcc.arg("-I").arg(here("include"));
        gcc.arg(here("tests/c/dropin.c")).arg("-o").arg(&program);
        succeed(&mut gcc);
        program
    })
}

#[test]
fn malloc_keeps_its_promises_to_threads_and_forks() {
    let seconds = std::env::var("OSMEM_STRESS").unwrap_or_else(|_| "1".to_owned());
    let mut program = Command::new(dropin());
    program.arg(seconds).env("LD_PRELOAD", library());
    let output = succeed(&mut program);
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn python_runs() {
    if is_installed("python3", &["-c", "import test.test_list, test.test_dict"]) {
        let mut python = Command::new("python3");
        python.args(["-m", "test", "test_list", "test_dict"]);
        // Python's own allocator would keep small objects away from ours.
        python.env("PYTHONMALLOC", "malloc");
        succeed(python.env("LD_PRELOAD", library()));
    }
    if is_installed("python3", &["--version"]) {
        let script = "import json, threading\n\
            def work(n): r[n] = json.dumps({str(i): [i] * (i % 50) for i in range(3000)})\n\
            r = {}\n\
            t = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n\
            [x.start() for x in t]; [x.join() for x in t]\n\
            print(len(json.loads(r[0])), len(set(r.values())), len(r[3]))";
        compare("python3", &["-c", script]);
    }
}

#[test]
fn sqlite_runs() {
    if is_installed("sqlite3", &["--version"]) {
        let script = "create table t(a, b);
            with recursive c(x) as (select 1 union all select x + 1 from c where x < 50000)
            insert into t select x, hex(x * 7919) from c;
            create index i on t(b);
            delete from t where a % 3 = 0;
            select count(*), max(b), sum(a) from t where b like '3%';
            select group_concat(b, ',') from (select b from t order by b limit 20000);
            pragma integrity_check;";
        let output = compare("sqlite3", &[":memory:", script]);
        assert!(output.ends_with(b"ok\n"));
    }
}

#[test]
fn gcc_compiles_a_large_file() {
    if !is_installed("gcc", &["--version"]) {
        return;
    }
    let mut text = String::new();
    for n in 0..600 {
        let body = format!("{{ for (int i = 0; i < a; i++) s += i * b ^ {n}; return s; }}");
        writeln!(text, "int f{n}(int a, int b, int s) {body}").expect("a string");
    }
    let calls: String = (0..600).map(|n| format!("s += f{n}(s, {n}, s);")).collect();
    writeln!(
        text,
        "int main(void) {{ int s = 1; {calls} return s & 1; }}"
    )
    .expect("a string");
    let source = scratch("large.c");
    std::fs::write(&source, text).expect("a file");
    let source = source.to_str().expect("text");
    let assembly = compare("gcc", &["-O2", "-S", "-o", "-", source]);
    assert!(assembly.len() > 10_000);
}

#[test]
fn perl_runs() {
    if is_installed("perl", &["--version"]) {
        let script = "my %h; for (1..60000) { $h{$_} = 'x' x ($_ % 97); delete $h{$_ / 2} }
            my @a = sort map { $_ . $h{$_} } keys %h; print scalar(@a), join ',', @a[0..999]";
        compare("perl", &["-e", script]);
    }
}

#[test]
fn bash_runs() {
    if is_installed("bash", &["--version"]) {
        let script = "s=; for i in {1..3000}; do a[i]=x$i; s+=${a[i]}; done; \
            echo ${#s} $(echo ${a[@]} | tr ' ' '\\n' | sort -r | head -3) $(seq 5000 | wc -l)";
        compare("bash", &["-c", script]);
    }
}
