//! Writes text as HTML, so that nothing in the text is markup.

use std::borrow::Cow;
use std::fmt::Display;

/// Text in which nothing is markup, between tags and in attributes alike.
pub(in crate::report) fn escaped(text: &str) -> Cow<'_, str> {
    const SIGNS: [char; 5] = ['&', '<', '>', '"', '\''];
    if !text.contains(SIGNS) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    Cow::Owned(safe)
}

/// `<tag class="class">content</tag>`, the content being markup already.
pub(in crate::report) fn element(tag: &str, class: &str, content: impl Display) -> String {
    match class {
        "" => format!("<{tag}>{content}</{tag}>"),
        _ => format!("<{tag} class=\"{class}\">{content}</{tag}>"),
    }
}

/// Text in an element.
pub(in crate::report) fn said(tag: &str, class: &str, text: &str) -> String {
    element(tag, class, escaped(text))
}

/// A part of a page with a heading; nothing where it has no content.
pub(in crate::report) fn section(id: &str, title: &str, content: &str) -> String {
    match content.is_empty() {
        true => String::new(),
        false => format!("<section id=\"{id}\"><h2>{title}</h2>\n{content}</section>\n"),
    }
}

/// A file's name as the path of a link.
pub(in crate::report) fn link(name: &str) -> String {
    let mut link = String::new();
    for byte in name.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => {
                link.push(char::from(byte));
            }
            _ => link.push_str(&format!("%{byte:02X}")),
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_acts() {
        assert_eq!(escaped("plain"), "plain");
        assert_eq!(
            said("p", "x", "<b class=\"y\">&'"),
            "<p class=\"x\">&lt;b class=&quot;y&quot;&gt;&amp;&#39;</p>"
        );
        assert_eq!(link("a b/ă?.html"), "a%20b%2F%C4%83%3F.html");
    }
}
