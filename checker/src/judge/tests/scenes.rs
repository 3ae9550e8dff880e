//! Call sequences that between them touch every clause.

use super::T;
use crate::types::{Call, CallNumber, Kind, Pointer};

pub(super) struct Scene {
    pub(super) stem: &'static str,
    pub(super) kind: Kind,
    pub(super) calls: Vec<Call>,
}

pub(super) fn malloc(size: u64) -> Call {
    Call::Malloc { size }
}

pub(super) fn calloc(count: u64, size: u64) -> Call {
    Call::Calloc { count, size }
}

fn pointer(number: u32) -> Pointer {
    match number {
        0 => Pointer::Null,
        _ => Pointer::Of(CallNumber(number)),
    }
}

pub(super) fn realloc(number: u32, size: u64) -> Call {
    Call::Realloc {
        pointer: pointer(number),
        size,
    }
}

pub(super) fn free(number: u32) -> Call {
    Call::Free {
        pointer: pointer(number),
    }
}

pub(super) fn golden(stem: &'static str, calls: &[Call]) -> Scene {
    Scene {
        stem,
        kind: Kind::Golden,
        calls: calls.to_vec(),
    }
}

pub(super) fn probe(stem: &'static str, calls: &[Call]) -> Scene {
    Scene {
        kind: Kind::Probe,
        ..golden(stem, calls)
    }
}

pub(super) fn scenes() -> Vec<Scene> {
    let mut scenes = sizes();
    scenes.extend(heaps());
    scenes.extend(reallocs());
    scenes.extend(probes());
    scenes
}

fn sizes() -> Vec<Scene> {
    vec![
        golden(
            "zero",
            &[
                malloc(0),
                calloc(0, 4),
                calloc(4, 0),
                malloc(24),
                malloc(0),
                free(0),
                realloc(0, 0),
            ],
        ),
        golden(
            "thresholds",
            &[
                malloc(T - 40),
                malloc(T),
                malloc(3 * T),
                free(3),
                free(2),
                free(1),
                malloc(T - 2000),
            ],
        ),
        golden("decimal", &[malloc(128_500), malloc(T + 1)]),
        golden(
            "medium",
            &[malloc(5000), malloc(4060), malloc(4100), free(2)],
        ),
        golden(
            "calloc",
            &[
                calloc(10, 100),
                malloc(50),
                calloc(1, 4056),
                calloc(4096, 1),
                calloc(50, 4096),
                free(4),
                free(3),
                calloc(1000, 1),
            ],
        ),
        golden("calloc-page", &[calloc(1, 4090), free(1), calloc(2, 2048)]),
        golden("preallocation", &[malloc(1000)]),
        golden(
            "odd-sizes",
            &[
                malloc(13),
                malloc(1),
                malloc(7),
                malloc(9),
                free(2),
                malloc(3),
            ],
        ),
        golden(
            "realloc-null",
            &[
                realloc(0, 100),
                realloc(0, T),
                realloc(1, 0),
                realloc(2, 0),
                malloc(90),
            ],
        ),
    ]
}

