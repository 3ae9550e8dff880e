//! Each clause of the specification by an example, with the exact layout, on a fake break.

use std::ptr::NonNull;

use osmem::arena::{Arena, SystemCall};
use osmem::block::META;
use osmem::{Config, Heap};

use SystemCall::{Break, Map, Refused, Unmap};

const T: usize = Config::DEFAULT.mmap_threshold;
const PAGE: usize = Config::DEFAULT.page_size;

/// A heap, and short names for what the tests do with it.
struct Trial(Heap<Arena>);

impl Trial {
    fn new() -> Trial {
        Trial::with_arena(1 << 20)
    }

    fn with_arena(limit: usize) -> Trial {
        Trial(Heap::new(Arena::new(limit), Config::DEFAULT))
    }

    /// A heap that has preallocated already, with nothing allocated.
    fn warm() -> Trial {
        let mut trial = Trial::new();
        let block = trial.malloc(8);
        trial.free(block);
        trial.calls();
        trial
    }

    /// Blocks of these sizes, one after another from the start of the heap, and no more.
    fn with_blocks(sizes: &[usize]) -> (Trial, Vec<NonNull<u8>>) {
        let mut trial = Trial::new();
        let blocks = sizes.iter().map(|&size| trial.malloc(size)).collect();
        let used: usize = sizes.iter().map(|size| size + META).sum();
        trial.malloc(T - used - META);
        trial.calls();
        (trial, blocks)
    }

    fn malloc(&mut self, bytes: usize) -> NonNull<u8> {
        self.0.malloc(bytes).expect("memory")
    }

    fn free(&mut self, payload: NonNull<u8>) {
        // SAFETY: each test frees what it allocated, or frees twice on purpose (a heap block,
        // whose header is still there).
        unsafe { self.0.free(Some(payload)) }
    }

    fn try_realloc(&mut self, payload: NonNull<u8>, bytes: usize) -> Option<NonNull<u8>> {
        // SAFETY: as in `free`.
        unsafe { self.0.realloc(Some(payload), bytes) }
    }

    fn realloc(&mut self, payload: NonNull<u8>, bytes: usize) -> NonNull<u8> {
        self.try_realloc(payload, bytes).expect("memory")
    }

    fn calls(&self) -> Vec<SystemCall> {
        self.0.source().take_log()
    }

    /// The blocks, sound and as text.
    fn listing(&mut self) -> String {
        self.0.validate().expect("a sound heap");
        self.0.listing().to_string()
    }

    /// Bytes from the start of the heap.
    fn offset(&self, payload: NonNull<u8>) -> usize {
        payload.addr().get() - self.0.source().start().addr().get()
    }
}

fn fill(payload: NonNull<u8>, byte: u8, bytes: usize) {
    // SAFETY: each test fills payloads of its own, and not past their size.
    unsafe { payload.write_bytes(byte, bytes) }
}

fn holds(payload: NonNull<u8>, byte: u8, bytes: usize) -> bool {
    // SAFETY: as in `fill`; the payloads were filled or zeroed before.
    unsafe { std::slice::from_raw_parts(payload.as_ptr(), bytes) }
        .iter()
        .all(|&b| b == byte)
}

#[test]
fn a1_malloc_of_nothing_is_null_and_does_nothing() {
    let mut trial = Trial::new();
    assert_eq!(trial.0.malloc(0), None);
    assert_eq!(trial.calls(), []);
    assert_eq!(trial.listing(), "");
}

#[test]
fn a2_malloc_maps_from_the_threshold_on() {
    let mut trial = Trial::new();
    trial.malloc(T - 40);
    assert_eq!(trial.calls(), [Break(T)]);
    trial.malloc(T - 39);
    assert_eq!(trial.calls(), [Map(T)]);
}

#[test]
fn a2_sizes_that_overflow_are_null() {
    let mut trial = Trial::new();
    for bytes in [usize::MAX, usize::MAX - 7, usize::MAX - 38] {
        assert_eq!(trial.0.malloc(bytes), None);
    }
    assert_eq!(trial.calls(), []);
}

