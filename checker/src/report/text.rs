//! Text in a report, cut to size and made harmless.

use std::borrow::Cow;

use crate::submission::neutral;

/// Free text: tabs and line feeds are kept, other control characters are escaped; text longer than
/// `limit` bytes is cut, with a note.
pub(super) fn block(text: &str, limit: usize) -> String {
    shortened(text, limit, "\n", |text| text)
}

/// Free text on one line, cut in the same way.
pub(super) fn line(text: &str, limit: usize) -> String {
    let on_one_line = |text: String| text.replace('\n', "\\n").replace('\t', "\\t");
    shortened(text, limit, " ", on_one_line)
}

/// Escaping never makes text shorter, so text after the limit is not read.
fn shortened(text: &str, limit: usize, before: &str, and: impl Fn(String) -> String) -> String {
    let (near, far) = text.split_at(boundary(text, limit));
    let mut near = and(spelled_out(near));
    let end = boundary(&near, limit);
    let more = near.len() - end + far.len();
    if more > 0 {
        near.truncate(end);
        near.push_str(&format!("{before}… (cut: {more} bytes more)"));
    }
    near
}

fn spelled_out(text: &str) -> String {
    let text = neutral(text.as_bytes());
    text.replace('\u{fffe}', "\\u{fffe}")
        .replace('\u{ffff}', "\\u{ffff}")
}

/// The last end of a character within the limit.
fn boundary(text: &str, limit: usize) -> usize {
    let ends = (0..=limit.min(text.len())).rev();
    let mut ends = ends.filter(|at| text.is_char_boundary(*at));
    ends.next().unwrap_or(0)
}

/// Puts a backslash into each of `words`, in upper or lower case, so that no program finds it. The
/// words are ASCII; each is broken in front of its last character.
pub(super) fn defused<'t>(text: &'t str, words: &[&str]) -> Cow<'t, str> {
    let lower = text.to_ascii_lowercase();
    let mut breaks: Vec<usize> = words
        .iter()
        .flat_map(|word| ends(&lower, &word.to_ascii_lowercase()))
        .collect();
    if breaks.is_empty() {
        return Cow::Borrowed(text);
    }
    breaks.sort_unstable();
    breaks.dedup();
    let mut safe = String::with_capacity(text.len() + breaks.len());
    let mut from = 0;
    for at in breaks {
        safe.push_str(&text[from..at]);
        safe.push('\\');
        from = at;
    }
    safe.push_str(&text[from..]);
    Cow::Owned(safe)
}

/// Where the last character of each occurrence is, overlapping ones included.
fn ends(text: &str, word: &str) -> Vec<usize> {
    let starts = (0..text.len()).filter(|at| text.as_bytes()[*at..].starts_with(word.as_bytes()));
    starts.map(|at| at + word.len() - 1).collect()
}

/// Each line after `mark`.
pub(super) fn marked(text: &str, mark: &str) -> String {
    let lines = text.lines().map(|line| format!("{mark}{line}\n"));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_leave_a_note() {
        assert_eq!(block("abcdef", 6), "abcdef");
        assert_eq!(block("abcdef", 4), "abcd\n… (cut: 2 bytes more)");
        assert_eq!(line("a\nb\u{1b}", 100), "a\\nb\\u{1b}");
        assert_eq!(line("ăă", 3), "ă … (cut: 2 bytes more)");
    }

    #[test]
    fn words_are_broken_wherever_they_stand() {
        assert_eq!(defused("xTOTAL: 9", &["total:"]), "xTOTAL\\: 9");
        assert_eq!(defused(":::error", &["::"]), ":\\:\\:error");
        assert_eq!(defused("ăTotal:", &["Total:"]), "ăTotal\\:");
        assert!(matches!(defused("nothing", &["Total:"]), Cow::Borrowed(_)));
    }
}
