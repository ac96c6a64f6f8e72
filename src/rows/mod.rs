//! What models report: one struct per kind of row, and the trait that takes them.
//!
//! Models emit rows and never format, average or write anything: [`Rows`] is implemented by the
//! metrics (folds over rows) and by the report (files). Fields are those of the output columns, in
//! their order; a value without a meaning is `None` and becomes an empty cell.

mod onchain;

use serde::{Deserialize, Serialize};

pub use onchain::{BlockRow, ClosureRow, LossRow, OpenedRow};

use crate::ids::{ChannelId, DirectedChannel, NodeId};
use crate::outcome::{
    AttackCause, AttackKind, AttackOutcome, Failure, OnionError, Outcome, SealedBy,
};
use crate::units::{
    BlockHeight, FeeRate, Gas, GasPrice, Msat, Sat, SimDuration, SimTime, Wei, Weight,
};

/// Takes what a system reports, in the order in which it happens.
pub trait Rows {
    /// A demand was submitted.
    fn offered(&mut self, at: SimTime, amount: Msat);
    /// A payee learnt of a payment whose row comes much later, when it is final; see
    /// [`Settlement::acknowledged`]. Each payment at most once.
    fn acknowledged(&mut self, _row: &Acknowledgement) {}
    /// A payment ended, or was still pending at the end of the run.
    fn payment(&mut self, row: &PaymentRow);
    /// An attempt (one part on one route) ended.
    fn attempt(&mut self, row: &AttemptRow<'_>);
    /// A sampling interval ended; `state` holds at its end.
    fn sample(&mut self, state: &Sample);
    /// Final state of a channel.
    fn channel(&mut self, row: &ChannelRow);
    /// Final state of a node.
    fn node(&mut self, row: &NodeRow);
    /// A block of Ethereum, of a system that settles there.
    fn ethereum_block(&mut self, _row: &EthereumBlockRow) {}
    /// A batch of a rollup is final, or the run ended first.
    fn batch(&mut self, _row: &BatchRow) {}

    /// A block was found.
    fn block(&mut self, _row: &BlockRow) {}
    /// A channel opened during the run: rows may speak of it from now on.
    fn opened(&mut self, _row: &OpenedRow<'_>) {}
    /// A channel is closed for good.
    fn closure(&mut self, _row: &ClosureRow) {}
    /// A node lost money to others.
    fn loss(&mut self, _row: &LossRow) {}
    /// An attempt of an attack ended, or was still pending at the end of the run.
    fn attack(&mut self, _row: &AttackRow<'_>) {}
    /// What watchtowers keep, at the end.
    fn towers(&mut self, _row: &TowerRow) {}
    /// What holds of the system as a whole, at the end.
    fn system(&mut self, _row: &SystemRow) {}
    /// How much of something limited was used; a row for each such thing, when the last payment has been
    /// submitted.
    fn resource(&mut self, _row: &ResourceRow) {}
}

/// What watchtowers keep for those they watch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TowerRow {
    /// States.
    pub states: u64,
    /// What these take.
    pub bytes: u64,
}

/// How much of something that limits a system was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResourceRow {
    /// What is limited, in words for a table: `switch`, `block weight`, `provers`.
    pub resource: &'static str,
    /// The share of it that was in use, mean from the start to the last payment's submission; 1 is all
    /// of it.
    pub utilisation: f64,
}

/// What holds of a system as a whole (`comparison.csv`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SystemRow {
    /// Money bound so that the system can carry payments, mean over the run.
    pub locked: Msat,
    /// What setting it up costs (channels, accounts, deposits), in US dollars; spread over
    /// [`Prices::amortise_over`](crate::units::Prices).
    pub setup_usd: f64,
    /// Weight units that setting it up takes on Bitcoin, spread in the same way.
    pub setup_weight: f64,
    /// Who has to be trusted.
    pub trust: &'static str,
    /// Who has to be online.
    pub online_required: &'static str,
}