#[test]
fn a3_calloc_of_nothing_is_null_and_does_nothing() {
    let mut trial = Trial::new();
    assert_eq!(trial.0.calloc(0, 10), None);
    assert_eq!(trial.0.calloc(10, 0), None);
    assert_eq!(trial.calls(), []);
}

#[test]
fn a4_calloc_maps_from_a_page_on() {
    let mut trial = Trial::new();
    trial.0.calloc(1, PAGE - 40);
    assert_eq!(trial.calls(), [Break(T)]);
    trial.0.calloc(PAGE - 39, 1);
    assert_eq!(trial.calls(), [Map(PAGE)]);
}

#[test]
fn a4_calloc_zeroes_reused_blocks_and_mappings() {
    let mut trial = Trial::new();
    let dirty = trial.malloc(100);
    fill(dirty, 0xff, 100);
    trial.free(dirty);
    let clean = trial.0.calloc(10, 10).expect("memory");
    assert_eq!(clean, dirty);
    assert!(holds(clean, 0, 100));
    let mapped = trial.0.calloc(2, PAGE).expect("memory");
    assert!(holds(mapped, 0, 2 * PAGE));
}

#[test]
fn a5_calloc_whose_product_overflows_is_null() {
    let mut trial = Trial::new();
    assert_eq!(trial.0.calloc(usize::MAX, 2), None);
    assert_eq!(trial.0.calloc(1 << 33, 1 << 33), None);
    assert_eq!(trial.calls(), []);
}

#[test]
fn a6_free_of_null_does_nothing() {
    let mut trial = Trial::new();
    // SAFETY: NULL is allowed.
    unsafe { trial.0.free(None) };
    assert_eq!(trial.calls(), []);
}

#[test]
fn a7_free_marks_the_block_and_keeps_the_break() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000, 2000]);
    trial.free(blocks[0]);
    assert_eq!(trial.listing(), "1000f 2000u 127976u");
    trial.free(blocks[1]);
    assert_eq!(trial.listing(), "1000f 2000f 127976u");
    assert_eq!(trial.calls(), []);
    assert_eq!(trial.0.source().break_offset(), T);
}

#[test]
fn a7_freeing_twice_changes_nothing() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    trial.free(blocks[0]);
    trial.free(blocks[0]);
    assert_eq!(trial.listing(), "1000f 130008u");
}

#[test]
fn a8_free_unmaps_the_whole_mapping() {
    let mut trial = Trial::new();
    let mapped = trial.malloc(T + 3);
    trial.free(mapped);
    assert_eq!(trial.calls(), [Map(T + 40), Unmap(T + 40)]);
    assert_eq!(trial.0.source().mappings(), 0);
}

#[test]
fn a9_realloc_of_null_is_malloc_and_to_nothing_is_free() {
    let mut trial = Trial::new();
    // SAFETY: NULL is allowed.
    let block = unsafe { trial.0.realloc(None, 1000) }.expect("memory");
    assert_eq!(trial.listing(), "1000u 130008f");
    assert_eq!(trial.try_realloc(block, 0), None);
    assert_eq!(trial.listing(), "1000f 130008f");
    // SAFETY: NULL is allowed.
    assert_eq!(unsafe { trial.0.realloc(None, 0) }, None);
    let mapped = trial.malloc(T);
    assert_eq!(trial.try_realloc(mapped, 0), None);
    assert_eq!(trial.calls(), [Break(T), Map(T + META), Unmap(T + META)]);
}

#[test]
fn a10_realloc_of_a_free_block_is_null() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    trial.free(blocks[0]);
    for bytes in [8, 1000, 2000, T] {
        assert_eq!(trial.try_realloc(blocks[0], bytes), None);
    }
    assert_eq!(trial.listing(), "1000f 130008u");
    assert_eq!(trial.calls(), []);
}

#[test]
fn a12_realloc_shrinks_in_place() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    assert_eq!(trial.realloc(blocks[0], 960), blocks[0]);
    assert_eq!(trial.listing(), "960u 8f 130008u");
    assert_eq!(trial.realloc(blocks[0], 924), blocks[0]);
    assert_eq!(
        trial.listing(),
        "960u 8f 130008u",
        "a rest of 32 is too small"
    );
}