fn heaps() -> Vec<Scene> {
    let blocks = |sizes: &[u64]| -> Vec<Call> {
        let pairs = sizes.iter().flat_map(|size| [malloc(*size), malloc(8)]);
        pairs.collect()
    };
    let with = |sizes: &[u64], rest: &[Call]| [blocks(sizes), rest.to_vec()].concat();
    vec![
        golden(
            "best-fit",
            &with(
                &[200, 88, 160, 88],
                &[
                    free(1),
                    free(3),
                    free(5),
                    free(7),
                    malloc(85),
                    malloc(85),
                    malloc(85),
                ],
            ),
        ),
        golden("exact-header", &with(&[200], &[free(1), malloc(168)])),
        golden(
            "exact-header-and-unit",
            &with(&[200], &[free(1), malloc(160), malloc(8)]),
        ),
        golden(
            "just-fits",
            &with(&[200, 210], &[free(1), free(3), malloc(200), malloc(200)]),
        ),
        golden(
            "split-small",
            &with(&[400], &[free(1), malloc(300), malloc(20), malloc(20)]),
        ),
        golden(
            "three-in-a-row",
            &[
                malloc(100),
                malloc(100),
                malloc(100),
                malloc(100),
                malloc(100),
                free(1),
                free(2),
                free(3),
                malloc(350),
            ],
        ),
        golden(
            "coalesce-orders",
            &[
                malloc(100),
                malloc(100),
                malloc(100),
                malloc(8),
                malloc(100),
                malloc(100),
                malloc(8),
                free(2),
                free(1),
                free(5),
                free(6),
                malloc(230),
                malloc(220),
            ],
        ),
        golden(
            "coalesce-calloc",
            &[
                malloc(1000),
                malloc(1000),
                malloc(8),
                free(1),
                free(2),
                calloc(20, 100),
                calloc(1, 8),
            ],
        ),
        golden(
            "coalesce-before-fit",
            &[
                malloc(100),
                malloc(100),
                malloc(8),
                malloc(120),
                malloc(8),
                free(1),
                free(2),
                free(4),
                malloc(110),
                malloc(90),
            ],
        ),
        golden(
            "tail-then-search",
            &[
                malloc(1000),
                malloc(500),
                malloc(8),
                realloc(1, 500),
                free(2),
                malloc(900),
            ],
        ),
        golden(
            "grow-last",
            &[
                malloc(100_000),
                malloc(60_000),
                malloc(200),
                free(2),
                free(3),
                malloc(70_000),
            ],
        ),
        golden(
            "grow-append",
            &[
                malloc(130_000),
                malloc(900),
                malloc(5000),
                malloc(50),
                free(3),
                malloc(6000),
            ],
        ),
        golden(
            "free-last",
            &[
                malloc(130_000),
                malloc(1000),
                malloc(1000),
                free(3),
                malloc(2000),
                free(1),
            ],
        ),
        golden(
            "free-reuse",
            &[
                malloc(100),
                malloc(100),
                free(1),
                malloc(100),
                free(2),
                malloc(40),
            ],
        ),
    ]
}

fn reallocs() -> Vec<Scene> {
    let four = [
        malloc(100),
        malloc(100),
        malloc(100),
        malloc(100),
        malloc(100),
    ];
    let with = |rest: &[Call]| [&four[..], rest].concat();
    vec![
        golden(
            "shrink",
            &[
                malloc(1000),
                malloc(8),
                realloc(1, 500),
                realloc(3, 490),
                free(2),
            ],
        ),
        golden(
            "shrink-beside-free",
            &[
                malloc(1000),
                malloc(100),
                malloc(8),
                free(2),
                realloc(1, 500),
                malloc(600),
            ],
        ),
        golden(
            "last",
            &[
                malloc(131_000),
                realloc(1, 131_024),
                malloc(500),
                realloc(3, 900),
            ],
        ),
        golden(
            "last-grows",
            &[
                malloc(30_000),
                malloc(101_000),
                free(1),
                realloc(2, 110_000),
                realloc(4, 20_000),
            ],
        ),
        golden(
            "last-or-free",
            &[
                malloc(30_000),
                malloc(8),
                malloc(100_936),
                free(1),
                realloc(3, 120_000),
                malloc(20_000),
                realloc(6, 25_000),
            ],
        ),
        golden(
            "last-small",
            &[
                malloc(60_000),
                malloc(8),
                malloc(71_000),
                malloc(20),
                free(1),
                realloc(4, 90),
            ],
        ),
        golden(
            "merge-one",
            &with(&[free(2), free(3), realloc(1, 150), malloc(8)]),
        ),
        golden(
            "merge-two",
            &with(&[free(2), free(3), realloc(1, 300), malloc(8)]),
        ),
        golden("merge-tight", &with(&[free(2), free(3), realloc(1, 230)])),
        golden(
            "merge-in-vain",
            &with(&[free(2), realloc(1, 300), malloc(200)]),
        ),
        golden(
            "free-pairs-elsewhere",
            &with(&[free(4), free(3), realloc(1, 50), realloc(2, 60), free(5)]),
        ),
        golden(
            "reaches-the-end",
            &[
                malloc(120_000),
                malloc(1000),
                realloc(2, 20_000),
                free(1),
                malloc(8),
            ],
        ),
        golden(
            "move",
            &[
                malloc(300),
                malloc(8),
                malloc(500),
                malloc(8),
                free(3),
                realloc(1, 400),
                malloc(280),
            ],
        ),
        golden(
            "move-pairs",
            &[
                malloc(300),
                malloc(8),
                malloc(300),
                malloc(300),
                malloc(8),
                free(3),
                free(4),
                realloc(1, 600),
            ],
        ),
        golden(
            "move-tight",
            &[
                malloc(100),
                malloc(8),
                malloc(50),
                malloc(8),
                free(3),
                realloc(1, 200),
                realloc(2, 48),
            ],
        ),
        golden(
            "move-over-itself",
            &[
                malloc(40),
                malloc(100),
                malloc(40),
                malloc(8),
                free(1),
                realloc(2, 170),
                free(3),
            ],
        ),
        golden(
            "free-block",
            &[
                malloc(100),
                malloc(100),
                free(1),
                realloc(1, 50),
                realloc(1, 200),
            ],
        ),
        golden(
            "to-mapping",
            &[
                malloc(1000),
                malloc(8),
                realloc(1, 2 * T),
                realloc(3, 3 * T),
                realloc(4, 200),
                malloc(900),
            ],
        ),
        golden(
            "mapping-shrinks",
            &[
                malloc(2 * T),
                realloc(1, T + 5000),
                realloc(2, T + 5000),
                free(3),
            ],
        ),
    ]
}

