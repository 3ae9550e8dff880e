//! What a shared library exports and imports, read from its bytes.
//!
//! A library is read the way the dynamic loader reads it: program headers, the dynamic segment, and
//! the tables that it points to. Section headers are not read: the loader ignores them, so their
//! content proves nothing. Nothing is loaded, and no byte sequence makes this panic.
//!
//! An import is not a call, and a library can make a system call without any import. So the
//! findings here only explain and warn; the run shows what a library really does.

mod dynamic;
mod imports;
mod objects;

use std::collections::HashSet;

use object::elf as raw;
use object::endian::LittleEndian;
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::read::{Object as _, ObjectSection as _};
use thiserror::Error;

pub use imports::{Rule, Severity};
pub use objects::definitions;

/// The header of every file that is read here.
type Header = raw::FileHeader64<LittleEndian>;

/// One of the four functions of the assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    Malloc,
    Calloc,
    Realloc,
    Free,
}

impl Function {
    pub const ALL: [Self; 4] = [Self::Malloc, Self::Calloc, Self::Realloc, Self::Free];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Malloc => "os_malloc",
            Self::Calloc => "os_calloc",
            Self::Realloc => "os_realloc",
            Self::Free => "os_free",
        }
    }

    pub fn named(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.name().as_bytes() == name)
    }
}

/// An imported symbol that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The rule that it breaks.
    pub rule: &'static Rule,
    /// Whether the reference is weak: the library also loads when the symbol is not defined.
    pub weak: bool,
}

/// What was read from a shared library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The functions of the assignment that it defines and exports.
    pub exports: Vec<Function>,
    /// Those whose name it exports as something that cannot be called, such as a variable.
    pub not_callable: Vec<Function>,
    /// Imports that a rule is about, sorted by name.
    pub imports: Vec<Import>,
    /// Symbols of the C library that it defines itself, and which so replace the C library's in
    /// the whole process.
    pub replaced: Vec<&'static str>,
    /// The libraries that it asks the loader for, escaped for display.
    pub needed: Vec<String>,
}

impl Image {
    /// The functions of the assignment that it does not export.
    pub fn missing(&self) -> Vec<Function> {
        Function::ALL
            .into_iter()
            .filter(|function| !self.exports.contains(function))
            .collect()
    }

    /// The imports that are not merely suspicious.
    pub fn forbidden(&self) -> impl Iterator<Item = &Import> {
        let forbidden = |import: &&Import| import.rule.severity != Severity::Suspicious;
        self.imports.iter().filter(forbidden)
    }
}

/// Why bytes are not a library that could be loaded here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    #[error("the file is empty")]
    Empty,
    #[error("not an ELF file, but {looks_like}")]
    NotElf {
        /// A guess, with its article.
        looks_like: &'static str,
    },
    #[error("an ELF file for {found}, not for a 64-bit little-endian machine")]
    WrongClass { found: &'static str },
    #[error("an ELF file for machine type {machine}, not for x86_64 (type 62)")]
    WrongMachine {
        /// The number in the header.
        machine: u16,
    },
    #[error("{found}, not a shared library (link with -shared)")]
    WrongKind {
        /// What it is, with its article.
        found: &'static str,
    },
    #[error("a damaged or truncated ELF file: {reason}")]
    Damaged {
        /// What is wrong, as a lower-case fragment.
        reason: &'static str,
    },
    /// The names of symbols take more room than they may.
    #[error("the names of its symbols are too long, or too many")]
    LongNames,
}

/// Reads a shared library for this machine.
pub fn inspect(bytes: &[u8]) -> Result<Image, Error> {
    let header = header(bytes)?;
    match header.e_type(LittleEndian) {
        raw::ET_DYN => dynamic::read(header, bytes),
        other => Err(wrong_kind(other)),
    }
}

/// A function or variable that a shared library exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// What it is called.
    pub name: &'static str,
    pub address: u64,
    /// Its bytes; 0 where the file does not say.
    pub size: u64,
}

