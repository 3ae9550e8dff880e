//! Tables of results, in Markdown.

use std::fmt;

use crate::contestants::NAMES;
use crate::traces::{KINDS, PROGRAMS};

/// In place of a number of live payloads: the trace was recorded.
pub(crate) const RECORDED: usize = 0;

/// Live payloads of the made-up traces that the summary is about.
const TYPICAL: usize = 10_000;

/// The median of one allocator on one trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) live: usize,
    pub(crate) time: f64,
    pub(crate) growing: f64,
    pub(crate) utilisation: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) rounds: usize,
    /// Fewer rounds and sizes than usual.
    pub(crate) quick: bool,
    pub(crate) cells: Vec<Cell>,
}

impl Results {
    pub(crate) fn find(&self, name: &str, kind: &str, live: usize) -> Option<&Cell> {
        let mut cells = self.cells.iter();
        cells.find(|cell| cell.name == name && cell.kind == kind && cell.live == live)
    }

    /// Time as a multiple of glibc's.
    fn ratio(&self, cell: &Cell, time: impl Fn(&Cell) -> f64) -> Option<f64> {
        let glibc = self.find("glibc", cell.kind, cell.live)?;
        Some(time(cell) / time(glibc))
    }

    /// The geometric mean of an allocator's ratios on these traces, and the largest; none when it
    /// does not run all of them.
    fn summary(&self, name: &str, rows: &[(&str, usize)]) -> Option<(f64, f64)> {
        let ratio = |&(kind, live): &(&str, usize)| {
            self.ratio(self.find(name, kind, live)?, |cell| cell.time)
        };
        let ratios: Vec<f64> = rows.iter().map(ratio).collect::<Option<_>>()?;
        let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
        let most = ratios.iter().copied().reduce(f64::max)?;
        Some(((sum / ratios.len() as f64).exp(), most))
    }

    /// The sizes of made-up traces.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let sizes = self.cells.iter().map(|cell| cell.live);
        let mut sizes: Vec<usize> = sizes.filter(|&live| live != RECORDED).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The traces that were measured, of these.
    fn rows(&self, of: impl Fn(usize) -> bool) -> Vec<(&'static str, usize)> {
        let made_up = KINDS.iter().flat_map(|&(kind, ..)| {
            let sizes = self.sizes().into_iter();
            sizes.map(move |live| (kind, live))
        });
        let recorded = PROGRAMS.iter().map(|&(name, ..)| (name, RECORDED));
        made_up
            .chain(recorded)
            .filter(|&(kind, live)| of(live) && self.find("glibc", kind, live).is_some())
            .collect()
    }

    fn heading(&self, out: &mut fmt::Formatter<'_>, first: &str) -> fmt::Result {
        let names = NAMES.map(|(name, _)| name);
        writeln!(out, "| {first} | {} |", names.join(" | "))?;
        writeln!(out, "|---|{}", "---:|".repeat(names.len()))
    }

    fn row(
        &self,
        out: &mut fmt::Formatter<'_>,
        first: &str,
        cell: impl Fn(&str) -> Option<String>,
    ) -> fmt::Result {
        let cells = NAMES.map(|(name, _)| cell(name).unwrap_or_else(|| "-".to_owned()));
        writeln!(out, "| {first} | {} |", cells.join(" | "))
    }

    fn table(
        &self,
        out: &mut fmt::Formatter<'_>,
        title: &str,
        rows: &[(&'static str, usize)],
        text: impl Fn(&Cell) -> Option<String>,
    ) -> fmt::Result {
        writeln!(out, "\n### {title}\n")?;
        self.heading(out, "trace, live payloads")?;
        for &(kind, live) in rows {
            let first = match live {
                RECORDED => kind.to_owned(),
                _ => format!("{kind}, {live}"),
            };
            let cell = |name: &str| self.find(name, kind, live).and_then(&text);
            self.row(out, &first, cell)?;
        }
        Ok(())
    }

    /// Ratios and times.
    fn tables(&self, out: &mut fmt::Formatter<'_>, rows: &[(&'static str, usize)]) -> fmt::Result {
        self.table(out, "Ratio to glibc", rows, |cell| {
            let ratio = self.ratio(cell, |cell| cell.time)?;
            Some(format!("{ratio:.2}"))
        })?;
        self.table(out, "Nanoseconds a call", rows, |cell| {
            Some(format!("{:.1}", cell.time))
        })
    }

    /// How often the time of the fewest live payloads the time of the most is.
    fn growth(&self, name: &str) -> Option<f64> {
        let sizes = self.sizes();
        let time = |live: Option<&usize>| Some(self.find(name, "random", *live?)?.time);
        Some(time(sizes.last())? / time(sizes.first())?)
    }
}

impl fmt::Display for Results {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            include_str!("heading.md"),
            quick = if self.quick { " --quick" } else { "" },
            rounds = self.rounds,
        )?;
        writeln!(out, "Made up:\n")?;
        for (kind, what, _) in KINDS {
            writeln!(out, "- {kind}: {what}")?;
        }
        writeln!(out, "\nRecorded (`ref_tests/traces/record.sh`):\n")?;
        for (name, what, _) in PROGRAMS {
            writeln!(out, "- {name}: {what}")?;
        }
        let set = self.rows(|live| live == TYPICAL || live == RECORDED);
        writeln!(out, "\n## The trace set\n")?;
        writeln!(
            out,
            "Made-up traces at {TYPICAL} live payloads, and the recorded ones: {} traces.\n",
            set.len()
        )?;
        writeln!(out, "### Geometric mean of the ratios to glibc (largest)\n")?;
        self.heading(out, "traces")?;
        for (title, rows) in [
            ("the set", set.clone()),
            ("made up", self.rows(|live| live == TYPICAL)),
            ("recorded", self.rows(|live| live == RECORDED)),
        ] {
            let cell = |name: &str| {
                let (mean, most) = self.summary(name, &rows)?;
                Some(format!("{mean:.2} ({most:.2})"))
            };
            self.row(out, title, cell)?;
        }
        self.tables(out, &set)?;
        let recorded = self.rows(|live| live == RECORDED);
        self.table(
            out,
            "Ratio to glibc while the heap grows: recorded traces, the first time through",
            &recorded,
            |cell| {
                let ratio = self.ratio(cell, |cell| cell.growing)?;
                Some(format!("{ratio:.2}"))
            },
        )?;
        writeln!(out, "\n## Growth\n\n![growth](speed.svg)\n")?;
        writeln!(
            out,
            "Nanoseconds a call on the random trace, and the last row of them over the first.\n"
        )?;
        self.heading(out, "live payloads")?;
        for live in self.sizes() {
            let time = |name: &str| Some(format!("{:.1}", self.find(name, "random", live)?.time));
            self.row(out, &live.to_string(), time)?;
        }
        let factor = |name: &str| Some(format!("{:.1}", self.growth(name)?));
        self.row(out, "growth", factor)?;
        writeln!(out, "\n## Made-up traces of other sizes")?;
        let others = self.rows(|live| live != TYPICAL && live != RECORDED);
        self.tables(out, &others)?;
        writeln!(out, "\n## Utilisation")?;
        let all = self.rows(|_| true);
        let title = "Live bytes of those that became resident, in %";
        self.table(out, title, &all, |cell| {
            Some(format!("{:.0}", 100.0 * cell.utilisation))
        })
    }
}
