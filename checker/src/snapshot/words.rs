//! The vocabulary that writing and reading snapshots share, and the escaping of free text.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::types::Phase;

/// Error numbers that have a name in snapshots; others are spelled `errno N`.
pub(super) const ERRNOS: &[(i32, &str)] = &[
    (libc::EPERM, "EPERM"),
    (libc::EINTR, "EINTR"),
    (libc::EBADF, "EBADF"),
    (libc::EAGAIN, "EAGAIN"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::EACCES, "EACCES"),
    (libc::EFAULT, "EFAULT"),
    (libc::EEXIST, "EEXIST"),
    (libc::ENODEV, "ENODEV"),
    (libc::EINVAL, "EINVAL"),
    (libc::ENFILE, "ENFILE"),
    (libc::ETXTBSY, "ETXTBSY"),
    (libc::ENOSYS, "ENOSYS"),
    (libc::EOVERFLOW, "EOVERFLOW"),
];

/// `MAP_*` bits in the order in which they are spelled; other bits follow as `+0x…`.
pub(super) const FLAGS: &[(i32, &str)] = &[
    (libc::MAP_PRIVATE, "private"),
    (libc::MAP_SHARED, "shared"),
    (libc::MAP_ANONYMOUS, "anon"),
    (libc::MAP_FIXED, "fixed"),
    (libc::MAP_FIXED_NOREPLACE, "fixed-noreplace"),
    (libc::MAP_NORESERVE, "noreserve"),
    (libc::MAP_POPULATE, "populate"),
    (libc::MAP_HUGETLB, "hugetlb"),
    (libc::MAP_STACK, "stack"),
    (libc::MAP_GROWSDOWN, "growsdown"),
    (libc::MAP_LOCKED, "locked"),
    (libc::MAP_32BIT, "32bit"),
];

/// `PROT_*` bits and their letters; other bits follow as `+0x…`.
pub(super) const PROTECTIONS: &[(i32, char)] = &[
    (libc::PROT_READ, 'r'),
    (libc::PROT_WRITE, 'w'),
    (libc::PROT_EXEC, 'x'),
];

/// What stands in front of the call's number in an end line.
pub(super) const PHASES: &[(Phase, &str)] = &[
    (Phase::InCall, "in call"),
    (Phase::Verifying, "verifying payloads after call"),
    (Phase::Filling, "filling the payload of call"),
    (Phase::Starting, "starting, before call"),
    (Phase::Ending, "ending, after call"),
    (Phase::Test, "in the test itself, after call"),
];

/// Stands for the result of a call that did not return.
pub(super) const NO_RETURN: &str = "(did not return)";

/// Opens the system calls of a call that did not return and is not known.
pub(super) const UNFINISHED: &str = "(unfinished)";

/// Whether `c` may stand in a name without quotes.
pub(super) const fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+')
}

/// A name: as it is when it is one plain word, else in quotes.
pub(super) fn name(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.chars().all(is_bare) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("\"{}\"", escape(text).replace('"', "\\\"")))
}

/// Free text on one line, with nothing a terminal would act upon. [`unescape`] undoes it.
pub(super) fn escape(text: &str) -> String {
    printable(&text.replace('\\', "\\\\"))
}

/// Spells out the characters that a terminal would act upon, or would not show.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '"' | '\'' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// The text when it is short, else its beginning and `…`.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What [`escape`] was given; `None` for an escape that it does not write.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let (c, after) = escaped_char(&rest[at + 1..])?;
        plain.push(c);
        rest = after;
    }
    plain.push_str(rest);
    Some(plain)
}

/// The character that an escape stands for, and the text after the escape. The text begins after
/// the backslash.
fn escaped_char(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let c = match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        c @ ('\\' | '"') => c,
        'u' => {
            let (digits, after) = text.strip_prefix("u{")?.split_once('}')?;
            let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            return Some((c, after));
        }
        _ => return None,
    };
    Some((c, chars.as_str()))
}

/// Appends the bits that have no name, as `{before}+0x…`.
pub(super) fn push_other_bits(text: &mut String, before: &str, bits: i32, known: i32) {
    let others = bits & !known;
    if others != 0 {
        // Writing to a string cannot fail.
        let _ = write!(text, "{before}+{others:#x}");
    }
}

/// What stands where something else was expected, fit for a terminal; `None` at the end of the text.
pub(super) fn standing(text: Option<&str>) -> String {
    match text {
        None => "the end of the text".to_owned(),
        Some("") => "the end of the line".to_owned(),
        Some(text) => format!("`{}`", shortened(&printable(text), 80)),
    }
}
