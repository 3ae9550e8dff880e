//! Finds out whether this process is recorded, and where its events go.

use core::ffi::{CStr, c_char, c_int};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

use crate::log::{Event, HEADER, Header, NAME, STARTED, VARIABLE, length};

const PAGE: usize = 4096;

/// No thread has asked yet.
const UNKNOWN: u8 = 0;
/// A thread is finding out.
const ASKING: u8 = 1;
/// This process is not recorded.
const OFF: u8 = 2;
/// It is recorded, as long as [`MINE`] says so.
const ON: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
static LOG: AtomicPtr<Header> = AtomicPtr::new(ptr::null_mut());
/// A byte that the kernel clears in every fork: 1 in the process that is recorded. Asking for the
/// process's id at each call would be a system call each time.
static MINE: AtomicPtr<AtomicU8> = AtomicPtr::new(ptr::null_mut());

unsafe extern "C" {
    static environ: *const *const c_char;
    static program_invocation_short_name: *const c_char;
}

/// Writes an event down. Its place, when it has one: the second event of a `realloc` names it.
#[inline]
pub(crate) fn record(kind: u64, numbers: [u64; 3]) -> Option<u64> {
    match STATE.load(Ordering::Acquire) {
        ON => {}
        UNKNOWN => ask()?,
        _ => return None,
    }
    // SAFETY: the page was mapped for good before the state was ON.
    let mine = unsafe { &*MINE.load(Ordering::Relaxed) };
    match mine.load(Ordering::Relaxed) {
        1 => write(kind, numbers),
        _ => {
            STATE.store(OFF, Ordering::Relaxed);
            None
        }
    }
}

/// Takes the next place in the log and writes into it.
fn write(kind: u64, numbers: [u64; 3]) -> Option<u64> {
    let header = LOG.load(Ordering::Relaxed);
    // SAFETY: the log was mapped for good before the state was ON, and the checker has written
    // its header before this process began.
    let log = unsafe { &*header };
    let place = log.next.fetch_add(1, Ordering::SeqCst);
    if place >= log.capacity {
        return None;
    }
    // SAFETY: the file has room for `capacity` events after the header.
    let events = unsafe { header.byte_add(HEADER) }.cast::<Event>();
    // SAFETY: as above.
    let event = unsafe { events.add(place as usize) };
    // SAFETY: as above, and no other thread has taken this place.
    unsafe { event.write(Event { kind, numbers }) };
    Some(place)
}

/// Finds out whether this process is recorded; `None` when not, or when it is not yet known.
#[cold]
fn ask() -> Option<()> {
    // SAFETY: `environ` is the C library's, which sets it before it runs any other code; the
    // loader, which may allocate before that, has a single thread.
    let variables = unsafe { environ };
    if variables.is_null() {
        return None;
    }
    // Another thread that comes in between passes its calls on unseen, as before the start.
    STATE
        .compare_exchange(UNKNOWN, ASKING, Ordering::Acquire, Ordering::Relaxed)
        .ok()?;
    let joined = path(variables).and_then(map_log).filter(|&log| join(log));
    let on = joined.zip(map_mine());
    if let Some((log, mine)) = on {
        LOG.store(log.as_ptr(), Ordering::Relaxed);
        MINE.store(mine.as_ptr(), Ordering::Relaxed);
        // SAFETY: getpid has no precondition.
        let process = unsafe { libc::getpid() };
        let [first, second] = name_as_numbers();
        write(STARTED, [process as u64, first, second]);
    }
    STATE.store(if on.is_some() { ON } else { OFF }, Ordering::Release);
    on.map(drop)
}

