//! Runs the commands of the page for instructors: every block of commands and every pipeline in
//! `docs/instructors.md` is run, in order, in the folder of a course.
//!
//! Files of systems that cannot be here are put where the course's folder is; a Slurm that runs
//! everything at once stands beside it.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

use super::sample::sample;

const TEXT: &str = include_str!("../../docs/instructors.md");
const CLASS: [(&str, &str); 4] = [
    ("alice", "bare"),
    ("bob", "does_not_compile"),
    ("carol", "calloc_not_zeroed"),
    ("dan", "helpers"),
];
/// Needed by a block, and not on every machine. (The zip files are made by Python.)
const PROGRAMS: [&str; 5] = ["unzip", "git", "/usr/bin/time", "python3", "column"];
/// Runs an array's tasks one after another, and what waits for them at once.
const SBATCH: &str = r#"#!/bin/bash
set -e
for word; do
    case $word in *.sh) script=$word ;; esac
done
if [ -n "$script" ]; then
    tasks=$(sed -n 's/^#SBATCH --array=1-//p' "$script")
    for task in $(seq "$tasks"); do SLURM_ARRAY_TASK_ID=$task sh "$script" >&2; done
    echo 17
else
    while [ "$1" != --wrap ]; do shift; done
    sh -c "$2"
fi
"#;

#[test]
fn every_command_works() {
    let course = Course::new();
    for block in blocks() {
        course.try_out(&block);
    }
    course.check();
}

/// A fenced block, with the line it starts at.
struct Block {
    line: usize,
    language: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, text) in (1..).zip(TEXT.lines()) {
        match (text.strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block {
                    line,
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text += &format!("{text}\n"),
            (None, None) => {}
        }
    }
    blocks
}

struct Course {
    folder: tempfile::TempDir,
}

