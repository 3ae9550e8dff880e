//! Reference allocator of the osmem assignment.
