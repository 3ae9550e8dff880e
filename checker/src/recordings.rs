//! Recordings of submissions without their code: the output of `checker trace`, and the words in
//! memory, as a shim in the process recorded them.
//!
//! `NAME.trace.txt` holds snapshots, each followed by findings. `NAME.raw.txt` holds a block of
//! lines for each scenario, `# NUMBER HEADER` first; numbers are hexadecimal, offsets count from
//! the heap's start:
//!
//! ```text
//! S start break              absolute addresses
//! C n function a b           call n begins
//! R result break             it returned, both as offsets
//! N offset w0 w1 w2 w3 w4    five words at a place that may be a header
//! E status                   how the process ended
//! ```
//!
//! Both files may be compressed with gzip.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::snapshot::{self, Snapshot};
use crate::types::{
    Call, CallNumber, End, Finding, LINK, MAPPED, MappingNumber, Memory, Node, Place, Region,
    State, Step, SystemCall, Transcript, WORDS,
};

/// What one submission did in one scenario.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub stem: String,
    /// The calls that it was to make, as far as they were recorded.
    pub calls: Vec<Call>,
    pub transcript: Transcript,
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {path}: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A snapshot in the trace is not one.
    #[error("{path}: {stem}: {source}")]
    Trace {
        path: PathBuf,
        stem: String,
        source: snapshot::ParseError,
    },
    /// A line of the raw file is not one.
    #[error("{path}:{line}: not a line of a recording: {text:?}")]
    Raw {
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
        text: String,
    },
}

/// Reads a recording; `trace` is the path of its trace, `NAME.trace.txt` or `NAME.trace.txt.gz`.
pub fn read(trace: &Path) -> Result<Vec<Recorded>, Error> {
    let raw = raw_of(trace);
    let memories = raw_blocks(&raw, &text_of(&raw)?)?;
    let text = text_of(trace)?;
    let mut recorded = Vec::new();
    for section in sections(&text) {
        let (snapshot, findings) = section.parse(trace)?;
        let number = section.stem.split('-').next().unwrap_or_default();
        let empty = Block::default();
        let block = memories.get(number).unwrap_or(&empty);
        recorded.push(transcript(snapshot, &findings, block));
    }
    Ok(recorded)
}

/// The raw file beside a trace.
fn raw_of(trace: &Path) -> PathBuf {
    let name = trace.file_name().unwrap_or_default().to_string_lossy();
    trace.with_file_name(name.replace(".trace.", ".raw."))
}

/// Bytes of the largest recording that is taken: a few compressed kilobytes can be any number of them.
const LARGEST: u64 = 256 << 20;

fn text_of(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let read = || {
        if !path.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let file = File::open(path)?;
        match path.extension().is_some_and(|extension| extension == "gz") {
            true => read_at_most(MultiGzDecoder::new(BufReader::new(file)), LARGEST),
            false => read_at_most(file, LARGEST),
        }
    };
    let bytes = read().map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_at_most(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("it holds more than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// A snapshot in a trace, with what stands after it.
struct Section<'a> {
    stem: &'a str,
    snapshot: String,
    rest: Vec<&'a str>,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            let stem = title.split(' ').next().unwrap_or_default();
            sections.push(Section {
                stem,
                snapshot: String::new(),
                rest: Vec::new(),
            });
            inside = true;
        }
        let Some(section) = sections.last_mut() else {
            continue;
        };
        inside &= !line.is_empty();
        match inside {
            true => {
                section.snapshot += line;
                section.snapshot.push('\n');
            }
            false => section.rest.push(line),
        }
    }
    sections
}

impl Section<'_> {
    fn parse(&self, path: &Path) -> Result<(Snapshot, Vec<(usize, Finding)>), Error> {
        let snapshot = snapshot::parse(&self.snapshot).map_err(|source| Error::Trace {
            path: path.to_owned(),
            stem: self.stem.to_owned(),
            source,
        })?;
        let findings = self.rest.iter().filter_map(|line| finding(line));
        Ok((snapshot, findings.collect()))
    }
}

