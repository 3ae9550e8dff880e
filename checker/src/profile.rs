//! The profile of an edition of the assignment, as a course writes it down: constants, the layout of
//! the header, the names of the four functions.
//!
//! One run of the program has one profile, which is set before anything else happens.

mod error;
mod header;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;

use crate::types::{Clause, Profile, WORDS};

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
    /// The clauses for which nothing is taken off.
    pub without: BTreeSet<Clause>,
    /// The course's own words for clauses.
    pub texts: BTreeMap<Clause, String>,
}

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    constants: Constants,
    header: Header,
    #[serde(default)]
    functions: Functions,
    #[serde(default)]
    status: Statuses,
    #[serde(default)]
    judged: Judged,
    #[serde(default)]
    choices: Settled,
    #[serde(default)]
    texts: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statuses {
    free: Option<Spanned<u64>>,
    used: Option<Spanned<u64>>,
    mapped: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Judged {
    #[serde(default)]
    without: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settled {
    #[serde(default)]
    settled: Vec<Spanned<String>>,
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
    size_bytes: Option<Spanned<u64>>,
    status_bytes: Option<Spanned<u64>>,
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
    /// An error is the first thing that is wrong with it, with its line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let sheet: Sheet = toml::from_str(text).map_err(|error| Error {
            line: line_of(text, error.span().unwrap_or(0..0)),
            problem: Problem::Syntax(error.message().to_owned()),
        })?;
        let reader = Reader { text };
        Ok(Self {
            profile: reader.profile(&sheet)?,
            functions: reader.functions(&sheet.functions)?,
            without: reader.without(&sheet.judged)?,
            texts: reader.texts(&sheet.texts)?,
        })
    }

    /// One of the profiles that are built in.
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// Makes this the profile of the run. To be called before anything else.
    pub fn set(self) {
        let _ = IN_USE.set(self);
    }

    /// Whether what breaks the clause is a mistake.
    pub fn judges(&self, clause: Clause) -> bool {
        !self.without.contains(&clause)
    }

    /// What the C compiler has to be told so that a submission's functions have the usual names.
    pub fn renaming(&self) -> Vec<String> {
        let renamed = self.functions.iter().filter(|(own, usual)| own != usual);
        renamed
            .map(|(own, usual)| format!("-D{own}={usual}"))
            .collect()
    }
}

/// The edition of this run: the assignment's own where no other was set.
pub fn edition() -> &'static Edition {
    IN_USE.get_or_init(|| Edition {
        profile: Profile::DEFAULT,
        functions: USUAL.map(|name| (name.to_owned(), name)),
        without: BTreeSet::new(),
        texts: BTreeMap::new(),
    })
}

/// A clause in one line: in the words of this run's edition, where it has some.
pub fn summary(clause: Clause) -> &'static str {
    let own = edition().texts.get(&clause);
    own.map_or(clause.summary(), String::as_str)
}

/// The constants of this run.
pub fn in_use() -> Profile {
    edition().profile
}

