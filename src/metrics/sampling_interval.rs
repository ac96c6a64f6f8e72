//! One sampling interval of the time series.

use serde::{Deserialize, Serialize};

use crate::metrics::histogram::Histogram;
use crate::outcome::Outcome;
use crate::rows::{AcknowledgedRow, PaymentRow, Sample};
use crate::units::{Msat, SimDuration};

/// What happened since the last sample.
///
/// Payments count in the interval in which they ended (nothing of them is under way any more), or in
/// which they were acknowledged where the row comes later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplingInterval {
    offered: u64,
    settled: u64,
    failed: u64,
    settled_amount: Msat,
    latencies: Histogram,
    pending: u64,
}

/// One row of the time series: counts over the interval that ends with the sample, state at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeRow {
    /// State at the end of the interval.
    pub state: Sample,
    /// Payments submitted.
    pub offered: u64,
    /// Payments that ended settled.
    pub settled: u64,
    /// Payments that ended failed.
    pub failed: u64,
    /// Payments under way at the end of the interval.
    pub pending: u64,
    /// Amounts of the settled payments.
    pub settled_amount: Msat,
    /// Median time that the payers of the settled payments waited.
    pub latency_p50: Option<SimDuration>,
}

impl SamplingInterval {
    /// A payment was submitted.
    pub fn offered(&mut self) {
        self.offered += 1;
        self.pending += 1;
    }

    /// A payment was acknowledged whose row comes later.
    pub fn acknowledged(&mut self, row: &AcknowledgedRow) {
        self.settled(row.amount);
        self.latencies.add(row.at.since(row.submitted).0);
    }

    /// A payment ended, or the run did.
    pub fn payment(&mut self, row: &PaymentRow) {
        if row.settlement.acknowledged {
            return;
        }
        match row.outcome {
            Outcome::Settled => self.settled(row.amount),
            Outcome::Failed => {
                self.failed += 1;
                self.pending = self.pending.saturating_sub(1);
            }
            Outcome::Pending => {}
        }
        if let (Outcome::Settled, Some(known)) = (row.outcome, row.payer_known) {
            self.latencies.add(known.since(row.submitted).0);
        }
    }

    fn settled(&mut self, amount: Msat) {
        self.settled += 1;
        self.settled_amount = self.settled_amount.saturating_add(amount);
        self.pending = self.pending.saturating_sub(1);
    }

    /// Ends the interval, and begins the next.
    pub fn close(&mut self, state: &Sample) -> TimeRow {
        let row = TimeRow {
            state: *state,
            offered: self.offered,
            settled: self.settled,
            failed: self.failed,
            pending: self.pending,
            settled_amount: self.settled_amount,
            latency_p50: self.latencies.quantile(0.5).map(SimDuration),
        };
        self.latencies.clear();
        (self.offered, self.settled, self.failed) = (0, 0, 0);
        self.settled_amount = Msat::ZERO;
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use crate::rows::Settlement;
    use crate::units::SimTime;

    fn row(outcome: Outcome, amount: u64, submitted: u64, known: Option<u64>) -> PaymentRow {
        PaymentRow {
            id: 0,
            payer: NodeId(0),
            payee: NodeId(1),
            amount: Msat(amount),
            submitted: SimTime(submitted),
            measured: true,
            outcome,
            failure: None,
            last_error: None,
            settled: known.map(SimTime),
            payer_known: known.map(SimTime),
            final_at: None,
            ended: None,
            attempts: 1,
            searches: 1,
            parts: 1,
            hops: None,
            fee: None,
            price_usd: None,
            resource_usd: None,
            settlement: Settlement::default(),
            feasible: None,
            shortage: None,
        }
    }

    #[test]
    fn counts_start_again_with_each_interval_and_what_is_under_way_carries_over() {
        let mut interval = SamplingInterval::default();
        (0..4).for_each(|_| interval.offered());
        interval.payment(&row(Outcome::Settled, 700, 0, Some(50)));
        interval.payment(&row(Outcome::Failed, 900, 0, None));
        let first = interval.close(&Sample { at: SimTime(100), ..Sample::default() });
        assert_eq!((first.offered, first.settled, first.failed, first.pending), (4, 1, 1, 2));
        assert_eq!(first.settled_amount, Msat(700));
        assert_eq!(first.latency_p50, Some(SimDuration(50)));

        interval.payment(&row(Outcome::Settled, 10, 90, Some(110)));
        interval.payment(&row(Outcome::Pending, 10, 90, None));
        let second = interval.close(&Sample { at: SimTime(200), ..Sample::default() });
        assert_eq!((second.offered, second.settled, second.failed, second.pending), (0, 1, 0, 1));
        assert_eq!(second.latency_p50, Some(SimDuration(20)));
    }
}