#[test]
fn a12_the_new_tail_is_not_merged_until_the_next_search() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000, 200]);
    trial.free(blocks[1]);
    trial.realloc(blocks[0], 500);
    assert_eq!(trial.listing(), "504u 464f 200f 129776u");
    trial.malloc(668);
    assert_eq!(trial.listing(), "504u 696u 129776u", "a rest of 24 stays");
}

#[test]
fn a13_realloc_to_the_threshold_maps_even_the_last_block() {
    let mut trial = Trial::new();
    let block = trial.malloc(1000);
    fill(block, 7, 1000);
    let mapped = trial.realloc(block, T - 39);
    assert_eq!(trial.calls(), [Break(T), Map(T)]);
    assert_eq!(trial.listing(), "1000f 130008f", "not coalesced");
    assert!(holds(mapped, 7, 1000));
}

#[test]
fn a13_comes_before_a12() {
    let mut trial = Trial::new();
    let block = trial.malloc(T - 40);
    assert_eq!(trial.listing(), "131040u", "large enough for T - 39 too");
    trial.realloc(block, T - 39);
    assert_eq!(trial.calls(), [Break(T), Map(T)]);
    assert_eq!(trial.listing(), "131040f");
}

#[test]
fn a14_the_last_block_grows_by_what_is_missing() {
    let (mut trial, _) = Trial::with_blocks(&[1000]);
    let last = trial.malloc(500);
    assert_eq!(trial.calls(), [Break(504 + META)]);
    assert_eq!(trial.realloc(last, 601), last);
    assert_eq!(trial.calls(), [Break(104)]);
    assert_eq!(trial.listing(), "1000u 130008u 608u");
}

#[test]
fn a14_grows_even_when_a_free_block_would_do() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    let last = trial.malloc(104);
    trial.free(blocks[0]);
    trial.calls();
    assert_eq!(trial.realloc(last, 200), last);
    assert_eq!(trial.calls(), [Break(96)]);
    assert_eq!(trial.listing(), "1000f 130008u 200u");
}

#[test]
fn a15_merges_one_at_a_time_and_stops_when_it_fits() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 104, 104]);
    for &block in &blocks[1..] {
        trial.free(block);
    }
    assert_eq!(trial.realloc(blocks[0], 300), blocks[0]);
    assert_eq!(trial.listing(), "304u 40f 104f 130496u");
    assert_eq!(trial.calls(), []);
}

#[test]
fn a15_merges_nothing_when_the_size_is_exact() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 104]);
    trial.free(blocks[1]);
    trial.free(blocks[2]);
    trial.realloc(blocks[0], 100); // A12
    assert_eq!(trial.listing(), "104u 104f 104f 130632u");
    trial.realloc(blocks[0], 240);
    assert_eq!(trial.listing(), "240u 104f 130632u");
}

#[test]
fn a15_blocks_stay_merged_when_the_result_is_too_small() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 104, 800]);
    fill(blocks[0], 9, 104);
    trial.free(blocks[1]);
    trial.free(blocks[3]);
    let moved = trial.realloc(blocks[0], 400);
    assert_eq!(moved, blocks[3]);
    assert!(holds(moved, 9, 104));
    assert_eq!(trial.listing(), "240f 104u 400u 368f 129800u");
    assert_eq!(trial.calls(), []);
}

#[test]
fn v6_a15_at_the_end_of_the_heap_moves() {
    let mut trial = Trial::new();
    let block = trial.malloc(100_000);
    fill(block, 5, 100_000);
    // 100000u 31008f: merged all of the heap is 131040, and 131032 is the most below T.
    let small = Config::DEFAULT.mmap_threshold - 40;
    assert_eq!(
        trial.realloc(block, small),
        block,
        "the rest of 8 is too small to split"
    );
    assert_eq!(trial.listing(), "131040u");
    trial.calls();

    let mut trial = Trial::new();
    let first = trial.malloc(100_000);
    let second = trial.malloc(30_000);
    trial.free(second);
    let third = trial.malloc(20_000);
    // 100000u 20000u 10976f
    fill(third, 6, 20_000);
    trial.free(first);
    trial.calls();
    let moved = trial.realloc(third, 40_000);
    assert_eq!(
        moved, first,
        "a free block fits: the break does not move (C5)"
    );
    assert!(holds(moved, 6, 20_000));
    assert_eq!(trial.listing(), "40000u 59968f 31008f");
    assert_eq!(trial.calls(), []);
}

