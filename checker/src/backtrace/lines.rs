//! Finds the functions, files and lines that an address in a library belongs to, in its debug
//! information.
//!
//! Each thing that is read costs a step, and there are so many steps for a library and no more: units
//! that share one table, entries with thousands of attributes and lists of ranges that are used over
//! and over would otherwise take hours from a few megabytes.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};

use gimli::{
    Attribute, AttributeValue, DebugInfoOffset, DwAt, Dwarf, EndianSlice, LittleEndian,
    Reader as _, Section as _, SectionId, Unit, UnitHeader, UnitOffset,
};
use object::endian::LittleEndian as FileEndian;
use object::read::elf::ElfFile64;
use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, ObjectSymbolTable as _, SymbolIndex,
    SymbolKind,
};

/// Steps for a library in all: far less than a second of reading.
const STEPS: u64 = 20_000_000;
/// Bytes of a section. That of the lines and that of the abbreviations become tables in memory.
const LARGEST: u64 = 8 << 20;
const LARGEST_TABLE: u64 = 1 << 20;
/// References from an entry to the one that has its name.
const REFERENCES: usize = 4;
/// Functions that are inlined in each other.
const DEEPEST: usize = 256;
/// Bytes of a string that are looked at in one step.
const STRIDE: usize = 16;
/// Bytes of a name or path that are kept.
const LONGEST: usize = 4096;
/// Symbols that are looked at.
const SYMBOLS: usize = 100_000;

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// The debug information of a library.
pub(super) struct Lines<'a> {
    dwarf: Dwarf<Bytes<'a>>,
    file: ElfFile64<'a, FileEndian>,
    functions: OnceCell<Vec<Function>>,
    left: Cell<u64>,
}

/// A function as a debugger would name it.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    pub(super) function: Vec<u8>,
    pub(super) file: Option<PathBuf>,
    /// The folder in which the file was compiled.
    pub(super) folder: PathBuf,
    pub(super) line: Option<u64>,
}

/// A function of a symbol table. Its name is read when it is asked for: symbols may share a long one.
struct Function {
    address: u64,
    size: u64,
    is_dynamic: bool,
    index: SymbolIndex,
}

/// A function, or an inlined one, that has an instruction in it.
struct Scope {
    name: Vec<u8>,
    is_inlined: bool,
    /// The file and line where an inlined function is called.
    call: (Option<u64>, Option<u64>),
}

/// Why the reading ended: the information makes no sense, or there is too much of it.
struct Unreadable;

impl From<gimli::Error> for Unreadable {
    fn from(_: gimli::Error) -> Self {
        Self
    }
}

type Found<T> = Result<T, Unreadable>;

impl<'a> Lines<'a> {
    /// Reads a library; `None` where it is not an ELF file. Without debug information, there are still
    /// names of functions.
    pub(super) fn of(library: &'a [u8]) -> Option<Self> {
        let file = ElfFile64::<FileEndian>::parse(library).ok()?;
        let section = |id: SectionId| {
            let section = file.section_by_name(id.name())?;
            let largest = match id {
                SectionId::DebugLine | SectionId::DebugAbbrev => LARGEST_TABLE,
                _ => LARGEST,
            };
            section.data().ok().filter(|_| section.size() <= largest)
        };
        let load = |id| Ok::<_, ()>(Bytes::new(section(id).unwrap_or_default(), LittleEndian));
        Some(Self {
            dwarf: Dwarf::load(load).ok()?,
            file,
            functions: OnceCell::new(),
            left: Cell::new(STEPS),
        })
    }

    /// The function with this instruction, those that are inlined there first.
    pub(super) fn frames(&self, address: u64) -> Vec<Raw> {
        let told = self.by_units(address).ok().flatten();
        told.or_else(|| self.by_symbol(address).map(|it| vec![it]))
            .unwrap_or_default()
    }

    /// Steps that may still be taken.
    #[cfg(test)]
    pub(super) const fn left(&self) -> u64 {
        self.left.get()
    }

