//! Digests: contents with the same digest count as the same, so no submission may be able to make two
//! that are alike. The short version of a set of goldens, which only tells sets apart, is a hash of
//! its own (`snapshot::store`): results that are kept name it.

use sha2::{Digest as _, Sha256};

/// Digits of a hash that are kept: 128 bits.
const DIGITS: usize = 32;

/// The hash of some parts, in hexadecimal digits; it tells apart where one ends and the next begins.
pub fn digest<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> String {
    let mut parts_so_far = Parts::default();
    for part in parts {
        parts_so_far.add(part);
    }
    parts_so_far.digest()
}

/// Parts that become known one after another.
#[derive(Clone, Debug, Default)]
pub struct Parts(Sha256);

impl Parts {
    pub fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// The hash of all of them.
    pub fn digest(self) -> String {
        let bytes = self.0.finalize();
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits[..DIGITS].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let of = |parts: &[&str]| digest(parts.iter().map(|part| part.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a"]), of(&["a", ""]));
        assert_eq!(of(&["a"]).len(), 32);
    }
}
