//! Time a call against live payloads on the random trace, as an SVG with two logarithmic axes.

use std::fmt::Write;

use crate::contestants::NAMES;
use crate::report::Results;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Powers of ten at the ends of the axes.
const LIVE: (f64, f64) = (2.0, 6.0);
const TIME: (f64, f64) = (0.5, 5.0);
const COLOURS: [&str; 7] = [
    "#0b5fa5", "#2a9d8f", "#111111", "#e76f51", "#9b5de5", "#b08900", "#999999",
];

pub(crate) fn growth(results: &Results) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"14\">Time of a call on the random trace</text>\n"
    );
    axes(&mut svg);
    let mut labels = Vec::new();
    for (&(name, _), colour) in NAMES.iter().zip(COLOURS) {
        let sizes = results.sizes();
        let cells = sizes
            .iter()
            .filter_map(|&live| results.find(name, "random", live));
        let points: Vec<(f64, f64)> = cells
            .map(|cell| (x(cell.live as f64), y(cell.time)))
            .collect();
        let Some(&(end_x, end_y)) = points.last() else {
            continue;
        };
        let line: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        element(
            &mut svg,
            &format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                line.join(" ")
            ),
        );
        for (x, y) in points {
            element(
                &mut svg,
                &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"),
            );
        }
        labels.push((end_y, end_x, name, colour));
    }
    spread(&mut labels);
    for (y, x, name, colour) in labels {
        let (x, y) = (x + 8.0, y + 4.0);
        element(
            &mut svg,
            &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{name}</text>"),
        );
    }
    svg + "</svg>\n"
}

fn axes(svg: &mut String) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for power in LIVE.0 as i32..=LIVE.1 as i32 {
        let x = x(10_f64.powi(power));
        element(
            svg,
            &format!(
                "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">1e{power}</text>",
                bottom + 18.0
            ),
        );
    }
    for power in TIME.0.ceil() as i32..=TIME.1 as i32 {
        let y = y(10_f64.powi(power));
        element(
            svg,
            &format!(
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} ns</text>",
                LEFT - 8.0,
                y + 4.0,
                10_u32.pow(power as u32)
            ),
        );
    }
    element(
        svg,
        &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">live payloads</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 10.0
        ),
    );
}

/// Moves labels apart, from the top down.
fn spread(labels: &mut [(f64, f64, &str, &str)]) {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    for at in 1..labels.len() {
        if (labels[at].1 - labels[at - 1].1).abs() < 1.0 {
            labels[at].0 = labels[at].0.max(labels[at - 1].0 + 14.0);
        }
    }
}

fn element(svg: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(svg, "{text}");
}

fn x(live: f64) -> f64 {
    LEFT + (live.log10() - LIVE.0) / (LIVE.1 - LIVE.0) * (WIDTH - LEFT - RIGHT)
}

fn y(time: f64) -> f64 {
    HEIGHT - BOTTOM - (time.log10() - TIME.0) / (TIME.1 - TIME.0) * (HEIGHT - TOP - BOTTOM)
}