/// One payment (`payments.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentRow {
    /// The trace's own number in a replay, else 0, 1, 2…
    pub id: u64,
    /// Who pays.
    pub payer: NodeId,
    /// Who is paid.
    pub payee: NodeId,
    /// What the payee is to receive.
    pub amount: Msat,
    /// When the payer wanted to pay.
    pub submitted: SimTime,
    /// False in the warm-up and after the end of arrivals: such rows are kept out of statistics.
    pub measured: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed; only for [`Outcome::Failed`].
    pub failure: Option<Failure>,
    /// The last error reported to the payer.
    pub last_error: Option<OnionError>,
    /// The payee released the preimage (all parts locked in).
    pub settled: Option<SimTime>,
    /// The payer holds the preimage.
    pub payer_known: Option<SimTime>,
    /// It can no longer be undone.
    pub final_at: Option<SimTime>,
    /// Nothing of it is under way.
    pub ended: Option<SimTime>,
    /// HTLC sets sent; each part counts.
    pub attempts: u32,
    /// Path searches: how often a router was asked, also where it saw at once that nothing can be sent.
    pub searches: u32,
    /// Parts that carried it (settled) or were tried at most at once (failed).
    pub parts: u32,
    /// Channels of the longest route of the last attempt.
    pub hops: Option<u32>,
    /// Routing fee paid; settled payments only.
    pub fee: Option<Msat>,
    /// What the user is charged, in US dollars.
    pub price_usd: Option<f64>,
    /// What it costs to provide, in US dollars.
    pub resource_usd: Option<f64>,
    /// How it stands with the chain below the system.
    pub settlement: Settlement,
}

/// What only systems on a chain, or with a settlement of their own, can say of a payment.
///
/// A row is complete when it is emitted: a system whose finality comes late keeps the payment until
/// then. A time that a rule fixes (a challenge window, the right to a chargeback) may lie after the
/// end of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// It, or the batch that carries it, stands in a block of an L1.
    pub included: Option<SimTime>,
    /// The payee could hold it as money of the layer below.
    pub withdrawable: Option<SimTime>,
    /// [`Rows::acknowledged`] was called for it: the time series has counted it.
    pub acknowledged: bool,
    /// Part of the resource cost that is paid to an L1, in US dollars.
    pub l1_usd: f64,
    /// Part of the resource cost of whoever operates the system, in US dollars.
    pub operator_usd: f64,
    /// Weight units on Bitcoin, its share of a shared transaction.
    pub l1_weight: f64,
    /// Gas on Ethereum, its share of a shared transaction.
    pub l1_gas: f64,
    /// Bytes published on an L1, its share.
    pub l1_bytes: f64,
}

/// A payee learnt that it is paid, before the payment is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// When the payer wanted to pay.
    pub submitted: SimTime,
    /// When the payee learnt of it.
    pub at: SimTime,
    /// The amount.
    pub amount: Msat,
}

/// One attempt (`attempts.csv`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttemptRow<'a> {
    /// The payment's number, as in [`PaymentRow::id`].
    pub id: u64,
    /// Number of the part within its payment, from 0.
    pub part: u32,
    /// Number of the attempt within its payment, from 1.
    pub attempt: u32,
    /// When the first HTLC was offered.
    pub sent: SimTime,
    /// When the payer learnt how it ended; `None` if it never did.
    pub ended: Option<SimTime>,
    /// What the payee receives of it.
    pub amount: Msat,
    /// Routing fee of the route.
    pub fee: Msat,
    /// Blocks between the height at sending and the expiry of the first HTLC.
    pub cltv: u32,
    /// The channels, from payer to payee.
    pub route: &'a [DirectedChannel],
    /// Settled, failed, or pending at the end of the run.
    pub outcome: Outcome,
    /// The error reported, if it failed.
    pub error: Option<OnionError>,
    /// The hop at which it failed: 0 is the payer's own channel.
    pub error_hop: Option<u32>,
}

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
    /// Share of channels of which one side has under 1 % of the capacity usable.
    pub depleted_share: f64,
    /// Mean of |2·balance/capacity − 1|: 0 balanced, 1 all on one side.
    pub imbalance_mean: f64,
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

