//! Divides a class among the processors: one thread for each, pinned, with one submission at a
//! time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::sys::server::{processors, stay_on_processor};

/// Does the work for each item, on at most `jobs` processors; 0 for all there are. Each thread has a
/// slot to work at. A single item is done by the calling thread, which may use all processors.
///
/// # Errors
///
/// The first error; no more work is begun then.
pub fn run<T: Sync, D, E: Send>(
    items: &[T],
    jobs: usize,
    slot: impl Fn() -> D + Sync,
    work: impl Fn(&mut D, &T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    if items.len() <= 1 {
        return items.iter().try_for_each(|item| work(&mut slot(), item));
    }
    // Without the list everything still works, on one processor.
    let processors = processors().unwrap_or_default();
    let wanted = if jobs == 0 { processors.len() } else { jobs };
    let queue = Queue {
        items,
        next: AtomicUsize::new(0),
        failure: Mutex::new(None),
    };
    thread::scope(|scope| {
        for worker in 0..wanted.clamp(1, items.len()) {
            let processor = processors.get(worker % processors.len().max(1)).copied();
            let (queue, slot, work) = (&queue, &slot, &work);
            scope.spawn(move || {
                // Processes that this thread starts stay there too.
                let _ = processor.map(stay_on_processor);
                queue.serve(&mut slot(), work);
            });
        }
    });
    let failure = queue.failure.into_inner();
    let failure = failure.unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

struct Queue<'t, T, E> {
    items: &'t [T],
    next: AtomicUsize,
    failure: Mutex<Option<E>>,
}

impl<T, E> Queue<'_, T, E> {
    fn serve<D>(&self, slot: &mut D, work: impl Fn(&mut D, &T) -> Result<(), E>) {
        while let Some(item) = self.items.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(slot, item) {
                self.next.store(self.items.len(), Ordering::Relaxed);
                let failure = self.failure.lock();
                let mut failure = failure.unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once() {
        for count in [0, 1, 2, 50] {
            let items: Vec<usize> = (0..count).collect();
            let done = Mutex::new(Vec::new());
            let work = |(): &mut (), item: &usize| {
                done.lock().unwrap().push(*item);
                Ok::<(), ()>(())
            };
            run(&items, 3, || (), work).unwrap();
            let mut done = done.into_inner().unwrap();
            done.sort_unstable();
            assert_eq!(done, items);
        }
    }

    #[test]
    fn an_error_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let work = |(): &mut (), item: &usize| if *item == 3 { Err("no") } else { Ok(()) };
        assert_eq!(run(&items, 2, || (), work), Err("no"));
    }
}
