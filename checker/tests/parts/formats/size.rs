//! Reports stay within what the systems take, and say what they left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use checker::testing::rubric::Ungraded;

use super::records::{exported, huge};

fn content(format: &str) -> (usize, String) {
    let record = huge();
    let error = Ungraded::Other("x".repeat(100_000));
    let mut bytes = exported(format, &record, Err(&error));
    let size = bytes.len();
    if format == "github-classroom" {
        bytes = STANDARD.decode(bytes).unwrap();
    }
    (size, String::from_utf8(bytes).unwrap())
}

#[test]
fn large_records_are_cut_with_a_note() {
    let caps = [
        ("gradescope", 1 << 20),
        ("junit", 30_000_000),
        ("github-classroom", 128 << 10),
        ("github-annotations", 64 << 10),
        ("github-summary", 1 << 20),
        ("prairielearn", 1_000_000),
        ("vpl", 128 << 10),
        ("check50", 1 << 20),
        ("csv", 1 << 20),
        ("tap", 30_000_000),
        ("jsonl", 30_000_000),
    ];
    for (format, cap) in caps {
        let (size, text) = content(format);
        assert!(size <= cap, "{format}: {size} bytes");
        assert!(text.contains("(cut: "), "{format} does not say what it cut");
    }
}

#[test]
fn the_plain_text_is_cut_by_lines() {
    let (_, text) = content("vmchecker");
    assert_eq!(text.lines().count(), 300);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("… (cut after 300 lines: "), "{last}");
}

#[test]
fn left_out_parts_are_named() {
    for format in ["github-classroom", "vpl"] {
        let (_, text) = content(format);
        assert!(
            text.contains("because this format takes no larger reports"),
            "{format}"
        );
    }
}
