//! The life of one payment: what the payer decides, what forwarders and payees answer.
//!
//! A payment is submitted, its [`Sender`] plans one or more parts ([`Sender::next`]), each part goes out
//! hop by hop, forwarders check it ([`forward::check`]), the payee answers ([`payee::Payees`]), the payer
//! learns ([`Sender::learn`]) and plans again until the payment is settled or given up. This module
//! decides; `lightning` moves the money and the clock.

mod attack_payment;
mod book;
pub mod forward;
mod interpret;
mod params;
pub mod payee;
mod sender;
mod senders;

pub use attack_payment::{AttackPayment, AttackerResponse};
pub use book::{Leg, Part, Payment, Tunnel};
pub use interpret::{AttemptResult, Verdict};
pub use params::{Hold, PayeeParams, SendParams};
pub use sender::{PayerAction, PlanBuffer, Planned, Report, RouteRequest, Sender};
pub use senders::RouterChoice;
