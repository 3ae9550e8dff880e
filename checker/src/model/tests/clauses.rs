use super::*;

#[test]
fn example_of_the_specification() {
    assert_eq!(
        canonical(&[malloc(1000), malloc(0), malloc(131_072)]),
        [
            "H+32 | brk +131072 | 1000u 130008f",
            "NULL |  | 1000u 130008f",
            "M1+32 | mmap 131104 = M1 | 1000u 130008f",
        ]
    );
}

#[test]
fn a1_a3_zero_does_nothing() {
    for call in [malloc(0), calloc(0, 8), calloc(8, 0), realloc(0, 0)] {
        assert_eq!(canonical(&[call]), ["NULL |  | "]);
    }
}

#[test]
fn a2_malloc_maps_from_the_threshold_on() {
    assert_eq!(last(&[malloc(T - 40)]), "H+32 | brk +131072 | 131040u");
    assert_eq!(last(&[malloc(T - 39)]), "M1+32 | mmap 131072 = M1 | ");
}

#[test]
fn a2_sizes_without_a_total_are_null() {
    assert_eq!(last(&[malloc(u64::MAX)]), "NULL |  | ");
    assert_eq!(
        last(&[malloc(1 << 62)]),
        format!("NULL | mmap {} failed | ", (1u64 << 62) + 32)
    );
}

#[test]
fn a4_calloc_maps_from_a_page_on() {
    assert_eq!(
        last(&[calloc(1, 4056)]),
        "H+32 | brk +131072 | 4056u 126952f"
    );
    assert_eq!(last(&[calloc(4057, 1)]), "M1+32 | mmap 4096 = M1 | ");
}

#[test]
fn a5_an_overflowing_product_is_null() {
    assert_eq!(last(&[calloc(1 << 33, 1 << 33)]), "NULL |  | ");
}

#[test]
fn a6_freeing_null_does_nothing() {
    assert_eq!(canonical(&[free(0)]), ["- |  | "]);
    assert_eq!(
        canonical(&[malloc(0), free(1)]).pop().as_deref(),
        Some("- |  | ")
    );
}

#[test]
fn a7_free_marks_only() {
    assert_eq!(
        last(&[malloc(100), malloc(100), free(1), free(2)]),
        "- |  | 104f 104f 130768f"
    );
}

#[test]
fn a8_free_unmaps_the_whole_mapping() {
    assert_eq!(
        last(&[malloc(200_001), malloc(T), free(1)]),
        "- | munmap M1+0 200040 | "
    );
}

#[test]
fn a9_realloc_of_null_and_to_zero() {
    assert_eq!(
        last(&[realloc(0, 1000)]),
        "H+32 | brk +131072 | 1000u 130008f"
    );
    assert_eq!(
        last(&[malloc(1000), realloc(1, 0)]),
        "NULL |  | 1000f 130008f"
    );
    assert_eq!(
        last(&[malloc(T), realloc(1, 0)]),
        "NULL | munmap M1+0 131104 | "
    );
}

#[test]
fn a10_realloc_of_a_free_block_is_null() {
    assert_eq!(
        last(&[malloc(1000), free(1), realloc(1, 10)]),
        "NULL |  | 1000f 130008f"
    );
    let merged_away = [
        malloc(8),
        malloc(8),
        free(2),
        free(1),
        malloc(80),
        realloc(2, 8),
    ];
    assert_eq!(last(&merged_away), "NULL |  | 80u 130928f");
}

#[test]
fn a12_shrinking_splits_without_merging() {
    assert_eq!(
        last(&[malloc(1000), realloc(1, 100)]),
        "H+32 |  | 104u 864f 130008f"
    );
    assert_eq!(
        last(&[malloc(1000), realloc(1, 961)]),
        "H+32 |  | 1000u 130008f"
    );
    assert_eq!(
        last(&[malloc(1000), realloc(1, 960)]),
        "H+32 |  | 960u 8f 130008f"
    );
}

#[test]
fn a13_growing_to_the_threshold_maps() {
    assert_eq!(
        last(&[malloc(1000), realloc(1, T)]),
        "M1+32 | mmap 131104 = M1 | 1000f 130008f"
    );
}

#[test]
fn a14_the_last_block_grows_by_the_missing_bytes() {
    let calls = [malloc(1000), malloc(130_008), free(1), realloc(2, 130_500)];
    assert_eq!(last(&calls), "H+1064 | brk +496 | 1000f 130504u");
}

#[test]
fn a15_merges_one_at_a_time_and_splits() {
    let calls = [
        malloc(100),
        malloc(100),
        malloc(100),
        malloc(100),
        free(2),
        free(3),
        realloc(1, 150),
    ];
    assert_eq!(last(&calls), "H+32 |  | 152u 56f 104f 104u 130496f");
}

