//! Finds out from the output of a compiler which files it reads.
//!
//! Only for systems without Landlock, where nothing keeps a compiler from reading what the user of
//! the checker can read. Three steps instead of one: the preprocessor names every file that it
//! opens (`-H`), which cannot be kept from it by any text in the sources; the compiler writes
//! assembly, in which the directives that read files are looked for, and those that could spell
//! them; the assembler then gets that same text.
//!
//! Sources are not searched: both checks see the text after all macros. A makefile can do anything,
//! and is not covered.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::run::BuildRun;
use super::{Failure, Step};
use crate::sandbox;
use crate::submission::shown;

/// Directives that read files, and those from which their names can be put together.
const DIRECTIVES: [&str; 6] = [
    ".incbin",
    ".include",
    ".macro",
    ".irp",
    ".altmacro",
    ".linefile",
];

impl BuildRun<'_> {
    /// Compiles one file like the command with these arguments, whose first is `-c`.
    pub(super) fn compile_inspected(
        &mut self,
        step: &Step,
        arguments: &[OsString],
        output: &Path,
    ) -> Result<(), Failure> {
        let assembly = output.with_extension("s");
        let preprocess = [&["-E".into(), "-H".into()], &arguments[1..]].concat();
        let translate = [&["-S".into()], &arguments[1..]].concat();
        self.check_includes(step, &redirected(preprocess, &output.with_extension("i")))?;
        let compiler = self.compiler.clone();
        let folder = Path::new("");
        let translate = redirected(translate, &assembly);
        self.run(step.clone(), &compiler, folder, &translate)?;
        self.check_assembly(step, &assembly, &translate)?;
        let assemble = ["-c".into(), "-o".into(), output.into(), assembly.into()];
        self.run(step.clone(), &compiler, folder, &assemble)?;
        Ok(())
    }

    fn check_includes(&mut self, step: &Step, arguments: &[OsString]) -> Result<(), Failure> {
        let compiler = self.compiler.clone();
        let done = self.execute(step.clone(), &compiler, Path::new(""), arguments);
        let (messages, command) = match done {
            Ok(done) => done,
            // The compiler will report errors in the source itself again.
            Err(Failure::Rejected {
                messages, command, ..
            }) => (messages, command),
            Err(failure) => return Err(failure),
        };
        let outside = opened(&messages).find(|path| !self.may_read(path));
        outside.map_or(Ok(()), |path| {
            let path = shown(&path);
            let reason = format!("reads {path}, neither its own file nor the system's");
            Err(rejected(step, reason, command))
        })
    }

    fn may_read(&self, path: &Path) -> bool {
        let path = self.folder.copy().join(path).canonicalize();
        path.is_ok_and(|path| path.starts_with(self.folder.root()) || sandbox::is_compilers(&path))
    }

    fn check_assembly(
        &self,
        step: &Step,
        assembly: &Path,
        command: &[OsString],
    ) -> Result<(), Failure> {
        let text = self.output(step, assembly)?;
        let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let found = DIRECTIVES.iter().find(|name| text.contains(*name));
        found.map_or(Ok(()), |name| {
            let command = command.iter().map(|word| shown(Path::new(word)));
            let reason = format!("contains the assembler's directive {name}, which can read files");
            Err(rejected(step, reason, command.collect()))
        })
    }
}

/// The command line with another output.
pub(super) fn redirected(mut arguments: Vec<OsString>, output: &Path) -> Vec<OsString> {
    let option = arguments.iter().position(|argument| argument == "-o");
    if let Some(place) = option.and_then(|option| arguments.get_mut(option + 1)) {
        *place = output.into();
    }
    arguments
}

fn rejected(step: &Step, errors: String, command: Vec<String>) -> Failure {
    Failure::Rejected {
        step: step.clone(),
        messages: errors.clone(),
        errors,
        command,
    }
}

/// The files that `-H` names: a dot for each level, a space, the path.
fn opened(messages: &str) -> impl Iterator<Item = PathBuf> {
    messages.lines().filter_map(|line| {
        let path = line.trim_start_matches('.').strip_prefix(' ')?;
        line.starts_with('.').then(|| PathBuf::from(path))
    })
}

/// Messages without the source lines that they quote, all of which are indented: GCC quotes from
/// whatever file `#line` names.
pub(super) fn without_quotes(messages: &str) -> String {
    let lines = messages.lines().filter(|line| !line.starts_with(' '));
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_left_out() {
        let messages = "/etc/shadow:1:9: error: expected ';'\n    1 | root:x\n      |  ^\n";
        let expected = "/etc/shadow:1:9: error: expected ';'\n";
        assert_eq!(without_quotes(messages), expected);
    }

    #[test]
    fn named_files() {
        let messages = ". /usr/include/stdio.h\n.. a b.h\nosmem.c:1: warning: . /x\n   . /y\n";
        let expected = ["/usr/include/stdio.h", "a b.h"].map(PathBuf::from);
        assert_eq!(opened(messages).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn outputs_are_redirected() {
        let arguments = ["-S", "-o", "../objects/1.o", "-o.c"].map(OsString::from);
        let expected = ["-S", "-o", "1.s", "-o.c"].map(OsString::from);
        assert_eq!(redirected(arguments.into(), Path::new("1.s")), expected);
    }
}
