//! What is counted, never what is decided.
//!
//! Owns each node's and direction's account ([`ledger::Ledger`]), what was used of slots and block space
//! ([`usage::Usage`]), what channels hold over time ([`levels::ChannelLevels`]), and what was in each at its start. Other parts tell it what happened; nobody acts on
//! what stands here.

pub(in crate::lightning) mod accounts;
pub(in crate::lightning) mod ledger;
pub(in crate::lightning) mod levels;
pub(in crate::lightning) mod sampling;
pub(in crate::lightning) mod setup_cost;
pub(in crate::lightning) mod usage;

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::lightning::books::ledger::Ledger;
use crate::lightning::books::levels::ChannelLevels;
use crate::lightning::books::usage::Usage;
use crate::lightning::chain::Ended;
use crate::outcome::{CloseKind, LossKind};
use crate::rows::{LossRow, Row, Rows};

use crate::units::{BlockHeight, Msat, Sat, SimTime};

/// What is counted.
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct Books {
    pub(in crate::lightning) ledger: Ledger,
    pub(in crate::lightning) usage: Usage,
    pub(in crate::lightning) levels: ChannelLevels,
    /// US dollars per bitcoin.
    pub(in crate::lightning) btc_usd: f64,
}

impl Books {
    /// A channel opened in the run, the last of so many: what its funding cost whom.
    pub(in crate::lightning) fn channel_opened(
        &mut self,
        channels: usize,
        opener: NodeId,
        fee: Sat,
    ) {
        self.ledger.grow(channels);
        self.ledger.node_mut(opener).onchain_fees += fee.to_msat();
    }

    /// An opener has its money back, less a fee.
    pub(in crate::lightning) fn opening_abandoned(&mut self, opener: NodeId, fee: Sat) {
        self.ledger.node_mut(opener).onchain_fees += fee.to_msat();
    }

    /// A channel is closed for good: what it cost, and who lost to whom.
    pub(in crate::lightning) fn channel_closed(
        &mut self,
        end: &Ended,
        height: BlockHeight,
        now: SimTime,
        rows: &mut dyn Rows,
    ) {
        let Ended { row, ends, cost, moved } = end;
        self.levels.closed(row.channel);
        for side in [0, 1] {
            let account = self.ledger.node_mut(ends[side]);
            account.onchain_fees += cost[side];
            let amount = Msat(moved[side].unsigned_abs());
            if moved[side] > 0 {
                account.won += amount;
            } else if moved[side] < 0 {
                account.lost += amount;
                let kind = match (row.kind, ends[side] == row.by) {
                    // Claimed in a block that was undone, and taken back in another.
                    (CloseKind::Unilateral | CloseKind::Cooperative, _) => LossKind::HtlcTimedOut,
                    (CloseKind::Revoked, true) => LossKind::Punished,
                    (CloseKind::Revoked, false) => LossKind::Stolen,
                };
                rows.record(Row::Loss(&LossRow {
                    at: now,
                    height,
                    node: ends[side],
                    channel: row.channel,
                    payment: None,
                    part: None,
                    kind,
                    amount,
                    cause: Some(row.cause),
                }));
            }
        }
    }

    /// A sum in US dollars.
    #[expect(clippy::cast_precision_loss, reason = "a price in a report, not state")]
    pub(in crate::lightning) fn in_usd(&self, money: Msat) -> f64 {
        /// Millisatoshis per bitcoin.
        const MSAT_PER_BTC: f64 = 1e11;
        money.get() as f64 * self.btc_usd / MSAT_PER_BTC
    }
}
