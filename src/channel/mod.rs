//! One channel: balances, HTLCs, commitments, revocation, the commitment dance.
//!
//! [`Channels`] holds all channels of the system. An HTLC is offered, locked in at its receiver, then
//! fulfilled or failed, and its removal is locked in at its offerer (BOLT 2). With the dance switched
//! on, each update waits for signatures and revocations of both sides ([`DanceEvent`]); with it
//! switched off, an update takes effect at once.
//!
//! Money, per channel: what the sides have free plus what stands in HTLCs is the capacity, to the
//! millisatoshi, after every transition. An offer debits the offerer at once. The receiver has the
//! money of a fulfilled HTLC, and the offerer that of a failed one, when the removal is locked in.
//!
//! `closing` says what a commitment that is broadcast contains; `lightning` plays out what follows on the chain.
//!
//! Not here: `update_fee` (the feerate of a channel is constant), fees and
//! policies of forwarding, and how long messages and signatures take ([`Link`]).
//!
//! Sources: BOLT 2 (updates, limits, the five states of an update), BOLT 3 (weights, fees, trimming).
//!
//! *Validation*: the fee tables of BOLT 3's appendix C in `commitment`; `tests/dance` compares the
//! dance with a machine that handles one event per message.

mod calendar;
mod channels;
mod check;
mod closing;
mod commitment;
mod dance;
mod exchange;
mod htlc;
mod limits;
mod revoked;
mod spendable_cache;
mod state;
mod terms;

pub use channels::{Channels, Rules};
pub use closing::{CommitmentHtlc, CommitmentSnapshot, HtlcOffCommitment, Outputs};
pub use commitment::{Commitment, SecondStage};
pub use dance::{DanceEvent, Link};
pub use htlc::{Add, Htlc, HtlcId, Locked, LockedKind, WrongPreimage};
pub use limits::Refused;
pub use revoked::RevokedState;
pub use terms::{Batching, Terms};
