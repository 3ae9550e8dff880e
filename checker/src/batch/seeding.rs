//! Where the random sequences of a submission begin.

use std::path::Path;

use super::content::fingerprint;
use crate::digest::digest;
use crate::fuzz::FIRST_SEED;

/// How the first seed is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seeding {
    /// The same for all.
    Fixed(u64),
    /// Each submission its own, made from its content: a student cannot prepare for the sequences
    /// of another student, and the same content gets the same sequences again.
    OfSubmission,
    /// The same, and made from the class's secret too.
    OfSecret(u64),
}

impl Default for Seeding {
    fn default() -> Self {
        Self::Fixed(FIRST_SEED)
    }
}

/// Hexadecimal digits of the fingerprint that make a seed: 32 bits can be copied by hand.
const DIGITS: usize = 8;

impl Seeding {
    /// The seed of the first sequence for the submission at a path. One that cannot be read has the
    /// first of all seeds; nothing is played with it.
    pub fn seed(self, path: &Path) -> u64 {
        match self {
            Self::Fixed(seed) => seed,
            Self::OfSubmission => of(fingerprint(path).ok()),
            Self::OfSecret(secret) => {
                let own = fingerprint(path).ok();
                of(own.map(|own| digest([&secret.to_le_bytes(), own.as_bytes()])))
            }
        }
    }
}

/// The number that the first digits are.
fn of(digits: Option<String>) -> u64 {
    let number = |digits: String| u64::from_str_radix(digits.get(..DIGITS)?, 16).ok();
    digits.and_then(number).unwrap_or(FIRST_SEED)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_seed_follows_the_content_wherever_it_lies() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let seeds = ["int x;", "int x;", "int y;"].map({
            let mut folders = folders.iter();
            move |text| {
                let file = folders.next().unwrap().path().join("osmem.c");
                fs::write(&file, text).unwrap();
                Seeding::OfSubmission.seed(&file)
            }
        });
        assert_eq!(seeds[0], seeds[1]);
        assert_ne!(seeds[0], seeds[2]);
        let file = folders[0].path().join("osmem.c");
        let secret = [1, 1, 2].map(|number| Seeding::OfSecret(number).seed(&file));
        assert_eq!(secret[0], secret[1]);
        assert!(secret[0] != secret[2] && secret[0] != seeds[0]);
        assert!(seeds.iter().all(|&seed| seed < 1 << 32));
    }

    #[test]
    fn a_seed_that_was_named_counts_for_all() {
        let nowhere = Path::new("/nowhere");
        assert_eq!(Seeding::Fixed(9).seed(nowhere), 9);
        assert_eq!(Seeding::OfSubmission.seed(nowhere), FIRST_SEED);
    }
}
