//! A lock for the one heap of a process with many threads: waiters sleep.
//!
//! Refuses to be fair, and to be entered twice by one thread. As long as the C library knows of
//! one thread only, taking it is a plain store: no thread can be made while the lock is held.

use core::cell::UnsafeCell;
use core::hint;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::threads::is_alone;

const FREE: u32 = 0;
const HELD: u32 = 1;
/// Held, and a thread may sleep.
const AWAITED: u32 = 2;

/// Looks at the lock before going to sleep.
const SPINS: u32 = 100;

pub(super) struct Mutex<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard only, and `state` lets one guard exist at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    pub(super) const fn new(value: T) -> Mutex<T> {
        Mutex {
            state: AtomicU32::new(FREE),
            value: UnsafeCell::new(value),
        }
    }

    #[inline]
    pub(super) fn lock(&self) -> Guard<'_, T> {
        self.acquire();
        Guard {
            mutex: self,
            value: PhantomData,
        }
    }

    /// Takes the lock without a guard, for the time of a fork.
    #[inline]
    pub(super) fn acquire(&self) {
        if is_alone() && self.state.load(Ordering::Relaxed) == FREE {
            return self.state.store(HELD, Ordering::Relaxed);
        }
        if self.exchange(FREE, HELD).is_err() {
            self.wait();
        }
    }

    /// Gives back what [`Mutex::acquire`] took.
    ///
    /// # Safety
    ///
    /// The caller holds the lock, and no guard.
    #[inline]
    pub(super) unsafe fn release(&self) {
        if is_alone() {
            return self.state.store(FREE, Ordering::Release);
        }
        if self.state.swap(FREE, Ordering::Release) == AWAITED {
            self.wake_one();
        }
    }

    fn exchange(&self, from: u32, to: u32) -> Result<u32, u32> {
        self.state
            .compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed)
    }

    #[cold]
    fn wait(&self) {
        for _ in 0..SPINS {
            if self.state.load(Ordering::Relaxed) == FREE && self.exchange(FREE, HELD).is_ok() {
                return;
            }
            hint::spin_loop();
        }
        while self.state.swap(AWAITED, Ordering::Acquire) != FREE {
            self.futex(libc::FUTEX_WAIT, AWAITED);
        }
    }

    #[cold]
    fn wake_one(&self) {
        self.futex(libc::FUTEX_WAKE, 1);
    }

    /// `errno` stays as it is: these are no failures of an allocation.
    fn futex(&self, operation: i32, value: u32) {
        // SAFETY: the address of this thread's errno is always valid.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: as above.
        let before = unsafe { errno.read() };
        let nothing = ptr::null::<libc::timespec>();
        let operation = operation | libc::FUTEX_PRIVATE_FLAG;
        // SAFETY: the word is alive as long as the lock; the kernel only compares it.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.state.as_ptr(),
                operation,
                value,
                nothing,
            )
        };
        // SAFETY: as above.
        unsafe { errno.write(before) };
    }
}

/// The right to use the value, given back on drop.
pub(super) struct Guard<'a, T> {
    mutex: &'a Mutex<T>,
    /// A guard may be shared or sent only where a `&mut T` may.
    value: PhantomData<&'a mut T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard is the only one, see `Mutex::acquire`.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` excludes other references through this guard.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard held the lock, and ends here.
        unsafe { self.mutex.release() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_excludes_other_threads() {
        let counter = Mutex::new(0_u32);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5000).for_each(|_| *counter.lock() += 1));
            }
        });
        assert_eq!(*counter.lock(), 20_000);
    }
}
