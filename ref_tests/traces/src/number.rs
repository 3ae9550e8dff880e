//! Unsigned LEB128 numbers.

const BITS: u32 = 7;
const MORE: u8 = 0x80;

/// Appends a number.
pub(crate) fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= u64::from(MORE) {
        bytes.push(number as u8 | MORE);
        number >>= BITS;
    }
    bytes.push(number as u8);
}

/// Why there is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoNumber {
    /// The bytes end too early.
    Cut,
    /// It is larger than 64 bits, or written with more bytes than it needs.
    Improper,
}

/// The number that the bytes begin with, and how many of them it takes.
pub(crate) fn first(bytes: &[u8]) -> Result<(u64, usize), NoNumber> {
    let mut number = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let shift = index as u32 * BITS;
        let part = u64::from(byte & !MORE);
        if shift >= u64::BITS || part << shift >> shift != part {
            return Err(NoNumber::Improper);
        }
        number |= part << shift;
        if byte & MORE == 0 {
            // One value, one form: what is written back is what was read.
            let padded = byte == 0 && index > 0;
            return match padded {
                true => Err(NoNumber::Improper),
                false => Ok((number, index + 1)),
            };
        }
    }
    Err(NoNumber::Cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive() {
        for number in [0, 1, 127, 128, 300, 1 << 32, u64::MAX >> 1, u64::MAX] {
            let mut bytes = Vec::new();
            push(&mut bytes, number);
            assert_eq!(first(&bytes), Ok((number, bytes.len())));
            assert_eq!(first(&bytes[..bytes.len() - 1]), Err(NoNumber::Cut));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        assert_eq!(first(&[0x80, 0]), Err(NoNumber::Improper));
        assert_eq!(first(&[0xff; 11]), Err(NoNumber::Improper));
        let too_large = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
        assert_eq!(first(&too_large), Err(NoNumber::Improper));
    }
}
