//! Progress of a sweep: runs done, ETA.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::host::{self, Signals, Stopwatch};
use crate::sweep::{Job, Observer};

/// A bar on a terminal, a plain line every few seconds elsewhere.
pub(super) struct Meter<'a> {
    bar: ProgressBar,
    plain: bool,
    clock: &'a Stopwatch,
    signals: &'a Signals,
    /// Runs to do, done, and of them computed.
    all: AtomicU64,
    ended: AtomicU64,
    computed: AtomicU64,
    /// Seconds on the clock at which the next plain line is due.
    next_line_s: AtomicU64,
    began_s: f64,
}

impl<'a> Meter<'a> {
    /// Seconds between two plain lines.
    const LINE_EVERY_S: u64 = 10;

    /// A meter for `runs` runs; silent when `quiet`.
    pub(super) fn new(runs: u64, quiet: bool, clock: &'a Stopwatch, signals: &'a Signals) -> Self {
        let shown = host::watched() && !quiet;
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(runs), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs  ETA {eta}  {msg}")
            .expect("the template is well-formed");
        bar.set_style(style);
        let began_s = clock.elapsed().as_secs_f64();
        Self {
            bar,
            plain: !host::watched() && !quiet,
            clock,
            signals,
            all: AtomicU64::new(runs),
            ended: AtomicU64::new(0),
            computed: AtomicU64::new(0),
            next_line_s: AtomicU64::new(clock.elapsed().as_secs() + Self::LINE_EVERY_S),
            began_s,
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// A plain line, if it is due; one thread wins the right to print it.
    fn line(&self, ended: u64) {
        let now_s = self.clock.elapsed().as_secs();
        let due = self.next_line_s.load(Ordering::Relaxed);
        let next = now_s + Self::LINE_EVERY_S;
        let is_mine = now_s >= due
            && self
                .next_line_s
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !is_mine {
            return;
        }
        let (all, computed) =
            (self.all.load(Ordering::Relaxed), self.computed.load(Ordering::Relaxed));
        let eta = if computed > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a time on the screen")]
            let share = all.saturating_sub(ended) as f64 / computed as f64;
            format!("  ETA {:.0} s", (self.seconds() - self.began_s) * share)
        } else {
            String::new()
        };
        host::note(&format!("{ended}/{all} runs{eta}"));
    }
}

impl Observer for Meter<'_> {
    fn is_over(&self) -> bool {
        self.signals.came().is_some()
    }

    fn seconds(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    fn more(&self, runs: u64) {
        let all = self.all.fetch_add(runs, Ordering::Relaxed) + runs;
        self.bar.set_length(all);
    }

    fn done(&self, job: Job, is_computed: bool) {
        let ended = self.ended.fetch_add(1, Ordering::Relaxed) + 1;
        self.computed.fetch_add(u64::from(is_computed), Ordering::Relaxed);
        self.bar.set_position(ended);
        if self.plain {
            self.line(ended);
        } else {
            self.bar.set_message(format!("point {}", job.point));
        }
    }
}
