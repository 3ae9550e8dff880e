//! The tables of a shared library, found as the loader finds them.

use object::elf as raw;
use object::endian::LittleEndian as LE;
use object::pod::{Pod, slice_from_all_bytes};
use object::read::elf::{
    Dyn as _, FileHeader as _, GnuHashTable, HashTable, ProgramHeader as _, Sym as _,
};

use super::{Error, Export, Function, Header, Image, Import, imports};

type Symbol = raw::Sym64<LE>;
type Relocation = raw::Rela64<LE>;

/// Libraries that a file asks for, of which all are told; it could name one of them a million times.
const NEEDED: usize = 256;

/// Reads a file whose header says that it is a shared object.
pub(super) fn read(header: &Header, bytes: &[u8]) -> Result<Image, Error> {
    let memory = Memory::of(header, bytes)?;
    let tables = Tables::of(&memory)?;
    if tables.flags & raw::DF_1_PIE.0 != 0 {
        return Err(Error::WrongKind {
            found: "an executable",
        });
    }
    let mut image = Image::default();
    for symbol in tables.symbols(&memory)? {
        let name = tables.name(u64::from(symbol.st_name(LE)))?;
        add_symbol(&mut image, symbol, name);
    }
    for &offset in &tables.needed {
        let name = tables.name(offset)?;
        image.needed.push(name.escape_ascii().to_string());
    }
    tidy(&mut image);
    Ok(image)
}

/// Where the functions and variables of these names lie.
pub(super) fn exports(
    header: &Header,
    bytes: &[u8],
    names: &[&'static str],
) -> Result<Vec<Export>, Error> {
    let memory = Memory::of(header, bytes)?;
    let tables = Tables::of(&memory)?;
    let mut found = Vec::new();
    for symbol in tables.symbols(&memory)? {
        if symbol.is_undefined(LE) || !is_exported(symbol) {
            continue;
        }
        let name = tables.name(u64::from(symbol.st_name(LE)))?;
        let wanted = names.iter().find(|wanted| wanted.as_bytes() == name);
        found.extend(wanted.map(|&name| Export {
            name,
            address: symbol.st_value(LE),
            size: symbol.st_size(LE),
        }));
    }
    Ok(found)
}

fn add_symbol(image: &mut Image, symbol: &Symbol, name: &[u8]) {
    let weak = symbol.st_bind() == raw::STB_WEAK;
    if symbol.is_undefined(LE) {
        let rule = imports::rule(name);
        image.imports.extend(rule.map(|rule| Import { rule, weak }));
    } else if is_exported(symbol) {
        match Function::named(name) {
            Some(function) if is_callable(symbol) => image.exports.push(function),
            Some(function) => image.not_callable.push(function),
            None => image.replaced.extend(imports::replaceable(name)),
        }
    }
}

/// The loader lets others see symbols that are neither local nor hidden.
fn is_exported(symbol: &Symbol) -> bool {
    let visible = [raw::STV_DEFAULT, raw::STV_PROTECTED].contains(&symbol.st_visibility());
    visible && symbol.st_bind() != raw::STB_LOCAL
}

/// Functions written in assembly may have no type.
fn is_callable(symbol: &Symbol) -> bool {
    [raw::STT_FUNC, raw::STT_GNU_IFUNC, raw::STT_NOTYPE].contains(&symbol.st_type())
}

fn tidy(image: &mut Image) {
    image.exports.sort_unstable();
    image.exports.dedup();
    image.not_callable.sort_unstable();
    image.not_callable.dedup();
    image.imports.sort_by_key(|import| import.rule.symbol);
    image.imports.dedup_by_key(|import| import.rule.symbol);
    image.replaced.sort_unstable();
    image.replaced.dedup();
}

/// The parts of the file that the loader maps.
struct Memory<'a> {
    segments: Vec<(u64, &'a [u8])>,
    dynamic: u64,
}

impl<'a> Memory<'a> {
    fn of(header: &Header, bytes: &'a [u8]) -> Result<Self, Error> {
        let headers = header
            .program_headers(LE, bytes)
            .map_err(|_| damaged("the program headers are not in the file"))?;
        let mut segments = Vec::new();
        let mut dynamic = None;
        for header in headers {
            match header.p_type(LE) {
                raw::PT_LOAD => {
                    let data = header.data(LE, bytes);
                    let data = data.map_err(|()| damaged("a segment is not in the file"))?;
                    segments.push((header.p_vaddr(LE), data));
                }
                raw::PT_DYNAMIC => dynamic = Some(header.p_vaddr(LE)),
                _ => {}
            }
        }
        let dynamic = dynamic.ok_or_else(|| damaged("it has no dynamic segment"))?;
        Ok(Self { segments, dynamic })
    }

    /// The file's bytes from a virtual address to the end of its segment.
    fn from(&self, address: u64) -> Result<&'a [u8], Error> {
        self.segments
            .iter()
            .find_map(|&(start, data)| {
                let offset = usize::try_from(address.checked_sub(start)?).ok()?;
                data.get(offset..).filter(|rest| !rest.is_empty())
            })
            .ok_or_else(|| damaged("a table lies outside its segments"))
    }

    /// At most `size` bytes from a virtual address, as an array.
    fn array<T: Pod>(&self, address: u64, size: u64) -> Result<&'a [T], Error> {
        let rest = self.from(address)?;
        let size = usize::try_from(size).map_or(rest.len(), |size| size.min(rest.len()));
        let whole = size - size % size_of::<T>();
        slice_from_all_bytes(&rest[..whole]).map_err(|()| damaged("a table is not aligned"))
    }
}

