//! Divides a class among several machines.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::content::digest;

/// One of several parts of a class, such as `3/8`. Which part a submission is in depends on its id
/// and the number of parts only, so a part stays as it is when others join the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slice {
    number: u32,
    count: u32,
}

/// What was given is no slice.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not a slice: {0:?}; expected K/N with K from 1 to N")]
pub struct NoSlice(pub String);

impl Slice {
    /// The whole class.
    pub const WHOLE: Self = Self {
        number: 1,
        count: 1,
    };

    /// Whether a submission is in this part.
    pub fn contains(self, id: &str) -> bool {
        let hash = digest([id.as_bytes()]);
        let hash = u64::from_str_radix(&hash[..16], 16).expect("hashes are hexadecimal digits");
        hash % u64::from(self.count) + 1 == u64::from(self.number)
    }
}

impl FromStr for Slice {
    type Err = NoSlice;

    fn from_str(text: &str) -> Result<Self, NoSlice> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((number, count)) if 1 <= number && number <= count => Ok(Self { number, count }),
            _ => Err(NoSlice(text.to_owned())),
        }
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_submission_is_in_one_slice() {
        for id in (0..100).map(|number| format!("student-{number}")) {
            let slices = (1..=8).map(|k| format!("{k}/8").parse::<Slice>().unwrap());
            assert_eq!(slices.filter(|slice| slice.contains(&id)).count(), 1);
            assert!(Slice::WHOLE.contains(&id));
        }
    }

    #[test]
    fn slices_are_stable() {
        let of = |id: &str| {
            let mut slices = (1..=8).map(|k| format!("{k}/8").parse::<Slice>().unwrap());
            slices.find(|slice| slice.contains(id)).unwrap().to_string()
        };
        assert_eq!([of("alice"), of("bob"), of("carol")], ["8/8", "1/8", "4/8"]);
    }

    #[test]
    fn invalid_slices_are_refused() {
        for text in ["", "1", "0/3", "4/3", "a/b", "1/0", "-1/3", "1/3/5"] {
            let error = text.parse::<Slice>().unwrap_err();
            assert_eq!(error, NoSlice(text.to_owned()));
        }
    }
}
