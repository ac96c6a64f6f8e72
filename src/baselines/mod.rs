//! The systems to compare with, carrying the same payments: a card network, a federated sidechain, and
//! Bitcoin and Ethereum with a transaction per payment.
//!
//! A baseline is a [`PaymentSystem`](crate::system::PaymentSystem) like any other, with money that is
//! conserved and queues that fill up. It sees what Lightning sees of the world and nothing of
//! Lightning itself.

mod bitcoin;
mod card;
mod common;
mod ethereum;
mod sidechain;
#[cfg(test)]
mod testing;

pub use bitcoin::{BitcoinPayments, BitcoinSystem};
pub use card::{Calendar, Card, CardParams, Fees, Weekday};
pub use common::BaselineWorld;
pub(crate) use common::failed;
pub use ethereum::{EthereumPayments, EthereumSystem};
pub use sidechain::{Sidechain, SidechainParams};
