//! Draws heaps as bars.

use std::fmt::Write as _;

use super::markup::{element, escaped, said};
use crate::picture::{Look, Stretch, bars};
use crate::record::{HeapBlock, Heaps, Step};

/// Columns of the bars around a call: the finest that a bar is divided.
const FINE: usize = 160;
/// Columns of a time line, in which many rows share a scale.
const FINEST: usize = 480;

/// The heap before a call, as expected after it, and as observed.
pub(super) fn around(heaps: &Heaps) -> String {
    let mut rows = vec![("before", &heaps.before), ("expected", &heaps.expected)];
    rows.extend(heaps.observed.as_ref().map(|row| ("observed", row)));
    let blocks: Vec<&[HeapBlock]> = rows.iter().map(|(_, row)| row.as_slice()).collect();
    let drawn = bars(&blocks, heaps.header, FINE);
    let mut figure = String::new();
    for ((label, row), bar) in rows.iter().zip(&drawn) {
        let sizes = sizes(row);
        let bar = match bar.is_empty() {
            true => said("div", "bar empty", "empty"),
            false => blocks_of(bar),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            figure,
            "<div class=\"row {label}\"><div class=\"label\">{label}</div>\
             <div class=\"drawn\" role=\"img\" aria-label=\"heap {label}: {}\">{bar}</div></div>",
            escaped(&sizes)
        );
    }
    let shortened = match drawn.iter().flatten().any(|stretch| stretch.shortened) {
        true => " <i class=\"f z\"></i> shortened",
        false => "",
    };
    let legend = format!(
        "<figcaption class=\"legend\"><i class=\"u\"></i> used <i class=\"f\"></i> free <i \
         class=\"c\"></i> differs from the bar above{shortened} <span>Bytes of payload: u used, f \
         free. Headers are drawn with their block and not counted.</span></figcaption>"
    );
    element("figure", "heap", figure + &legend)
}

/// A bar of blocks, each with its size where there is room.
fn blocks_of(bar: &[Stretch]) -> String {
    let mut text = String::from("<div class=\"bar\">");
    let mut column = 0;
    for stretch in bar {
        if stretch.columns.start > column {
            let _ = write!(
                text,
                "<i class=\"gap\" style=\"flex-grow:{}\"></i>",
                stretch.columns.start - column
            );
        }
        column = stretch.columns.end;
        let changed = if stretch.changed { " c" } else { "" };
        let shortened = if stretch.shortened { " z" } else { "" };
        let (look, label) = (class(stretch.look), &stretch.label);
        let long = label.len().clamp(3, 8);
        let _ = write!(
            text,
            "<i class=\"{look}{changed}{shortened} l{long}\" style=\"flex-grow:{}\"><b>{label}</b></i>",
            stretch.columns.len()
        );
    }
    if column < FINE {
        let _ = write!(
            text,
            "<i class=\"gap\" style=\"flex-grow:{}\"></i>",
            FINE - column
        );
    }
    text + "</div>"
}

const fn class(look: Look) -> &'static str {
    match look {
        Look::Used => "u",
        Look::Free => "f",
        Look::Strange | Look::Unreadable => "x",
        Look::LeftOut => "o",
    }
}

/// The sizes of blocks as in goldens.
fn sizes(blocks: &[HeapBlock]) -> String {
    const SHOWN: usize = 60;
    let word = |block: &HeapBlock| format!("{}{}", block.size, block.state.letter());
    let words: Vec<String> = blocks.iter().take(SHOWN).map(word).collect();
    match blocks.len() {
        0 => "empty".to_owned(),
        1..=SHOWN => words.join(" "),
        count => format!("{} and {} more", words.join(" "), count - SHOWN),
    }
}

/// The calls of a scenario, a row a call, each with the heap after it.
pub(super) fn time_line(id: &str, stem: &str, header: u64, steps: &[Step]) -> String {
    let rows: Vec<&[HeapBlock]> = steps
        .iter()
        .map(|step| step.heap.as_deref().unwrap_or_default())
        .collect();
    let drawn = bars(&rows, header, FINEST);
    let mut list = format!(
        "<ol class=\"line\" role=\"listbox\" tabindex=\"0\" aria-label=\"calls of {}\">",
        escaped(stem)
    );
    for ((index, step), bar) in steps.iter().enumerate().zip(&drawn) {
        let wrong = if step.wrong { " class=\"wrong\"" } else { "" };
        let heap = match &step.heap {
            Some(heap) => sizes(heap),
            None => "the call did not return".to_owned(),
        };
        let mut effects: Vec<String> = step.system_calls.clone();
        effects.push(format!("heap {heap}"));
        let result = match step.result.as_str() {
            "" => String::new(),
            result => format!(" <b>→ {}</b>", escaped(result)),
        };
        let mark = if step.wrong { "<em>wrong</em> " } else { "" };
        let _ = write!(
            list,
            "<li role=\"option\" id=\"{id}-{index}\"{wrong} aria-selected=\"false\">\
             <span class=\"n\">{}</span><span class=\"code\">{mark}{}{result}</span>{}\
             <span class=\"more\">{}</span></li>",
            step.number,
            escaped(&step.code),
            path(bar),
            escaped(&effects.join("; "))
        );
    }
    let help = "<p class=\"keys\">Arrow keys step through the calls.</p>";
    format!("{list}</ol>{help}")
}

/// A bar as one small picture: a path for each kind of block.
fn path(bar: &[Stretch]) -> String {
    let mut text = format!(
        "<svg viewBox=\"0 0 {FINEST} 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    );
    for look in [Look::Used, Look::Free, Look::Strange, Look::LeftOut] {
        let mut path = String::new();
        for stretch in bar.iter().filter(|one| class(one.look) == class(look)) {
            // An edge between neighbours: half a column on each side.
            let (start, length) = (stretch.columns.start, stretch.columns.len());
            let _ = write!(path, "M{start} 0h{length}v10h-{length}z");
        }
        if !path.is_empty() {
            let _ = write!(text, "<path class=\"{}\" d=\"{path}\"/>", class(look));
        }
    }
    text + "</svg>"
}
