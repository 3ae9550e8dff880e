//! From what a student hands in to a shared library, or to a message that says why not.
//!
//! Needs `gcc` and `make`. Rerun one with `cargo test -p checker --test parts submission_shapes::NAME`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use checker::testing::build::{Blame, Failure, Library, Limits, Options, compile};
use checker::testing::elf::Function;
use checker::testing::submission::Submission;
use tempfile::TempDir;

const OSMEM_H: &str = "#pragma once\n#include <stddef.h>\n\
    void *os_malloc(size_t size);\nvoid os_free(void *ptr);\n\
    void *os_calloc(size_t nmemb, size_t size);\nvoid *os_realloc(void *ptr, size_t size);\n";

const HEADERS: &[(&str, &str)] = &[("osmem.h", OSMEM_H)];

const OSMEM_C: &str = "#include \"osmem.h\"\n\
    void *os_malloc(size_t size) { (void)size; return NULL; }\n\
    void os_free(void *ptr) { (void)ptr; }\n\
    void *os_calloc(size_t nmemb, size_t size) { (void)nmemb; (void)size; return NULL; }\n\
    void *os_realloc(void *ptr, size_t size) { (void)ptr; (void)size; return NULL; }\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn options() -> Options<'static> {
    Options {
        headers: HEADERS,
        ..Options::default()
    }
}

fn built_at(path: &Path, options: &Options<'_>) -> Result<Library, Failure> {
    compile(&Submission::locate(path).unwrap(), options)
}

fn built(files: &[(&str, &str)]) -> Result<Library, Failure> {
    built_at(folder(files).path(), &options())
}

fn whole(files: &[(&str, &str)]) -> Library {
    let library = built(files).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(library.image.missing(), []);
    library
}

#[test]
fn shapes() {
    whole(&[("osmem.c", OSMEM_C)]);
    whole(&[("src/osmem.c", OSMEM_C)]);
    whole(&[("zip/osmem.c", OSMEM_C), ("__MACOSX/._osmem.c", "\0")]);
    whole(&[
        ("zip/src/osmem.c", OSMEM_C),
        ("zip/utils/printf.c", "int used;"),
    ]);
    whole(&[("a b/ü'\"$(x)/osmem.c", OSMEM_C)]);
    whole(&[("-I/@x.c", OSMEM_C)]);
    whole(&[("@x.c", OSMEM_C)]);
    whole(&[("-x.c", OSMEM_C)]);
}

#[test]
fn a_single_file_and_a_library() {
    let folder = folder(&[("osmem.c", OSMEM_C), ("other.c", "#error not asked for")]);
    let library = built_at(&folder.path().join("osmem.c"), &options()).unwrap();
    let path = folder.path().join("mine.so");
    fs::write(&path, &library.bytes).unwrap();
    let again = built_at(&path, &options()).unwrap();
    assert_eq!(again.image, library.image);
    assert_eq!(again.bytes, library.bytes);
    let sources_only = Options {
        prebuilt: false,
        ..options()
    };
    let failure = built_at(&path, &sources_only).unwrap_err();
    assert!(
        failure.to_string().contains("--allow-prebuilt"),
        "{failure}"
    );
    assert_eq!(failure.blame(), Blame::Submission);
    fs::write(&path, "text").unwrap();
    let failure = built_at(&path, &options()).unwrap_err();
    assert_eq!(failure.to_string(), "mine.so: not an ELF file, but text");
    assert_eq!(failure.blame(), Blame::Submission);
}

#[test]
fn headers() {
    let odd = "#include \"../utils/osmem.h\"\nint x;";
    whole(&[("src/osmem.c", OSMEM_C), ("src/x.c", odd)]);
    let own = format!("{OSMEM_H}\n#define OWN 1\n");
    let source = format!("{OSMEM_C}\n#if !OWN\n#error built-in\n#endif\n");
    whole(&[("src/osmem.c", &source), ("utils/osmem.h", &own)]);
    whole(&[("src/osmem.c", &source), ("include/osmem.h", &own)]);
    whole(&[("osmem.c", &source), ("osmem.h", &own)]);
    let nested = "#include \"../utils/osmem.h\"\n#include \"deep/x.inc\"\n";
    whole(&[
        ("src/osmem.c", &format!("{nested}{source}")),
        ("utils/osmem.h", &own),
        ("src/deep/x.inc", "int included;"),
    ]);
}

#[test]
fn warnings_do_not_fail_and_are_kept() {
    let library = whole(&[("osmem.c", &format!("{OSMEM_C}static int unused_thing;"))]);
    let warnings = &library.warnings;
    assert!(warnings.contains("unused_thing"), "{warnings}");
    assert!(warnings.starts_with("osmem.c:"), "{warnings}");
    assert_eq!(library.commands.len(), 2);
}