/// `after call 9: PayloadChanged { block: CallNumber(4), offset: 296 }`; what it says of headers and
/// links is read from memory instead.
fn finding(line: &str) -> Option<(usize, Finding)> {
    let (number, what) = line.strip_prefix("after call ")?.split_once(": ")?;
    let number = number.parse().ok()?;
    let mut numbers = what
        .split(|it: char| !it.is_ascii_digit())
        .filter_map(|digits| digits.parse::<u64>().ok());
    let mut next = || numbers.next().unwrap_or(0);
    let name = what.split(' ').next()?;
    let finding = match name {
        "PayloadChanged" => Finding::PayloadChanged {
            block: CallNumber(u32::try_from(next()).ok()?),
            offset: next(),
        },
        "NotKept" => Finding::NotKept { offset: next() },
        "NotZero" => Finding::NotZero { offset: next() },
        "Misaligned" => Finding::Misaligned,
        "Overlap" => Finding::Overlap {
            other: CallNumber(u32::try_from(next()).ok()?),
        },
        _ => return None,
    };
    Some((number, finding))
}

/// A scenario in the raw file.
#[derive(Default)]
struct Block {
    start: u64,
    header: u64,
    /// What each call returned, as an offset, and the nodes after it.
    calls: Vec<(u64, Vec<Node>)>,
}

fn raw_blocks(path: &Path, text: &str) -> Result<BTreeMap<String, Block>, Error> {
    let mut blocks: BTreeMap<String, Block> = BTreeMap::new();
    let mut current = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let failed = || Error::Raw {
            path: path.to_owned(),
            line: number,
            text: line.chars().take(80).collect(),
        };
        let mut words = line.split_ascii_whitespace();
        let kind = words.next().unwrap_or_default();
        if kind == "#" {
            words.next().ok_or_else(failed)?.clone_into(&mut current);
            let header = words.next().and_then(|it| it.parse().ok()).unwrap_or(32);
            let block = Block {
                header,
                ..Block::default()
            };
            blocks.insert(current.clone(), block);
            continue;
        }
        let block = blocks.get_mut(&current).ok_or_else(failed)?;
        let hex = |word: &str| u64::from_str_radix(word, 16).ok();
        match kind {
            "S" => block.start = words.next().and_then(hex).ok_or_else(failed)?,
            "R" => {
                let result = words.next().and_then(hex).ok_or_else(failed)?;
                block.calls.push((result, Vec::new()));
            }
            "N" => {
                let numbers: Vec<u64> = words.filter_map(hex).collect();
                let [at, first, second, third, fourth, fifth, ..] = numbers[..] else {
                    return Err(failed());
                };
                let words = [first, second, third, fourth, fifth];
                let (_, nodes) = block.calls.last_mut().ok_or_else(failed)?;
                nodes.push(Node { at, words });
            }
            "C" | "E" | "X" => {}
            _ => return Err(failed()),
        }
    }
    Ok(blocks)
}

fn transcript(snapshot: Snapshot, findings: &[(usize, Finding)], block: &Block) -> Recorded {
    let mut builder = Builder {
        block,
        regions: Vec::new(),
        end: 0,
        mappings: BTreeMap::new(),
        foreign: 0,
        last: Memory::default(),
    };
    let steps: Vec<Step> = snapshot
        .steps
        .into_iter()
        .enumerate()
        .map(|(index, step)| {
            let of_call = findings.iter().filter(|(number, _)| *number == index + 1);
            let findings = of_call.map(|(_, finding)| finding.clone()).collect();
            let memory = builder.memory(index, &step);
            Step {
                call: step.call,
                outcome: step.outcome,
                findings,
                memory,
            }
        })
        .collect();
    let mut calls: Vec<Call> = steps.iter().map(|step| step.call).collect();
    calls.extend(snapshot.end.moment().and_then(|moment| {
        let unfinished = moment.number.0 as usize == steps.len() + 1;
        moment.call.filter(|_| unfinished)
    }));
    // The end of a recorded run is known by its moment alone.
    if snapshot.end == End::Finished(0) {
        calls.truncate(steps.len());
    }
    Recorded {
        stem: snapshot.stem,
        calls,
        transcript: Transcript {
            steps,
            unfinished: snapshot.unfinished,
            end: snapshot.end,
        },
    }
}