#[test]
fn v6_moves_to_new_memory_when_no_free_block_fits() {
    let mut trial = Trial::new();
    trial.malloc(100_000);
    let last = trial.malloc(20_000);
    trial.calls();
    // 100000u 20000u 10976f: merged the end is 31008 bytes, which is too small.
    let moved = trial.realloc(last, 40_000);
    assert_eq!(trial.listing(), "100000u 31008f 40000u");
    assert_eq!(trial.calls(), [Break(40_000 + META)]);
    assert_eq!(trial.offset(moved), T + META);
}

#[test]
fn a16_the_old_block_is_allocated_until_the_copy_is_done() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 104]);
    trial.free(blocks[0]);
    fill(blocks[1], 3, 104);
    // Free, the block before and this one would make 240 bytes.
    let moved = trial.realloc(blocks[1], 200);
    assert_eq!(trial.offset(moved), T + META);
    assert!(holds(moved, 3, 104));
    assert_eq!(trial.listing(), "104f 104f 104u 130632u 200u");
}

#[test]
fn a17_a_mapped_block_always_moves() {
    let mut trial = Trial::warm();
    let mapped = trial.malloc(T);
    fill(mapped, 4, T);
    let larger = trial.realloc(mapped, 2 * T);
    assert!(holds(larger, 4, T));
    let equal = trial.realloc(larger, 2 * T);
    let smaller = trial.realloc(equal, T);
    assert_eq!(
        trial.calls(),
        [
            Map(T + META),
            Map(2 * T + META),
            Unmap(T + META),
            Map(2 * T + META),
            Unmap(2 * T + META),
            Map(T + META),
            Unmap(2 * T + META),
        ]
    );
    let heap = trial.realloc(smaller, 100);
    assert!(holds(heap, 4, 100));
    assert_eq!(trial.calls(), [Unmap(T + META)]);
    assert_eq!(trial.listing(), "104u 130904f");
}

#[test]
fn b1_headers_tell_the_truth() {
    let mut trial = Trial::new();
    let payload = trial.malloc(1001);
    assert_eq!(trial.offset(payload), 0x20);
    let header: NonNull<u64> = trial.0.source().start().cast();
    // SAFETY: four words of the header, in memory of the arena.
    let words = unsafe { header.cast::<[u64; 4]>().read() };
    assert_eq!(words[0], 1008);
    assert_eq!(words[1] as u32, 1);
    assert_eq!(words[2], 0);
    assert_eq!(words[3], header.addr().get() as u64 + 1008 + 32);
}

#[test]
fn c1_the_first_heap_block_preallocates_once() {
    let mut trial = Trial::new();
    trial.malloc(T);
    trial.0.calloc(1, 24);
    trial.malloc(1000);
    assert_eq!(trial.calls(), [Map(T + META), Break(T)]);
    assert_eq!(trial.listing(), "24u 1000u 129952f");
}

#[test]
fn c1_without_preallocation_the_heap_grows_by_blocks() {
    let config = Config {
        preallocation: 0,
        ..Config::DEFAULT
    };
    let mut trial = Trial(Heap::new(Arena::new(1 << 20), config));
    trial.malloc(100);
    assert_eq!(trial.calls(), [Break(104 + META)]);
}

#[test]
fn c2_growing_in_place_and_mapping_do_not_coalesce() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 104, 104]);
    let last = trial.malloc(8);
    trial.free(blocks[0]);
    trial.free(blocks[1]);
    trial.free(blocks[3]);
    trial.realloc(last, 100); // A14
    assert_eq!(trial.listing(), "104f 104f 104u 104f 130496u 104u");
    trial.realloc(blocks[2], 208); // A15
    assert_eq!(trial.listing(), "104f 104f 240u 130496u 104u");
    trial.realloc(last, T); // A13
    assert_eq!(trial.listing(), "104f 104f 240u 130496u 104f");
    trial.0.calloc(1, 8); // A4
    assert_eq!(trial.listing(), "240f 240u 130496u 8u 64f");
}

