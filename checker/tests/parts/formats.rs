//! Every format against a schema or a parser of its own, with hostile text in it.

mod consumers;
mod hostile;
mod html;
mod json;
mod order;
mod plain;
mod records;
mod size;
mod views;
mod xml;
