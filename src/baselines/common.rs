//! What all baselines share: the world that they are built in, and rows of payments.

use crate::engine::Seeds;
use crate::outcome::{Failure, Outcome};
use crate::prices::Prices;
use crate::rows::{PaymentRow, Settlement};
use crate::units::SimTime;
use crate::workload::{Accounts, Demand};

/// The world that a system without channels is built in.
#[derive(Clone, Debug)]
pub struct BaselineWorld {
    /// What each payer and payee owns.
    pub accounts: Accounts,
    /// Payments submitted before this time are left out of statistics.
    pub warmup: SimTime,
    /// For costs, which are in US dollars.
    pub prices: Prices,
    /// Seeds of all draws.
    pub seeds: Seeds,
}

/// The row of a payment that failed at `now` after so many bids.
pub(crate) fn failed(
    demand: &Demand,
    warmup: SimTime,
    failure: Failure,
    bids: u32,
    now: SimTime,
) -> PaymentRow {
    PaymentRow {
        outcome: Outcome::Failed,
        failure: Some(failure),
        ended: Some(now),
        attempts: bids,
        ..blank(demand, warmup)
    }
}

/// A row that says nothing but what was asked for, to be filled in.
pub(super) fn blank(demand: &Demand, warmup: SimTime) -> PaymentRow {
    PaymentRow {
        id: demand.id,
        payer: demand.payer,
        payee: demand.payee,
        amount: demand.amount,
        submitted: demand.at,
        measured: warmup <= demand.at,
        outcome: Outcome::Pending,
        failure: None,
        last_error: None,
        settled: None,
        payer_known: None,
        final_at: None,
        ended: None,
        attempts: 0,
        searches: 0,
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