/// Final state of a channel (`channels.csv`). Index 0 is from `node1` to `node2`, index 1 back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// The channel; its name and ends stand in the network.
    pub channel: ChannelId,
    /// Capacity.
    pub capacity: Sat,
    /// When it opened; `None`: before the run.
    pub opened: Option<SimTime>,
    /// When it closed; `None`: open at the end.
    pub closed: Option<SimTime>,
    /// Final balance of each side.
    pub balance: [Msat; 2],
    /// Balance of each side at the start.
    pub initial: [Msat; 2],
    /// Amounts settled in each direction.
    pub forwarded: [Msat; 2],
    /// HTLCs settled in each direction.
    pub settled: [u64; 2],
    /// HTLCs failed in each direction, refusals by this channel included.
    pub failed: [u64; 2],
    /// Routing fees earned by forwarding over each direction.
    pub fees: [Msat; 2],
    /// Commitments signed on both sides together.
    pub updates: u64,
}

/// Final state of a node (`nodes.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// The node; its name, software and degree stand in the network.
    pub node: NodeId,
    /// Sum of the capacities of its open channels.
    pub capacity: Sat,
    /// Share of the run in which it answered.
    pub online_share: f64,
    /// Payments sent and settled.
    pub sent: u64,
    /// Payments received.
    pub received: u64,
    /// HTLCs forwarded and settled.
    pub forwarded: u64,
    /// Amounts forwarded and settled.
    pub forwarded_amount: Msat,
    /// Routing fees earned.
    pub fees_earned: Msat,
    /// Routing fees paid.
    pub fees_paid: Msat,
    /// Fees, roundings and lost outputs on the chain; `None`: no chain is simulated.
    pub onchain_fees: Option<Msat>,
    /// Money lost to others.
    pub losses: Option<Msat>,
    /// Own money in channels at the start, and at the end; an unresolved HTLC is its offerer's.
    pub wealth: [Msat; 2],
    /// Path searches made as a payer.
    pub searches: u64,
    /// Records of what it learnt about other channels, held at the end.
    pub beliefs: u64,
}

/// One block of Ethereum (`blocks.csv` of the systems that settle there).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EthereumBlockRow {
    /// Number, from 1.
    pub number: u64,
    /// Its slot; numbers that are left out were missed.
    pub slot: u64,
    /// When its slot began.
    pub at: SimTime,
    /// Gas used, everybody's.
    pub gas_used: Gas,
    /// Most gas that it could hold.
    pub gas_limit: Gas,
    /// Burnt per gas.
    pub base_fee: GasPrice,
    /// Blobs, everybody's.
    pub blobs: u64,
    /// Most blobs that it could hold.
    pub max_blobs: u64,
    /// Burnt per blob gas.
    pub blob_fee: GasPrice,
    /// Transactions of the system.
    pub transactions: u64,
    /// Gas of these.
    pub own_gas: Gas,
    /// What these paid, for gas and blobs.
    pub paid: Wei,
    /// Transactions of the system left waiting.
    pub waiting_transactions: u64,
    /// Gas left waiting that would pay the base fee, and that of the system.
    pub waiting_gas: Gas,
    /// Background blobs left waiting that would pay the blob fee.
    pub waiting_blobs: u64,
}

/// One batch of a rollup (`batches.csv`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchRow {
    /// Number, from 0.
    pub number: u64,
    /// When its first operation was executed.
    pub opened: SimTime,
    /// When it was closed.
    pub sealed: SimTime,
    /// What closed it.
    pub sealed_by: SealedBy,
    /// Payments.
    pub payments: u64,
    /// Payments, deposits, withdrawals and exits.
    pub operations: u64,
    /// Payments over the most that a batch may hold.
    pub fullness: f64,
    /// Bytes posted.
    pub bytes: u64,
    /// State root after it.
    pub root: [u8; 32],
    /// Fees of its operations.
    pub fees: Msat,
    /// Payments that waited for the sequencer when it was closed.
    pub waiting_payments: u64,
    /// Batches closed before it and not yet proven, or not yet asserted.
    pub waiting_batches: u64,
    /// Its data stands in a block of the chain.
    pub posted: Option<SimTime>,
    /// The chain has accepted its proof (validity), or an assertion of its root (optimistic).
    pub proven: Option<SimTime>,
    /// It can no longer be undone.
    pub final_at: Option<SimTime>,
    /// Its withdrawals can be had on the chain.
    pub executed: Option<SimTime>,
    /// Gas of its share of transactions.
    pub gas: Gas,
    /// Blobs, its share; 0 where calldata is used.
    pub blobs: f64,
    /// What its share of transactions and its proof cost, in US dollars.
    pub cost_usd: f64,
    /// Of which for proving.
    pub proving_usd: f64,
    /// Times that its root was claimed wrongly, or its proof failed.
    pub faults: u32,
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

