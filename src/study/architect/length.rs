//! How long the payments of a cell are watched.
//!
//! A window has to hold many blocks and batches: within a few, a price is that of the start, and a queue does not
//! show. What can be told from a tenth of that, is: a way that surely misses the bound is not watched any longer.

use crate::saturate::Cycle;
use crate::scenario::{ArchitectSpec, Sets};
use crate::units::{Msat, SimDuration};

/// Where a way is watched: which payments, for how long.
#[expect(clippy::struct_field_names, reason = "the unit stands in the name")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Length {
    /// Time before the window, in seconds.
    pub(super) warmup_s: f64,
    /// The window, in seconds.
    pub(super) window_s: f64,
    /// Time after it, in seconds.
    pub(super) drain_s: f64,
}

impl Length {
    /// Long enough to settle and to tell.
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    pub(super) fn long(
        spec: &ArchitectSpec,
        most_payments: u64,
        (cycle, drain): (Cycle, SimDuration),
        rate: f64,
    ) -> Self {
        /// The window's share of the whole.
        const SHARE: f64 = 2.0 / 3.0;
        let wanted = (spec.payments as f64 / rate)
            .max(spec.window.as_secs_f64())
            .max(cycle.long_enough().as_secs_f64());
        let window_s = wanted.min(most_payments as f64 * SHARE / rate);
        let drain_s = drain.max(cycle.drain()).as_secs_f64();
        Self { warmup_s: window_s * (1.0 / SHARE - 1.0), window_s, drain_s }
    }

    /// A tenth of it, to see who is far from the bound.
    pub(super) fn short(self) -> Self {
        Self { warmup_s: self.warmup_s / 10.0, window_s: self.window_s / 10.0, ..self }
    }

    /// What such a run sets: payments of one size at one rate.
    pub(super) fn sets(self, set: &Sets, amount: Msat, rate: f64) -> Sets {
        let seconds = |time: f64| format!("{time:.3} s");
        set.with("workload.amount.fixed.value", &format!("{} msat", amount.get()))
            .with("workload.arrivals.poisson.rate", &format!("{rate} /s"))
            .with("duration", &seconds(self.warmup_s + self.window_s))
            .with("warmup", &seconds(self.warmup_s))
            .with("drain", &seconds(self.drain_s))
    }
}