/// Puts the words of one file to the calls of the other.
struct Builder<'a> {
    block: &'a Block,
    regions: Vec<Region>,
    end: u64,
    /// Where the mappings lie, as offsets.
    mappings: BTreeMap<MappingNumber, u64>,
    /// Moves of the break by other code so far.
    foreign: usize,
    /// The words in memory after the call before.
    last: Memory,
}

impl Builder<'_> {
    fn memory(&mut self, index: usize, step: &snapshot::SnapshotStep) -> Memory {
        let foreign = matches!(step.call, Call::MoveBreak { .. });
        for call in &step.outcome.system_calls {
            self.note(call, foreign);
        }
        let empty = (0, Vec::new());
        // The shim saw no call where other code moved the break.
        self.foreign += usize::from(foreign);
        let own = index - self.foreign;
        let found = self.block.calls.get(own).filter(|_| !foreign);
        let (result, raw) = found.unwrap_or(&empty);
        if foreign {
            return Memory {
                end: self.end,
                ..self.last.clone()
            };
        }
        if let Some(Place::Mapping(number, offset)) = step.outcome.result {
            self.mappings.insert(number, result.wrapping_sub(offset));
        }
        let heap = self.block.start..self.block.start + self.end;
        let mapping_at = |word: u64| {
            let mut mappings = self.mappings.iter();
            let at = word.wrapping_sub(self.block.start);
            mappings.find(|(_, start)| **start == at)
        };
        let word = |word: u64| match (heap.contains(&word), mapping_at(word)) {
            (true, _) => (word - self.block.start) | LINK,
            (false, Some((number, _))) => u64::from(number.0) | MAPPED,
            (false, None) => word,
        };
        let tagged = |node: &Node| Node {
            at: node.at,
            words: node.words.map(word),
        };
        let inside = |at: u64| self.regions.iter().any(|region| region.contains(at));
        let mut nodes: Vec<Node> = raw
            .iter()
            .map(tagged)
            .filter(|node| inside(node.at))
            .collect();
        nodes.extend(walked(
            &step.outcome.layout,
            self.block.header,
            &self.regions,
        ));
        nodes.sort_by_key(|node| node.at);
        // What the shim saw comes first; the walk adds places that no link leads to.
        nodes.dedup_by_key(|node| node.at);
        let mappings = self.mappings.iter().filter_map(|(number, at)| {
            let node = raw.iter().find(|node| node.at == *at)?;
            Some((*number, node.words.map(word)))
        });
        let memory = Memory {
            mappings: mappings.collect(),
            nodes,
            regions: self.regions.clone(),
            end: self.end,
        };
        self.last = memory.clone();
        memory
    }

    fn note(&mut self, call: &SystemCall, foreign: bool) {
        match call {
            SystemCall::Brk {
                delta,
                failed: None,
            } => {
                let before = self.end;
                self.end = self.end.saturating_add_signed(*delta);
                if self.end < before {
                    self.regions.retain(|region| region.start < self.end);
                    if let Some(last) = self.regions.last_mut() {
                        last.end = last.end.min(self.end);
                    }
                } else if !foreign {
                    match self.regions.last_mut() {
                        Some(last) if last.end == before => last.end = self.end,
                        _ => self.regions.push(Region {
                            start: before,
                            end: self.end,
                        }),
                    }
                }
            }
            SystemCall::Munmap {
                start: Place::Mapping(number, 0),
                failed: None,
                ..
            } => {
                self.mappings.remove(number);
            }
            _ => {}
        }
    }
}

