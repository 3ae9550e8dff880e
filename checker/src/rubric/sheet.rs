//! A rubric as it is written: what `rubric.toml` may hold.

use serde::Deserialize;
use toml::Spanned;

use super::{Points, Rounding};
use crate::record::Tier;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheet {
    pub(super) maximum: Spanned<Points>,
    pub(super) out_of: Option<Spanned<Points>>,
    #[serde(default)]
    pub(super) rounding: Rounding,
    #[serde(default)]
    pub(super) scenario: Scenario,
    pub(super) damage: Option<Damage>,
    #[serde(default)]
    pub(super) mistake: Vec<Mistake>,
    #[serde(default)]
    pub(super) category: Vec<Spanned<Category>>,
    #[serde(default)]
    pub(super) penalty: Vec<Spanned<Penalty>>,
    pub(super) style: Option<Spanned<Style>>,
}

/// Fractions of a scenario's points for what is neither passed nor failed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Scenario {
    pub(super) carried: Spanned<Points>,
    pub(super) not_reached: Spanned<Points>,
}

impl Default for Scenario {
    fn default() -> Self {
        let all = || Spanned::new(0..0, Points::ONE);
        Self {
            carried: all(),
            not_reached: all(),
        }
    }
}

/// What is taken off for damaged memory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Damage {
    pub(super) points: Points,
}

/// What a known mistake costs instead of its scenarios.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mistake {
    pub(super) name: Spanned<String>,
    pub(super) points: Points,
}

/// Points for some scenarios.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    pub(super) name: String,
    pub(super) points: Option<Points>,
    pub(super) each: Option<Points>,
    pub(super) chapter: Option<Spanned<String>>,
    pub(super) clause: Option<Spanned<String>>,
    pub(super) scenarios: Option<Vec<Spanned<String>>>,
    #[serde(default = "kinds")]
    pub(super) kinds: Vec<Tier>,
    #[serde(default)]
    pub(super) optional: bool,
}

fn kinds() -> Vec<Tier> {
    vec![Tier::Golden, Tier::Probe]
}

/// Points that are taken off.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Penalty {
    pub(super) name: String,
    pub(super) clauses: Option<Vec<Spanned<String>>>,
    pub(super) lines: Option<String>,
    pub(super) of: Option<Text>,
    pub(super) each: Points,
    pub(super) at_most: Points,
}

/// Where lines are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Text {
    #[default]
    Warnings,
    Output,
    Differences,
}

/// Points that a program gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Style {
    pub(super) command: Vec<String>,
    pub(super) maximum: Points,
    #[serde(default)]
    pub(super) above: Points,
}
