//! The debug mode of the C library: a log of the calls, checks around them, leaks at exit.
//!
//! Refuses to touch the heap: lines are put together on the stack and written with one
//! `write(2)` to standard error. It never repairs anything: a call that must not happen is
//! reported and left out, a heap that is corrupt ends the process.

use core::ffi::CStr;
use core::fmt::{self, Write};
use core::ptr::NonNull;

use crate::literal::block::{STATUS_ALLOC, STATUS_FREE, STATUS_MAPPED};
use crate::literal::engine::BlockList;
use crate::literal::heap::Heap;
use crate::literal::inspect::BlockInfo;
use crate::literal::source::Source;

const LOG: u8 = 1;
const CHECK: u8 = 2;
const LEAKS: u8 = 4;

/// Which parts are on, and how many calls there were.
#[derive(Debug)]
pub(crate) struct Debug {
    parts: u8,
    calls: u64,
}

impl Debug {
    pub(crate) const OFF: Debug = Debug { parts: 0, calls: 0 };

    /// Reads a comma list of `log`, `check`, `leaks`, `all`; other words are ignored.
    pub(crate) fn parse(list: &[u8]) -> Debug {
        let part = |word: &[u8]| match word {
            b"log" => LOG,
            b"check" => CHECK,
            b"leaks" => LEAKS,
            b"all" => LOG | CHECK | LEAKS,
            _ => 0,
        };
        let parts = list.split(|&byte| byte == b',').map(part);
        Debug {
            parts: parts.fold(0, |all, part| all | part),
            calls: 0,
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.parts == 0
    }

    pub(crate) fn malloc<S: Source, L: BlockList>(
        &mut self,
        heap: &mut Heap<S, L>,
        size: usize,
    ) -> Option<NonNull<u8>> {
        let call = Call::Malloc(size);
        self.enter(heap, &call);
        let result = heap.malloc(size);
        self.leave(heap, &call, result);
        result
    }

    pub(crate) fn calloc<S: Source, L: BlockList>(
        &mut self,
        heap: &mut Heap<S, L>,
        nmemb: usize,
        size: usize,
    ) -> Option<NonNull<u8>> {
        let call = Call::Calloc(nmemb, size);
        self.enter(heap, &call);
        let result = heap.calloc(nmemb, size);
        self.leave(heap, &call, result);
        result
    }

    /// # Safety
    ///
    /// As for [`Heap::realloc`]; with `check`, any pointer is harmless.
    pub(crate) unsafe fn realloc<S: Source, L: BlockList>(
        &mut self,
        heap: &mut Heap<S, L>,
        ptr: Option<NonNull<u8>>,
        size: usize,
    ) -> Option<NonNull<u8>> {
        let call = Call::Realloc(ptr, size);
        self.enter(heap, &call);
        let result = if self.accepts(heap, &call, ptr) {
            // SAFETY: the caller's promise, or the pointer was found on the list.
            unsafe { heap.realloc(ptr, size) }
        } else {
            None
        };
        self.leave(heap, &call, result);
        result
    }

    /// # Safety
    ///
    /// As for [`Heap::free`]; with `check`, any pointer is harmless.
    pub(crate) unsafe fn free<S: Source, L: BlockList>(
        &mut self,
        heap: &mut Heap<S, L>,
        ptr: Option<NonNull<u8>>,
    ) {
        let call = Call::Free(ptr);
        self.enter(heap, &call);
        if self.accepts(heap, &call, ptr) {
            // SAFETY: the caller's promise, or the pointer was found on the list.
            unsafe { heap.free(ptr) };
        }
        self.leave(heap, &call, None);
    }

    /// Reports the blocks that were not freed.
    pub(crate) fn exit<S: Source, L: BlockList>(&self, heap: &Heap<S, L>) {
        if !self.has(LEAKS) {
            return;
        }
        let (mut blocks, mut bytes) = (0_usize, 0_usize);
        let all = heap.blocks().chain(heap.mapped_blocks());
        for block in all.filter(|block| block.status != STATUS_FREE) {
            blocks += 1;
            bytes = bytes.saturating_add(block.size);
            say(format_args!("leak: {}", Described(block)));
        }
        say(format_args!("leaks: {blocks} blocks, {bytes} bytes"));
    }

    fn has(&self, part: u8) -> bool {
        self.parts & part != 0
    }

    /// Before a call: finds headers that were overwritten since the last call.
    fn enter<S: Source, L: BlockList>(&mut self, heap: &mut Heap<S, L>, call: &Call) {
        self.calls += 1;
        self.check(heap, call, "before");
    }

    fn leave<S: Source, L: BlockList>(
        &self,
        heap: &mut Heap<S, L>,
        call: &Call,
        result: Option<NonNull<u8>>,
    ) {
        if self.has(LOG) {
            match call {
                Call::Free(_) => say(format_args!("{} {call}", self.calls)),
                _ => say(format_args!("{} {call} = {}", self.calls, Pointer(result))),
            }
        }
        self.check(heap, call, "after");
    }

    fn check<S: Source, L: BlockList>(&self, heap: &mut Heap<S, L>, call: &Call, when: &str) {
        if !self.has(CHECK) {
            return;
        }
        if let Err(fault) = heap.validate() {
            say(format_args!(
                "{} {call}: the heap is corrupt {when} the call: {fault}",
                self.calls
            ));
            // SAFETY: abort has no precondition.
            unsafe { libc::abort() }
        }
    }

    /// Whether the pointer may be freed or reallocated; says why not.
    fn accepts<S: Source, L: BlockList>(
        &self,
        heap: &Heap<S, L>,
        call: &Call,
        ptr: Option<NonNull<u8>>,
    ) -> bool {
        let Some(payload) = ptr.filter(|_| self.has(CHECK)) else {
            return true;
        };
        let trouble = match heap.find(payload).map(|block| block.status) {
            Some(STATUS_ALLOC | STATUS_MAPPED) => return true,
            Some(_) if matches!(call, Call::Free(_)) => "double free",
            Some(_) => "the block is free", // A10
            None => "no block starts there",
        };
        say(format_args!("{} {call}: {trouble}", self.calls));
        false
    }
}

enum Call {
    Malloc(usize),
    Calloc(usize, usize),
    Realloc(Option<NonNull<u8>>, usize),
    Free(Option<NonNull<u8>>),
}

impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Call::Malloc(size) => write!(out, "os_malloc({size})"),
            Call::Calloc(nmemb, size) => write!(out, "os_calloc({nmemb}, {size})"),
            Call::Realloc(ptr, size) => write!(out, "os_realloc({}, {size})", Pointer(ptr)),
            Call::Free(ptr) => write!(out, "os_free({})", Pointer(ptr)),
        }
    }
}

