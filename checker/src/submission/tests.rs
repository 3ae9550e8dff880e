use std::fs;
use std::os::unix::fs::symlink;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use super::*;

fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

fn located(folder: &TempDir) -> Submission {
    Submission::locate(folder.path()).unwrap()
}

fn paths(files: &[File]) -> Vec<&str> {
    let paths = files.iter().map(|file| file.path.to_str().unwrap());
    paths.collect()
}

fn sources(submission: &Submission) -> &Sources {
    match &submission.form {
        Form::Sources(sources) => sources,
        Form::Library(file) => panic!("a library: {file:?}"),
    }
}

fn units(files: &[&str]) -> Vec<String> {
    let folder = folder(files);
    let submission = located(&folder);
    let units = paths(&sources(&submission).units);
    units.into_iter().map(str::to_owned).collect()
}

fn reason(submission: &Submission, path: &str) -> String {
    let found = submission
        .ignored
        .iter()
        .find(|each| each.path == Path::new(path));
    found
        .unwrap_or_else(|| panic!("{path} is not ignored"))
        .reason
        .clone()
}

#[test]
fn the_shape_of_the_course() {
    let folder = folder(&[
        "src/osmem.c",
        "src/blocks.c",
        "src/blocks.h",
        "src/Makefile",
        "utils/printf.c",
        "utils/printf.h",
        "utils/osmem.h",
        "tests/snippets/test-malloc.c",
        "checker/main.c",
        "README.md",
    ]);
    let submission = located(&folder);
    let sources = sources(&submission);
    assert_eq!(
        paths(&sources.units),
        ["src/osmem.c", "src/blocks.c", "utils/printf.c"]
    );
    assert!(sources.has_main_unit);
    assert!(sources.brings("osmem.h") && !sources.brings("block_meta.h"));
    assert_eq!(
        sources.include_folders,
        [PathBuf::from("src"), PathBuf::from("utils")]
    );
    assert_eq!(sources.make_folder, Some(PathBuf::from("src")));
    assert_eq!(reason(&submission, "tests"), "a folder of tests");
    assert_eq!(reason(&submission, "README.md"), "no C");
}

#[test]
fn other_shapes() {
    assert_eq!(units(&["osmem.c", "helper.c"]), ["osmem.c", "helper.c"]);
    assert_eq!(
        units(&[
            "alice/src/osmem.c",
            "alice/utils/printf.c",
            "__MACOSX/src/osmem.c"
        ]),
        ["alice/src/osmem.c", "alice/utils/printf.c"]
    );
    assert_eq!(units(&["a/b/osmem.c", "a/x.c"]), ["a/b/osmem.c"]);
    assert_eq!(units(&["src/heap.c", "main.c"]), ["src/heap.c"]);
    assert_eq!(units(&["heap.c", "old/osmem/x.c"]), ["heap.c"]);
    assert_eq!(units(&["osmem.c", "src/osmem.c"]), ["src/osmem.c"]);
    assert_eq!(units(&["src/osmem.c", "src/old/osmem.c"]), ["src/osmem.c"]);
}

#[test]
fn single_files() {
    let folder = folder(&[
        "osmem.c", "osmem.h", "other.c", "lib.so", "x.zip", "sub/x.h",
    ]);
    let at = |name: &str| Submission::locate(&folder.path().join(name));
    let submission = at("osmem.c").unwrap();
    assert_eq!(paths(&sources(&submission).units), ["osmem.c"]);
    assert_eq!(paths(&sources(&submission).included), ["osmem.h"]);
    assert!(matches!(at("lib.so").unwrap().form, Form::Library(_)));
    let message = at("x.zip").unwrap_err().to_string();
    assert!(message.contains("has to be unpacked first"), "{message}");
    assert!(matches!(at("none.c"), Err(Error::Unreadable { .. })));
    fs::write(folder.path().join("libosmem.so.1"), "\x7fELF").unwrap();
    assert!(matches!(
        at("libosmem.so.1").unwrap().form,
        Form::Library(_)
    ));
}

#[test]
fn prebuilt_libraries() {
    let one = folder(&["build/liballoc.so", "README"]);
    assert!(
        matches!(located(&one).form, Form::Library(file) if file.path == Path::new("build/liballoc.so"))
    );
    let several = folder(&["a.so", "b/libosmem.so"]);
    assert!(matches!(located(&several).form, Form::Library(file) if file.name() == "libosmem.so"));
    let unclear = Submission::locate(folder(&["a.so", "b.so"]).path()).unwrap_err();
    assert!(
        unclear
            .to_string()
            .ends_with("none called libosmem.so: a.so, b.so")
    );
}

