//! A trace in a few numbers.

use crate::{CallNumber, Step, Trace};

/// Size classes: up to 8 bytes, up to 16, and so on; the last has all that is larger.
pub const CLASSES: usize = 16;

/// What a trace asks for, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Calls of `malloc`.
    pub mallocs: u64,
    /// Calls of `calloc`.
    pub callocs: u64,
    /// Calls of `realloc`.
    pub reallocs: u64,
    /// Calls of `free`, those of NULL too.
    pub frees: u64,
    /// Bytes asked for in all.
    pub bytes: u64,
    /// Most blocks that are live at the same time.
    pub peak_blocks: u64,
    /// Most bytes that are live at the same time.
    pub peak_bytes: u64,
    /// Blocks that are never freed.
    pub left_blocks: u64,
    /// How many requests are of each size class: class k is for up to `8 << k` bytes, the last
    /// for all that are larger than the one before it.
    pub classes: [u64; CLASSES],
}

impl Summary {
    /// The bytes up to which a class goes; `None` for the last.
    pub fn limit(class: usize) -> Option<u64> {
        (class + 1 < CLASSES).then(|| 8 << class)
    }

    fn count(&mut self, step: &Step) {
        match step {
            Step::Malloc { .. } => self.mallocs += 1,
            Step::Calloc { .. } => self.callocs += 1,
            Step::Realloc { .. } => self.reallocs += 1,
            Step::Free { .. } => self.frees += 1,
        }
        if let Some(size) = step.gives() {
            self.bytes = self.bytes.saturating_add(size);
            let class = (0..CLASSES).find(|&class| Self::limit(class).is_none_or(|it| size <= it));
            self.classes[class.unwrap_or(CLASSES - 1)] += 1;
        }
    }
}

impl Trace {
    /// The trace in numbers.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        let mut sizes: Vec<u64> = Vec::with_capacity(self.steps().len());
        // A trace may claim more than 64 bits of live bytes.
        let (mut blocks, mut bytes) = (0, 0_u128);
        for step in self.steps() {
            summary.count(step);
            if let Some(CallNumber(ended)) = step.ends() {
                blocks -= 1;
                bytes -= u128::from(sizes[ended as usize - 1]);
            }
            if let Some(size) = step.gives() {
                blocks += 1;
                bytes += u128::from(size);
            }
            sizes.push(step.gives().unwrap_or(0));
            summary.peak_blocks = summary.peak_blocks.max(blocks);
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            summary.peak_bytes = summary.peak_bytes.max(bytes);
        }
        summary.left_blocks = blocks;
        summary
    }
}

#[cfg(test)]
mod tests {
    use crate::{CallNumber, LeftOut, Step, Trace};

    #[test]
    fn a_trace_in_numbers() {
        let pointer = Some(CallNumber(1));
        let steps = vec![
            Step::Malloc { size: 8 },
            Step::Calloc { count: 3, size: 3 },
            Step::Realloc {
                pointer,
                size: 1 << 40,
            },
            Step::Free {
                pointer: Some(CallNumber(2)),
            },
        ];
        let summary = Trace::new("p", LeftOut::default(), steps)
            .unwrap()
            .summary();
        let calls = [summary.mallocs, summary.callocs, summary.reallocs];
        assert_eq!((calls, summary.frees), ([1; 3], 1));
        assert_eq!(summary.peak_blocks, 2);
        assert_eq!(summary.peak_bytes, 9 + (1 << 40));
        assert_eq!(summary.left_blocks, 1);
        assert_eq!(
            (summary.classes[0], summary.classes[1], summary.classes[15]),
            (1, 1, 1)
        );
    }
}
