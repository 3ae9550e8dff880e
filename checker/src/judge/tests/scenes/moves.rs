//! `os_realloc`, and the bands of the permitted variations.

use super::{Scene, calloc, free, golden, malloc, probe, realloc};
use crate::judge::tests::T;
use crate::types::Call;

pub(super) fn reallocs() -> Vec<Scene> {
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

pub(super) fn probes() -> Vec<Scene> {
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