impl Course {
    fn new() -> Self {
        let course = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        course.install_programs();
        course.hand_in();
        for folder in ["autograder/results", "grade", "runner"] {
            fs::create_dir_all(course.path(folder)).unwrap();
        }
        let bare = sample("bare");
        for place in ["src", "autograder/submission", "grade/student"] {
            symlink(&bare, course.path(place)).unwrap();
        }
        course
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn install_programs(&self) {
        fs::create_dir(self.path("bin")).unwrap();
        symlink(
            env!("CARGO_BIN_EXE_checker"),
            self.path("bin").join("checker"),
        )
        .unwrap();
        for (name, text) in [
            ("sbatch", SBATCH),
            ("style-points", "#!/bin/sh\ntest -d \"$1\" && echo 7\n"),
        ] {
            fs::write(self.path("bin").join(name), text).unwrap();
            fs::set_permissions(self.path("bin").join(name), Permissions::from_mode(0o755))
                .unwrap();
        }
    }

    /// The class in each of the ways in which it may come.
    fn hand_in(&self) {
        for folder in ["submissions", "downloads", "class", "repositories"] {
            fs::create_dir(self.path(folder)).unwrap();
        }
        let (mut roster, mut manifest) = (String::new(), String::from("# the class\n"));
        for (name, path) in CLASS {
            for folder in ["class", "submissions"] {
                symlink(sample(path), self.path(folder).join(name)).unwrap();
            }
            let repository = self.path("repositories").join(name);
            let script = format!(
                "cp -r {sample} {repository} && cd {repository} && git init -q && git add -A &&
                 git -c user.name=x -c user.email=x@x commit -qm x
                 cd {sample} && python3 -m zipfile -c {downloads}/{name}.zip ./*",
                sample = sample(path).display(),
                repository = repository.display(),
                downloads = self.path("downloads").display(),
            );
            self.run(&script, &BTreeMap::new(), "handing in", &[0]);
            roster += &format!("{name} file://{}\n", repository.display());
            manifest += &format!("class/{name}\n");
        }
        fs::write(self.path("roster.txt"), roster).unwrap();
        fs::write(self.path("class.txt"), manifest).unwrap();
    }

    fn try_out(&self, block: &Block) {
        let whole = &block.text;
        let place = format!("the block in line {}", block.line);
        if let Some(program) = missing_program(whole) {
            eprintln!("skipped: {place} needs {program}");
            return;
        }
        match block.language.as_str() {
            // A script for another machine's submission.
            "sh" if whole.starts_with("#!/bin/sh") => {
                fs::write(self.path("grade.sh"), self.placed(whole)).unwrap();
            }
            "sh" => {
                if whole.contains("mkdir -p submissions") {
                    fs::remove_dir_all(self.path("submissions")).unwrap();
                }
                self.run(whole, &BTreeMap::new(), &place, &[0]);
            }
            "console" => self.session(whole, &place),
            "toml" => {
                fs::write(self.path("rubric.toml"), whole).unwrap();
                self.run("checker rubric rubric.toml", &BTreeMap::new(), &place, &[0]);
            }
            "yaml" => self.pipeline(whole, &place),
            "text" => {}
            other => panic!("{place} is in {other}"),
        }
    }

    /// Lines that begin with `$` are commands; the class is not perfect, so some end with 1.
    fn session(&self, text: &str, place: &str) {
        for command in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
            if command.starts_with("checker compare") {
                self.run("cp -r out out-before", &BTreeMap::new(), place, &[0]);
            }
            // A pager waits for a reader.
            let command = command.replace("| less -S", "| cat");
            self.run(&command, &BTreeMap::new(), place, &[0, 1]);
        }
    }

    /// Every script in the description of a pipeline; of a job with several instances, each.
    fn pipeline(&self, text: &str, place: &str) {
        let documents = Yaml::load_from_str(text).unwrap_or_else(|why| panic!("{place}: {why}"));
        let mut scripts = Vec::new();
        documents
            .iter()
            .for_each(|node| collect(node, &mut scripts));
        assert!(!scripts.is_empty(), "{place} does nothing");
        for script in scripts {
            let many = script.contains("matrix.slice") || script.contains("CI_NODE_INDEX");
            for instance in 1..=if many { 8 } else { 1 } {
                let number = instance.to_string();
                let script = script.replace("${{ matrix.slice }}", &number);
                let variables = BTreeMap::from([
                    ("CI_NODE_INDEX", number),
                    ("CI_NODE_TOTAL", "8".to_owned()),
                    ("CI_PROJECT_DIR", sample("bare").display().to_string()),
                    ("RUNNER_TEMP", self.path("runner").display().to_string()),
                    ("GITHUB_OUTPUT", self.path("output").display().to_string()),
                    (
                        "GITHUB_STEP_SUMMARY",
                        self.path("summary.md").display().to_string(),
                    ),
                ]);
                let script = script.replace("\"$PWD\"", "src");
                self.run(&script, &variables, place, &[0]);
            }
        }
    }

    fn run(
        &self,
        script: &str,
        variables: &BTreeMap<&'static str, String>,
        place: &str,
        expected: &[i32],
    ) {
        let inherited = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{inherited}", self.path("bin").display());
        let output = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &self.placed(script)])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .envs(variables)
            .output()
            .unwrap();
        let status = output.status.code();
        assert!(
            status.is_some_and(|status| expected.contains(&status)),
            "{place} ended with {status:?}:\n{script}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// With folders that only another system has inside the course's.
    fn placed(&self, script: &str) -> String {
        let handed_in = self.path("handed-in-elsewhere").display().to_string();
        let mut script = script.replace("/tmp/handed-in", &handed_in);
        for root in ["/autograder", "/grade"] {
            let inside = self.path(&root[1..]).display().to_string();
            for before in [" ", ">"] {
                script = script.replace(&format!("{before}{root}/"), &format!("{before}{inside}/"));
            }
        }
        script
    }

    /// What the systems take is there.
    fn check(&self) {
        let read = |name: &str| fs::read_to_string(self.path(name)).expect(name);
        let json = |name: &str| serde_json::from_str::<Value>(&read(name)).expect(name);
        assert_eq!(read("all/grades.csv").lines().count(), 1 + CLASS.len());
        let passed = format!("{} PASS", ref_tests::SCENARIOS.len());
        assert!(read("all/reports/alice.txt").contains(&passed));
        let gradescope = json("autograder/results/results.json");
        assert_eq!(gradescope["score"], 100.0);
        assert_eq!(json("grade/results/results.json")["score"], 1.0);
        let junit = read("junit.xml");
        assert!(roxmltree::Document::parse(&junit).is_ok());
        assert!(read("vpl_execution").contains("checker grade"));
        assert!(read("output").starts_with("result="));
        assert!(read("summary.md").contains('|'));
    }
}

fn missing_program(text: &str) -> Option<&'static str> {
    let here = |program: &str| {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output();
        found.is_ok_and(|output| output.status.success())
    };
    PROGRAMS
        .into_iter()
        .find(|program| text.contains(program) && !here(program))
}

/// The scripts of GitLab (`script`) and GitHub (`run`).
fn collect(node: &Yaml<'_>, scripts: &mut Vec<String>) {
    if let Some(mapping) = node.as_mapping() {
        for (key, value) in mapping {
            match key.as_str() {
                Some("run") => scripts.extend(value.as_str().map(str::to_owned)),
                Some("script") => {
                    let lines = value.as_sequence().into_iter().flatten();
                    let lines: Vec<&str> = lines.filter_map(|line| line.as_str()).collect();
                    scripts.push(lines.join("\n"));
                }
                _ => collect(value, scripts),
            }
        }
    } else if let Some(sequence) = node.as_sequence() {
        sequence.iter().for_each(|node| collect(node, scripts));
    }
}
