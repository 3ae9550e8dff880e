//! One page for a student: self-contained, without network, readable without its script.
//!
//! It is written so that it is XML too, which lets a test find out whether any text of a submission
//! has become markup. The script is allowed by its digest only: no other would run.

mod heap;
pub(super) mod markup;
mod student;

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::prepare::Prepared;
use markup::escaped;

/// Bytes of a page: what a browser shows at once, and what a class of 500 can keep.
pub(super) const LARGEST: usize = 300_000;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// The page of one submission.
pub(super) fn render(prepared: &Prepared) -> io::Result<String> {
    let mut page = String::new();
    // First with all time lines, then with fewer, and then with shorter texts.
    for time_lines in [usize::MAX, 24, 8, 0] {
        page = student::page(prepared, time_lines);
        if page.len() <= LARGEST {
            break;
        }
    }
    Ok(page)
}

/// A whole page around its content.
pub(super) fn document(title: &str, content: &str) -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'sha256-{digest}'\"/>\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{content}<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}
