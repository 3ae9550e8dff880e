//! The programs that others read these formats with, where they are installed: the Python packages
//! junitparser, tap.py (with PyYAML and more-itertools), check50 and jsonschema.
//!
//! `OSMEM_PYTHON` names an interpreter that has them: `python3 -m venv venv`, `venv/bin/pip install
//! junitparser tap.py pyyaml more-itertools check50 jsonschema`. What is not there is skipped, which
//! is said.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::records::{exported, grade, record};

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/parts/formats/consumers.py"
);
const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parts/schemas");

#[test]
fn other_programs_read_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let record = record("a ]]> b <c> & \"d\" # 'e' é\n  f");
    let grade = grade(&record);
    for format in ["junit", "tap", "check50", "gradescope", "prairielearn"] {
        let text = exported(format, &record, Ok(&grade));
        fs::write(folder.path().join(format), text).unwrap();
    }
    let python = env::var_os("OSMEM_PYTHON").unwrap_or_else(|| "python3".into());
    let expected = [record.results.len(), record.mistakes.len()];
    let done = Command::new(&python)
        .arg(SCRIPT)
        .arg(folder.path())
        .arg(Path::new(SCHEMAS))
        .args(expected.map(|count| count.to_string()))
        .output();
    let Ok(done) = done else {
        eprintln!("skipped: there is no {}", Path::new(&python).display());
        return;
    };
    let (out, said) = [done.stdout, done.stderr]
        .map(|it| String::from_utf8_lossy(&it).into_owned())
        .into();
    eprint!("{out}");
    assert!(done.status.success(), "{out}{said}");
}
