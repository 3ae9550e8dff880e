//! Measures style with the program that a rubric names.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::build::{self, Limits};
use crate::rubric::{Points, Style};

/// The points for a submission's style; why there are none, as a lower-case fragment.
///
/// The program runs in the submission's folder, with its full path after its other arguments.
/// How it exits does not matter: programs that find something to say often exit with an error. It
/// has what is `left` of the submission's time, and a moment in any case.
pub(super) fn measure(style: &Style, submission: &Path, left: Duration) -> Result<Points, String> {
    let failed = |reason: String| format!("the command for style failed: {reason}");
    let path = submission
        .canonicalize()
        .map_err(|error| failed(error.to_string()))?;
    let mut command: Vec<OsString> = style.command().iter().map(OsString::from).collect();
    command.push(path.clone().into());
    let said = build::run_tool(&command, &folder_of(path), &limits(left)).map_err(failed)?;
    style
        .points(said.as_bytes())
        .map_err(|error| error.to_string())
}

fn folder_of(path: PathBuf) -> PathBuf {
    match path.parent() {
        Some(parent) if !path.is_dir() => parent.to_owned(),
        _ => path,
    }
}

fn limits(left: Duration) -> Limits {
    const MOMENT: Duration = Duration::from_secs(5);
    const LONGEST: Duration = Duration::from_secs(60);
    Limits {
        wall: left.clamp(MOMENT, LONGEST),
        cpu_seconds: 60,
        ..Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::rubric::{Known, Rubric};

    use super::*;

    fn points(command: &str, submission: &Path) -> Result<Points, String> {
        let known = [Known {
            stem: "0101-malloc-zero".to_owned(),
            clauses: Vec::new(),
            tier: crate::record::Tier::Golden,
            points: None,
        }];
        let text = format!(
            "maximum = 10\n[[category]]\nname = \"all\"\npoints = 10\n\
             [style]\ncommand = {command}\nmaximum = 10\nabove = 5\n"
        );
        let rubric = Rubric::parse(&text, &known).unwrap();
        measure(rubric.style().unwrap(), submission, Duration::MAX)
    }

    #[test]
    fn the_last_line_is_the_points() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("osmem.c");
        std::fs::write(&file, "a\nb\nc\n").unwrap();
        let lines = r#"["sh", "-c", "echo hm >&2; wc -l < $1/osmem.c; exit 1", "sh"]"#;
        assert_eq!(points(lines, folder.path()), Ok(Points::whole(3)));
        let here = r#"["sh", "-c", "wc -l < osmem.c"]"#;
        assert_eq!(points(here, &file), Ok(Points::whole(3)));
        for after_much in [
            r#"["sh", "-c", "yes | head -c 600000; echo 3"]"#,
            r#"["sh", "-c", "head -c 600000 /dev/zero; echo; printf 3"]"#,
            r#"["sh", "-c", "echo 3; yes | head -c 600000 >&2"]"#,
        ] {
            assert_eq!(points(after_much, &file), Ok(Points::whole(3)));
        }
    }

    #[test]
    fn errors_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        for (command, reason) in [
            (r#"["no-such-program"]"#, "printed nothing"),
            (r#"["echo"]"#, "not a number of points"),
            (r#"["sh", "-c", "echo 11"]"#, "11 points, of 10"),
        ] {
            let said = points(command, folder.path()).unwrap_err();
            assert!(said.contains(reason), "{said}");
        }
        let said = points(r#"["true"]"#, &folder.path().join("none")).unwrap_err();
        assert!(said.contains("No such file"), "{said}");
    }
}