fn probes() -> Vec<Scene> {
    let around = [T - 40, T - 39, T - 32, T - 31, T - 17, T - 16, T - 1, T];
    vec![
        probe("malloc-band", &around.map(malloc)),
        probe("realloc-null-band", &around.map(|size| realloc(0, size))),
        probe(
            "calloc-band",
            &[4056, 4057, 4063, 4064, 4065, 4079, 4080].map(|size| calloc(1, size)),
        ),
        probe(
            "realloc-band",
            &[
                malloc(500),
                malloc(8),
                realloc(1, T - 36),
                malloc(500),
                malloc(8),
                realloc(4, T - 20),
            ],
        ),
        probe(
            "realloc-band-high",
            &[malloc(500), malloc(8), realloc(1, T - 2), realloc(3, T - 5)],
        ),
        probe(
            "realloc-last",
            &[
                malloc(131_000),
                realloc(1, T),
                free(2),
                malloc(130_900),
                realloc(4, T - 30),
            ],
        ),
        probe(
            "realloc-merge-large",
            &[
                malloc(60_000),
                malloc(70_900),
                malloc(60_000),
                free(2),
                realloc(1, T + 100),
                free(3),
                malloc(70_000),
            ],
        ),
        probe(
            "realloc-big-enough",
            &[malloc(T - 33), realloc(1, T - 38), realloc(2, T - 39)],
        ),
        probe(
            "mapping-moves",
            &[malloc(2 * T), realloc(1, T - 25), realloc(2, T - 10)],
        ),
        probe(
            "pairs-then-merge",
            &[
                malloc(100),
                malloc(100),
                malloc(4),
                malloc(8),
                free(3),
                free(2),
                realloc(1, 215),
            ],
        ),
        probe(
            "tails",
            &[
                malloc(1000),
                malloc(100),
                malloc(8),
                malloc(600),
                malloc(8),
                realloc(1, 500),
                realloc(4, 400),
                free(2),
                malloc(T),
                free(9),
            ],
        ),
        probe(
            "released-beside-free",
            &[
                malloc(100),
                malloc(100),
                malloc(8),
                free(1),
                realloc(2, 2000),
                free(3),
            ],
        ),
    ]
}
