//! Reads the names that an object file of the compiler defines.

use std::collections::BTreeSet;

use object::elf as raw;
use object::endian::LittleEndian as LE;
use object::read::elf::{FileHeader as _, Sym as _};

use super::{Error, header};

/// The names that an object file defines for other files, such as `main`: global definitions that
/// a second object file must not define again. Weak and common symbols are not among them. Together
/// they may have `most` bytes: thousands of symbols can share the megabytes of one name.
pub fn definitions(bytes: &[u8], most: usize) -> Result<BTreeSet<Vec<u8>>, Error> {
    let header = header(bytes)?;
    if header.e_type(LE) != raw::ET_REL {
        return Err(Error::WrongKind {
            found: "not an object file",
        });
    }
    let sections = header.sections(LE, bytes).map_err(|_| Error::Damaged {
        reason: "the section headers are not in the file",
    })?;
    let symbols = sections
        .symbols(LE, bytes, raw::SHT_SYMTAB)
        .map_err(|_| Error::Damaged {
            reason: "the symbol table is not in the file",
        })?;
    let strong = symbols.iter().filter(|symbol| {
        symbol.st_bind() == raw::STB_GLOBAL && !symbol.is_undefined(LE) && !symbol.is_common(LE)
    });
    let names = strong.filter_map(|symbol| symbols.symbol_name(LE, symbol).ok());
    let mut left = most;
    let kept = |name: &[u8]| {
        left = left.checked_sub(name.len()).ok_or(Error::LongNames)?;
        Ok(name.to_vec())
    };
    names.map(kept).collect()
}