/// The headers that the walk of the tracer found.
fn walked(layout: &crate::types::Layout, header: u64, regions: &[Region]) -> Vec<Node> {
    use crate::types::Layout;
    let (Layout::Blocks(blocks) | Layout::Undecodable { blocks, .. }) = layout;
    // The walk knew headers of 32 bytes only.
    let (32, Some(first)) = (header, regions.first()) else {
        return Vec::new();
    };
    let mut at = first.start;
    let mut nodes = Vec::new();
    for block in blocks {
        let status = match block.state {
            State::Free => 0,
            State::Used => 1,
            State::Mapped => 2,
            State::Unknown(other) => u64::from(other as u32),
        };
        let mut words = [0; WORDS];
        words[0] = block.size;
        words[1] = status;
        nodes.push(Node { at, words });
        at += header + block.size;
        // A region that is full is followed by the next one.
        if regions.iter().any(|region| region.end == at) {
            let next = regions.iter().find(|region| region.start >= at);
            at = next.map_or(at, |region| region.start);
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn a_recording_that_is_too_large_is_refused() {
        let read = |most| read_at_most(b"12345".as_slice(), most);
        assert_eq!(read(5).unwrap(), b"12345");
        assert_eq!(
            read(4).unwrap_err().to_string(),
            "it holds more than 4 bytes"
        );
    }

    /// A made-up submission that keeps the whole preallocation for its first block.
    const TRACE: &str = "\
# 0101-malloc-zero · format 1
 1  p1 = os_malloc(0)                         -> NULL
        heap -
 2  p2 = os_malloc(8)                         -> H+0x20
        brk +0x20000
        heap 131040u
 3  os_free(p2)
        heap 131040f
exit 0

after call 2: NotZero { offset: 7 }
after call 3: Header
";
    const RAW: &str = "\
# 0101 32
S 555500000000 555500000000
C 1 malloc 0 0
R 0 0
C 2 malloc 8 0
R 20 20000
N 0 1ffe0 1 0 555500000000 9e37 r
C 3 free 20 0
R 0 20000
N 0 1ffe0 0 0 555500000000 9e37 r
E 0
";

    fn read_texts(trace: &str, raw: &str) -> Result<Vec<Recorded>, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made-up.trace.txt");
        fs::write(&path, trace).unwrap();
        fs::write(folder.path().join("made-up.raw.txt"), raw).unwrap();
        read(&path)
    }

    fn check(recorded: &[Recorded]) {
        let [one] = recorded else {
            panic!("{recorded:?}")
        };
        assert_eq!(one.stem, "0101-malloc-zero");
        assert_eq!(one.calls.len(), 3);
        assert_eq!(one.transcript.end, End::Finished(0));
        let steps = &one.transcript.steps;
        assert!(steps[0].memory.regions.is_empty());
        assert_eq!(steps[1].findings, [Finding::NotZero { offset: 7 }]);
        let memory = &steps[1].memory;
        assert_eq!(
            memory.regions,
            [Region {
                start: 0,
                end: 0x2_0000
            }]
        );
        // What points into the heap is an offset there.
        let words = [0x1_ffe0, 1, 0, LINK, 0x9e37];
        assert_eq!(memory.nodes, [Node { at: 0, words }]);
        // What the walk said of a header is read from memory instead.
        assert_eq!(steps[2].findings, []);
        assert_eq!(steps[2].memory.nodes[0].words[1], 0);
    }

    #[test]
    fn a_recording_is_read() {
        check(&read_texts(TRACE, RAW).unwrap());
    }

    #[test]
    fn compressed_files_are_read_too() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("made-up.trace.txt.gz", TRACE), ("made-up.raw.txt.gz", RAW)] {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            let mut writer = GzEncoder::new(file, Compression::fast());
            writer.write_all(text.as_bytes()).unwrap();
            writer.finish().unwrap();
        }
        check(&read(&folder.path().join("made-up.trace.txt.gz")).unwrap());
    }

    #[test]
    fn a_damaged_line_is_refused_with_file_and_line() {
        let damages = [
            ("S 5555", "S 55-5", 2),
            ("N 0 1ffe0 1 0 555500000000 9e37 r", "N 0 1ffe0", 7),
            ("C 3 free", "? 3 free", 8),
            ("# 0101 32", "", 1),
        ];
        for (whole, damaged, line) in damages {
            let error = read_texts(TRACE, &RAW.replace(whole, damaged)).unwrap_err();
            let place = format!("made-up.raw.txt:{line}: not a line of a recording: ");
            assert!(error.to_string().contains(&place), "{damaged}: {error}");
        }
        let error = read_texts(&TRACE.replace("heap 131040f", "heap 13104of"), RAW).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("made-up.trace.txt: 0101-malloc-zero: "),
            "{text}"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("/nowhere/r01.trace.txt")).unwrap_err();
        assert!(
            error.to_string().contains("/nowhere/r01.raw.txt"),
            "{error}"
        );
    }
}
