//! What is kept of a class: results as they come, resumed, divided, merged and compared.
//!
//! Runs nothing itself. What makes two results comparable is in [`store::Key`]; what a submission
//! is called in files and tables comes from [`ids`].

pub mod compare;
pub mod content;
pub mod ids;
pub mod merge;
pub mod similar;
pub mod slice;
pub mod store;
mod timing;