#[test]
fn a15_blocks_merged_in_vain_stay_merged() {
    let calls = [
        malloc(100),
        malloc(100),
        malloc(100),
        free(2),
        realloc(1, 300),
    ];
    assert_eq!(last(&calls), "H+440 |  | 240f 104u 304u 130296f");
}

#[test]
fn a16_v6_reaching_the_end_moves() {
    let calls = [malloc(120_000), malloc(1000), realloc(2, 20_000)];
    assert_eq!(
        last(&calls),
        "H+131104 | brk +20032 | 120000u 11008f 20000u"
    );
}

#[test]
fn a16_the_old_block_stays_until_the_copy_is_done() {
    let calls = [malloc(1000), malloc(64), realloc(1, 2000)];
    assert_eq!(last(&calls), "H+1160 |  | 1000f 64u 2000u 127880f");
}

#[test]
fn a17_a_mapping_always_moves() {
    assert_eq!(
        last(&[malloc(T + 1000), realloc(1, T)]),
        "M2+32 | mmap 131104 = M2, munmap M1+0 132104 | "
    );
    assert_eq!(
        last(&[malloc(T), realloc(1, 100)]),
        "H+32 | brk +131072, munmap M1+0 131104 | 104u 130904f"
    );
}

#[test]
fn c1_preallocates_once_whichever_comes_first() {
    for call in [malloc(8), calloc(2, 4), realloc(0, 8)] {
        assert_eq!(last(&[call]), "H+32 | brk +131072 | 8u 131000f");
    }
}

#[test]
fn c2_c3_coalesces_the_whole_heap_before_a_search() {
    let calls = [
        malloc(100),
        malloc(100),
        malloc(100),
        malloc(100),
        malloc(100),
        free(1),
        free(2),
        free(4),
        free(5),
        malloc(8),
    ];
    assert_eq!(last(&calls), "H+32 |  | 8u 200f 104u 130632f");
}

#[test]
fn c4_best_fit_lowest_of_equals() {
    let calls = [
        malloc(200),
        malloc(8),
        malloc(88),
        malloc(8),
        malloc(88),
        malloc(8),
        free(1),
        free(3),
        free(5),
        malloc(85),
    ];
    assert_eq!(last(&calls), "H+304 |  | 200f 8u 88u 8u 88f 8u 130448f");
}

#[test]
fn c6_splits_when_header_and_byte_fit() {
    let reuse = |size| last(&[malloc(200), malloc(8), free(1), malloc(size)]);
    assert_eq!(reuse(160), "H+32 |  | 160u 8f 8u 130768f");
    assert_eq!(reuse(161), "H+32 |  | 200u 8u 130768f");
}

#[test]
fn c7_extends_a_free_last_block_or_appends() {
    assert_eq!(
        last(&[malloc(100_000), malloc(60_000)]),
        "H+100064 | brk +28992 | 100000u 60000u"
    );
    assert_eq!(
        last(&[malloc(131_032), malloc(1000)]),
        "H+131104 | brk +1032 | 131040u 1000u"
    );
}

#[test]
fn e3_a_failed_call_returns_null_and_the_heap_stays_usable() {
    let choices = Choices::canonical(&P);
    let calls = [malloc(1000), malloc(2000)];
    let fails = Environment::failing(None, 1, 1);
    assert_eq!(
        show_all(&run(&P, &choices, FaultSet::NONE, fails, &calls)),
        [
            "NULL | brk +131072 failed | ",
            "H+32 | brk +131072 | 2000u 129008f"
        ]
    );
}

#[test]
fn e3_failures_are_counted_by_kind() {
    let choices = Choices::canonical(&P);
    let calls = [malloc(1000), malloc(T), malloc(T)];
    let fails = Environment::failing(Some(crate::model::MemoryCall::Mmap), 2, 9);
    let outcomes = show_all(&run(&P, &choices, FaultSet::NONE, fails, &calls));
    assert_eq!(outcomes[1], "M1+32 | mmap 131104 = M1 | 1000u 130008f");
    assert_eq!(outcomes[2], "NULL | mmap 131104 failed | 1000u 130008f");
}

#[test]
fn e5_nothing_merges_or_grows_across_a_gap() {
    let gap = Call::MoveBreak { bytes: 4096 };
    let calls = [
        malloc(131_032),
        gap,
        realloc(1, 131_000 - 8 * 4),
        free(1),
        malloc(131_030),
    ];
    assert_eq!(canonical(&calls)[1], "- | brk +4096 | 131040u");
    let grown = [malloc(1000), malloc(130_008), gap, realloc(2, 130_500)];
    assert_eq!(
        last(&grown),
        "H+135200 | brk +130536 | 1000u 130008f 130504u"
    );
    let freed = [
        malloc(100_000),
        gap,
        malloc(60_000),
        free(3),
        malloc(31_000),
    ];
    assert_eq!(
        canonical(&freed)[2],
        "H+135200 | brk +60032 | 100000u 31008f 60000u"
    );
    assert_eq!(last(&freed), "H+100064 |  | 100000u 31008u 60000f");
}
