//! Channels closed in a run: how many of them cooperatively, and what closing cost.

use serde::{Deserialize, Serialize};

use crate::metrics::batches::Batches;
use crate::metrics::ratio::Ratio;
use crate::metrics::result::ClosureResult;
use crate::outcome::CloseKind;
use crate::rows::ClosureRow;

/// The fold over closed channels, warm-up included: they are few.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Closures {
    closed: u64,
    cooperative: Ratio,
    fees: Batches,
}

impl Closures {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are 90,000 bitcoin")]
    pub(super) fn add(&mut self, row: &ClosureRow) {
        self.closed += 1;
        self.cooperative.add(row.kind == CloseKind::Cooperative);
        let [one, two] = row.fees;
        self.fees.add(one.saturating_add(two).get() as f64);
    }

    pub(super) fn result(&self) -> ClosureResult {
        ClosureResult {
            closed: self.closed,
            cooperative_share: self.cooperative.estimate(),
            fee_mean_msat: self.fees.estimate(),
        }
    }
}