#[test]
fn c3_coalescing_merges_runs_into_their_first_block() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 104, 104, 104]);
    for index in [4, 0, 3, 1] {
        trial.free(blocks[index]);
    }
    trial.malloc(8);
    assert_eq!(trial.listing(), "8u 200f 104u 240f 130360u");
}

#[test]
fn c4_best_fit_takes_the_smallest_and_then_the_lowest() {
    let (mut trial, blocks) = Trial::with_blocks(&[400, 8, 200, 8, 104, 8, 200, 8]);
    for index in [0, 2, 4, 6] {
        trial.free(blocks[index]);
    }
    assert_eq!(trial.malloc(105), blocks[2]);
    assert_eq!(trial.malloc(200), blocks[6]);
    assert_eq!(trial.malloc(200), blocks[0]);
    assert_eq!(trial.malloc(104), blocks[4]);
    assert_eq!(trial.calls(), []);
}

#[test]
fn c5_the_break_moves_only_when_no_block_fits() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    trial.free(blocks[0]);
    trial.malloc(1000);
    assert_eq!(trial.calls(), []);
    trial.malloc(1);
    assert_eq!(trial.calls(), [Break(8 + META)]);
}

#[test]
fn c6_split_when_the_rest_holds_a_header_and_eight_bytes() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 8, 104, 8]);
    trial.free(blocks[0]);
    trial.free(blocks[2]);
    trial.malloc(72);
    assert_eq!(
        trial.listing(),
        "104u 8u 104f 8u 130688u",
        "a rest of 32 stays"
    );
    trial.malloc(64);
    assert_eq!(
        trial.listing(),
        "104u 8u 64u 8f 8u 130688u",
        "a rest of 40 is split off"
    );
}

#[test]
fn c7_a_free_last_block_is_extended_and_used_whole() {
    let mut trial = Trial::new();
    trial.malloc(1000);
    let grown = trial.malloc(130_017);
    assert_eq!(trial.calls(), [Break(T), Break(16)]);
    assert_eq!(trial.listing(), "1000u 130024u");
    assert_eq!(trial.offset(grown), 1000 + 2 * META);
}

#[test]
fn c7_else_a_block_is_appended() {
    let (mut trial, _) = Trial::with_blocks(&[1000]);
    let appended = trial.malloc(3);
    assert_eq!(trial.calls(), [Break(8 + META)]);
    assert_eq!(trial.offset(appended), T + META);
}

#[test]
fn the_example_of_section_c() {
    let mut trial = Trial::new();
    let payload = trial.malloc(1000);
    assert_eq!(trial.offset(payload), 0x20);
    assert_eq!(trial.0.source().break_offset(), 0x20000);
    assert_eq!(trial.listing(), "1000u 130008f");
    assert_eq!(trial.0.malloc(0), None);
    trial.malloc(131_072);
    assert_eq!(trial.calls(), [Break(T), Map(131_104)]);
}

#[test]
fn d1_a_mapped_block_stands_at_the_start_of_its_mapping() {
    let mut trial = Trial::new();
    let mapped = trial.malloc(T);
    assert!((mapped.addr().get() - META).is_multiple_of(PAGE));
    let block = trial.0.find(mapped).expect("the block");
    assert_eq!((block.size, block.status), (T, osmem::block::STATUS_MAPPED));
    assert_eq!(trial.listing(), "");
}

#[test]
fn e3_a_refused_preallocation_is_tried_again() {
    let mut trial = Trial::new();
    trial.0.source().refuse_after(0);
    assert_eq!(trial.0.malloc(1000), None);
    assert_eq!(trial.listing(), "");
    trial.malloc(1000);
    assert_eq!(trial.calls(), [Refused, Break(T)]);
    assert_eq!(trial.listing(), "1000u 130008f");
}