/// What the dynamic segment points to. Addresses are 0 for what it does not mention.
#[derive(Default)]
struct Tables<'a> {
    symbols: u64,
    strings: &'a [u8],
    hash: u64,
    gnu_hash: u64,
    relocations: [(u64, u64); 2],
    needed: Vec<u64>,
    flags: u64,
}

impl<'a> Tables<'a> {
    fn of(memory: &Memory<'a>) -> Result<Self, Error> {
        let entries: &[raw::Dyn64<LE>] = memory.array(memory.dynamic, u64::MAX)?;
        let mut tables = Self::default();
        let (mut strings, mut strings_size) = (0, 0);
        for entry in entries {
            let value = entry.d_val(LE);
            match entry.tag(LE) {
                raw::DT_NULL => break,
                raw::DT_SYMTAB => tables.symbols = value,
                raw::DT_STRTAB => strings = value,
                raw::DT_STRSZ => strings_size = value,
                raw::DT_HASH => tables.hash = value,
                raw::DT_GNU_HASH => tables.gnu_hash = value,
                raw::DT_RELA => tables.relocations[0].0 = value,
                raw::DT_RELASZ => tables.relocations[0].1 = value,
                raw::DT_JMPREL => tables.relocations[1].0 = value,
                raw::DT_PLTRELSZ => tables.relocations[1].1 = value,
                raw::DT_NEEDED if tables.needed.len() < NEEDED => tables.needed.push(value),
                raw::DT_FLAGS_1 => tables.flags = value,
                _ => {}
            }
        }
        if strings == 0 || tables.symbols == 0 {
            return Err(damaged("the dynamic segment names no symbol table"));
        }
        tables.strings = memory.array(strings, strings_size)?;
        Ok(tables)
    }

    /// The dynamic symbols. Their number is not stored: it is the highest index that a hash table
    /// (exports) or a relocation (imports) has.
    fn symbols(&self, memory: &Memory<'a>) -> Result<&'a [Symbol], Error> {
        let count = self
            .hashed(memory)
            .max(self.hashed_gnu(memory))
            .max(self.relocated(memory));
        let size = u64::from(count).saturating_mul(size_of::<Symbol>() as u64);
        let symbols: &[Symbol] = memory.array(self.symbols, size)?;
        Ok(symbols.get(1..).unwrap_or_default())
    }

    fn hashed(&self, memory: &Memory<'a>) -> u32 {
        let Ok(data) = memory.from(self.hash) else {
            return 0;
        };
        HashTable::<Header>::parse(LE, data).map_or(0, |table| table.symbol_table_length())
    }

    fn hashed_gnu(&self, memory: &Memory<'a>) -> u32 {
        let Ok(data) = memory.from(self.gnu_hash) else {
            return 0;
        };
        GnuHashTable::<Header>::parse(LE, data).map_or(0, |table| {
            let hashed = table.symbol_table_length(LE).unwrap_or(0);
            hashed.max(table.symbol_base())
        })
    }

    fn relocated(&self, memory: &Memory<'a>) -> u32 {
        let all = self.relocations.iter();
        let arrays = all.filter_map(|&(address, size)| {
            let relocations: &[Relocation] = memory.array(address, size).ok()?;
            relocations.iter().map(|each| each.r_sym(LE, false)).max()
        });
        arrays.max().map_or(0, |last| last.saturating_add(1))
    }

    /// The name at an offset, cut off after `LONGEST` bytes: a hostile table can let every symbol
    /// share one endless name.
    fn name(&self, offset: u64) -> Result<&'a [u8], Error> {
        const LONGEST: usize = 256;
        let rest = usize::try_from(offset).ok();
        let rest = rest.and_then(|offset| self.strings.get(offset..));
        let rest = rest.ok_or_else(|| damaged("a name lies outside the string table"))?;
        let start = &rest[..rest.len().min(LONGEST)];
        let end = start.iter().position(|&byte| byte == 0);
        Ok(&start[..end.unwrap_or(start.len())])
    }
}

const fn damaged(reason: &'static str) -> Error {
    Error::Damaged { reason }
}