/// The notice for runs whose first blocks lie at these distances from the heap's start, when nearly
/// all of them are those of another edition.
pub fn other_edition(profile: &Profile, firsts: impl Iterator<Item = u64>) -> Option<String> {
    let firsts: Vec<u64> = firsts.collect();
    let fits = |header: u64| header != profile.header && nearly_all(&firsts, header);
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

/// Whether the first block of nearly all runs lies where a header of this length puts it.
pub(crate) fn nearly_all(firsts: &[u64], header: u64) -> bool {
    let count = firsts.iter().filter(|first| **first == header).count();
    count * 10 > firsts.len() * 9
}

/// The choices of section V that a submission makes once.
const CHOICES: [u32; 7] = [1, 2, 3, 5, 7, 11, 12];
/// The clauses about safety, which no edition leaves out.
const SAFETY: [Clause; 6] = [
    Clause::A4,
    Clause::A11,
    Clause::A18,
    Clause::B1,
    Clause::E3,
    Clause::E4,
];
/// The longest text for a clause, in characters.
const LONGEST_TEXT: usize = 300;

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
            size_bytes,
            status_bytes,
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
        let size_bytes = self.width(size_bytes.as_ref(), 8, &[4, 8])?;
        let status_bytes = self.width(status_bytes.as_ref(), 4, &[1, 2, 4, 8])?;
        let link = |link| (link, 8);
        let fields = [(size, size_bytes), (status, status_bytes), link(next)];
        self.fields(header, fields.into_iter().chain(prev.as_ref().map(link)))?;
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
            size_bytes,
            status_bytes,
            statuses: self.statuses(&sheet.status, status_bytes)?,
            settled: self.settled(&sheet.choices)?,
        })
    }

    /// The bytes of a field.
    fn width(
        &self,
        written: Option<&Spanned<u64>>,
        usual: u64,
        possible: &[u64],
    ) -> Result<u64, Error> {
        let bytes = written.map_or(usual, |it| *it.get_ref());
        match written {
            Some(at) if !possible.contains(&bytes) => {
                let possible = possible.iter().map(u64::to_string);
                let possible = possible.collect::<Vec<_>>().join(", ");
                Err(self.error(at, Problem::Width { bytes, possible }))
            }
            _ => Ok(bytes),
        }
    }

    /// Three numbers that fit the field, no two alike.
    fn statuses(&self, written: &Statuses, bytes: u64) -> Result<[u64; 3], Error> {
        let Statuses { free, used, mapped } = written;
        let mut statuses = Profile::DEFAULT.statuses;
        let most = (1_u64 << (8 * bytes.min(4) - 1)) - 1;
        for (status, written) in statuses.iter_mut().zip([free, used, mapped]) {
            if let Some(written) = written {
                *status = *written.get_ref();
            }
        }
        for (index, written) in [free, used, mapped].into_iter().enumerate() {
            let status = statuses[index];
            let others = statuses.iter().zip([free, used, mapped]).enumerate();
            // Of two that are written alike, the later is told.
            let before = |other: usize, written: &Option<_>| other < index || written.is_none();
            let taken = others
                .filter(|(other, _)| *other != index)
                .any(|(other, (value, written))| *value == status && before(other, written));
            if let Some(at) = written
                && (taken || status > most)
            {
                return Err(self.error(at, Problem::Status { status, most }));
            }
        }
        Ok(statuses)
    }

    fn settled(&self, written: &Settled) -> Result<u64, Error> {
        let mut settled = 0;
        for choice in &written.settled {
            let name = choice.get_ref();
            let named = |k: &&u32| name.strip_prefix('V') == Some(k.to_string().as_str());
            let found = CHOICES.iter().find(named);
            let unknown = || self.error(choice, Problem::Choice(name.clone()));
            settled |= 1 << found.ok_or_else(unknown)?;
        }
        Ok(settled)
    }

    fn without(&self, written: &Judged) -> Result<BTreeSet<Clause>, Error> {
        let clause = |written: &Spanned<String>| {
            let clause = self.clause(written)?;
            match SAFETY.contains(&clause) {
                true => Err(self.error(written, Problem::Safety(clause))),
                false => Ok(clause),
            }
        };
        written.without.iter().map(clause).collect()
    }

    fn clause(&self, written: &Spanned<String>) -> Result<Clause, Error> {
        let unknown = || Problem::Clause(written.get_ref().clone());
        Clause::numbered(written.get_ref()).ok_or_else(|| self.error(written, unknown()))
    }

    fn texts(
        &self,
        written: &BTreeMap<Spanned<String>, Spanned<String>>,
    ) -> Result<BTreeMap<Clause, String>, Error> {
        let text = |(clause, text): (&Spanned<String>, &Spanned<String>)| {
            let words = text.get_ref();
            let long = words.chars().count() > LONGEST_TEXT;
            if words.trim().is_empty() || long || words.chars().any(char::is_control) {
                return Err(self.error(text, Problem::Text(LONGEST_TEXT)));
            }
            Ok((self.clause(clause)?, words.clone()))
        };
        written.iter().map(text).collect()
    }

    /// Each field has bytes of the header to itself, and lies in one word.
    fn fields<'f>(
        &self,
        header: u64,
        fields: impl Iterator<Item = (&'f Spanned<u64>, u64)>,
    ) -> Result<(), Error> {
        let mut taken: Vec<Range<u64>> = Vec::new();
        for (field, bytes) in fields {
            let offset = *field.get_ref();
            if !offset.is_multiple_of(bytes) || offset >= header {
                let problem = Problem::Offset {
                    offset,
                    bytes,
                    header,
                };
                return Err(self.error(field, problem));
            }
            let end = offset + bytes;
            if taken.iter().any(|it| it.start < end && offset < it.end) {
                return Err(self.error(field, Problem::Overlap(offset)));
            }
            taken.push(offset..end);
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
