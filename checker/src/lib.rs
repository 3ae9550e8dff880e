//! Observes a submission from outside its process, judges it, and reports.
//!
//! Layers, imports pointing down only: `cli`; `runner` and `report`; `submission`, `build`,
//! `tracer`, `judge`; `transcript`, `snapshot`, `model`, `diff`, `elf`, `sandbox`; `sys`; `types`.

#![deny(unsafe_code)]

pub mod batch;
pub mod build;
pub mod capture;
pub mod carried;
pub mod cli;
pub mod diff;
pub mod digest;
pub mod elf;
pub mod explain;
pub mod fuzz;
pub mod grading;
pub mod heap;
pub mod homes;
pub mod inject;
pub mod judge;
pub mod picture;
pub mod plan;
pub mod record;
pub mod recordings;
pub mod replay;
pub mod report;
pub mod rubric;
pub mod runner;
pub mod sandbox;
pub mod selection;
pub mod snapshot;
pub mod spec;
pub mod submission;
pub mod sys;
pub mod tracer;
pub mod transcript;
pub mod types;
