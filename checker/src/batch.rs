//! A class: its submissions graded over the processors, and what is kept of them: results as they
//! come, resumed, divided, merged and compared.
//!
//! What makes two results comparable is in [`store::Key`]; what a submission is called in files
//! and tables comes from [`ids`]. Nothing here says anything to anybody.

pub mod compare;
pub mod content;
pub mod crew;
mod entry;
pub mod examiner;
mod files;
pub mod given;
pub mod ids;
mod lines;
pub mod manifest;
pub mod merge;
pub mod schedule;
pub mod seeding;
pub mod similar;
pub mod slice;
pub mod store;
mod style;
mod timing;