    fn take(&self, steps: u64) -> Found<()> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Unreadable)
    }

    fn by_units(&self, address: u64) -> Found<Option<Vec<Raw>>> {
        let mut units = self.dwarf.units();
        while let Some(header) = units.next()? {
            let unit = self.unit(header)?;
            let scopes = self.scopes(&unit, address)?;
            if !scopes.is_empty() {
                return self.told(&unit, address, scopes).map(Some);
            }
        }
        Ok(None)
    }

    /// Its abbreviations and the head of its lines are read with it, and its own strings, each of
    /// which may be as long as all strings are.
    fn unit(&self, header: UnitHeader<Bytes<'a>>) -> Found<Unit<Bytes<'a>>> {
        let tables = self.dwarf.debug_abbrev.reader().len() + self.dwarf.debug_line.reader().len();
        let strings = [
            self.dwarf.debug_str.reader().len(),
            self.dwarf.debug_line_str.reader().len(),
            header.length_including_self(),
        ];
        let strings = strings.iter().sum::<usize>();
        self.take((64 + tables / 4 + strings / STRIDE) as u64)?;
        Ok(self.dwarf.unit(header)?)
    }

    /// The beginning of a string: to read all of it costs steps.
    fn string(&self, unit: &Unit<Bytes<'a>>, value: AttributeValue<Bytes<'a>>) -> Found<&'a [u8]> {
        let string = self.dwarf.attr_string(unit, value)?.slice();
        self.take((string.len() / STRIDE) as u64)?;
        Ok(&string[..string.len().min(LONGEST)])
    }

    /// The functions of a unit that have an instruction, from the outermost one inwards.
    fn scopes(&self, unit: &Unit<Bytes<'a>>, address: u64) -> Found<Vec<Scope>> {
        let mut entries = unit.entries_raw(None)?;
        let mut attributes = Vec::new();
        let mut scopes = Vec::new();
        let mut outermost = None;
        while !entries.is_empty() {
            self.take(1)?;
            let depth = entries.next_depth();
            if outermost.is_some_and(|outermost| depth <= outermost) {
                break;
            }
            let Some(abbreviation) = entries.read_abbreviation()? else {
                continue;
            };
            self.take(abbreviation.attributes().len() as u64)?;
            let is_inlined = match abbreviation.tag() {
                gimli::DW_TAG_subprogram => false,
                gimli::DW_TAG_inlined_subroutine => true,
                _ => {
                    entries.skip_attributes(abbreviation.attributes())?;
                    continue;
                }
            };
            entries.read_attributes(abbreviation.attributes(), &mut attributes)?;
            if !self.covers(unit, &attributes, address)? {
                continue;
            }
            outermost = outermost.or(Some(depth));
            if scopes.len() == DEEPEST {
                return Err(Unreadable);
            }
            scopes.push(Scope {
                name: self.name(unit, &attributes, REFERENCES)?,
                is_inlined,
                call: (
                    number(&attributes, gimli::DW_AT_call_file),
                    number(&attributes, gimli::DW_AT_call_line),
                ),
            });
        }
        Ok(scopes)
    }

    /// Whether the ranges of an entry have this address.
    fn covers(
        &self,
        unit: &Unit<Bytes<'a>>,
        attributes: &[Attribute<Bytes<'a>>],
        address: u64,
    ) -> Found<bool> {
        if let Some(ranges) = value(attributes, gimli::DW_AT_ranges) {
            let Some(mut ranges) = self.dwarf.attr_ranges(unit, ranges)? else {
                return Ok(false);
            };
            while let Some(raw) = ranges.next_raw()? {
                self.take(1)?;
                let range = ranges.convert_raw(raw)?;
                if range.is_some_and(|range| (range.begin..range.end).contains(&address)) {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let Some(low) = value(attributes, gimli::DW_AT_low_pc) else {
            return Ok(false);
        };
        let low = self.dwarf.attr_address(unit, low)?;
        let high = match value(attributes, gimli::DW_AT_high_pc) {
            Some(AttributeValue::Udata(size)) => low.and_then(|low| low.checked_add(size)),
            Some(high) => self.dwarf.attr_address(unit, high)?,
            None => None,
        };
        let range = low.zip(high);
        Ok(range.is_some_and(|(low, high)| (low..high).contains(&address)))
    }

    /// What an entry is called, or the one that it refers to.
    fn name(
        &self,
        unit: &Unit<Bytes<'a>>,
        attributes: &[Attribute<Bytes<'a>>],
        references: usize,
    ) -> Found<Vec<u8>> {
        if let Some(name) = value(attributes, gimli::DW_AT_name) {
            return Ok(self.string(unit, name)?.to_vec());
        }
        let origin = value(attributes, gimli::DW_AT_abstract_origin)
            .or_else(|| value(attributes, gimli::DW_AT_specification));
        match origin.filter(|_| references > 0) {
            Some(AttributeValue::UnitRef(at)) => self.name_at(unit, at, references - 1),
            Some(AttributeValue::DebugInfoRef(at)) => self.name_elsewhere(at, references - 1),
            _ => Ok(Vec::new()),
        }
    }

    fn name_at(&self, unit: &Unit<Bytes<'a>>, at: UnitOffset, references: usize) -> Found<Vec<u8>> {
        let mut entries = unit.entries_raw(Some(at))?;
        let Some(abbreviation) = entries.read_abbreviation()? else {
            return Ok(Vec::new());
        };
        self.take(abbreviation.attributes().len() as u64)?;
        let mut attributes = Vec::new();
        entries.read_attributes(abbreviation.attributes(), &mut attributes)?;
        self.name(unit, &attributes, references)
    }

    fn name_elsewhere(&self, at: DebugInfoOffset, references: usize) -> Found<Vec<u8>> {
        let mut units = self.dwarf.units();
        while let Some(header) = units.next()? {
            self.take(1)?;
            if let Some(offset) = at.to_unit_offset(&header) {
                let unit = self.unit(header)?;
                return self.name_at(&unit, offset, references);
            }
        }
        Ok(Vec::new())
    }

    /// The scopes as frames, the innermost first: each is where the next one inwards is called.
    fn told(&self, unit: &Unit<Bytes<'a>>, address: u64, scopes: Vec<Scope>) -> Found<Vec<Raw>> {
        let (mut file, mut line) = self.row(unit, address)?;
        let folder = unit
            .comp_dir
            .map_or_else(PathBuf::new, |it| path(it.slice()));
        let mut frames = Vec::new();
        for scope in scopes.into_iter().rev() {
            frames.push(Raw {
                function: scope.name,
                file: match file {
                    Some(file) => self.file(unit, file)?,
                    None => None,
                },
                folder: folder.clone(),
                line: line.filter(|&line| line > 0),
            });
            if !scope.is_inlined {
                break;
            }
            (file, line) = scope.call;
        }
        Ok(frames)
    }

    /// The number of the file, and the line, that an instruction comes from.
    fn row(&self, unit: &Unit<Bytes<'a>>, address: u64) -> Found<(Option<u64>, Option<u64>)> {
        let Some(program) = unit.line_program.clone() else {
            return Ok((None, None));
        };
        self.take(program.header().raw_program_buf().len() as u64)?;
        let mut rows = program.rows();
        let mut before: Option<(u64, u64, Option<u64>)> = None;
        while let Some((_, row)) = rows.next_row()? {
            if let Some((start, file, line)) = before
                && (start..row.address()).contains(&address)
            {
                return Ok((Some(file), line));
            }
            let line = row.line().map(std::num::NonZeroU64::get);
            before = Some((row.address(), row.file_index(), line)).filter(|_| !row.end_sequence());
        }
        Ok((None, None))
    }

    fn file(&self, unit: &Unit<Bytes<'a>>, number: u64) -> Found<Option<PathBuf>> {
        let Some(program) = &unit.line_program else {
            return Ok(None);
        };
        let header = program.header();
        let Some(file) = header.file(number) else {
            return Ok(None);
        };
        let name = path(self.string(unit, file.path_name())?);
        let folder = match file.directory(header) {
            Some(folder) => path(self.string(unit, folder)?),
            None => PathBuf::new(),
        };
        Ok(Some(folder.join(name)))
    }

    fn by_symbol(&self, address: u64) -> Option<Raw> {
        let functions = self.functions.get_or_init(|| {
            let symbols = self.file.symbols().map(|symbol| (false, symbol));
            let dynamic = self.file.dynamic_symbols().map(|symbol| (true, symbol));
            let symbols = symbols.chain(dynamic).take(SYMBOLS);
            let functions = symbols.filter(|(_, symbol)| symbol.kind() == SymbolKind::Text);
            let functions = functions.map(|(is_dynamic, symbol)| Function {
                address: symbol.address(),
                size: symbol.size(),
                is_dynamic,
                index: symbol.index(),
            });
            functions.collect()
        });
        let covers = |it: &&Function| {
            let inside = address.checked_sub(it.address);
            inside.is_some_and(|inside| inside < it.size)
        };
        let function = functions.iter().find(covers)?;
        let table = match function.is_dynamic {
            true => self.file.dynamic_symbol_table()?,
            false => self.file.symbol_table()?,
        };
        let symbol = table.symbol_by_index(function.index).ok()?;
        let name = symbol.name_bytes().ok()?;
        self.take((name.len() / STRIDE) as u64).ok()?;
        Some(Raw {
            function: name[..name.len().min(LONGEST)].to_vec(),
            ..Raw::default()
        })
    }
}

fn value<'a>(attributes: &[Attribute<Bytes<'a>>], name: DwAt) -> Option<AttributeValue<Bytes<'a>>> {
    let found = attributes.iter().find(|it| it.name() == name);
    found.map(Attribute::value)
}

fn number(attributes: &[Attribute<Bytes<'_>>], name: DwAt) -> Option<u64> {
    match value(attributes, name)? {
        AttributeValue::FileIndex(number) => Some(number),
        other => other.udata_value(),
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(
        &bytes[..bytes.len().min(LONGEST)],
    ))
    .to_path_buf()
}