/// Where a shared library's exported functions and variables of these names lie. Names that it does
/// not export are left out.
pub fn exports(bytes: &[u8], names: &[&'static str]) -> Result<Vec<Export>, Error> {
    let header = header(bytes)?;
    match header.e_type(LittleEndian) {
        raw::ET_DYN => dynamic::exports(header, bytes, names),
        other => Err(wrong_kind(other)),
    }
}

/// Whether a shared library is another one or was made of it: by its build id, or where at least half
/// of the other's instructions, or of its constants, are anywhere in it. Renaming, stripping, and
/// linking its objects once more leave the instructions as they are, but for the addresses in them;
/// compiling its source with other flags leaves the constants, such as texts.
pub fn is_made_of(library: &[u8], other: &[u8]) -> bool {
    let id = build_id(other);
    if id.is_some() && build_id(library) == id {
        return true;
    }
    let parts = [instructions(other), constants(other)];
    header(library).is_ok()
        && parts
            .into_iter()
            .flatten()
            .any(|part| has_half(library, part))
}

/// Whether at least half of what this part says is in the bytes, in any order.
fn has_half(bytes: &[u8], part: &[u8]) -> bool {
    let runs = part.windows(RUN).filter(|run| !is_filling(run));
    let runs: HashSet<&[u8]> = runs.collect();
    let kept = bytes.windows(RUN).filter(|run| runs.contains(run));
    let kept: HashSet<&[u8]> = kept.collect();
    !runs.is_empty() && kept.len() * 2 >= runs.len()
}

/// Bytes in a row that hardly two programs have in common by chance.
const RUN: usize = 16;

/// Whether a row says nothing: what lies between functions.
fn is_filling(run: &[u8]) -> bool {
    let first = run[0];
    run.iter().filter(|&&byte| byte == first).count() > RUN / 2
}

/// The constants of a file that is trusted: its section headers are believed.
fn constants(bytes: &[u8]) -> Option<&[u8]> {
    let file = object::read::elf::ElfFile64::<LittleEndian>::parse(bytes).ok()?;
    file.section_by_name(".rodata")?.data().ok()
}

fn build_id(bytes: &[u8]) -> Option<&[u8]> {
    let file = object::read::elf::ElfFile64::<LittleEndian>::parse(bytes).ok()?;
    file.build_id().ok().flatten()
}

/// The instructions: the first segment that the loader maps to be executed.
fn instructions(bytes: &[u8]) -> Option<&[u8]> {
    let headers = header(bytes)
        .ok()?
        .program_headers(LittleEndian, bytes)
        .ok()?;
    let executed = |it: &&raw::ProgramHeader64<LittleEndian>| {
        it.p_type(LittleEndian) == raw::PT_LOAD && it.p_flags(LittleEndian).0 & raw::PF_X.0 != 0
    };
    headers
        .iter()
        .find(executed)?
        .data(LittleEndian, bytes)
        .ok()
}

/// The header of an ELF file for this machine, of any kind.
fn header(bytes: &[u8]) -> Result<&Header, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    if !bytes.starts_with(&raw::ELFMAG) {
        let looks_like = guess(bytes);
        return Err(Error::NotElf { looks_like });
    }
    check_class(bytes)?;
    let header = Header::parse(bytes).map_err(|_| Error::Damaged {
        reason: "the file header is incomplete",
    })?;
    match header.e_machine(LittleEndian) {
        raw::EM_X86_64 => Ok(header),
        other => Err(Error::WrongMachine { machine: other.0 }),
    }
}

fn check_class(bytes: &[u8]) -> Result<(), Error> {
    let found = match (bytes.get(4), bytes.get(5)) {
        (Some(2), Some(1)) => return Ok(()),
        (Some(1), _) => "a 32-bit machine",
        (_, Some(2)) => "a big-endian machine",
        (Some(_), Some(_)) => "no known class of machine",
        _ => {
            return Err(Error::Damaged {
                reason: "the file header is incomplete",
            });
        }
    };
    Err(Error::WrongClass { found })
}

fn wrong_kind(kind: raw::FileType) -> Error {
    let found = match kind {
        raw::ET_REL => "an object file that was not linked",
        raw::ET_EXEC => "an executable",
        raw::ET_CORE => "a core dump",
        _ => "an ELF file of no known kind",
    };
    Error::WrongKind { found }
}

/// What a file that is not an ELF file probably is.
fn guess(bytes: &[u8]) -> &'static str {
    const MAGICS: [(&[u8], &str); 8] = [
        (b"!<arch>\n", "a static library (.a)"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"MZ", "a Windows executable"),
        (b"\xcf\xfa\xed\xfe", "a macOS library"),
        (b"\xca\xfe\xba\xbe", "a macOS library"),
        (b"#!", "a script"),
    ];
    let known = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic));
    let start = &bytes[..bytes.len().min(512)];
    match known {
        Some((_, name)) => name,
        None if start
            .iter()
            .all(|&byte| byte >= 0x20 || b"\t\n\r".contains(&byte)) =>
        {
            "text"
        }
        None => "unknown data",
    }
}

#[cfg(test)]
mod tests;