#[test]
fn nothing_to_test() {
    let message = Submission::locate(folder(&["osmem.cpp", "notes.txt"]).path())
        .unwrap_err()
        .to_string();
    assert!(message.ends_with("found notes.txt, osmem.cpp"), "{message}");
    let message = Submission::locate(folder(&[]).path())
        .unwrap_err()
        .to_string();
    assert!(message.ends_with("found nothing"), "{message}");
}

#[test]
fn nothing_special_is_opened() {
    let folder = folder(&["src/osmem.c", "src/real.h"]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.h"), "").unwrap();
    let src = folder.path().join("src");
    mkfifo(&src.join("pipe.c"), Mode::S_IRWXU).unwrap();
    symlink(outside.path().join("secret.h"), src.join("secret.h")).unwrap();
    symlink(outside.path(), src.join("out")).unwrap();
    symlink("/dev/zero", src.join("zero.c")).unwrap();
    symlink("loop.c", src.join("loop.c")).unwrap();
    symlink("real.h", src.join("alias.h")).unwrap();
    symlink("../src", src.join("again")).unwrap();
    symlink("pipe.c", src.join("pipe2.c")).unwrap();
    fs::File::create(src.join("huge.c"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    fs::write(src.join("new\nline.c"), "").unwrap();
    let submission = located(&folder);
    assert_eq!(paths(&sources(&submission).units), ["src/osmem.c"]);
    assert_eq!(
        paths(&sources(&submission).included),
        ["src/alias.h", "src/real.h"]
    );
    let reason = |name: &str| reason(&submission, &format!("src/{name}"));
    assert_eq!(reason("pipe.c"), "a FIFO");
    assert_eq!(reason("pipe2.c"), "a symbolic link to a FIFO");
    assert_eq!(
        reason("secret.h"),
        "a symbolic link that leads outside the submission"
    );
    assert_eq!(
        reason("out"),
        "a symbolic link that leads outside the submission"
    );
    assert_eq!(
        reason("zero.c"),
        "a symbolic link that leads outside the submission"
    );
    assert_eq!(reason("loop.c"), "a broken symbolic link");
    assert_eq!(reason("again"), "a symbolic link to a folder");
    assert_eq!(reason("huge.c"), "1099511627776 bytes, more than 4194304");
    assert_eq!(reason("new\nline.c"), "its name holds a control character");
    let shown = Ignored::new("new\nline.c", "why").to_string();
    assert_eq!(shown, "new\\nline.c: why");
}

#[test]
fn too_much_of_everything() {
    let folder = folder(&["src/osmem.c", "1/2/3/4/5/6/7/8/9.h"]);
    fs::create_dir(folder.path().join("many")).unwrap();
    for number in 0..1001 {
        fs::write(folder.path().join(format!("many/{number}")), "").unwrap();
    }
    let submission = located(&folder);
    assert_eq!(
        reason(&submission, "many"),
        "a folder with more than 1000 entries"
    );
    assert_eq!(
        reason(&submission, "1/2/3/4/5/6/7/8/9.h"),
        "more than 8 folders deep"
    );
}

#[test]
fn a_fifo_that_takes_a_files_place_does_not_block() {
    let folder = folder(&["osmem.c"]);
    let submission = located(&folder);
    let unit = &sources(&submission).units[0];
    assert_eq!(unit.read(LARGEST_SOURCE).unwrap(), b"");
    fs::write(&unit.content, "0123456789").unwrap();
    assert!(unit.read(9).is_err());
    fs::remove_file(&unit.content).unwrap();
    mkfifo(&unit.content, Mode::S_IRWXU).unwrap();
    assert!(unit.read(9).is_err());
}

#[test]
fn a_folder_of_submissions_is_none_itself() {
    let of = |files: &[&str]| inside(folder(files).path());
    let class = [
        "alice/src/osmem.c",
        "bob/osmem.c",
        "carol/libosmem.so",
        "list.txt",
    ];
    assert_eq!(of(&class), ["alice", "bob", "carol"]);
    assert_eq!(
        of(&["src/osmem.c", "old/osmem.c", "older/osmem.c"]),
        Vec::<String>::new()
    );
    assert_eq!(
        of(&["osmem.c", "a/osmem.c", "b/osmem.c"]),
        Vec::<String>::new()
    );
    assert_eq!(of(&["zip/osmem.c"]).len(), 1);
    assert_eq!(inside(Path::new("/nonexistent")), Vec::<String>::new());
}
