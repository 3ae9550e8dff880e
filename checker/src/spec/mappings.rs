//! Section D, and what `os_realloc` does with a mapped block (A17).

use super::choices::{Axis, Cut, Question};
use super::decide::{Purpose, Route, Site, Situation, decide};
use super::reason::reasons;
use super::resize::KEPT;
use super::state::Mapping;
use super::step::{BEYOND_ADDRESS_SPACE, Run, Served, Stop, situation};
use crate::types::{
    Errno, MapRequest, MappingNumber, MemoryCall, Place, State as Status, SystemCall,
};

reasons! {
    MAPPED D1 [
        NeedlessGrowth "moves the break for a block that must be mapped",
        ReturnsNull, OtherPlace,
    ];
    UNMAPPED A8 [];
    MOVED_MAPPING A17 [
        ReturnsNull, OtherPlace, Stays, UnmapsOtherLength, UnmapsElsewhere, DoesNotUnmap,
    ];
}

impl Run<'_> {
    /// D1: a mapping for what was asked.
    pub(super) fn map(&mut self) -> Result<MappingNumber, Stop> {
        if decide!(self.watch, PreallocatesToMap, situation!(self), false) {
            self.preallocate()?;
        }
        let total = self.profile.header + self.need;
        let canonical = MapRequest::canonical(total);
        let request = decide!(self.watch, MapRequest, situation!(self), canonical);
        if self.denied.denies(MemoryCall::Mmap, &self.system_calls)
            || request.length >= BEYOND_ADDRESS_SPACE
        {
            let result = Err(Errno(libc::ENOMEM));
            self.system_calls.push(SystemCall::Mmap { request, result });
            let site = match self.purpose {
                Purpose::Malloc => Site::MallocMapping,
                Purpose::Calloc => Site::CallocMapping,
                _ => Site::ReallocMapping,
            };
            return Err(self.failed(site));
        }
        self.harm.overlaps |= self.profile.whole_pages(request.length) < total;
        self.state.mapped += 1;
        let number = MappingNumber(self.state.mapped);
        let result = Ok(number);
        self.system_calls.push(SystemCall::Mmap { request, result });
        self.state.mappings.push(Mapping {
            number,
            length: request.length,
            size: self.need,
            asked: self.size,
            status: decide!(self.watch, MapStatus, situation!(self), Status::Mapped),
            live: true,
        });
        self.reasons.push(&MAPPED);
        Ok(number)
    }

    /// A8: exactly what was mapped.
    pub(super) fn unmap(&mut self, number: MappingNumber) -> Result<(), Stop> {
        let Some(mapping) = self.state.mapping(number).copied() else {
            return Ok(());
        };
        self.reasons.push(&UNMAPPED);
        self.size = mapping.asked;
        self.need = self.profile.align(mapping.asked).unwrap_or(mapping.asked);
        if !decide!(self.watch, Unmaps, situation!(self), true) {
            let mut mappings = self.state.mappings.iter_mut();
            if let Some(kept) = mappings.find(|it| it.number == number) {
                kept.status = Status::Unknown(0);
            }
            return Ok(());
        }
        let said = self.profile.total(mapping.size).unwrap_or(mapping.length);
        let shrunk = self.profile.whole_pages(said) != self.profile.whole_pages(mapping.length);
        let length = match shrunk && self.chooser.ask(Question::UnmapsAsSaid) {
            true => said,
            false => mapping.length,
        };
        let canonical = (0, length);
        let (offset, length) = decide!(self.watch, UnmapRange, situation!(self), canonical);
        if self.profile.whole_pages(length) > self.profile.whole_pages(mapping.length) {
            // What lies after the mapping is gone; that may be anything.
            self.harm.overlaps = true;
            self.harm.change_from(0);
        }
        let denied = self.denied.denies(MemoryCall::Munmap, &self.system_calls);
        // The address is not the start of a page, so munmap fails; code that unmaps there does not
        // check the result either.
        let refused = !offset.is_multiple_of(self.profile.page);
        let failed = (denied || refused).then_some(Errno(match refused {
            true => libc::EINVAL,
            false => libc::ENOMEM,
        }));
        self.system_calls.push(SystemCall::Munmap {
            start: Place::Mapping(number, offset),
            length,
            failed,
        });
        if denied {
            let stop = self.failed(Site::Unmapping);
            return match self.chooser.ask(Question::IgnoresUnmap) {
                true => Ok(()),
                false => Err(stop),
            };
        }
        if !refused
            && let Some(gone) = self
                .state
                .mappings
                .iter_mut()
                .find(|it| it.number == number)
        {
            gone.live = false;
        }
        if decide!(self.watch, TouchesUnmapped, situation!(self), false) {
            self.harm.crashes = Some(self.system_calls.len());
        }
        Ok(())
    }

    /// A17, with V11.
    pub(super) fn realloc_mapping(&mut self, number: MappingNumber, size: u64) -> Served {
        let Some(mapping) = self.state.mapping(number).copied() else {
            return Ok(Place::Null);
        };
        self.purpose = Purpose::MoveMapped;
        self.size = size;
        let stays = Ok(Place::Mapping(number, self.profile.header));
        self.had = mapping.size;
        self.ask_about_moving(size)?;
        let same = self.profile.align(mapping.size) == Some(self.need);
        if same && self.chooser.ask(Question::On(Axis::KeepsMapping)) {
            self.reasons.push(&KEPT);
            self.resize_mapping(number, self.need, size);
            return stays;
        }
        let route = decide!(self.watch, MappedRoute, situation!(self), Route::Move);
        match route {
            Route::Refuse => return Ok(Place::Null),
            Route::Keep | Route::Ignore => {
                self.harm.overlaps |= mapping.size < self.need;
                if route == Route::Keep {
                    self.resize_mapping(number, self.need, size);
                }
                return stays;
            }
            _ => {}
        }
        let mapped = self.maps(Cut::ReallocMapped);
        let new = match self.allocate(mapped) {
            Err(Stop::NoMemory) if self.frees_on_failure() => {
                self.unmap(number)?;
                self.harm.overlaps = true;
                return Err(Stop::NoMemory);
            }
            new => new?,
        };
        self.reasons.push(&MOVED_MAPPING);
        self.copy(mapping.size, new)?;
        self.unmap(number)?;
        Ok(new)
    }

    /// A mapping stays where it is; its header says the new size.
    fn resize_mapping(&mut self, number: MappingNumber, size: u64, asked: u64) {
        let mut mappings = self.state.mappings.iter_mut();
        if let Some(mapping) = mappings.find(|mapping| mapping.number == number) {
            mapping.size = size;
            mapping.asked = asked;
        }
    }
}
