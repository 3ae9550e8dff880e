//! Sizes as they are written in scripts: numbers and the names of constants, joined by + - *.

use super::cursor::{Cursor, Parsed};
use crate::types::Profile;

const EXPECTED: &str = "a size: a number, or T, page, META, ALIGN, PREALLOCATION or SIZE_MAX, \
    joined by + - *";

/// A size in bytes, or a number of elements.
pub(super) fn size(line: &mut Cursor<'_>, profile: &Profile) -> Parsed<u64> {
    let start = line.rest();
    let mut sum = product(line, profile)?;
    while let Some(operator) = operator(line, &["+", "-"]) {
        let product = product(line, profile)?;
        sum = match operator {
            "+" => sum.saturating_add(product),
            _ => sum.saturating_sub(product),
        };
    }
    u64::try_from(sum).map_err(|_| {
        *line = Cursor::new(start);
        "a size from 0 to SIZE_MAX"
    })
}

fn product(line: &mut Cursor<'_>, profile: &Profile) -> Parsed<i128> {
    let mut product = atom(line, profile)?;
    while operator(line, &["*"]).is_some() {
        product = product.saturating_mul(atom(line, profile)?);
    }
    Ok(product)
}

/// Takes one of these, with the blanks in front of it, if it is next.
fn operator(line: &mut Cursor<'_>, operators: &[&'static str]) -> Option<&'static str> {
    let mut ahead = Cursor::new(line.rest().trim_start_matches(' '));
    let found = operators.iter().find(|operator| ahead.eat(operator))?;
    *line = ahead;
    Some(found)
}

fn atom(line: &mut Cursor<'_>, profile: &Profile) -> Parsed<i128> {
    line.skip_blanks();
    if line.rest().starts_with("0x") {
        return line.hex().map(i128::from);
    }
    if line.rest().starts_with(|c: char| c.is_ascii_digit()) {
        return line.decimal::<u64>().map(i128::from);
    }
    let mut ahead = Cursor::new(line.rest());
    let constant = match ahead.identifier(EXPECTED)? {
        "T" => profile.mmap_threshold,
        "page" => profile.page,
        "META" => profile.header,
        "ALIGN" => profile.alignment,
        "PREALLOCATION" => profile.preallocation,
        "SIZE_MAX" => u64::MAX,
        _ => return Err(EXPECTED),
    };
    *line = ahead;
    Ok(constant.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Parsed<u64> {
        let mut line = Cursor::new(text);
        let size = size(&mut line, &Profile::DEFAULT)?;
        line.end().map(|()| size)
    }

    #[test]
    fn sizes_are_sums_of_products_of_constants() {
        for (text, expected) in [
            ("1000", 1000),
            ("0x20", 32),
            ("T-40", 131_032),
            ("T - META - ALIGN + 1", 131_033),
            ("2*page", 8192),
            ("page - 3 * ALIGN", 4072),
            ("PREALLOCATION", 131_072),
            ("SIZE_MAX", u64::MAX),
        ] {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn invalid_sizes_are_refused_with_the_expected_form() {
        for text in [
            "",
            "+",
            "1+",
            "threshold",
            "T 4",
            "ALIGN-9",
            "SIZE_MAX+1",
            "2*",
            "0x",
            "99999999999999999999",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
        assert_eq!(value("X"), Err(EXPECTED));
        let huge = [
            "SIZE_MAX*SIZE_MAX*SIZE_MAX",
            "0-SIZE_MAX*SIZE_MAX*SIZE_MAX*SIZE_MAX",
        ];
        for text in huge {
            assert_eq!(value(text), Err("a size from 0 to SIZE_MAX"), "{text}");
        }
    }
}
