//! A whole program, the test harness and its threads included, on the allocator.

use std::alloc::{GlobalAlloc, Layout};
use std::collections::BTreeMap;

use osmem::arena::Arena;
use osmem::{Config, Global, Os};

#[global_allocator]
static ALLOCATOR: Global<Os> = Global::new(Os::new(), Config::DEFAULT);

#[test]
fn collections_work_in_many_threads() {
    let work = |seed: usize| {
        let mut words = BTreeMap::new();
        for n in 0..300 {
            words.insert(n * seed, format!("{n:>width$}", width = n * 7 % 900));
        }
        words.retain(|key, _| key % 3 != 0);
        words.values().map(String::len).sum::<usize>()
    };
    let expected = (0..300).filter(|n| n % 3 != 0);
    let expected: usize = expected
        .map(|n: usize| (n * 7 % 900).max(n.to_string().len()))
        .sum();
    std::thread::scope(|scope| {
        let threads: Vec<_> = [1, 2, 4, 5]
            .map(|seed| scope.spawn(move || work(seed)))
            .into();
        for thread in threads {
            assert_eq!(thread.join().expect("a thread"), expected);
        }
    });
}

#[test]
fn alignments_are_honoured() {
    let global = Global::new(Arena::new(1 << 20), Config::DEFAULT);
    for align in (0..14).map(|power| 1 << power) {
        for size in [1, 7, 64, 5000, 200_000] {
            let layout = Layout::from_size_align(size, align).expect("a layout");
            // SAFETY: the layout has a size.
            let memory = unsafe { global.alloc_zeroed(layout) };
            assert!(!memory.is_null() && memory.addr().is_multiple_of(align));
            // SAFETY: `size` zeroed bytes are there.
            let bytes = unsafe { std::slice::from_raw_parts(memory, size) };
            assert!(bytes.iter().all(|&byte| byte == 0));
            // SAFETY: as above.
            unsafe { memory.write_bytes(0xaa, size) };
            // SAFETY: the memory has this layout.
            let grown = unsafe { global.realloc(memory, layout, size * 2) };
            assert!(!grown.is_null() && grown.addr().is_multiple_of(align));
            // SAFETY: the first `size` bytes were kept.
            let bytes = unsafe { std::slice::from_raw_parts(grown, size) };
            assert!(bytes.iter().all(|&byte| byte == 0xaa));
            let layout = Layout::from_size_align(size * 2, align).expect("a layout");
            // SAFETY: the memory has this layout and is not used any more.
            unsafe { global.dealloc(grown, layout) };
        }
    }
}

#[test]
fn what_does_not_fit_is_null() {
    let global = Global::new(Arena::new(1 << 20), Config::DEFAULT);
    let huge = isize::MAX as usize - 4095;
    for align in [8, 4096] {
        let layout = Layout::from_size_align(huge, align).expect("a layout");
        // SAFETY: the layout has a size.
        assert!(unsafe { global.alloc(layout) }.is_null());
        // SAFETY: as above.
        assert!(unsafe { global.alloc_zeroed(layout) }.is_null());
    }
}