#[test]
fn an_undefined_symbol_is_a_warning() {
    let source = format!("{OSMEM_C}int helper(void);\nint use(void) {{ return helper(); }}");
    let library = whole(&[("osmem.c", &source)]);
    let warnings = &library.warnings;
    assert!(
        warnings.contains("undefined reference to `helper'"),
        "{warnings}"
    );
}

#[test]
fn programs_copies_and_included_files_are_left_out() {
    let library = whole(&[
        ("src/osmem.c", &format!("{OSMEM_C}\n#include \"list.c\"")),
        ("src/list.c", "int list_find(void) { return 0; }"),
        ("src/osmem_old.c", OSMEM_C),
        ("src/try.c", "int main(void) { return 0; }"),
        (
            "src/try2.c",
            "#include <cmocka.h>\nint main(void) { return 0; }",
        ),
    ]);
    assert_eq!(library.sources, [Path::new("src/osmem.c")]);
    let mut reasons: Vec<_> = library.left_out.iter().map(ToString::to_string).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "src/list.c: it defines list_find again",
            "src/osmem_old.c: it defines os_calloc again",
            "src/try.c: it defines main",
            "src/try2.c: it does not compile, and is not needed",
        ]
    );
}

#[test]
fn a_syntax_error_is_shown_where_the_student_finds_it() {
    let source = "int x;\nint f(void) { return 1 }\n";
    let failure = built(&[("src/osmem.c", source)]).unwrap_err();
    let text = failure.to_string();
    let expected = "compiling src/osmem.c failed:\nsrc/osmem.c:2:";
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(failure.blame(), Blame::Submission);
    let Failure::Rejected { command, .. } = failure else {
        panic!("{text}");
    };
    assert_eq!(command[0], "gcc");
    assert_eq!(command.last().unwrap(), "src/osmem.c");
}

#[test]
fn messages_are_harmless() {
    let source = "#error \x1b[31m \u{202e}\x07 Total: 100\n";
    let text = built(&[("osmem.c", source)]).unwrap_err().to_string();
    assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
}

#[test]
fn a_file_that_is_needed_and_does_not_compile() {
    let short = OSMEM_C.lines().take(4).collect::<Vec<_>>().join("\n");
    let failure = built(&[("osmem.c", &short), ("realloc.c", "oops")]).unwrap_err();
    let text = failure.to_string();
    assert!(text.starts_with("compiling realloc.c failed"), "{text}");
    let source = format!("{OSMEM_C}int helper(void);\nint use(void) {{ return helper(); }}");
    let failure = built(&[("osmem.c", &source), ("helper.c", "oops")]).unwrap_err();
    let text = failure.to_string();
    assert!(text.starts_with("compiling helper.c failed"), "{text}");
}

#[test]
fn two_files_that_define_the_same() {
    let twice = "int list_find(void) { return 0; }";
    let files = [("osmem.c", OSMEM_C), ("one.c", twice), ("two.c", twice)];
    let text = built(&files).unwrap_err().to_string();
    assert!(text.starts_with("linking libosmem.so failed"), "{text}");
    let expected = "multiple definition of `list_find'";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("/tmp/"), "{text}");
}

#[test]
fn missing_functions_are_no_error() {
    let library = built(&[("osmem.c", "void os_free(void *p) { (void)p; }")]).unwrap();
    let missing = [Function::Malloc, Function::Calloc, Function::Realloc];
    assert_eq!(library.image.missing(), missing);
    let failure = built(&[("main.c", "int main(void) { return 0; }")]).unwrap_err();
    let text = failure.to_string();
    assert_eq!(text, "no C file is left to link: main.c: it defines main");
}

#[test]
fn forbidden_imports_are_seen() {
    let source = format!("{OSMEM_C}#include <string.h>\nchar *f(char *s) {{ return strdup(s); }}");
    let library = whole(&[("osmem.c", &source)]);
    let forbidden = library.image.forbidden();
    let names: Vec<_> = forbidden.map(|import| import.rule.symbol).collect();
    assert_eq!(names, ["strdup"]);
}

#[test]
fn a_header_that_becomes_the_systems_by_macros_is_warned_of() {
    let hidden = "#define JOIN2(a, b) a##b\n#define JOIN(a, b) JOIN2(a, b)\n\
        #define SAY2(x) _Pragma(#x)\n#define SAY(x) SAY2(x)\n\
        SAY(GCC JOIN(system, _header))\nstatic int own(int unused) { return 3; }\n";
    let plain = hidden.replace("SAY(GCC", "//");
    let source = format!("#include \"own.h\"\n{OSMEM_C}int use(void) {{ return own(1); }}\n");
    for header in [hidden, &plain] {
        let library = whole(&[("osmem.c", &source), ("own.h", header)]);
        let warned = library.warnings.matches("warning: ").count();
        assert_eq!(warned, 1, "{}", library.warnings);
    }
}