struct Pointer(Option<NonNull<u8>>);

impl fmt::Display for Pointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ptr) => write!(out, "{ptr:p}"),
            None => out.write_str("NULL"),
        }
    }
}

struct Described(BlockInfo);

impl fmt::Display for Described {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BlockInfo {
            payload,
            size,
            status,
        } = self.0;
        let place = if status == STATUS_MAPPED {
            "mapped"
        } else {
            "heap"
        };
        write!(out, "{size} bytes at {payload:p} ({place})")
    }
}

/// Writes a line to standard error; what is too long for it is cut off.
fn say(message: fmt::Arguments<'_>) {
    let mut line = Line::default();
    // A full line is an error to the formatter, and no trouble here.
    let _ = write!(line, "osmem: {message}");
    line.end();
}

struct Line {
    bytes: [u8; 256],
    len: usize,
}

impl Default for Line {
    fn default() -> Line {
        Line {
            bytes: [0; 256],
            len: 0,
        }
    }
}

impl Line {
    fn end(mut self) {
        self.bytes[self.len] = b'\n';
        let text = &self.bytes[..=self.len];
        // SAFETY: the text is initialised. A failure cannot be reported.
        unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // One byte stays for the end of the line.
        let room = self.bytes.len() - 1 - self.len;
        let taken = text.len().min(room);
        self.bytes[self.len..self.len + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.len += taken;
        if taken == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// The value of an environment variable.
pub(crate) fn variable(name: &CStr) -> Option<&'static [u8]> {
    // SAFETY: the name ends with a zero byte. The environment is read at the first call only.
    let value = unsafe { libc::getenv(name.as_ptr()) };
    if value.is_null() {
        return None;
    }
    // SAFETY: a value of the environment is a string, and the caller uses it at once.
    Some(unsafe { CStr::from_ptr(value) }.to_bytes())
}
