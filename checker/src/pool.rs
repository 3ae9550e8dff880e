//! Divides work among the processors: one thread for each, pinned.
//!
//! A pool of a crate would not pin its threads, nor give each a place to work at.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::sys::server::{processors, stay_on_processor};

/// Does the work in a thread of its own on each of `jobs` processors, `most` at most; 0 for all there
/// are.
pub fn on_processors(jobs: usize, most: usize, work: impl Fn() + Sync) {
    // Without the list everything still works, on one processor.
    let processors = processors().unwrap_or_default();
    let wanted = if jobs == 0 { processors.len() } else { jobs };
    thread::scope(|scope| {
        for worker in 0..wanted.min(most).max(1) {
            let processor = processors.get(worker % processors.len().max(1)).copied();
            let work = &work;
            scope.spawn(move || {
                // Processes that this thread starts stay there too. Without it everything still works,
                // only slower.
                let _ = processor.map(stay_on_processor);
                work();
            });
        }
    });
}

/// Does the work for each item, on at most `jobs` processors; 0 for all there are. The results are in
/// the order of the items. Each thread has a slot to work at. A single item is done by the calling
/// thread, which may use all processors.
///
/// The error is that of the first item that fails; no more work is begun after a failure.
pub fn each<T: Sync, D, R: Send, E: Send>(
    items: &[T],
    jobs: usize,
    slot: impl Fn() -> D + Sync,
    work: impl Fn(&mut D, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    if items.len() <= 1 {
        return items.iter().map(|item| work(&mut slot(), item)).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    on_processors(jobs, items.len(), || {
        let mut slot = slot();
        // Items are taken in order: those in front of one that fails are all done.
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(index)
        {
            let result = work(&mut slot, item);
            if result.is_err() {
                next.store(items.len(), Ordering::Relaxed);
            }
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((index, result));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once_and_results_are_in_order() {
        for count in [0, 1, 2, 50] {
            let items: Vec<usize> = (0..count).collect();
            let work = |(): &mut (), item: &usize| Ok::<usize, ()>(*item);
            assert_eq!(each(&items, 3, || (), work), Ok(items.clone()));
        }
    }

    #[test]
    fn the_first_error_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let work = |(): &mut (), item: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *item < 3 { Ok(()) } else { Err(*item) }
        };
        assert_eq!(each(&items, 2, || (), work), Err(3));
        assert!(begun.into_inner() < 1000);
    }
}
