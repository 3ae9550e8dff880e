//! Headers that say that they are the system's, so that the compiler keeps its warnings of them back.
//!
//! The words can be put together by macros, so a text can only raise a suspicion. What the
//! preprocessor makes of it tells: it marks where a file becomes the system's that was not when it
//! was entered.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::run::BuildRun;
use super::{Failure, Step};

/// What a submission's text says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hiding {
    /// No word of it.
    #[default]
    Nowhere,
    /// There are words, or what words can be made of.
    Perhaps,
    /// A line mark says so: `# 1 "a.h" 3`.
    Said,
}

impl Hiding {
    /// What a file's text says.
    pub(super) fn of(text: &[u8]) -> Self {
        let text = spliced(&String::from_utf8_lossy(text));
        let mark = |line: &str| {
            let rest = line.trim_start().strip_prefix('#');
            let rest = rest.or_else(|| line.trim_start().strip_prefix("%:"));
            let numbered = rest
                .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()));
            numbered && flags(line).contains('3')
        };
        let suspicious = ["system_header", "_Pragma", "##", "%:%:"];
        if text.lines().any(mark) {
            Self::Said
        } else if suspicious.iter().any(|words| text.contains(words)) {
            Self::Perhaps
        } else {
            Self::Nowhere
        }
    }
}

/// A text whose lines are joined where they end in a backslash, with or without spaces after it.
fn spliced(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim_end().strip_suffix('\\') {
            Some(first) => whole += first,
            None => {
                whole += line;
                whole.push('\n');
            }
        }
    }
    whole
}

/// What follows the name in a line mark.
fn flags(mark: &str) -> &str {
    mark.rsplit('"').next().unwrap_or_default()
}

/// Whether a preprocessor's output says of a file that it became the system's on the way. Files that
/// are found among the system's are entered as such, and what their macros leave is marked with 4 too.
fn becomes_the_systems(output: &str) -> bool {
    let marks = output.lines().filter(|line| line.starts_with("# "));
    let mut flags = marks.filter(|mark| mark.contains('"')).map(flags);
    flags.any(|flags| flags.split_whitespace().eq(["3"]))
}

impl BuildRun<'_> {
    /// Whether a unit keeps warnings back, by what the preprocessor makes of it. `arguments` are those
    /// that it is compiled with.
    pub(super) fn hides_warnings(
        &self,
        unit: &Path,
        arguments: &[OsString],
    ) -> Result<bool, Failure> {
        const OUTPUT: &str = "preprocessed.i";
        match self.hiding {
            Hiding::Nowhere => return Ok(false),
            Hiding::Said => return Ok(true),
            Hiding::Perhaps => {}
        }
        let compiling = |argument: &&OsString| *argument != "-c";
        let mut preprocess: Vec<OsString> = arguments.iter().filter(compiling).cloned().collect();
        preprocess.extend(["-E", "-o", &format!("../objects/{OUTPUT}")].map(OsString::from));
        preprocess.push(super::units::argument(unit));
        let step = Step::Compile(unit.to_owned());
        self.execute(step, &self.compiler, Path::new(""), &preprocess)?;
        let output = fs::read(self.folder.objects().join(OUTPUT));
        let output = output.map_err(Failure::system("read what the preprocessor wrote"))?;
        Ok(becomes_the_systems(&String::from_utf8_lossy(&output)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_raise_a_suspicion() {
        for text in [
            "#pragma GCC system_header\n",
            "_Pragma(\"GCC system_header\")",
            "#pragma GCC system\\\n_header",
            "#pragma GCC system\\ \n_header",
            "#define JOIN(a, b) a ## b\n",
            "%:define JOIN(a, b) a %:%: b\n",
        ] {
            assert_eq!(Hiding::of(text.as_bytes()), Hiding::Perhaps, "{text}");
        }
        for text in ["int x;\n # 12 \"a.h\" 1 3\nint y;", "%: 12 \"a.h\" 3\n"] {
            assert_eq!(Hiding::of(text.as_bytes()), Hiding::Said, "{text}");
        }
        let plain = b"#include <stdio.h>\n#line 3 \"a.c\"\n#define X3 \"3\"\n# 3 \"a.c\"\n";
        assert_eq!(Hiding::of(plain), Hiding::Nowhere);
    }

    #[test]
    fn the_preprocessor_tells() {
        let usual = "# 1 \"a.c\"\n# 1 \"/usr/include/stdio.h\" 1 3 4\n# 28 \"/usr/include/stdio.h\" 3 4\n\
                     # 2 \"a.c\" 2\n# 7 \"a.c\" 3 4\n((void *)0)\n";
        assert!(!becomes_the_systems(usual));
        assert!(becomes_the_systems(&format!(
            "{usual}# 5 \"h.h\" 3\nint x;\n"
        )));
    }
}
