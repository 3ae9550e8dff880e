//! The memory that is shared with the scenario program.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::NonNull;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use ref_tests::call::Call;
use ref_tests::profile::Profile;
use ref_tests::tape::{CAPACITY, Label, Shared, Written};
use ref_tests::wire::{Borrowed, Control, FILTER_CAPACITY, Progress, Request};

/// The checker's view of the page, and of the tape after it. The submission can write to it at
/// any time, so what is read from it is a hint and never a verdict.
pub struct ControlPage {
    page: NonNull<Shared>,
    file: File,
    fresh: Control,
}

// SAFETY: the memory is reached through volatile accesses only, which may come from any thread.
unsafe impl Send for ControlPage {}

impl ControlPage {
    /// A new page with the constants and the filter (instructions in the kernel's layout).
    pub fn new(profile: Profile, filter: &[u64]) -> io::Result<Self> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let file = File::from(memfd_create(c"control", flags)?);
        let length = NonZeroUsize::new(size_of::<Shared>()).expect("the page has fields");
        file.set_len(length.get() as u64)?;
        // A library that shortened the file while it is loaded would leave a hole to fall into.
        let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice disturbs nothing.
        let page = unsafe { mmap(None, length, access, MapFlags::MAP_SHARED, file.as_fd(), 0) }?;
        let page = Self {
            page: page.cast(),
            file,
            fresh: fresh(profile, filter),
        };
        page.request(Request::default(), Borrowed::default());
        Ok(page)
    }

    /// The file that the page lies in, for the program to map.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What the program says it is doing.
    pub fn progress(&self) -> Progress {
        // SAFETY: the mapping lives as long as `self` and is large enough for what is shared.
        let progress = unsafe { &raw const (*self.page.as_ptr()).control.progress };
        read(progress)
    }

    /// Writes a request and the whole rest of the page: the process before may have changed it.
    /// To be called while the server is stopped; its C library is where `borrowed` says.
    pub fn request(&self, request: Request, borrowed: Borrowed) {
        // SAFETY: as in `progress`.
        let control = unsafe { &raw mut (*self.page.as_ptr()).control };
        let fresh = self.fresh;
        let asked = Control {
            request,
            borrowed,
            ..fresh
        };
        write(control, asked);
    }

    /// Writes a sequence of calls on the tape, and what is to be done with it.
    pub fn write_tape(&self, label: Label, calls: &[Call]) {
        assert!(calls.len() <= CAPACITY, "{} calls", calls.len());
        for (index, &call) in calls.iter().enumerate() {
            // SAFETY: as in `progress`, and the index is below the capacity.
            let place = unsafe { &raw mut (*self.page.as_ptr()).tape.calls[index] };
            write(place, Written::from_call(call));
        }
        // SAFETY: as in `progress`.
        let place = unsafe { &raw mut (*self.page.as_ptr()).tape.label };
        write(place, label);
    }

    /// What the program says that a call returned; `index` counts from 0.
    pub fn result(&self, index: usize) -> u64 {
        assert!(index < CAPACITY, "call {index}");
        // SAFETY: as in `progress`, and the index is below the capacity.
        read(unsafe { &raw const (*self.page.as_ptr()).tape.results[index] })
    }
}

fn fresh(profile: Profile, filter: &[u64]) -> Control {
    assert!(
        filter.len() <= FILTER_CAPACITY,
        "the filter has {} instructions",
        filter.len()
    );
    let mut control = Control {
        profile,
        filter_length: filter.len() as u64,
        filter: [0; FILTER_CAPACITY],
        borrowed: Borrowed::default(),
        request: Request::default(),
        progress: Progress::default(),
    };
    control.filter[..filter.len()].copy_from_slice(filter);
    control
}

/// Reads a place of the shared memory.
fn read<T: Copy>(place: *const T) -> T {
    // SAFETY: the callers pass places inside the mapping, which is aligned to pages and lives as
    // long as the ControlPage; every byte pattern is a valid value of what is shared.
    unsafe { place.read_volatile() }
}

/// Writes a place of the shared memory.
fn write<T: Copy>(place: *mut T, value: T) {
    // SAFETY: as in `read`.
    unsafe { place.write_volatile(value) };
}

impl Drop for ControlPage {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` with this length, and no other code knows of it.
        // Failing to unmap would cost address space, nothing else.
        let _ = unsafe { munmap(self.page.cast(), size_of::<Shared>()) };
    }
}
