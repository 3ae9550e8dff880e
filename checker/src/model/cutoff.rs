//! What is mapped and what comes from the heap: the cut-offs of V1 to V3.

use super::choices::{Axis, Relocation, band};
use super::fault::Fault;
use super::simulation::Simulation;

impl Simulation {
    /// Whether a cut-off is passed, noting when the choice on `axis` decides it.
    fn passes(&mut self, axis: Axis, cutoff: u64, size: u64) -> bool {
        if let Some(band) = band(&self.profile, axis)
            && band.contains(&size)
            && size < *band.end()
        {
            self.sensitive.insert(axis);
        }
        size >= cutoff
    }

    pub(super) fn malloc_maps(&mut self, size: u64) -> bool {
        if let Some(cutoff) = self.mistaken_cutoff() {
            return size >= cutoff;
        }
        if self.has(Fault::MallocUsesPage) {
            return self.passes(Axis::CallocCutoff, self.choices.calloc_cutoff, size);
        }
        self.passes(Axis::MallocCutoff, self.choices.malloc_cutoff, size)
    }

    pub(super) fn calloc_maps(&mut self, size: u64) -> bool {
        if self.has(Fault::NeverMaps) {
            return false;
        }
        if self.has(Fault::CallocUsesMallocThreshold) {
            return self.malloc_maps(size);
        }
        if self.has(Fault::CallocThresholdWithoutHeader) {
            return size >= self.profile.page;
        }
        self.passes(Axis::CallocCutoff, self.choices.calloc_cutoff, size)
    }

    pub(super) fn realloc_maps(&mut self, size: u64) -> bool {
        if let Some(cutoff) = self.mistaken_cutoff() {
            return size >= cutoff;
        }
        self.passes(Axis::ReallocCutoff, self.choices.realloc_cutoff, size)
    }

    /// Whether the new block of a moved one is mapped, where A13 has not decided it (A16, A17).
    pub(super) fn moved_maps(&mut self, size: u64) -> bool {
        let by_malloc = self.malloc_maps(size);
        let by_realloc = self.realloc_maps(size);
        if self.sensitive.contains(Axis::MallocCutoff) || by_malloc != by_realloc {
            self.sensitive.insert(Axis::Relocation);
        }
        match self.choices.relocation {
            Relocation::AsMalloc => by_malloc,
            Relocation::AsRealloc => by_realloc,
        }
    }

    fn mistaken_cutoff(&self) -> Option<u64> {
        let threshold = self.profile.mmap_threshold;
        if self.has(Fault::NeverMaps) {
            Some(u64::MAX)
        } else if self.has(Fault::ThresholdDecimal) {
            Some(self.profile.first_mapped(threshold / 1024 * 1000))
        } else if self.has(Fault::ThresholdBeyond) {
            Some(threshold + 1)
        } else {
            None
        }
    }
}
