//! The file that the preloaded library writes.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use preload::log::{EVENT, Event, HEADER, Header, length};

/// Makes the file, with room for so many events: empty space that no disk has to hold.
pub(crate) fn prepare(path: &Path, capacity: u64, parent: u32, name: &str) -> io::Result<()> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    fs::write(path, Header::bytes(capacity, parent, name.as_bytes()))?;
    let file = File::options().write(true).open(path)?;
    file.set_len(length(capacity).ok_or_else(too_large)?)
}

/// What was written into it.
pub(crate) struct Journal {
    /// Events that there was no room for.
    pub(crate) beyond: u64,
    /// The others.
    pub(crate) events: u64,
    file: BufReader<File>,
}

impl Journal {
    /// Opens the file; `None` when no process has written into it.
    pub(crate) fn open(path: &Path, capacity: u64) -> io::Result<Option<Self>> {
        let mut file = BufReader::new(File::open(path)?);
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        if Header::owner_in(&header).is_none() {
            return Ok(None);
        }
        let next = Header::next_in(&header);
        Ok(Some(Self {
            beyond: next.saturating_sub(capacity),
            events: next.min(capacity),
            file,
        }))
    }

    /// The events, in their order.
    pub(crate) fn read(self) -> impl Iterator<Item = io::Result<Event>> {
        let Self {
            events, mut file, ..
        } = self;
        (0..events).map(move |_| {
            let mut bytes = [0; EVENT];
            file.read_exact(&mut bytes)?;
            Ok(Event::from_bytes(&bytes))
        })
    }
}
