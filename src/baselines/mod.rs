//! What everybody knows, carrying the same payments: a card network.
//!
//! A baseline is a [`PaymentSystem`](crate::system::PaymentSystem) like any other, with money that is
//! conserved and queues that fill up. It sees what Lightning sees of the world and nothing of
//! Lightning itself.

mod card;

pub use card::{Calendar, Card, CardParams, CardWorld, Fees, Weekday};
