//! Pictures, as they must look.

use proptest::prelude::*;

use super::{Heap, Options, Row, picture};
use crate::types::{Block, Layout, State};

const HEADER: u64 = 32;

fn used(size: u64) -> Block {
    let state = State::Used;
    Block { size, state }
}

fn free(size: u64) -> Block {
    let state = State::Free;
    Block { size, state }
}

fn heap(blocks: &[Block]) -> Layout {
    Layout::Blocks(blocks.to_vec())
}

/// The picture of up to three heaps, starting with a line feed.
fn drawn(heaps: &[Layout], options: &Options) -> String {
    let labels = ["before", "expected", "observed"].into_iter();
    let rows: Vec<Row<'_>> = labels
        .zip(heaps)
        .map(|(label, layout)| Row {
            label,
            heap: Heap::of(layout, HEADER),
        })
        .collect();
    let lines = picture(&rows, HEADER, options);
    lines.iter().map(|line| format!("\n{line}")).collect()
}

fn wide(width: usize) -> Options {
    Options {
        width,
        ..Options::default()
    }
}

#[test]
fn an_empty_heap() {
    let expected = "
before    |(empty)";
    assert_eq!(drawn(&[heap(&[])], &wide(60)), expected);
    assert_eq!(drawn(&[], &wide(60)), "");
}

#[test]
fn one_block() {
    let expected = "
before    |░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░|
          1000f
offset    0x0                                          0x408
          ░ free";
    assert_eq!(drawn(&[heap(&[free(1000)])], &wide(60)), expected);
}

#[test]
fn a_huge_free_tail_is_shortened() {
    let heaps = [heap(&[]), heap(&[used(1000), free(130_008)])];
    let expected = "
before    |(empty)
expected  |███████████████|░░░░░░░░░░░░░░░~~░░░░░░░░░░░░░░░|
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          1000u           130008f
offset    0x0             0x408                      0x20000
          █ used  ░ free  ~ shortened  ^ differs from above";
    assert_eq!(drawn(&heaps, &wide(60)), expected);
}

#[test]
fn a_split_that_was_not_made() {
    let heaps = [
        heap(&[free(1000), free(500)]),
        heap(&[used(200), free(768), free(500)]),
        heap(&[used(1000), free(500)]),
    ];
    let expected = "
before    |░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░|░░░░░░░░░░░░░░░░|
          1000f                           500f
expected  |██████|░░░░░░░░░░░░░░░░░░░░░░░░|░░░░░░░░░░░░░░░░|
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          200u   768f                     500f
observed  |███████████████████████████████|░░░░░░░░░░░░░░░░|
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          1000u                           500f
offset    0x0    0xe8                     0x408        0x61c
          █ used  ░ free  ^ differs from above";
    assert_eq!(drawn(&heaps, &wide(60)), expected);
}

#[test]
fn a_coalescing_that_was_not_made() {
    let before = [used(100), free(200), free(300), used(40), free(130_000)];
    let after = [used(100), free(532), used(40), free(130_000)];
    let expected = "
before    |█|░░░░|░░░░░░|█|░░░░░░░░░░░░░░░~~░░░░░░░░░░░░░░░|
          100u   300f   40u 130000f
expected  |█|░░░░░░░░░░░|█|░░░░░░░░░░░░░░░~~░░░░░░░░░░░░░░░|
            ^^^^^^^^^^^^
            532f        40u 130000f
observed  |█|░░░░|░░░░░░|█|░░░░░░░░░░░░░░░~~░░░░░░░░░░░░░░░|
            ^^^^^^^^^^^^
            200f 300f   40u 130000f
offset      0x84 0x16c  0x2b8                        0x1fef0
          █ used  ░ free  ~ shortened  ^ differs from above";
    let heaps = [heap(&before), heap(&after), heap(&before)];
    assert_eq!(drawn(&heaps, &wide(60)), expected);
}

#[test]
fn heaps_of_different_lengths_share_the_scale() {
    let heaps = [
        heap(&[used(100), free(200), used(40)]),
        heap(&[used(100), free(200), used(40), used(400)]),
        heap(&[used(100), free(200), used(40), used(432)]),
    ];
    let expected = "
before    |██████|░░░░░░░░░░░|███|
          100u   200f        40u
expected  |██████|░░░░░░░░░░░|███|███████████████████████|
                                 ^^^^^^^^^^^^^^^^^^^^^^^^
          100u   200f        40u 400u
observed  |██████|░░░░░░░░░░░|███|█████████████████████████|
                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^
          100u   200f        40u 432u
offset    0x0    0x84            0x1b4                 0x364
          █ used  ░ free  ^ differs from above";
    assert_eq!(drawn(&heaps, &wide(60)), expected);
}

