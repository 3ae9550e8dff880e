//! Tables of results, in Markdown.

use std::fmt;

use crate::contestants::NAMES;
use crate::traces::KINDS;

/// The median of one allocator on one trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) live: usize,
    pub(crate) time: f64,
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
    fn ratio(&self, cell: &Cell) -> Option<f64> {
        let glibc = self.find("glibc", cell.kind, cell.live)?;
        Some(cell.time / glibc.time)
    }

    /// The geometric mean of an allocator's ratios, and the largest, at one size or at all.
    fn summary(&self, name: &str, live: Option<usize>) -> Option<(f64, f64)> {
        let cells = self.cells.iter().filter(|cell| cell.name == name);
        let cells = cells.filter(|cell| live.is_none_or(|live| cell.live == live));
        let ratios: Vec<f64> = cells.filter_map(|cell| self.ratio(cell)).collect();
        let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
        let most = ratios.iter().copied().reduce(f64::max)?;
        Some(((sum / ratios.len() as f64).exp(), most))
    }

    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.cells.iter().map(|cell| cell.live).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
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
        text: impl Fn(&Cell) -> Option<String>,
    ) -> fmt::Result {
        writeln!(out, "\n## {title}\n")?;
        self.heading(out, "trace, live payloads")?;
        for (kind, ..) in KINDS {
            for live in self.sizes() {
                if self.find("glibc", kind, live).is_some() {
                    let cell = |name: &str| self.find(name, kind, live).and_then(&text);
                    self.row(out, &format!("{kind}, {live}"), cell)?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Results {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "# Speed\n")?;
        writeln!(
            out,
            "Made by `cargo bench -p osmem -- --plot{}`. Medians of {} interleaved rounds, each \
             measurement in a process of its own on one processor. Time is processor time of one \
             call (a malloc, a free, a realloc), the loop around it included. `strict` is libosmem.so, `drop-in` is \
             libosmem_malloc.so, `literal` is libosmem.so on the literal engine.\n",
            if self.quick { " --quick" } else { "" },
            self.rounds
        )?;
        for (kind, what, _) in KINDS {
            writeln!(out, "- {kind}: {what}")?;
        }
        writeln!(out, "\n## Ratio to glibc: geometric mean (largest)\n")?;
        self.heading(out, "traces")?;
        for live in self.sizes().into_iter().map(Some).chain([None]) {
            let first = live.map_or("all".to_owned(), |live| format!("at {live} live payloads"));
            let cell = |name: &str| {
                let (mean, most) = self.summary(name, live)?;
                Some(format!("{mean:.2} ({most:.2})"))
            };
            self.row(out, &first, cell)?;
        }
        self.table(out, "Ratio to glibc", |cell| {
            self.ratio(cell).map(|ratio| format!("{ratio:.2}"))
        })?;
        self.table(out, "Nanoseconds a call", |cell| {
            Some(format!("{:.1}", cell.time))
        })?;
        self.table(
            out,
            "Utilisation: live bytes of those that became resident, in %",
            |cell| Some(format!("{:.0}", 100.0 * cell.utilisation)),
        )
    }
}