/// One attempt of an attack (`attacks.csv`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttackRow<'a> {
    /// The attack's name in the scenario.
    pub attack: &'a str,
    /// Its kind.
    pub kind: AttackKind,
    /// Number of the attempt within its attack, from 0.
    pub attempt: u64,
    /// Who attacks.
    pub attacker: NodeId,
    /// Whom it hurts.
    pub victim: Option<NodeId>,
    /// The channel attacked.
    pub channel: Option<ChannelId>,
    /// When the attempt began.
    pub start: SimTime,
    /// The height then.
    pub start_height: Option<BlockHeight>,
    /// The commitment published.
    pub number_used: Option<u64>,
    /// The commitment that should have been.
    pub number_current: Option<u64>,
    /// What it wins if all goes well, or what was learnt.
    pub gain: Option<Msat>,
    /// The attacker's money in it.
    pub stake: Option<Msat>,
    /// Whether the victim answered when it began.
    pub victim_online: Option<bool>,
    /// Whether a watchtower watches for the victim.
    pub tower: Option<bool>,
    /// Whether it knows the commitment published.
    pub tower_covers: Option<bool>,
    /// The height at which the attack confirmed.
    pub confirmed_height: Option<BlockHeight>,
    /// When it was noticed.
    pub detected: Option<SimTime>,
    /// By whom.
    pub detected_by: Option<&'static str>,
    /// When the answer was sent.
    pub justice_sent: Option<SimTime>,
    /// Its feerate, in sat per 1,000 vB.
    pub justice_feerate_sat_kvb: Option<u64>,
    /// The height at which it confirmed.
    pub justice_height: Option<BlockHeight>,
    /// The height by which it had to.
    pub deadline_height: Option<BlockHeight>,
    /// How it ended.
    pub outcome: AttackOutcome,
    /// Why it ended so.
    pub cause: Option<AttackCause>,
    /// The attacker's wealth because of it, in msat.
    pub attacker_net: Option<i64>,
    /// The victim's wealth because of it, in msat.
    pub victim_net: Option<i64>,
    /// Fees that the attacker paid.
    pub fees: Option<Msat>,
    /// Other nodes' money locked by it times the time, in msat · s.
    pub locked_msat_s: Option<u64>,
    /// HTLCs sent for it.
    pub htlcs: Option<u64>,
    /// Information learnt, in bits.
    pub bits: Option<f64>,
}

impl<'a> AttackRow<'a> {
    /// A row that says no more than what every row says: name, kind and number of the attempt; who attacks;
    /// when it began, and how it ended.
    pub const fn new(
        (attack, kind, attempt): (&'a str, AttackKind, u64),
        attacker: NodeId,
        start: SimTime,
        outcome: AttackOutcome,
    ) -> Self {
        Self {
            attack,
            kind,
            attempt,
            attacker,
            victim: None,
            channel: None,
            start,
            start_height: None,
            number_used: None,
            number_current: None,
            gain: None,
            stake: None,
            victim_online: None,
            tower: None,
            tower_covers: None,
            confirmed_height: None,
            detected: None,
            detected_by: None,
            justice_sent: None,
            justice_feerate_sat_kvb: None,
            justice_height: None,
            deadline_height: None,
            outcome,
            cause: None,
            attacker_net: None,
            victim_net: None,
            fees: None,
            locked_msat_s: None,
            htlcs: None,
            bits: None,
        }
    }
}
