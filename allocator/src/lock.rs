//! A spin lock, for the one heap that a process shares.
//!
//! Refuses to be fair, and to be entered twice by one thread: a signal handler that allocates
//! while its own thread does hangs, or finds the value half changed when there is no other thread,
//! as with most allocators. It makes no system call.

use core::cell::UnsafeCell;
use core::hint;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, Ordering};

use crate::threads::is_alone;

pub(crate) struct Lock<T> {
    held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard only, and `held` lets one guard exist at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Lock<T> {
        Lock {
            held: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits until no other thread holds the lock; with only one thread, the lock is not used at
    /// all.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        if is_alone() {
            self.held.store(true, Ordering::Relaxed);
            return self.guard();
        }
        match self.try_lock() {
            Some(guard) => guard,
            None => self.wait(),
        }
    }

    #[cold]
    fn wait(&self) -> Guard<'_, T> {
        loop {
            while self.held.load(Ordering::Relaxed) {
                hint::spin_loop();
            }
            if let Some(guard) = self.try_lock() {
                return guard;
            }
        }
    }

    /// The value, unless a thread holds the lock.
    #[inline]
    pub(crate) fn try_lock(&self) -> Option<Guard<'_, T>> {
        let free = !self.held.swap(true, Ordering::Acquire);
        free.then(|| self.guard())
    }

    /// The right to use the value, for the thread that has just taken the lock.
    #[inline]
    fn guard(&self) -> Guard<'_, T> {
        Guard {
            lock: self,
            value: PhantomData,
        }
    }
}

/// The right to use the value, given back on drop.
pub(crate) struct Guard<'a, T> {
    lock: &'a Lock<T>,
    /// A guard may be shared or sent only where a `&mut T` may.
    value: PhantomData<&'a mut T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard is the only one: `held` was false, or there is no other thread.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` excludes other references through this guard.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.held.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_excludes_other_threads() {
        let counter = Lock::new(0_u32);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| *counter.lock() += 1));
            }
        });
        assert_eq!(*counter.lock(), 4000);
    }

    #[test]
    fn try_lock_fails_while_held() {
        let lock = Lock::new(());
        let held = lock.lock();
        assert!(lock.try_lock().is_none());
        drop(held);
        assert!(lock.try_lock().is_some());
    }
}
