//! Points, exactly: sums of them do not depend on the order of adding.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Billionths of a point.
const UNIT: i64 = 1_000_000_000;
/// The most that a rubric can speak of, in points.
const MOST: f64 = 1_000_000.0;

/// A number of points, or a fraction of some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

/// What happens to fractions where only whole points can be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// To the nearest whole number, a half up.
    #[default]
    Nearest,
    Down,
    Up,
}

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);
    /// One point; as a fraction, all of it.
    pub const ONE: Self = Self(UNIT);

    /// A whole number of points.
    pub const fn whole(points: u32) -> Self {
        Self(points as i64 * UNIT)
    }

    /// The nearest to `points`; `None` when that is not a number, negative, or beyond a million.
    pub fn new(points: f64) -> Option<Self> {
        let known = (0.0..=MOST).contains(&points);
        known.then(|| Self((points * UNIT as f64).round() as i64))
    }

    /// As a floating-point number.
    pub fn value(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }

    /// As a whole number. Less than a thousandth of a point does not decide: it is what dividing
    /// points among scenarios may have lost.
    pub const fn rounded(self, rounding: Rounding) -> i64 {
        let thousandths = (self.0 + UNIT / 2000).div_euclid(UNIT / 1000);
        match rounding {
            Rounding::Nearest => (thousandths + 500).div_euclid(1000),
            Rounding::Down => thousandths.div_euclid(1000),
            Rounding::Up => (thousandths + 999).div_euclid(1000),
        }
    }

    /// So many times these points.
    pub fn times(self, count: usize) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Self(self.0.saturating_mul(count))
    }

    /// This part of `whole`.
    pub fn of(self, whole: Self) -> Self {
        let product = i128::from(self.0) * i128::from(whole.0) / i128::from(UNIT);
        Self(i64::try_from(product).unwrap_or(i64::MAX))
    }

    /// Divides into equal shares that add up exactly; empty for a count of 0.
    pub fn shares(self, count: usize) -> impl Iterator<Item = Self> {
        let divisor = i64::try_from(count.max(1)).unwrap_or(i64::MAX);
        let (each, rest) = (self.0 / divisor, self.0 % divisor);
        (0..count as i64).map(move |index| Self(each + i64::from(index < rest)))
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Add::add)
    }
}

/// With at most two digits after the point.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.value());
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.pad(if text == "-0" { "0" } else { text })
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % UNIT == 0 {
            serializer.serialize_i64(self.0 / UNIT)
        } else {
            serializer.serialize_f64(self.value())
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = Points;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 to 1000000")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Points, E> {
        Points::new(value as f64)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Points, E> {
        Points::new(value as f64)
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Points, E> {
        Points::new(value).ok_or_else(|| E::invalid_value(de::Unexpected::Float(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        for count in 1..60 {
            for points in [0, 1, 7, 90] {
                let whole = Points::whole(points);
                assert_eq!(whole.shares(count).sum::<Points>(), whole);
                assert_eq!(whole.shares(count).count(), count);
            }
        }
        assert_eq!(Points::ONE.shares(0).count(), 0);
    }

    #[test]
    fn rounding_ignores_what_division_lost() {
        let half = Points::new(45.499_999_5).unwrap();
        assert_eq!(half.rounded(Rounding::Nearest), 46);
        assert_eq!(
            Points::new(45.999_999_9).unwrap().rounded(Rounding::Down),
            46
        );
        assert_eq!(Points::new(45.000_000_1).unwrap().rounded(Rounding::Up), 45);
        assert_eq!(Points::new(45.2).unwrap().rounded(Rounding::Up), 46);
        assert_eq!(Points::new(45.2).unwrap().rounded(Rounding::Nearest), 45);
    }

    #[test]
    fn the_text_is_short() {
        let text = |points| Points::new(points).unwrap().to_string();
        assert_eq!(text(90.0), "90");
        assert_eq!(text(0.0), "0");
        assert_eq!(text(7.5), "7.5");
        assert_eq!(text(1.0 / 3.0), "0.33");
        assert_eq!(text(0.001), "0");
    }

    #[test]
    fn writing_and_reading_are_inverses() {
        for points in [0.0, 1.0, 10.0 / 21.0, 89.523_809_523, 999_999.123_456_789] {
            let points = Points::new(points).unwrap();
            let text = serde_json::to_string(&points).unwrap();
            assert_eq!(serde_json::from_str::<Points>(&text).unwrap(), points);
        }
        assert!(serde_json::from_str::<Points>("-1").is_err());
        assert!(serde_json::from_str::<Points>("1e9").is_err());
    }
}
