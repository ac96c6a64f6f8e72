//! What everybody knows, carrying the same payments: a card network, and Bitcoin with a transaction per
//! payment.
//!
//! A baseline is a [`PaymentSystem`](crate::system::PaymentSystem) like any other, with money that is
//! conserved and queues that fill up. It sees what Lightning sees of the world and nothing of
//! Lightning itself.

mod bitcoin;
mod card;
#[cfg(test)]
mod testing;

pub use bitcoin::{BitcoinPayments, BitcoinSystem};
pub use card::{Calendar, Card, CardParams, Fees, Weekday};

use crate::engine::Seeds;
use crate::units::{Prices, SimTime};
use crate::workload::Accounts;

/// What a system without channels is told about the world.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What each payer and payee owns.
    pub accounts: Accounts,
    /// Payments submitted before this time are left out of statistics.
    pub warmup: SimTime,
    /// For costs, which are in US dollars.
    pub prices: Prices,
    /// Seeds of all draws.
    pub seeds: Seeds,
}