#[test]
fn special_files_beside_the_sources() {
    let folder = folder(&[("src/osmem.c", OSMEM_C), ("src/new\nline.c", "#error")]);
    let src = folder.path().join("src");
    nix::unistd::mkfifo(&src.join("pipe.h"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    symlink("/etc/passwd", src.join("passwd.h")).unwrap();
    symlink("/dev/zero", src.join("zero.c")).unwrap();
    let submission = Submission::locate(folder.path()).unwrap();
    assert_eq!(submission.ignored.len(), 4, "{:?}", submission.ignored);
    let library = compile(&submission, &options()).unwrap();
    assert_eq!(library.sources, [Path::new("src/osmem.c")]);
}

/// What comes of a hostile source under small limits.
fn limited(source: &str) -> Failure {
    let start = Instant::now();
    let limits = Limits {
        wall: Duration::from_secs(3),
        cpu_seconds: 1,
        file_bytes: 1 << 20,
        memory_bytes: 256 << 20,
        ..Limits::default()
    };
    let options = Options {
        limits,
        ..options()
    };
    let folder = folder(&[("osmem.c", source)]);
    let failure = built_at(folder.path(), &options).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(9));
    assert_eq!(failure.blame(), Blame::Submission, "{failure}");
    failure
}

fn is_over_a_limit(failure: &Failure) -> bool {
    matches!(failure, Failure::Limit { .. } | Failure::TimedOut { .. })
}

#[test]
fn endless_compilations_end() {
    let text = limited("#include __FILE__\n").to_string();
    assert!(text.contains("nested"), "{text}");
    let mut explosion = String::from("#define A0 x x x x x x x x x x\n");
    for level in 1..12 {
        let below = format!("A{} ", level - 1).repeat(10);
        explosion += &format!("#define A{level} {below}\n");
    }
    let failure = limited(&format!("{explosion}A11\n"));
    assert!(is_over_a_limit(&failure), "{failure}");
}

#[test]
fn huge_inputs_and_outputs_end() {
    let failure = limited("#include \"/dev/zero\"\n");
    assert!(!failure.to_string().is_empty());
    let failure = limited("char big[1 << 26] = { 1 };\n");
    assert!(is_over_a_limit(&failure), "{failure}");
}

#[test]
fn no_compiler_is_not_the_submissions_fault() {
    let script = "#!/bin/sh\necho broken; exit 1\n";
    let folder = folder(&[("osmem.c", OSMEM_C), ("fake", script)]);
    let fake = folder.path().join("fake");
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    let cases = [
        ("no-such-compiler", "no-such-compiler not found"),
        (fake.to_str().unwrap(), "fails on an empty library:\nbroken"),
    ];
    for (compiler, expected) in cases {
        let options = Options {
            compiler: Some(compiler.to_owned()),
            ..options()
        };
        let failure = built_at(folder.path(), &options).unwrap_err();
        let text = failure.to_string();
        assert!(text.contains(expected), "{text}");
        assert_eq!(failure.blame(), Blame::Machine);
    }
}

#[test]
fn flags_that_no_compiler_knows_are_not_the_submissions_fault() {
    let folder = folder(&[("osmem.c", OSMEM_C)]);
    let options = Options {
        extra_flags: vec!["--no-such-flag".to_owned()],
        ..options()
    };
    let failure = built_at(folder.path(), &options).unwrap_err();
    assert_eq!(failure.blame(), Blame::Machine, "{failure}");
}

fn made(makefile: &str) -> Result<Library, Failure> {
    let folder = folder(&[
        ("src/osmem.c", OSMEM_C),
        ("utils/osmem.h", OSMEM_H),
        ("src/Makefile", makefile),
        ("src/libosmem.so", "an earlier build"),
    ]);
    let limits = Limits {
        wall: Duration::from_secs(3),
        ..Limits::default()
    };
    let options = Options {
        make: true,
        limits,
        ..options()
    };
    let result = built_at(folder.path(), &options);
    let left = fs::read(folder.path().join("src/libosmem.so")).unwrap();
    assert_eq!(
        left, b"an earlier build",
        "make ran in the submission itself"
    );
    result
}

#[test]
fn makefiles() {
    let rule = "libosmem.so: osmem.c\n\tgcc -I../utils -shared -fPIC -o $@ $<\n";
    let library = made(rule).unwrap();
    assert_eq!(library.image.missing(), []);
    let text = made("all:\n\tfalse\n").unwrap_err().to_string();
    assert!(
        text.starts_with("running make failed:\nmake: ***"),
        "{text}"
    );
    let text = made("all:\n\t@echo done\n").unwrap_err().to_string();
    assert!(
        text.ends_with("did not build libosmem.so:\ndone\n"),
        "{text}"
    );
    let failure = made("all:\n\tsleep 60\n").unwrap_err();
    assert!(matches!(failure, Failure::TimedOut { .. }), "{failure}");
    let library = made(&format!("{rule}\t(sleep 60; rm -rf .) &\n")).unwrap();
    assert_eq!(library.image.missing(), []);
}

#[test]
fn a_makefile_is_used_where_our_command_line_cannot_build_and_the_report_says_so() {
    let source = format!("#if !COURSE\n#error COURSE is not defined\n#endif\n{OSMEM_C}");
    let rule = "libosmem.so: osmem.c\n\tgcc -DCOURSE=1 -I../utils -shared -fPIC -o $@ $<\n";
    let files = [
        ("src/osmem.c", source.as_str()),
        ("utils/osmem.h", OSMEM_H),
        ("src/Makefile", rule),
    ];
    let library = whole(&files);
    let remark = library.remark.unwrap();
    assert!(remark.contains("COURSE is not defined"), "{remark}");
    assert!(remark.contains("gcc -DCOURSE=1 -I../utils"), "{remark}");
    assert_eq!(
        whole(&[("osmem.c", OSMEM_C), ("Makefile", rule)]).remark,
        None
    );

    let options = Options {
        no_make: true,
        ..options()
    };
    let failure = built_at(folder(&files).path(), &options).unwrap_err();
    assert!(
        failure.to_string().contains("COURSE is not defined"),
        "{failure}"
    );
    let broken = [
        ("src/osmem.c", source.as_str()),
        ("src/Makefile", "all:\n\tfalse\n"),
    ];
    let failure = built(&broken).unwrap_err();
    assert!(
        failure.to_string().contains("COURSE is not defined"),
        "{failure}"
    );
}

#[test]
fn a_helper_that_is_there_twice_is_linked_once() {
    let helper = "int helper(void) { return 1; }\n";
    let user = format!("{OSMEM_C}int helper(void);\nint use(void) {{ return helper(); }}\n");
    let library = whole(&[
        ("src/osmem.c", &user),
        ("src/helper.c", helper),
        ("utils/helper.c", helper),
    ]);
    let left_out: Vec<String> = library.left_out.iter().map(ToString::to_string).collect();
    let expected = "utils/helper.c: it defines only what src/helper.c defines too";
    assert_eq!(left_out, [expected]);
    // What is only partly the same is not thrown away.
    let more = format!("{helper}int more(void) {{ return 2; }}\n");
    let failure = built(&[
        ("src/osmem.c", &user),
        ("src/helper.c", helper),
        ("utils/more.c", &more),
    ]);
    let failure = failure.unwrap_err().to_string();
    assert!(
        failure.contains("multiple definition of `helper'"),
        "{failure}"
    );
}

#[test]
fn a_courses_tree_lies_over_and_around_a_submission() {
    let tree = folder(&[
        ("tests/snippets/test-utils.h", "#define FROM_TESTS 1\n"),
        ("utils/osmem.h", OSMEM_H),
        ("utils/course.h", "#define RULE 2\n"),
        ("utils/helper.c", "int helper(void) { return 2; }\n"),
        ("src/osmem.c", "#error a skeleton\n"),
        ("src/own.h", "#error the student has one\n"),
        ("src/gap.h", "#define GAP 3\n"),
    ]);
    let source = format!(
        "#include \"../tests/snippets/test-utils.h\"\n#include \"../utils/osmem.h\"\n\
         #include \"course.h\"\n#include \"own.h\"\n#include \"gap.h\"\n\
         #if FROM_TESTS != 1 || RULE != 2 || OWN != 4 || GAP != 3\n#error wrong file\n#endif\n{OSMEM_C}\
         int helper(void);\nint use(void) {{ return helper(); }}\n"
    );
    let own = "#define OWN 4\n";
    let build = |path: &Path| {
        let submission = Submission::locate_under(path, Some(tree.path())).unwrap();
        let library = compile(&submission, &options()).unwrap_or_else(|error| panic!("{error}"));
        assert!(
            !library.warnings.contains("undefined"),
            "{}",
            library.warnings
        );
        library
    };
    let whole = folder(&[
        ("zip/src/osmem.c", &source),
        ("zip/src/own.h", own),
        ("zip/utils/course.h", "#define RULE 9\n"),
    ]);
    build(whole.path());
    let flat = folder(&[("osmem.c", &source), ("own.h", own)]);
    build(flat.path());
    let library = build(&flat.path().join("osmem.c"));
    assert_eq!(
        library.sources,
        ["src/osmem.c", "utils/helper.c"].map(Path::new)
    );
    let gone = Submission::locate_under(whole.path(), Some(Path::new("/nonexistent/tree")));
    let expected = "cannot read the submission /nonexistent/tree: ";
    assert!(gone.unwrap_err().to_string().starts_with(expected));
}
