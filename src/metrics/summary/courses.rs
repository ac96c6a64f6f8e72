//! How long things took, and how figures went over the whole run.

use serde::{Deserialize, Serialize};

use crate::metrics::batches::Batches;
use crate::metrics::quantile::Quantiles;
use crate::outcome::Outcome;
use crate::rows::PaymentRow;
use crate::units::SimTime;

/// How long something took, and for how many settled payments it was not over by the end of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Waits {
    pub(super) times: Quantiles,
    pub(super) not_over: u64,
}

impl Waits {
    pub(super) fn add(&mut self, since: SimTime, until: Option<SimTime>) {
        match until {
            Some(until) => self.times.add(until.since(since).0),
            None => self.not_over += 1,
        }
    }
}

/// Figures over the whole run, warm-up included, and how many observations lie before the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Courses {
    pub(super) success: Batches,
    pub(super) latency: Batches,
    pub(super) depleted: Batches,
    pub(super) imbalance: Batches,
    payments_before: u64,
    settled_before: u64,
    pub(super) samples_before: u64,
}

impl Courses {
    pub(super) fn named(&self) -> [(&'static str, &Batches, u64); 4] {
        [
            ("success_ratio", &self.success, self.payments_before),
            ("latency_s", &self.latency, self.settled_before),
            ("depleted_share", &self.depleted, self.samples_before),
            ("imbalance_mean", &self.imbalance, self.samples_before),
        ]
    }

    pub(super) fn payment(&mut self, row: &PaymentRow) {
        self.success.add(f64::from(u8::from(row.outcome == Outcome::Settled)));
        self.payments_before += u64::from(!row.measured);
        if let (Outcome::Settled, Some(known)) = (row.outcome, row.payer_known) {
            self.latency.add(known.since(row.submitted).as_secs_f64());
            self.settled_before += u64::from(!row.measured);
        }
    }
}
