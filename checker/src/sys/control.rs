//! The page that is shared with the scenario program.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::ptr::NonNull;

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use ref_tests::profile::Profile;
use ref_tests::wire::{Control, FILTER_CAPACITY, Progress, Request};

/// The checker's view of the page. The submission can write to it at any time, so what is read
/// from it is a hint and never a verdict.
pub struct ControlPage {
    page: NonNull<Control>,
    file: File,
    fresh: Control,
}

// SAFETY: the page is reached through volatile accesses only, which may come from any thread.
unsafe impl Send for ControlPage {}

impl ControlPage {
    /// A new page with the constants and the filter (instructions in the kernel's layout).
    pub fn new(profile: Profile, filter: &[u64]) -> io::Result<Self> {
        let file = File::from(memfd_create(c"control", MFdFlags::MFD_CLOEXEC)?);
        let length = NonZeroUsize::new(size_of::<Control>()).expect("the page has fields");
        file.set_len(length.get() as u64)?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice disturbs nothing.
        let page = unsafe { mmap(None, length, access, MapFlags::MAP_SHARED, file.as_fd(), 0) }?;
        let page = Self {
            page: page.cast(),
            file,
            fresh: fresh(profile, filter),
        };
        page.write(&page.fresh);
        Ok(page)
    }

    /// The file behind the page, for the program to map.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What the program says it is doing.
    #[must_use]
    pub fn progress(&self) -> Progress {
        // SAFETY: the mapping lives as long as `self` and is large enough for a Control.
        let progress = unsafe { &raw const (*self.page.as_ptr()).progress };
        // SAFETY: as above; the file cannot be shortened by the program, which has no call for it.
        unsafe { progress.read_volatile() }
    }

    /// Writes a request, and everything else anew: whatever ran before may have changed it. To be
    /// called while the server stands still.
    pub fn request(&self, request: Request) {
        self.write(&Control {
            request,
            ..self.fresh
        });
    }

    fn write(&self, control: &Control) {
        // SAFETY: the mapping lives as long as `self`, is large enough, and page-aligned.
        unsafe { self.page.as_ptr().write_volatile(*control) };
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
        request: Request::default(),
        progress: Progress::default(),
    };
    control.filter[..filter.len()].copy_from_slice(filter);
    control
}

impl Drop for ControlPage {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` with this length, and nobody else knows of it.
        // Failing to unmap would cost address space, nothing else.
        let _ = unsafe { munmap(self.page.cast(), size_of::<Control>()) };
    }
}