#[test]
fn e3_a_refused_growth_leaves_the_heap_as_it_was() {
    let mut trial = Trial::with_arena(T);
    trial.malloc(1000);
    assert_eq!(trial.0.malloc(130_009), None, "extend");
    assert_eq!(trial.listing(), "1000u 130008f");
    trial.malloc(130_008);
    assert_eq!(trial.0.malloc(1), None, "append");
    assert_eq!(trial.0.calloc(1, 1), None);
    assert_eq!(trial.listing(), "1000u 130008u");
    assert_eq!(trial.0.source().break_offset(), T);
}

#[test]
fn e3_a_break_that_is_not_told_is_null() {
    let (mut trial, _) = Trial::with_blocks(&[1000]);
    let last = trial.malloc(504);
    trial.calls();
    trial.0.source().refuse_queries(true);
    assert_eq!(trial.try_realloc(last, 600), None);
    trial.free(last);
    assert_eq!(trial.0.malloc(600), None);
    assert_eq!(trial.calls(), []);
    trial.0.source().refuse_queries(false);
    assert_eq!(trial.malloc(600), last);
    assert_eq!(trial.calls(), [Break(96)]);
}

#[test]
fn e3_a_refused_mapping_is_null() {
    let mut trial = Trial::warm();
    trial.0.source().refuse_after(0);
    assert_eq!(trial.0.malloc(T), None);
    trial.0.source().refuse_after(0);
    assert_eq!(trial.0.calloc(1, PAGE), None);
    assert_eq!(trial.0.malloc(1 << 63), None);
    assert_eq!(trial.calls(), [Refused, Refused, Refused]);
    assert_eq!(trial.0.mapped_blocks().count(), 0);
}

#[test]
fn e3_realloc_keeps_the_old_block_when_the_mapping_is_refused() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    fill(blocks[0], 8, 1000);
    trial.0.source().refuse_after(0);
    assert_eq!(trial.try_realloc(blocks[0], T), None);
    assert_eq!(trial.listing(), "1000u 130008u");
    assert!(holds(blocks[0], 8, 1000));
    assert_eq!(trial.try_realloc(blocks[0], usize::MAX), None);
    assert_eq!(trial.listing(), "1000u 130008u");
}

#[test]
fn e3_realloc_keeps_the_old_block_when_growth_is_refused() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000, 8]);
    let last = trial.malloc(8);
    fill(last, 8, 8);
    fill(blocks[0], 9, 1000);
    trial.0.source().refuse_after(0);
    assert_eq!(trial.try_realloc(last, 500), None, "A14");
    trial.0.source().refuse_after(0);
    assert_eq!(trial.try_realloc(blocks[0], 2000), None, "A16");
    assert_eq!(trial.listing(), "1000u 8u 129968u 8u");
    assert!(holds(last, 8, 8));
    assert!(holds(blocks[0], 9, 1000));
    assert_eq!(trial.realloc(last, 500), last, "usable as before");
}

#[test]
fn e3_what_a15_merged_stays_merged_when_growth_is_refused() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104, 8]);
    fill(blocks[0], 2, 104);
    trial.free(blocks[1]);
    trial.0.source().refuse_after(0);
    assert_eq!(trial.try_realloc(blocks[0], 500), None);
    assert_eq!(trial.listing(), "240u 8u 130728u");
    assert!(holds(blocks[0], 2, 104));
}

#[test]
fn e3_a_mapping_that_cannot_be_unmapped_stays_a_block() {
    let mut trial = Trial::warm();
    let mapped = trial.malloc(T);
    fill(mapped, 6, T);
    trial.0.source().refuse_after(0);
    trial.free(mapped);
    assert_eq!(trial.0.source().mappings(), 1);
    // Granted: the new mapping. Refused: unmapping the old one. Then the new one goes.
    trial.0.source().refuse_after(1);
    assert_eq!(trial.try_realloc(mapped, 2 * T), None);
    assert!(holds(mapped, 6, T));
    trial.0.source().refuse_after(0);
    assert_eq!(trial.try_realloc(mapped, 1000), None);
    assert!(holds(mapped, 6, T));
    assert_eq!(trial.0.mapped_blocks().count(), 1);
    trial.free(mapped);
    assert_eq!(trial.0.source().mappings(), 0);
    assert_eq!(trial.listing(), "1000f 130008f");
}