/// The path that the environment names.
fn path(mut variables: *const *const c_char) -> Option<*const c_char> {
    loop {
        // SAFETY: the environment ends with NULL, and this is at or before its end.
        let variable = unsafe { variables.read() };
        if variable.is_null() {
            return None;
        }
        // SAFETY: its strings end with NUL and stay while no code changes the environment, which
        // no code but the loader's and the C library's has had the time to do.
        let text = unsafe { CStr::from_ptr(variable) }.to_bytes_with_nul();
        let value = text.strip_prefix(VARIABLE.as_bytes());
        if let Some(value) = value.and_then(|it| it.strip_prefix(b"=")) {
            return Some(value.as_ptr().cast());
        }
        // SAFETY: the end has not been reached.
        variables = unsafe { variables.add(1) };
    }
}

/// Maps the whole file.
fn map_log(path: *const c_char) -> Option<NonNull<Header>> {
    // SAFETY: the path ends with NUL.
    let file = unsafe { libc::open(path, libc::O_RDWR | libc::O_CLOEXEC) };
    if file < 0 {
        return None;
    }
    let header = map(file, HEADER);
    // SAFETY: the checker wrote the header before it started any process that knows the path.
    let capacity = header.map(|header| unsafe { header.cast::<Header>().as_ref() }.capacity);
    let whole = capacity.and_then(length);
    let log = whole.and_then(|length| map(file, length as usize));
    // SAFETY: mappings stay when the file is closed.
    unsafe { libc::close(file) };
    log.map(NonNull::cast)
}

/// The page after [`MINE`].
fn map_mine() -> Option<NonNull<AtomicU8>> {
    let page = map(-1, PAGE)?;
    // SAFETY: the page is ours.
    let wiped = unsafe { libc::madvise(page.as_ptr().cast(), PAGE, libc::MADV_WIPEONFORK) };
    if wiped != 0 {
        return None;
    }
    let mine = page.cast::<AtomicU8>();
    // SAFETY: the page is mapped for good and zero.
    unsafe { mine.as_ref() }.store(1, Ordering::Relaxed);
    Some(mine)
}

/// Maps a file, shared, or fresh memory for -1.
fn map(file: c_int, length: usize) -> Option<NonNull<u8>> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = match file {
        -1 => libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        _ => libc::MAP_SHARED,
    };
    // SAFETY: a fresh mapping at an address of the kernel's choice disturbs nothing.
    let address = unsafe { libc::mmap(ptr::null_mut(), length, access, flags, file, 0) };
    match address {
        libc::MAP_FAILED => None,
        address => NonNull::new(address.cast()),
    }
}

/// Whether this process is the one to record.
fn join(log: NonNull<Header>) -> bool {
    // SAFETY: the log is mapped for good, and its header has been written.
    let log = unsafe { log.as_ref() };
    if !is_wanted(log) {
        return false;
    }
    // SAFETY: getpid has no precondition.
    let process = unsafe { libc::getpid() } as u32;
    let first = log
        .owner
        .compare_exchange(0, process, Ordering::SeqCst, Ordering::SeqCst);
    // The same process again has executed another program.
    first.is_ok() || first == Err(process)
}

fn is_wanted(log: &Header) -> bool {
    if log.name[0] == 0 {
        // SAFETY: getppid has no precondition.
        return unsafe { libc::getppid() } as u32 == log.parent;
    }
    let name = name();
    let end = log.name.iter().position(|&byte| byte == 0);
    let wanted = &log.name[..end.unwrap_or(log.name.len())];
    // The kernel cuts names, so those that are too long for it may be given cut.
    name == wanted || (wanted.len() == log.name.len() - 1 && name.starts_with(wanted))
}

/// This process's name, without a path.
fn name() -> &'static [u8] {
    // SAFETY: the C library sets it together with `environ`.
    let name = unsafe { program_invocation_short_name };
    // SAFETY: it is never NULL, ends with NUL and stays.
    unsafe { CStr::from_ptr(name) }.to_bytes()
}

/// The same for an event.
fn name_as_numbers() -> [u64; 2] {
    let mut bytes = [0; NAME];
    for (place, &byte) in bytes.iter_mut().zip(name()) {
        *place = byte;
    }
    // SAFETY: both are sixteen bytes without further meaning.
    unsafe { core::mem::transmute(bytes) }
}
