//! The state of a system at a sampling time.

use serde::{Deserialize, Serialize};

use crate::units::{BlockHeight, FeeRate, GasPrice, Msat, Sat, SimDuration, SimTime, Weight};

/// State of the system at a sampling time (`timeseries.csv`); the counts of the interval are added
/// by the fold that writes the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The sampling time.
    pub at: SimTime,
    /// What only a channel network has.
    pub channels: Option<ChannelSample>,
    /// What only a card network has.
    pub card: Option<CardSample>,
    /// What only payments on Bitcoin have.
    pub bitcoin: Option<BitcoinSample>,
    /// What only payments on Ethereum have.
    pub ethereum: Option<EthereumSample>,
    /// What only a rollup has.
    pub rollup: Option<RollupSample>,
}

/// State of a channel network at a sampling time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelSample {
    /// HTLCs under way over all channels.
    pub htlcs_in_flight: u64,
    /// Money locked in them.
    pub in_flight: Msat,
    /// Sum of the capacities of open channels.
    pub capacity: Sat,
    /// Channels open.
    pub channels_open: u64,
    /// Share of open channels that are depleted: one side has under 1 % of the capacity usable. This and the
    /// next three are `None` while no channel is open.
    pub depleted_share: Option<f64>,
    /// Share of open channels that are depleted and were not at their start.
    pub newly_depleted_share: Option<f64>,
    /// Share of open channels that were depleted at their start and are not now.
    pub replenished_share: Option<f64>,
    /// Mean of |2·balance/capacity − 1|: 0 balanced, 1 all on one side.
    pub imbalance_mean: Option<f64>,
    /// Channel directions with no free HTLC slot.
    pub full_directions: u64,
    /// Nodes that answer.
    pub nodes_online: u64,
    /// Channels on their way through the chain; `None`: no chain is simulated.
    pub channels_closing: Option<u64>,
    /// Height of the chain.
    pub height: Option<BlockHeight>,
    /// Feerate of the next block.
    pub feerate: Option<FeeRate>,
    /// Weight that waits for blocks.
    pub mempool: Option<Weight>,
}

/// State of a card network at a sampling time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CardSample {
    /// Authorisations under way.
    pub authorising: u64,
    /// How long a message that comes now waits for the switch.
    pub wait: SimDuration,
    /// Authorised and not yet settled between the banks.
    pub unsettled: Msat,
    /// Whether the network answers.
    pub up: bool,
}

/// State of Bitcoin at a sampling time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BitcoinSample {
    /// Height of the last block.
    pub height: BlockHeight,
    /// Feerate that the next block would ask for.
    pub feerate: FeeRate,
    /// Weight that waits.
    pub mempool: Weight,
    /// Own transactions that wait.
    pub own_waiting: u64,
}

/// State of Ethereum at a sampling time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EthereumSample {
    /// Blocks so far.
    pub height: u64,
    /// Base fee of the next block.
    pub base_fee: GasPrice,
    /// Blob fee of the next block.
    pub blob_fee: GasPrice,
    /// Transactions of the system that wait.
    pub waiting_transactions: u64,
}

/// State of a rollup at a sampling time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RollupSample {
    /// Payments that wait for the sequencer.
    pub queue: u64,
    /// Operations in the open batch.
    pub open_batch: u64,
    /// Provers at work; `None` where nothing is proven.
    pub provers_busy: Option<u64>,
    /// Batches closed and not yet proven or asserted on the chain.
    pub unproven_batches: u64,
    /// Batches not yet final.
    pub unfinal_batches: u64,
    /// Money on its way out of the rollup.
    pub withdrawing: Msat,
    /// The chain below.
    pub chain: EthereumSample,
}
