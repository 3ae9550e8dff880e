//! Observes a submission from outside its process, judges it, and reports.
//!
//! Layers, imports pointing down only: `cli`; `runner` and `report`; `submission`, `build`,
//! `tracer`, `judge`; `transcript`, `snapshot`, `model`, `diff`, `elf`, `sandbox`; `sys`; `types`.

#![deny(unsafe_code)]

pub mod judge;
pub mod model;
pub mod types;
