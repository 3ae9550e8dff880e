//! A binary heap in a slice: the smallest entry is the first.
//!
//! Refuses to own or to grow the slice.

/// Adds the last entry of the slice to the heap that the entries before it are.
pub(super) fn push<T: Copy + Ord>(heap: &mut [T]) {
    let Some(mut at) = heap.len().checked_sub(1) else {
        return;
    };
    let entry = heap[at];
    while at > 0 {
        let parent = (at - 1) / 2;
        if heap[parent] <= entry {
            break;
        }
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = entry;
}

/// Takes the smallest entry out; the heap is then one shorter than the slice.
pub(super) fn pop<T: Copy + Ord>(heap: &mut [T]) -> Option<T> {
    let (&mut last, rest) = heap.split_last_mut()?;
    let Some(&first) = rest.first() else {
        return Some(last);
    };
    // Down to a leaf first and up from there: the last entry is nearly always a large one.
    let mut at = 0;
    while let Some(child) = smaller_child(rest, at) {
        rest[at] = rest[child];
        at = child;
    }
    rest[at] = last;
    push(&mut rest[..=at]);
    Some(first)
}

/// Makes a heap of the slice.
pub(super) fn arrange<T: Copy + Ord>(heap: &mut [T]) {
    for root in (0..heap.len() / 2).rev() {
        let entry = heap[root];
        let mut at = root;
        while let Some(child) = smaller_child(heap, at).filter(|&child| heap[child] < entry) {
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = entry;
    }
}

fn smaller_child<T: Copy + Ord>(heap: &[T], at: usize) -> Option<usize> {
    let left = 2 * at + 1;
    match heap.get(left..)? {
        [] => None,
        [_] => Some(left),
        [first, second, ..] => Some(left + usize::from(second < first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A permutation of 0..97 with repetitions.
    fn entries() -> Vec<u32> {
        (0..200).map(|n| n * 31 % 97).collect()
    }

    fn drain(mut heap: Vec<u32>) -> Vec<u32> {
        let mut drained = Vec::new();
        while let Some(entry) = pop(&mut heap) {
            drained.push(entry);
            heap.pop();
        }
        drained
    }

    fn sorted() -> Vec<u32> {
        let mut sorted = entries();
        sorted.sort_unstable();
        sorted
    }

    #[test]
    fn what_is_pushed_comes_out_in_order() {
        let mut heap = Vec::new();
        for entry in entries() {
            heap.push(entry);
            push(&mut heap);
        }
        assert_eq!(drain(heap), sorted());
    }

    #[test]
    fn what_is_arranged_comes_out_in_order() {
        let mut heap = entries();
        arrange(&mut heap);
        assert_eq!(drain(heap), sorted());
    }
}
