//! Text from a submission, made harmless for a terminal and for line-oriented formats.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// The text with these escaped: control characters other
/// than tab and newline, bytes that are not UTF-8, and characters that hide or reorder others.
pub fn neutral(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_neutral(&mut text, character);
        }
        for byte in chunk.invalid() {
            push(&mut text, format_args!("\\x{byte:02x}"));
        }
    }
    text
}

/// A path for display, on one line.
pub fn shown(path: &Path) -> String {
    let text = neutral(path.as_os_str().as_bytes());
    text.replace('\n', "\\n").replace('\t', "\\t")
}

fn push_neutral(text: &mut String, character: char) {
    match character {
        '\n' | '\t' => text.push(character),
        _ if character.is_control() || reorders(character) => {
            push(text, format_args!("{}", character.escape_unicode()));
        }
        _ => text.push(character),
    }
}

fn push(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece)
        .expect("writing to a string does not fail");
}

/// Direction marks, separators that some programs take for line ends, and invisible characters.
const fn reorders(character: char) -> bool {
    matches!(
        character,
        '\u{061c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_kept() {
        let text = "src/osmem.c:3: error: ‘x’\tundeclared\n";
        assert_eq!(neutral(text.as_bytes()), text);
    }

    #[test]
    fn what_acts_is_escaped() {
        let raw = b"\x1b[31mred\r\x00\xff\x7f \xe2\x80\xae";
        assert_eq!(
            neutral(raw),
            "\\u{1b}[31mred\\u{d}\\u{0}\\xff\\u{7f} \\u{202e}"
        );
        assert_eq!(shown(Path::new("a\nb.c")), "a\\nb.c");
    }
}
