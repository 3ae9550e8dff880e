//! Reading one line of a snapshot from left to right.

use std::str::FromStr;

use super::words::{is_bare, unescape};

/// What was read, or what was expected instead of what is there.
pub(super) type Parsed<T> = Result<T, &'static str>;

/// The rest of a line. Nothing is taken from it by a reading that fails.
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    pub(super) const fn rest(&self) -> &'a str {
        self.rest
    }

    /// Takes exactly `text`, if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Takes a blank and the whole of `word`, if they are next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let after = self.rest.strip_prefix(' ');
        let after = after.and_then(|rest| rest.strip_prefix(word));
        match after {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes `text`, which must be next; `expected` says so in words.
    pub(super) fn expect(&mut self, text: &str, expected: &'static str) -> Parsed<()> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(expected)
        }
    }

    /// Takes any blanks.
    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    /// Nothing may be left.
    pub(super) const fn end(&self) -> Parsed<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err("the end of the line")
        }
    }

    /// A decimal number that fits `T`.
    pub(super) fn decimal<T: FromStr>(&mut self) -> Parsed<T> {
        let sign = usize::from(self.rest.starts_with('-'));
        let digits = self.rest[sign..].bytes().take_while(u8::is_ascii_digit);
        let (number, after) = self.rest.split_at(sign + digits.count());
        let number = number.parse().map_err(|_| "a decimal number in range")?;
        self.rest = after;
        Ok(number)
    }

    /// What stands before the next `sign`; everything where there is none.
    pub(super) fn until(&mut self, sign: char) -> &'a str {
        let (text, after) = self
            .rest
            .split_at(self.rest.find(sign).unwrap_or(self.rest.len()));
        self.rest = after;
        text
    }

    /// A word of letters, digits and underscores that begins with no digit.
    pub(super) fn identifier(&mut self, expected: &'static str) -> Parsed<&'a str> {
        let sign = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !sign(c)).unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(expected);
        }
        self.rest = after;
        Ok(word)
    }

    /// A hexadecimal number with its `0x`.
    pub(super) fn hex(&mut self) -> Parsed<u64> {
        const EXPECTED: &str = "a hexadecimal number in range, such as 0x20";
        let after = self.rest.strip_prefix("0x").ok_or(EXPECTED)?;
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (number, after) = after.split_at(digits);
        let number = u64::from_str_radix(number, 16).map_err(|_| EXPECTED)?;
        self.rest = after;
        Ok(number)
    }

    /// `+0x…`: bits that have no name.
    pub(super) fn other_bits(&mut self, before: &str) -> Parsed<i32> {
        if !self.eat(before) {
            return Ok(0);
        }
        let bits = u32::try_from(self.hex()?).map_err(|_| "a mask of at most 32 bits")?;
        Ok(bits.cast_signed())
    }

    /// A plain word, or anything in quotes.
    pub(super) fn name(&mut self) -> Parsed<String> {
        const EXPECTED: &str = "a name, or text in double quotes";
        let (name, after) = match self.rest.strip_prefix('"') {
            Some(quoted) => quoted_text(quoted).ok_or(EXPECTED)?,
            None => {
                let end = self.rest.find(|c| !is_bare(c)).unwrap_or(self.rest.len());
                let (name, after) = self.rest.split_at(end);
                (name.to_owned(), after)
            }
        };
        if self.rest.len() == after.len() {
            return Err(EXPECTED);
        }
        self.rest = after;
        Ok(name)
    }

    /// All that is left, as free text.
    pub(super) fn text(&mut self) -> Parsed<String> {
        let text = unescape(self.rest).ok_or("text with valid escapes")?;
        self.rest = "";
        Ok(text)
    }
}

/// The text up to the closing quote, and what follows that.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return Some((unescape(&text[..at])?, &text[at + 1..])),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}
