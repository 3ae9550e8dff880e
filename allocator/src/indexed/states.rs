//! The state map: for each place of the heap whether a header stands there, and of what block.
//!
//! A chunk takes 40 bytes at least, so 32 bytes of heap hold one header or none: a byte of the
//! map for each 32 says where in them the header stands and what is known of its block.
//!
//! Refuses to read the heap: the engine passes every change to it.

use super::key::Number;

/// Heap bytes for each byte of the map.
pub(super) const PLACE: usize = 32;

/// Block numbers for each byte of the map, which therefore holds `number % 4`.
const NUMBERS: u32 = 4;

/// What the index knows of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    /// Handed out.
    Allocated = 0b0100,
    /// Free, and not merged with its neighbours yet.
    Pending = 0b1000,
    /// Free, merged, and known to searches.
    Settled = 0b1100,
    /// Settled, and in the hand.
    Held = 0b1100 | HELD,
}

/// Set in both states of a free block, and in no other.
const FREE: u8 = 0b1000;
/// Where the header stands.
const POSITION: u8 = 0b0011;
/// Set for a block in the hand.
const HELD: u8 = 0b0001_0000;
/// Set while entries are sifted: one of them was kept.
const SEEN: u8 = 0b0010_0000;

/// One byte for each 32 of the heap; 0 where no header starts.
#[derive(Debug)]
pub(super) struct States<'m>(&'m mut [u8]);

impl<'m> States<'m> {
    /// A map that is all zero.
    pub(super) const fn over(bytes: &'m mut [u8]) -> States<'m> {
        States(bytes)
    }

    /// Forgets all blocks, and takes in no others.
    pub(super) fn clear_all(&mut self) {
        self.0 = &mut [];
    }

    /// The length of the heap that the map covers; the end itself has a place too.
    pub(super) fn limit(&self) -> usize {
        self.0.len().saturating_sub(1) * PLACE
    }

    #[inline]
    pub(super) fn set(&mut self, number: Number, state: State) {
        self.put(number, state as u8 | position(number));
    }

    #[inline]
    pub(super) fn clear(&mut self, number: Number) {
        self.put(number, 0);
    }

    /// Whether the block is in this state.
    #[inline]
    pub(super) fn is(&self, number: Number, state: State) -> bool {
        self.get(number) == state as u8 | position(number)
    }

    /// What is known of a free block whose header stands there.
    #[inline]
    pub(super) fn free(&self, number: Number) -> Option<Free> {
        let byte = self.get(number);
        (byte & (FREE | POSITION) == FREE | position(number)).then_some(Free(byte))
    }

    /// The same where it is known that a header stands there.
    #[inline]
    pub(super) fn free_header(&self, number: Number) -> Option<Free> {
        let byte = self.get(number);
        (byte & FREE != 0).then_some(Free(byte))
    }

    /// Whether a settled block that is not in the hand is seen for the first time since
    /// [`States::forget`].
    pub(super) fn see(&mut self, number: Number) -> bool {
        let first = self.is(number, State::Settled);
        if first {
            self.put(number, SEEN | State::Settled as u8 | position(number));
        }
        first
    }

    /// Marks a settled block as not seen yet.
    pub(super) fn forget(&mut self, number: Number) {
        self.set(number, State::Settled);
    }

    #[inline]
    fn get(&self, number: Number) -> u8 {
        // Past the heap no header stands.
        self.0.get(place(number)).copied().unwrap_or(0)
    }

    #[inline]
    fn put(&mut self, number: Number, byte: u8) {
        if let Some(place) = self.0.get_mut(place(number)) {
            *place = byte;
        }
    }
}

/// The state of a free block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free(u8);

impl Free {
    pub(super) const PENDING: Free = Free(State::Pending as u8);

    #[inline]
    pub(super) fn is_in_hand(self) -> bool {
        self.0 & HELD != 0
    }
}

#[inline]
fn place(number: Number) -> usize {
    (number.0 / NUMBERS) as usize
}

#[inline]
fn position(number: Number) -> u8 {
    (number.0 % NUMBERS) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_belong_to_one_header() {
        let mut bytes = [0; 8];
        let mut states = States::over(&mut bytes);
        states.set(Number(6), State::Pending);
        assert!(states.is(Number(6), State::Pending) && states.free(Number(6)).is_some());
        for other in [4, 5, 7, 2, 10, u32::MAX] {
            assert!(
                !states.is(Number(other), State::Pending) && states.free(Number(other)).is_none()
            );
        }
        states.set(Number(6), State::Settled);
        assert!(states.free(Number(6)).is_some() && !states.is(Number(6), State::Pending));
        states.set(Number(6), State::Allocated);
        assert!(states.free(Number(6)).is_none());
        states.clear(Number(6));
        assert_eq!(bytes, [0; 8]);
    }

    #[test]
    fn a_block_in_the_hand_is_free() {
        let mut bytes = [0; 8];
        let mut states = States::over(&mut bytes);
        let in_hand = |states: &States<'_>| states.free(Number(7)).map(Free::is_in_hand);
        assert_eq!(in_hand(&states), None);
        states.set(Number(7), State::Settled);
        assert_eq!(in_hand(&states), Some(false));
        states.set(Number(7), State::Held);
        assert_eq!(in_hand(&states), Some(true));
        assert!(!states.is(Number(7), State::Settled));
    }

    #[test]
    fn a_block_is_seen_once() {
        let mut bytes = [0; 8];
        let mut states = States::over(&mut bytes);
        states.set(Number(5), State::Settled);
        assert!(states.see(Number(5)) && !states.see(Number(5)));
        states.forget(Number(5));
        assert!(states.is(Number(5), State::Settled));
    }
}
