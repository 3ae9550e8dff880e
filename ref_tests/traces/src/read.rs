//! Reads a trace from untrusted bytes.
//!
//! No bytes make it panic, and none make it take more memory than a small multiple of their own
//! number: a call takes at least one byte, so a count that is too large is seen before it is
//! believed.

use std::fmt;

use crate::legality::Legality;
use crate::number::{self, NoNumber};
use crate::write::{CALLOC, CHECKSUM, FREE, FUNCTION_BITS, MAGIC, MALLOC, REALLOC, VERSION};
use crate::{CallNumber, Illegal, LONGEST_NAME, LeftOut, Step, Trace, checksum};

/// Why bytes are no trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Where, in bytes from the start.
    pub offset: usize,
    /// What is wrong there.
    pub reason: Malformed,
}

/// What is wrong with a trace's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It does not begin as a trace does.
    Magic,
    /// It is of another version.
    Version(u64),
    /// It ends too early.
    Cut,
    /// A number is larger than 64 bits, or padded.
    Number,
    /// The name is too long or no UTF-8.
    Name,
    /// It says that it has this many calls, which is more than it has bytes.
    Count(u64),
    /// A call is of no known function.
    Function(u64),
    /// A pointer is older than the trace.
    Age(u64),
    /// A call is invalid.
    Illegal(Illegal),
    /// The checksum is not that of the bytes.
    Checksum,
    /// Something follows the end.
    Trailing,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: ", self.offset)?;
        match &self.reason {
            Malformed::Magic => f.write_str("not an allocation trace"),
            Malformed::Version(version) => {
                write!(f, "a trace of version {version}, {VERSION} can be read")
            }
            Malformed::Cut => f.write_str("the trace ends too early"),
            Malformed::Number => f.write_str("a number that is too large or padded"),
            Malformed::Name => f.write_str("a program's name that is too long or no UTF-8"),
            Malformed::Count(calls) => write!(f, "{calls} calls do not fit into the rest"),
            Malformed::Function(code) => write!(f, "function {code} is unknown"),
            Malformed::Age(age) => write!(f, "a pointer from {age} calls ago, before the first"),
            Malformed::Illegal(illegal) => write!(f, "{illegal}"),
            Malformed::Checksum => f.write_str("the checksum does not match: the trace is damaged"),
            Malformed::Trailing => f.write_str("something follows the end of the trace"),
        }
    }
}

impl std::error::Error for ReadError {}

impl Trace {
    /// The trace in a file's bytes.
    ///
    /// # Errors
    /// What is wrong with the bytes, and where.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut reader = Reader { bytes, offset: 0 };
        reader.header()?;
        let name = reader.name()?;
        let left_out = LeftOut {
            failed: reader.number()?,
            foreign: reader.number()?,
            aligned: reader.number()?,
            beyond: reader.number()?,
        };
        let steps = reader.steps()?;
        reader.end()?;
        Ok(Self {
            name,
            left_out,
            steps,
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    fn header(&mut self) -> Result<(), ReadError> {
        if !self.bytes.starts_with(MAGIC) {
            return Err(self.complain(Malformed::Magic));
        }
        self.offset = MAGIC.len();
        let start = self.offset;
        match self.number()? {
            VERSION => Ok(()),
            other => Err(complaint(start, Malformed::Version(other))),
        }
    }

    fn name(&mut self) -> Result<String, ReadError> {
        let start = self.offset;
        let length = self.number()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > LONGEST_NAME {
            return Err(complaint(start, Malformed::Name));
        }
        let cut = complaint(self.bytes.len(), Malformed::Cut);
        let name = self.rest().get(..length).ok_or(cut)?.to_vec();
        let name = String::from_utf8(name).map_err(|_| self.complain(Malformed::Name))?;
        self.offset += length;
        Ok(name)
    }

    fn steps(&mut self) -> Result<Vec<Step>, ReadError> {
        let start = self.offset;
        let calls = self.number()?;
        let fits = usize::try_from(calls).ok();
        let Some(calls) = fits.filter(|&calls| calls <= self.rest().len()) else {
            return Err(complaint(start, Malformed::Count(calls)));
        };
        let mut steps = Vec::with_capacity(calls);
        let mut legality = Legality::default();
        for index in 0..calls as u64 {
            let start = self.offset;
            let step = self.step(index + 1)?;
            let admitted = legality.admit(&step);
            admitted.map_err(|illegal| complaint(start, Malformed::Illegal(illegal)))?;
            steps.push(step);
        }
        Ok(steps)
    }

    /// The call of this number.
    fn step(&mut self, call: u64) -> Result<Step, ReadError> {
        let start = self.offset;
        let first = self.number()?;
        let value = first >> FUNCTION_BITS;
        let pointer = match value {
            0 => Ok(None),
            age => match call.checked_sub(age).map(u32::try_from) {
                Some(Ok(number @ 1..)) => Ok(Some(CallNumber(number))),
                _ => Err(complaint(start, Malformed::Age(age))),
            },
        };
        Ok(match first & ((1 << FUNCTION_BITS) - 1) {
            MALLOC => Step::Malloc { size: value },
            CALLOC => Step::Calloc {
                count: value,
                size: self.number()?,
            },
            REALLOC => Step::Realloc {
                pointer: pointer?,
                size: self.number()?,
            },
            FREE => Step::Free { pointer: pointer? },
            other => return Err(complaint(start, Malformed::Function(other))),
        })
    }

    fn end(&mut self) -> Result<(), ReadError> {
        let covered = &self.bytes[..self.offset];
        let Some(written) = self.rest().first_chunk::<CHECKSUM>() else {
            return Err(complaint(self.bytes.len(), Malformed::Cut));
        };
        if u64::from_le_bytes(*written) != checksum::of(covered) {
            return Err(self.complain(Malformed::Checksum));
        }
        self.offset += CHECKSUM;
        match self.rest() {
            [] => Ok(()),
            _ => Err(self.complain(Malformed::Trailing)),
        }
    }

    fn number(&mut self) -> Result<u64, ReadError> {
        match number::first(self.rest()) {
            Ok((number, length)) => {
                self.offset += length;
                Ok(number)
            }
            Err(NoNumber::Improper) => Err(self.complain(Malformed::Number)),
            Err(NoNumber::Cut) => Err(complaint(self.bytes.len(), Malformed::Cut)),
        }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.offset..).unwrap_or_default()
    }

    fn complain(&self, reason: Malformed) -> ReadError {
        complaint(self.offset, reason)
    }
}

const fn complaint(offset: usize, reason: Malformed) -> ReadError {
    ReadError { offset, reason }
}
