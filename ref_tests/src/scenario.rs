//! A scenario before it runs: its name, its purpose, its clauses and its calls.

use crate::call::Call;
use crate::clause::Clause;
use crate::script::Script;

/// How a scenario is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Stays clear of the permitted bands of the cut-offs.
    Golden,
    /// Probes a permitted band: every permitted choice passes, and shows which one was made.
    Probe,
    /// Run again once for each system call for memory, which is made to fail (E3), and with each
    /// limit of the kernel's on memory, met at each of these calls.
    Faults,
    /// Makes no calls itself: stands for random sequences from fixed seeds, which the checker
    /// generates and plays at full speed.
    Random,
    /// Robustness tier: cases that the assignment does not mention. Reported, by default without
    /// points.
    Robustness,
}

/// Where a scenario's calls come from.
#[derive(Clone, Copy)]
pub enum Steps {
    /// A function makes them, from the constants.
    Written(fn(&mut Script<'_>)),
    /// They were read from a file.
    Listed(&'static [Call]),
}

/// A scenario.
#[derive(Clone, Copy)]
pub struct Scenario {
    /// Number and slug, such as `0203-malloc-split-first`: the name of its golden and its id in reports.
    pub stem: &'static str,
    /// Its purpose, in one line.
    pub purpose: &'static str,
    /// The clauses that it rests on.
    pub clauses: &'static [Clause],
    /// How it is judged.
    pub kind: Kind,
    /// Numbers of the scenarios that must pass before this one says anything.
    pub needs: &'static [&'static str],
    /// Its source text.
    pub source: &'static str,
    /// What it is worth, in points, where it says so itself; else the rubric alone decides.
    pub points: Option<f64>,
    /// Its calls.
    pub steps: Steps,
}

impl Scenario {
    /// A golden scenario that needs no other.
    pub const fn new(
        purpose: &'static str,
        clauses: &'static [Clause],
        run: fn(&mut Script<'_>),
    ) -> Self {
        Self {
            stem: "",
            purpose,
            clauses,
            kind: Kind::Golden,
            needs: &[],
            source: "",
            points: None,
            steps: Steps::Written(run),
        }
    }

    /// The same, judged as a probe of a permitted band.
    pub const fn probe(mut self) -> Self {
        self.kind = Kind::Probe;
        self
    }

    /// The same, run again with each of its system calls for memory failing.
    pub const fn faults(mut self) -> Self {
        self.kind = Kind::Faults;
        self
    }

    /// The same, standing for random sequences.
    pub const fn random(mut self) -> Self {
        self.kind = Kind::Random;
        self
    }

    /// The same, in the robustness tier.
    pub const fn robustness(mut self) -> Self {
        self.kind = Kind::Robustness;
        self
    }

    /// The same, with no result unless the scenarios of these numbers pass.
    pub const fn needs(mut self, numbers: &'static [&'static str]) -> Self {
        self.needs = numbers;
        self
    }

    /// Makes the calls.
    pub fn play(&self, script: &mut Script<'_>) {
        match self.steps {
            Steps::Written(run) => run(script),
            Steps::Listed(calls) => {
                for &call in calls {
                    script.call(call);
                }
            }
        }
    }

    /// The number in front of the slug, such as `0203`; the whole stem of one without a number.
    pub fn number(&self) -> &'static str {
        match self.stem.split_once('-') {
            Some((number, _)) if is_number(number) => number,
            _ => self.stem,
        }
    }
}

fn is_number(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}
