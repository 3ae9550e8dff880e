//! Reads what a real linker writes, so these tests need a C compiler.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::imports::{RULES, rule};
use super::*;

const ALL_FOUR: &str = "
    #include <stdlib.h>
    void *os_malloc(size_t n) { return malloc(n); }
    void *os_calloc(size_t m, size_t n) { (void)m; (void)n; return 0; }
    void *os_realloc(void *p, size_t n) { (void)p; (void)n; return 0; }
    __attribute__((weak)) void os_free(void *p) { (void)p; }
";

fn compiled(source: &str, flags: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.c"), folder.path().join("a.out"));
    std::fs::write(&input, source).unwrap();
    let status = Command::new("gcc")
        .args(flags)
        .arg("-o")
        .arg(&output)
        .arg(&input)
        .status()
        .unwrap();
    assert!(status.success());
    std::fs::read(output).unwrap()
}

fn library(source: &str) -> Image {
    inspect(&compiled(source, &["-shared", "-fPIC"])).unwrap()
}

fn imported(image: &Image) -> Vec<&'static str> {
    image
        .imports
        .iter()
        .map(|import| import.rule.symbol)
        .collect()
}

#[test]
fn exports_of_a_whole_library() {
    let image = library(ALL_FOUR);
    assert_eq!(image.exports, Function::ALL);
    assert_eq!(image.missing(), []);
    assert_eq!(imported(&image), ["malloc"]);
    assert_eq!(image.imports[0].rule.severity, Severity::Direct);
    assert_eq!(image.needed, ["libc.so.6"]);
}

