//! Finds sources that keep the compiler's warnings back: headers that claim to be the system's, and
//! pragmas that switch warnings off.
//!
//! The words can be put together by macros, so a text can only raise a suspicion. What the
//! preprocessor makes of it tells: it marks where a file becomes the system's that was not when it
//! was entered, and writes each pragma on a line of its own. Without these lines the compiler warns.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::Path;

use super::inspection::redirected;
use super::run::BuildRun;
use super::{Failure, Step};

/// What the preprocessor writes, beside the objects, and the same without what switches warnings off.
const PREPROCESSED: &str = "../objects/preprocessed.i";
const OPEN: &str = "../objects/open.i";

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
        let suspicious = ["system_header", "diagnostic", "_Pragma", "##", "%:%:"];
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

/// Copies what a preprocessor wrote, without what keeps warnings back: pragmas that switch them, and
/// marks by which the submission's own files are the system's; with `all`, by which any file is.
/// Whether there was such a thing.
fn reveal(mut output: impl BufRead, mut copy: impl Write, all: bool) -> io::Result<bool> {
    /// Bytes of a line that are looked at together.
    const PART: u64 = 1 << 20;
    let mut hidden = all;
    let (mut bytes, mut is_start) = (Vec::new(), true);
    while {
        bytes.clear();
        output.by_ref().take(PART).read_until(b'\n', &mut bytes)? > 0
    } {
        let starts_line = std::mem::replace(&mut is_start, bytes.ends_with(b"\n"));
        let line = match starts_line && bytes.starts_with(b"#") {
            true => String::from_utf8_lossy(&bytes),
            false => Cow::Borrowed(""),
        };
        hidden |= becomes_the_systems(&line) || switches_warnings(&line);
        if switches_warnings(&line) {
            bytes = b"\n".to_vec();
        } else if is_mark(&line) && (all || !line.contains(" \"/")) {
            let name = line.len() - flags(&line).len();
            bytes = [&line.as_bytes()[..name], b"\n"].concat();
        }
        copy.write_all(&bytes)?;
    }
    copy.flush()?;
    Ok(hidden)
}

/// Whether a line mark says of a file that it became the system's on the way. Files that are found
/// among the system's are entered as such, and what their macros leave is marked with 4 too.
fn becomes_the_systems(line: &str) -> bool {
    is_mark(line) && flags(line).split_whitespace().eq(["3"])
}

/// Whether a line of the preprocessor's says which file comes next.
fn is_mark(line: &str) -> bool {
    line.starts_with("# ") && line.contains('"')
}

/// Whether a line is a pragma that switches warnings off or on.
fn switches_warnings(line: &str) -> bool {
    let words = line.strip_prefix("#pragma").unwrap_or_default();
    let mut words = words.split_whitespace();
    matches!(words.next(), Some("GCC" | "clang")) && words.next() == Some("diagnostic")
}

impl BuildRun<'_> {
    /// Whether a unit keeps warnings back, by what the preprocessor makes of it. `arguments` are those
    /// that it is compiled with.
    pub(super) fn hides_warnings(
        &self,
        unit: &Path,
        arguments: &[OsString],
    ) -> Result<bool, Failure> {
        if self.hiding == Hiding::Nowhere {
            return Ok(false);
        }
        let compiling = |argument: &&OsString| *argument != "-c";
        let mut preprocess: Vec<OsString> = arguments.iter().filter(compiling).cloned().collect();
        preprocess.extend(["-E", "-o", PREPROCESSED].map(OsString::from));
        preprocess.push(super::units::argument(unit));
        let step = Step::Compile(unit.to_owned());
        self.execute(step, &self.compiler, Path::new(""), &preprocess)?;
        let folder = self.folder.copy();
        let revealed = File::open(folder.join(PREPROCESSED)).and_then(|output| {
            let copy = File::create(folder.join(OPEN))?;
            let all = self.hiding == Hiding::Said;
            reveal(BufReader::new(output), BufWriter::new(copy), all)
        });
        revealed.map_err(Failure::system("read what the preprocessor wrote"))
    }

    /// All warnings of a unit that keeps some back. `arguments` are those that it was compiled with,
    /// its name the last.
    pub(super) fn all_warnings(
        &self,
        step: Step,
        arguments: &[OsString],
    ) -> Result<String, Failure> {
        let options = arguments[..arguments.len() - 1].to_vec();
        let mut open = redirected(options, Path::new("../objects/open.o"));
        open.push(OPEN.into());
        match self.execute(step, &self.compiler, Path::new(""), &open) {
            Ok((messages, _)) | Err(Failure::Rejected { messages, .. }) => Ok(messages),
            Err(failure) => Err(failure),
        }
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
            "#pragma GCC diagnostic ignored \"-Wall\"\n",
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
        let revealed = |output: &str, all| {
            let mut copy = Vec::new();
            let hidden = reveal(output.as_bytes(), &mut copy, all).unwrap();
            (hidden, String::from_utf8(copy).unwrap())
        };
        let usual = "# 1 \"a.c\"\n# 1 \"/usr/include/stdio.h\" 1 3 4\n#pragma pack(1)\n\
                     #pragma GCC poison diagnostic\nint x;\n";
        assert_eq!(revealed(usual, false), (false, usual.to_owned()));
        assert!(!revealed("# 7 \"a.c\" 3 4\n((void *)0)\n", false).0);
        let all = usual.replace(" 1 3 4", "");
        assert_eq!(revealed(usual, true), (true, all));
        let becomes = format!("{usual}# 5 \"h.h\" 3\nint y;");
        let open = format!("{usual}# 5 \"h.h\"\nint y;");
        assert_eq!(revealed(&becomes, false), (true, open));
        let off = "int x;\n#pragma  GCC diagnostic ignored \"-Wall\"\nint y;";
        assert_eq!(revealed(off, false), (true, "int x;\n\nint y;".to_owned()));
    }
}