#[test]
fn of_a_hundred_blocks_those_around_the_change_are_shown() {
    let blocks = |n| if n % 2 == 0 { used(100) } else { free(100) };
    let before: Vec<Block> = (0..100).map(blocks).collect();
    let mut after = before.clone();
    after[50] = free(100);
    let expected = "
before    |~|░|█|░|█|░|█|░|█|░|█|░|█|░|█|░|█|░|█|░|█|░|██|~|
          100u  100f  100u  100f  100u  100f  100u  100f
expected  |~|░|█|░|█|░|█|░|█|░|█|░|░|░|█|░|█|░|█|░|█|░|██|~|
                                  ^^
          100u  100f  100u  100f  100f  100f  100u  100f
offset    0x0 0x14a0  0x16b0      0x19c8  0x1bd8  0x1de8
          █ used  ░ free  ~ left out  ^ differs from above";
    assert_eq!(drawn(&[heap(&before), heap(&after)], &wide(60)), expected);
}

#[test]
fn narrow_pictures_have_labels_on_lines_of_their_own() {
    let heaps = [
        heap(&[used(1000), free(130_008)]),
        heap(&[used(1000), used(100), free(129_876)]),
    ];
    let expected = "
before
|████|░░░░░░~~░░░░░|
1000u 130008f
expected
|████|█|░░░░~~░░░░░|
     ^^^^^^^^^^^^^^
     100u 129876f
offset
0x0  0x408   0x20000
█ used  ░ free
~ shortened
^ differs from above";
    assert_eq!(drawn(&heaps, &wide(20)), expected);
    assert_eq!(drawn(&heaps, &wide(0)), expected);
}

#[test]
fn an_undecodable_tail_in_ascii() {
    let observed = Layout::Undecodable {
        blocks: vec![used(1000)],
        at: 0x408,
        reason: "size 0".to_owned(),
    };
    let heaps = [
        heap(&[used(1000), free(1000)]),
        heap(&[used(1000), used(1000)]),
        observed,
    ];
    let options = Options {
        ascii: true,
        ..wide(60)
    };
    let expected = "
before    |#######################|........................|
          1000u                   1000f
expected  |#######################|########################|
                                  ^^^^^^^^^^^^^^^^^^^^^^^^^
          1000u                   1000u
observed  |#######################|????????????????????????|
                                  ^^^^^^^^^^^^^^^^^^^^^^^^^
          1000u
offset    0x0                     0x408                0x810
          # used  . free  ? unreadable  ^ differs from above";
    assert_eq!(drawn(&heaps, &options), expected);
}

#[test]
fn changes_are_colored_when_asked_for() {
    let heaps = [heap(&[used(100), free(100)]), heap(&[used(100), used(100)])];
    let options = Options {
        color: true,
        ..wide(20)
    };
    let text = drawn(&heaps, &options);
    assert!(
        text.contains("\n|████████\u{1b}[33m|█████████\u{1b}[0m|\n"),
        "{text:?}"
    );
}

fn layouts() -> impl Strategy<Value = Vec<Layout>> {
    let size = prop_oneof![0..200u64, 0..200_000u64, any::<u64>()];
    let state = prop_oneof![
        Just(State::Used),
        Just(State::Free),
        Just(State::Mapped),
        any::<i32>().prop_map(State::Unknown),
    ];
    let block = (size, state).prop_map(|(size, state)| Block { size, state });
    let blocks = prop::collection::vec(block, 0..60).boxed();
    let undecodable = (blocks.clone(), any::<u64>()).prop_map(|(blocks, at)| {
        let reason = String::new();
        Layout::Undecodable { blocks, at, reason }
    });
    let layout = prop_oneof![blocks.prop_map(Layout::Blocks), undecodable];
    prop::collection::vec(layout, 0..4)
}

proptest! {
    #[test]
    fn every_picture_keeps_within_its_width(
        layouts in layouts(),
        width in 0..130usize,
        header in prop_oneof![Just(HEADER), any::<u64>()],
        ascii: bool,
    ) {
        let rows: Vec<Row<'_>> = layouts
            .iter()
            .map(|layout| Row { label: "a long label", heap: Heap::of(layout, HEADER) })
            .collect();
        let options = Options { width, ascii, color: false };
        for line in picture(&rows, header, &options) {
            prop_assert!(line.chars().count() <= width.max(20), "{line}");
            prop_assert!(line.trim_end() == line && !line.is_empty());
            prop_assert!(!ascii || line.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
        }
    }
}
