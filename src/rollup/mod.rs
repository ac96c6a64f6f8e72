//! Payment rollups: an operator executes payments off the chain and posts what they did.
//!
//! Reading order: `operation` (what changes the state) → `ledger` and `tree` (the state and its
//! root) → `operator` with `sequencer` and `open_batch` (payments into batches) → `layout` (batches into bytes)
//! → `replay` (the second implementation, which rebuilds every root from those bytes) → `core` with
//! `bridge`, `l1_sender` and `users` (the chain below) → `zk` and `optimistic` (how a batch comes to count).
//!
//! Two systems share all of this but the settlement. Money on the rollup is wrapped bitcoin in
//! millisatoshis; the chain is paid in ether by the operator, who charges its users in kind. An amount that
//! the layout cannot write is rounded up, to the payee's good.
//!
//! Sources are named at each default, in `params`.

mod auth;
mod batch;
mod batch_data;
mod bridge;
mod core;
mod events;
mod exodus;
mod expected;
mod float;
mod l1_sender;
mod layout;
mod ledger;
mod measuring;
mod open_batch;
mod operation;
mod operator;
mod optimistic;
mod over_window;
mod params;
mod pricing;
mod prover;
mod replay;
mod reporting;
mod sequencer;
#[cfg(test)]
mod testing;
mod transactions;
mod tree;
mod users;
mod wallets;
mod zk;

pub use auth::{Authentication, Keys, Signature};
pub use bridge::BridgeRefusal;
pub use core::RollupWorld;
pub use events::{CoreEvent, OptimisticEvent, Tag, ZkEvent};
pub use float::DecimalFloat;
pub use layout::{Layout, RUN_HEADER_BYTES, Witness};
pub use ledger::{Account, Ledger, LedgerError, PriorAccount};
pub use operation::{MESSAGE_BYTES, OPERATOR, Operation};
pub use optimistic::OptimisticRollup;
pub use params::{
    DataLocation, Faults, FeeRule, GasModel, Inbox, OperatorParams, OptimisticParams, Seal,
    Service, Users, ZkParams,
};
pub use prover::Prover;
pub use replay::{ReplayError, Replayer, Touch};
pub(crate) use transactions::{largest_optimistic, largest_zk};
pub use tree::{Hash, Tree, join, leaf, root_of};
pub use zk::ZkRollup;
