//! The progress bar: virtual time, payments per second, success ratio, ETA.

use std::collections::BTreeMap;
use std::fmt;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::cli::host::{self, Stopwatch};
use crate::ids::SystemName;
use crate::simulation::Counts;
use crate::system::Progress;

/// Shows how far a run is: a bar on a terminal, a plain line every few seconds elsewhere.
pub(super) struct Meter {
    bar: ProgressBar,
    plain: bool,
    started: Stopwatch,
    /// Seconds after the start at which the next plain line is due.
    next_line_s: u64,
    expected: u64,
    /// How far each system is.
    systems: BTreeMap<SystemName, (Progress, Counts)>,
}

impl Meter {
    /// Seconds between two plain lines.
    const LINE_EVERY_S: u64 = 10;

    /// A meter for a run of `expected` payments over all systems; silent when `quiet`.
    pub(super) fn new(expected: u64, quiet: bool) -> Self {
        let shown = host::watched() && !quiet;
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(expected), target);
        let style =
            ProgressStyle::with_template("{bar:30} {pos}/{len} payments  {rate}  ETA {eta}  {msg}")
                .expect("the template is well-formed")
                .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
                    // Writing to the bar's own buffer cannot fail.
                    let _written = write!(out, "{:.0}/s", state.per_sec());
                });
        bar.set_style(style);
        let plain = !host::watched() && !quiet;
        Self {
            bar,
            plain,
            started: Stopwatch::start(),
            next_line_s: Self::LINE_EVERY_S,
            expected,
            systems: BTreeMap::new(),
        }
    }

    /// Takes in how far a system is.
    pub(super) fn show(&mut self, system: SystemName, progress: Progress, counts: Counts) {
        self.systems.insert(system, (progress, counts));
        let demands = self.systems.values().map(|(progress, _)| progress.demands).sum();
        self.bar.set_position(demands);
        if self.bar.is_hidden() && !self.plain {
            return;
        }
        let elapsed_s = self.started.elapsed().as_secs();
        let due = self.plain && elapsed_s >= self.next_line_s;
        if self.plain && !due {
            return;
        }
        let state = self.state();
        if due {
            self.next_line_s = elapsed_s + Self::LINE_EVERY_S;
            host::note(&format!("{demands}/{} payments  {state}", self.expected));
        } else {
            self.bar.set_message(state);
        }
    }

    /// Virtual time and success of each system.
    fn state(&self) -> String {
        let states: Vec<_> = self
            .systems
            .iter()
            .map(|(system, (progress, counts))| {
                let now = progress.now.as_secs_f64();
                format!("{system} t = {now:.0} s settled {}", share(*counts))
            })
            .collect();
        states.join("  ")
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn share(counts: Counts) -> String {
    if counts.ended == 0 {
        return "-".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "a percentage on the screen")]
    let percent = 100.0 * counts.settled as f64 / counts.ended as f64;
    format!("{percent:.1} %")
}