#[test]
fn e5_a_free_last_block_is_not_extended_across_a_gap() {
    let mut trial = Trial::new();
    trial.malloc(1000);
    trial.0.source().move_break_aside(4096).expect("room");
    trial.malloc(130_016);
    assert_eq!(trial.listing(), "1000u 130008f ~ 130016u");
    assert_eq!(trial.calls(), [Break(T), Break(130_016 + META)]);
    assert!(trial.0.source().foreign_memory_is_intact());
}

#[test]
fn e5_the_last_block_does_not_grow_across_a_gap() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    let last = trial.malloc(8);
    fill(last, 1, 8);
    trial.0.source().move_break_aside(16).expect("room");
    trial.calls();
    let moved = trial.realloc(last, 2000);
    assert_eq!(trial.listing(), "1000u 130008u 8f ~ 2000u");
    assert_eq!(trial.calls(), [Break(2000 + META)]);
    assert!(holds(moved, 1, 8));
    trial.free(moved);
    trial.free(blocks[0]);
    trial.malloc(4);
    assert_eq!(
        trial.listing(),
        "1000f 130008u 8u ~ 2000f",
        "C3 keeps to its side"
    );
    assert!(trial.0.source().foreign_memory_is_intact());
}

#[test]
fn e5_realloc_does_not_merge_across_a_gap() {
    let (mut trial, _) = Trial::with_blocks(&[1000]);
    let last = trial.malloc(8);
    trial.0.source().move_break_aside(64).expect("room");
    let after = trial.malloc(504);
    trial.free(after);
    trial.calls();
    let moved = trial.realloc(last, 100);
    assert_eq!(moved, after);
    assert_eq!(trial.listing(), "1000u 130008u 8f ~ 104u 368f");
    assert!(trial.0.source().foreign_memory_is_intact());
}

#[test]
fn e5_a_break_left_at_an_odd_place_is_aligned() {
    let mut trial = Trial::new();
    trial.0.source().move_break_aside(13).expect("room");
    let first = trial.malloc(1000);
    assert_eq!(trial.offset(first), 16 + META);
    assert_eq!(trial.calls(), [Break(T + 3)]);
    trial.malloc(130_008);
    trial.0.source().move_break_aside(1).expect("room");
    let next = trial.malloc(8);
    assert_eq!(trial.offset(next), 16 + T + 8 + META);
    assert_eq!(trial.listing(), "1000u 130008u ~ 8u");
    assert!(trial.0.source().foreign_memory_is_intact());
}

#[test]
fn e5_a_break_below_the_heap_is_refused() {
    let (mut trial, blocks) = Trial::with_blocks(&[1000]);
    trial.0.source().pull_break_down(64);
    assert_eq!(trial.0.malloc(8), None);
    assert_eq!(trial.try_realloc(blocks[0], 2000), None);
    assert_eq!(trial.calls(), []);
}

#[test]
fn validate_names_what_is_wrong() {
    let (mut trial, blocks) = Trial::with_blocks(&[104, 104]);
    let header =
        |block: NonNull<u8>, word: isize| block.cast::<u64>().as_ptr().wrapping_offset(word - 4);
    let cases = [
        (header(blocks[0], 0), 112, "reaches past the next header"),
        (header(blocks[1], 0), 3, "has a size that cannot be right"),
        (
            header(blocks[1], 0),
            1 << 40,
            "has a size that cannot be right",
        ),
        (header(blocks[1], 1), 9, "has a status that cannot be right"),
        (
            header(blocks[1], 2),
            0,
            "does not link back to the block before it",
        ),
        (
            header(blocks[1], 3),
            0,
            "ends the list before its last block",
        ),
        (header(blocks[1], 3), 0x1000, "reaches past the next header"),
        (header(blocks[1], 3), 0x1001, "links to a misaligned header"),
        (header(blocks[1], 3), 1 << 50, "links past the last block"),
    ];
    for (word, value, message) in cases {
        // SAFETY: a word of a header in the arena.
        let good = unsafe { word.replace(value) };
        let fault = trial.0.validate().expect_err(message).to_string();
        assert!(fault.ends_with(message), "{fault}, not {message}");
        // SAFETY: as above.
        unsafe { word.write(good) };
    }
    trial.0.validate().expect("a sound heap");
}
