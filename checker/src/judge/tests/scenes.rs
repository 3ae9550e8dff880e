//! Call sequences that between them touch every clause.

mod moves;

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
    scenes.extend(moves::reallocs());
    scenes.extend(moves::probes());
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
        golden(
            "large-first",
            &[malloc(100_000), malloc(8), free(1), malloc(500)],
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