#[test]
fn hidden_static_and_undefined_functions_are_missing() {
    let image = library(
        "#include <stddef.h>
        __attribute__((visibility(\"hidden\"))) void *os_malloc(size_t n) { (void)n; return 0; }
        static void os_free(void *p) { (void)p; }
        void *os_calloc(size_t m, size_t n);
        void *use(void) { os_free(0); return os_calloc(1, (size_t)os_malloc(1)); }",
    );
    assert_eq!(image.missing(), Function::ALL);
}

#[test]
fn a_variable_is_not_callable() {
    let image = library("void *os_malloc = 0;");
    assert_eq!(image.not_callable, [Function::Malloc]);
    assert_eq!(image.missing(), Function::ALL);
}

#[test]
fn imports_without_any_export() {
    let image = library(
        "#define _GNU_SOURCE
        #include <stdio.h>
        #include <string.h>
        #include <sys/mman.h>
        extern void free(void *) __attribute__((weak));
        static char *use(void) {
            char *s = strdup(\"\");
            if (asprintf(&s, \"x\") < 0) perror(s);
            if (free) free(s);
            return mremap(s, 1, 2, 0);
        }
        __attribute__((constructor)) static void start(void) { use(); }",
    );
    assert_eq!(imported(&image), ["asprintf", "free", "mremap", "strdup"]);
    let weak: Vec<_> = image.imports.iter().map(|import| import.weak).collect();
    assert_eq!(weak, [false, true, false, false]);
}

#[test]
fn both_kinds_of_hash_table_and_no_section_headers() {
    for style in ["sysv", "gnu", "both"] {
        let flag = format!("-Wl,--hash-style={style}");
        let mut bytes = compiled(ALL_FOUR, &["-shared", "-fPIC", &flag]);
        let as_linked = inspect(&bytes).unwrap();
        bytes[0x28..0x30].fill(0); // e_shoff
        bytes[0x3c..0x40].fill(0); // e_shnum, e_shstrndx
        assert_eq!(inspect(&bytes).unwrap(), as_linked);
        assert_eq!(as_linked.exports, Function::ALL);
    }
}

#[test]
fn addresses_of_functions_and_variables() {
    let bytes = compiled(
        "int malloc_count; void one(void) {} static void three(void) {} void two(void) { three(); }",
        &["-shared", "-fPIC"],
    );
    let names = ["two", "one", "three", "four", "malloc_count"];
    let mut found = exports(&bytes, &names).unwrap();
    found.sort_by_key(|export| export.address);
    let seen: Vec<&str> = found.iter().map(|export| export.name).collect();
    assert_eq!(seen, ["one", "two", "malloc_count"]);
    assert!(found[0].address > 0 && found[0].size > 0);
    assert_eq!(found[2].size, 4);
    assert!(exports(b"#!/bin/sh", &names).is_err());
}

#[test]
fn the_c_library_replaced() {
    let image = library("void *sbrk(long n) { return (void *)n; } void free(void *p) { (void)p; }");
    assert_eq!(image.replaced, ["free", "sbrk"]);
    assert_eq!(image.imports, []);
}

#[test]
fn other_files_are_named() {
    let main = "int main(void) { return 0; }";
    let cases: [(Vec<u8>, &str); 9] = [
        (vec![], "the file is empty"),
        (b"all:\n\tgcc\n".to_vec(), "not an ELF file, but text"),
        (
            b"PK\x03\x04..".to_vec(),
            "not an ELF file, but a zip archive",
        ),
        (b"\x7fELF".to_vec(), "the file header is incomplete"),
        (b"\x7fELF\x01\x01\x01".to_vec(), "for a 32-bit machine"),
        (b"\x7fELF\x02\x02\x01".to_vec(), "for a big-endian machine"),
        (compiled(main, &["-no-pie"]), "an executable, not a shared"),
        (compiled(main, &["-pie"]), "an executable, not a shared"),
        (compiled(main, &["-c"]), "an object file that was not"),
    ];
    for (bytes, expected) in cases {
        let message = inspect(&bytes).unwrap_err().to_string();
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
    }
}

#[test]
fn another_machine() {
    let mut bytes = compiled(ALL_FOUR, &["-shared", "-fPIC"]);
    bytes[18] = 183;
    assert_eq!(inspect(&bytes), Err(Error::WrongMachine { machine: 183 }));
}

#[test]
fn truncated_anywhere() {
    let bytes = compiled(ALL_FOUR, &["-shared", "-fPIC", "-s"]);
    for length in (0..bytes.len()).step_by(61) {
        if let Ok(image) = inspect(&bytes[..length]) {
            assert_eq!(image.exports, Function::ALL, "cut at {length}");
        }
    }
}

#[test]
fn definitions_of_an_object_file() {
    let source = "int counter; int value = 1; static int hidden(void) { return counter; }
        __attribute__((weak)) void helper(void) {} int main(void) { return hidden(); }";
    let object = compiled(source, &["-c", "-fcommon"]);
    let expected = [b"main".to_vec(), b"value".to_vec()];
    assert_eq!(definitions(&object, 9), Ok(BTreeSet::from(expected)));
    assert_eq!(definitions(&object, 8), Err(Error::LongNames));
}

#[test]
fn no_symbol_has_two_rules() {
    let names: BTreeSet<_> = RULES.iter().map(|rule| rule.symbol).collect();
    assert_eq!(names.len(), RULES.len());
    assert_eq!(rule(b"mremap").unwrap().clause.number(), "E1");
    assert_eq!(rule(b"perror"), None);
}

static REAL: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    [
        compiled(ALL_FOUR, &["-shared", "-fPIC", "-Wl,--hash-style=both"]),
        compiled(ALL_FOUR, &["-c"]),
    ]
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bytes_do_not_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..512), elf: bool) {
        if elf && bytes.len() > 20 {
            bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
            bytes[16..20].copy_from_slice(&[3, 0, 62, 0]);
        }
        let _ = inspect(&bytes);
        let _ = definitions(&bytes, usize::MAX);
    }

    #[test]
    fn mutations_do_not_panic(
        which in 0..2_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..40),
        keep in any::<prop::sample::Index>(),
        cut: bool,
    ) {
        let mut bytes = REAL[which].clone();
        // Half of the changes hit the headers and the tables at the front.
        for (place, value, near) in changes {
            let range = if near { bytes.len().min(0x400) } else { bytes.len() };
            bytes[place.index(range)] = value;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        let _ = inspect(&bytes);
        let _ = definitions(&bytes, usize::MAX);
    }
}

#[test]
fn what_was_made_of_a_library_is_known() {
    let reference = crate::carried::REFERENCE;
    assert!(is_made_of(reference, reference));
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("whole.so"), reference).unwrap();
    // Stripped of every name that can go, and of its build id.
    let strip = [
        "--strip-all",
        "--remove-section=.note.gnu.build-id",
        "--remove-section=.comment",
    ];
    run(
        "objcopy",
        &[&strip[..], &[&at("whole.so"), &at("stripped.so")]].concat(),
    );
    // Its instructions as those of an object file, linked again after others.
    run(
        "objcopy",
        &[
            "--dump-section",
            &format!(".text={}", at("text")),
            &at("whole.so"),
        ],
    );
    let text = format!(
        "__asm__(\".text\\n.incbin \\\"{}\\\"\");\nint own(int n) {{ return 3 * n; }}",
        at("text")
    );
    let linked = compiled(&text, &["-shared", "-fPIC"]);
    let stripped = std::fs::read(at("stripped.so")).unwrap();
    assert!(is_made_of(&stripped, reference) && is_made_of(&linked, reference));
    let another = compiled("int one(int n) { return 5 * n; }", &["-shared", "-fPIC"]);
    assert!(!is_made_of(&another, reference) && !is_made_of(b"#!/bin/sh", reference));
    let conforming = std::fs::read_to_string("../ref_tests/submissions/bare/osmem.c").unwrap();
    let own = conforming
        .replace("#include \"osmem.h\"", "")
        .replace("#include \"block_meta.h\"", BLOCK_META);
    assert!(!is_made_of(
        &compiled(&own, &["-shared", "-fPIC", "-O2"]),
        reference
    ));
}

/// What a source needs that brings no headers.
const BLOCK_META: &str = "struct block_meta { size_t size; int status; struct block_meta *prev, *next; };\n\
    enum { STATUS_FREE, STATUS_ALLOC, STATUS_MAPPED };\n#define DIE(a, b) do { if (a) exit(1); } while (0)";

fn run(program: &str, arguments: &[&str]) {
    let done = std::process::Command::new(program)
        .args(arguments)
        .status()
        .unwrap();
    assert!(done.success(), "{program} {arguments:?}");
}
