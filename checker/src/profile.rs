//! The profile of an edition of the assignment, as a course writes it down: constants, the layout of
//! the header, the names of the four functions.
//!
//! One run of the program has one profile, which is set before anything else happens.

mod error;
mod header;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;

use crate::types::{Profile, WORDS};

pub use error::Error;
pub use header::{defines, header_file};

use error::Problem;

/// The profiles that are built in, by name, each as the text of a file.
pub const SHIPPED: &[(&str, &str)] = &[
    ("default", include_str!("../profiles/default.toml")),
    ("header-24", include_str!("../profiles/header-24.toml")),
];

/// The largest size that is allowed, in bytes.
const LARGEST: u64 = 1 << 30;
/// The smallest threshold and preallocation: the scenarios fill them with several blocks.
const SMALLEST: u64 = 32 << 10;
/// The smallest page.
const SMALLEST_PAGE: u64 = 1 << 10;

static IN_USE: OnceLock<Edition> = OnceLock::new();

/// An edition of the assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The constants, and where the header's fields are.
    pub profile: Profile,
    /// What a submission calls the functions, each with the usual name.
    pub functions: [(String, &'static str); 4],
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    constants: Constants,
    header: Header,
    #[serde(default)]
    functions: Functions,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Constants {
    alignment: Spanned<u64>,
    mmap_threshold: Spanned<u64>,
    preallocation: Spanned<u64>,
    page: Spanned<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    length: Spanned<u64>,
    size: Spanned<u64>,
    status: Spanned<u64>,
    next: Spanned<u64>,
    prev: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Functions {
    malloc: Option<Spanned<String>>,
    calloc: Option<Spanned<String>>,
    realloc: Option<Spanned<String>>,
    free: Option<Spanned<String>>,
}

impl Edition {
    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let sheet: Sheet = toml::from_str(text).map_err(|error| Error {
            line: line_of(text, error.span().unwrap_or(0..0)),
            problem: Problem::Syntax(error.message().to_owned()),
        })?;
        let reader = Reader { text };
        Ok(Self {
            profile: reader.profile(&sheet)?,
            functions: reader.functions(&sheet.functions)?,
        })
    }

    /// One of the profiles that are built in.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// Makes this the profile of the run. To be called before anything else.
    pub fn set(self) {
        let _ = IN_USE.set(self);
    }

    /// What the C compiler has to be told so that a submission's functions have the usual names.
    #[must_use]
    pub fn renaming(&self) -> Vec<String> {
        let renamed = self.functions.iter().filter(|(own, usual)| own != usual);
        renamed
            .map(|(own, usual)| format!("-D{own}={usual}"))
            .collect()
    }
}

/// The edition of this run: the assignment's own where no other was set.
#[must_use]
pub fn edition() -> &'static Edition {
    IN_USE.get_or_init(|| Edition {
        profile: Profile::DEFAULT,
        functions: USUAL.map(|name| (name.to_owned(), name)),
    })
}

/// The constants of this run.
#[must_use]
pub fn in_use() -> Profile {
    edition().profile
}

/// The notice for runs whose first blocks lie at these distances from the heap's start, when nearly
/// all of them are those of another edition.
pub fn other_edition(profile: &Profile, firsts: impl Iterator<Item = u64>) -> Option<String> {
    let firsts: Vec<u64> = firsts.collect();
    let fits = |header: u64| {
        let count = firsts.iter().filter(|first| **first == header).count();
        header != profile.header && count * 10 > firsts.len() * 9
    };
    let editions = SHIPPED
        .iter()
        .filter_map(|(name, text)| Some((name, Edition::parse(text).ok()?)));
    let mut others = editions.filter(|(_, edition)| fits(edition.profile.header));
    let (name, edition) = others.next()?;
    Some(format!(
        "its headers have {} bytes as in the edition {name:?}, and not {}: `--profile {name}` grades it as one of those",
        edition.profile.header, profile.header
    ))
}

const USUAL: [&str; 4] = ["os_malloc", "os_calloc", "os_realloc", "os_free"];

fn line_of(text: &str, at: Range<usize>) -> usize {
    let before = &text.as_bytes()[..at.start.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn error<T>(&self, at: &Spanned<T>, problem: Problem) -> Error {
        let line = line_of(self.text, at.span());
        Error { line, problem }
    }

    fn profile(&self, sheet: &Sheet) -> Result<Profile, Error> {
        let Constants {
            alignment,
            mmap_threshold,
            preallocation,
            page,
        } = &sheet.constants;
        let Header {
            length,
            size,
            status,
            next,
            prev,
        } = &sheet.header;
        let unit = *alignment.get_ref();
        if !unit.is_power_of_two() || !(8..=256).contains(&unit) {
            return Err(self.error(alignment, Problem::Alignment(unit)));
        }
        let longest = 8 * WORDS as u64;
        let header = *length.get_ref();
        if header == 0 || header > longest || !header.is_multiple_of(unit) {
            return Err(self.error(
                length,
                Problem::Length {
                    header,
                    unit,
                    longest,
                },
            ));
        }
        self.fields(
            header,
            [Some(size), Some(status), Some(next), prev.as_ref()],
        )?;
        for (value, least) in [
            (mmap_threshold, SMALLEST),
            (preallocation, SMALLEST),
            (page, SMALLEST_PAGE),
        ] {
            let size = *value.get_ref();
            if !(least..=LARGEST).contains(&size) || !size.is_multiple_of(unit) {
                let problem = Problem::Size {
                    size,
                    unit,
                    least,
                    most: LARGEST,
                };
                return Err(self.error(value, problem));
            }
        }
        let next = *next.get_ref();
        Ok(Profile {
            alignment: unit,
            header,
            mmap_threshold: *mmap_threshold.get_ref(),
            preallocation: *preallocation.get_ref(),
            page: *page.get_ref(),
            size_offset: *size.get_ref(),
            status_offset: *status.get_ref(),
            // A header without a link back has both links at the same place.
            prev_offset: prev.as_ref().map_or(next, |prev| *prev.get_ref()),
            next_offset: next,
        })
    }

    /// Each field has a word of the header to itself.
    fn fields(&self, header: u64, fields: [Option<&Spanned<u64>>; 4]) -> Result<(), Error> {
        let mut taken = Vec::new();
        for field in fields.into_iter().flatten() {
            let offset = *field.get_ref();
            if !offset.is_multiple_of(8) || offset >= header {
                return Err(self.error(field, Problem::Offset { offset, header }));
            }
            if taken.contains(&offset) {
                return Err(self.error(field, Problem::Overlap(offset)));
            }
            taken.push(offset);
        }
        Ok(())
    }

    fn functions(&self, written: &Functions) -> Result<[(String, &'static str); 4], Error> {
        let Functions {
            malloc,
            calloc,
            realloc,
            free,
        } = written;
        let mut names: Vec<(String, &'static str)> = Vec::new();
        for (written, usual) in [malloc, calloc, realloc, free].into_iter().zip(USUAL) {
            let name = written
                .as_ref()
                .map_or(usual, |name| name.get_ref().as_str());
            let others = USUAL.iter().filter(|other| **other != usual);
            let taken = names.iter().any(|(other, _)| other == name)
                || others.into_iter().any(|other| *other == name);
            if let Some(at) = written
                && (!is_identifier(name) || taken)
            {
                return Err(self.error(at, Problem::Function(name.to_owned())));
            }
            names.push((name.to_owned(), usual));
        }
        names.try_into().map_err(|_| unreachable!("four functions"))
    }
}

fn is_identifier(name: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(sign) && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
