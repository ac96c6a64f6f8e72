//! A row of each kind for tests, with another value in every field: cells under the wrong header show.

use crate::ids::{ChannelId, DirectedChannel, NodeId, Side};
use crate::outcome::{
    AttackCause, AttackKind, AttackOutcome, CloseCause, CloseKind, Failure, LossKind, OnionError,
    Outcome, SealedBy, Shortage,
};
use crate::rows::{
    AcknowledgedRow, AttackRow, AttemptRow, BatchRow, BitcoinSample, BlockRow, CampaignRow,
    Capital, CardSample, ChannelRow, ChannelSample, ClosureRow, EthereumBlockRow, EthereumSample,
    LossRow, NodeRow, OfferedRow, OpenedRow, PaymentRow, ResourceRow, RollupSample, Row, Rows,
    Sample, Settlement, SystemRow, TowerRow,
};
use crate::units::{
    BlockHeight, FeeRate, Gas, GasPrice, Msat, Sat, SimDuration, SimTime, Wei, Weight,
};

/// Seconds on the virtual clock.
pub(crate) const fn at(seconds: u64) -> SimTime {
    SimTime(seconds * 1_000_000_000)
}

/// A payment of 5 sat, sent at 1 s; settled and failed at once, so that no cell is empty.
pub(crate) fn payment() -> PaymentRow {
    PaymentRow {
        id: 7,
        payer: NodeId(0),
        payee: NodeId(1),
        amount: Msat(5_000),
        submitted: at(1),
        measured: true,
        outcome: Outcome::Settled,
        failure: Some(Failure::FeeLimit),
        last_error: Some(OnionError::FeeInsufficient),
        settled: Some(at(2)),
        payer_known: Some(at(3)),
        final_at: Some(at(4)),
        ended: Some(at(6)),
        attempts: 8,
        searches: 9,
        parts: 10,
        hops: Some(11),
        fee: Some(Msat(12)),
        price_usd: Some(0.125),
        resource_usd: Some(0.25),
        settlement: Settlement {
            included: Some(at(13)),
            withdrawable: Some(at(14)),
            ..Settlement::default()
        },
        feasible: Some(true),
        shortage: Some(Shortage::Depleted),
    }
}

/// Alice to bob over a-b, and back.
const ROUTE: &[DirectedChannel] =
    &[DirectedChannel::new(ChannelId(0), Side::One), DirectedChannel::new(ChannelId(0), Side::Two)];

pub(crate) const fn attempt() -> AttemptRow<'static> {
    AttemptRow {
        id: 7,
        part: 1,
        attempt: 2,
        sent: at(3),
        ended: Some(at(4)),
        amount: Msat(5),
        fee: Msat(6),
        cltv: 80,
        route: ROUTE,
        outcome: Outcome::Failed,
        error: Some(OnionError::TemporaryChannelFailure),
        error_hop: Some(9),
    }
}

/// A sample with all parts, which no single system has.
pub(crate) fn sample() -> Sample {
    let ethereum = EthereumSample {
        height: 41,
        base_fee: GasPrice(42),
        blob_fee: GasPrice(43),
        waiting_transactions: 44,
    };
    Sample {
        at: at(60),
        channels: Some(ChannelSample {
            htlcs_in_flight: 1,
            in_flight: Msat(2),
            capacity: Sat(100),
            channels_open: 3,
            depleted_share: Some(0.5),
            newly_depleted_share: Some(0.125),
            replenished_share: Some(0.375),
            imbalance_mean: Some(0.25),
            full_directions: 8,
            nodes_online: 5,
            channels_closing: Some(4),
            height: Some(BlockHeight(9)),
            feerate: Some(FeeRate(250)),
            mempool: Some(Weight(11)),
        }),
        card: Some(CardSample {
            authorising: 21,
            wait: SimDuration::from_secs(22),
            unsettled: Msat(23),
            up: true,
        }),
        bitcoin: Some(BitcoinSample {
            height: BlockHeight(31),
            feerate: FeeRate(253),
            mempool: Weight(33),
            own_waiting: 34,
        }),
        ethereum: Some(ethereum),
        rollup: Some(RollupSample {
            queue: 51,
            open_batch: 52,
            provers_busy: Some(53),
            unproven_batches: 54,
            unfinal_batches: 55,
            withdrawing: Msat(56),
            chain: EthereumSample {
                height: 57,
                base_fee: GasPrice(58),
                blob_fee: GasPrice(59),
                waiting_transactions: 60,
            },
        }),
    }
}

pub(crate) fn channel() -> ChannelRow {
    ChannelRow {
        channel: ChannelId(0),
        capacity: Sat(100),
        opened: Some(at(1)),
        closed: Some(at(2)),
        balance: [Msat(60_000), Msat(40_000)],
        initial: [Msat(50_000), Msat(50_001)],
        forwarded: [Msat(3), Msat(4)],
        settled: [5, 6],
        failed: [7, 8],
        fees: [Msat(9), Msat(10)],
        updates: 11,
    }
}

pub(crate) fn node() -> NodeRow {
    NodeRow {
        node: NodeId(1),
        capacity: Sat(100),
        online_share: Some(0.75),
        sent: 3,
        received: 4,
        forwarded: 5,
        forwarded_amount: Msat(6),
        fees_earned: Msat(7),
        fees_paid: Msat(8),
        onchain_fees: Some(Msat(9)),
        losses: Some(Msat(10)),
        wealth: [Msat(50_000), Msat(40_000)],
        searches: 11,
        beliefs: 12,
    }
}

pub(crate) fn block() -> BlockRow {
    BlockRow {
        height: BlockHeight(1),
        at: at(2),
        weight: Weight(3),
        fullness: 0.5,
        transactions: 4,
        fees: Sat(5),
        lowest: Some(FeeRate(250)),
        median: Some(FeeRate(251)),
        waiting: Weight(6),
        waiting_count: 7,
        minimum: FeeRate(252),
        own: 8,
        own_weight: Weight(9),
        own_fees: Sat(10),
    }
}

pub(crate) fn ethereum_block() -> EthereumBlockRow {
    EthereumBlockRow {
        number: 1,
        slot: 2,
        at: at(3),
        gas_used: Gas(4),
        gas_limit: Gas(5),
        base_fee: GasPrice(6),
        blobs: 7,
        max_blobs: 8,
        blob_fee: GasPrice(9),
        transactions: 10,
        own_gas: Gas(11),
        paid: Wei(500_000_000_000_000_000),
        waiting_transactions: 12,
        waiting_gas: Gas(13),
        waiting_blobs: 14,
    }
}

pub(crate) fn batch() -> BatchRow {
    BatchRow {
        number: 1,
        opened: at(2),
        sealed: at(3),
        sealed_by: SealedBy::Age,
        payments: 4,
        operations: 5,
        fullness: 0.125,
        bytes: 6,
        root: [0xab; 32],
        fees: Msat(7),
        waiting_payments: 8,
        waiting_batches: 9,
        posted: Some(at(10)),
        proven: Some(at(11)),
        final_at: Some(at(12)),
        executed: Some(at(13)),
        gas: Gas(14),
        blobs: 0.5,
        cost_usd: 0.25,
        proving_usd: 0.75,
        faults: 15,
    }
}

pub(crate) const fn attack() -> AttackRow<'static> {
    AttackRow {
        attack: "thieves",
        kind: AttackKind::SlowJamming,
        attempt: 3,
        attacker: NodeId(1),
        victim: Some(NodeId(0)),
        channel: Some(ChannelId(0)),
        start: at(1),
        start_height: Some(BlockHeight(7)),
        number_used: Some(8),
        number_current: Some(9),
        gain: Some(Msat(10)),
        stake: Some(Msat(11)),
        victim_online: Some(true),
        tower: Some(true),
        tower_covers: Some(false),
        confirmed_height: Some(BlockHeight(17)),
        detected: Some(at(2)),
        detected_by: Some("node"),
        justice_sent: Some(at(4)),
        justice_feerate_sat_kvb: Some(12),
        justice_height: Some(BlockHeight(18)),
        deadline_height: Some(BlockHeight(13)),
        outcome: AttackOutcome::Partly,
        cause: Some(AttackCause::Refused),
        attacker_net: Some(-5),
        victim_net: Some(5),
        fees: Some(Msat(14)),
        locked_msat_s: Some(15),
        slot_s: Some(18),
        htlcs: Some(16),
        bits: Some(0.5),
    }
}

pub(crate) fn closure() -> ClosureRow {
    ClosureRow {
        channel: ChannelId(0),
        capacity: Sat(100),
        anchors: true,
        kind: CloseKind::Unilateral,
        cause: CloseCause::PeerGone,
        by: NodeId(1),
        number: 2,
        decided: at(3),
        broadcast: Some(BlockHeight(4)),
        confirmed: Some(BlockHeight(5)),
        resolved: Some(BlockHeight(6)),
        buried: Some(BlockHeight(7)),
        htlcs: 30,
        trimmed: 9,
        timed_out: 10,
        claimed: 11,
        penalised: 12,
        weight: Weight(13),
        fees: [Msat(14), Msat(15)],
        start: [Msat(16), Msat(17)],
        end: [-18, 19],
        rounding: Msat(20),
        loss: Msat(21),
        loser: Some(NodeId(0)),
    }
}

pub(crate) fn loss() -> LossRow {
    LossRow {
        at: at(1),
        height: BlockHeight(2),
        node: NodeId(0),
        channel: ChannelId(0),
        payment: Some(3),
        part: Some(4),
        kind: LossKind::PreimageTooLate,
        amount: Msat(5),
        cause: Some(CloseCause::HtlcDeadline),
    }
}

/// Hands a row of each kind to `rows`, in an order in which a run may have them.
pub(crate) fn one_of_each(rows: &mut dyn Rows) {
    rows.record(Row::Campaign(&CampaignRow { from: SimTime::ZERO, to: SimTime::NEVER }));
    rows.record(Row::Offered(&OfferedRow { at: at(1), amount: Msat(5_000) }));
    let (submitted, amount) = (at(1), Msat(700));
    rows.record(Row::Acknowledged(&AcknowledgedRow { submitted, at: at(2), amount }));
    rows.record(Row::Payment(&payment()));
    rows.record(Row::Attempt(&attempt()));
    rows.record(Row::Opened(&OpenedRow {
        channel: ChannelId(1),
        ends: [NodeId(1), NodeId(0)],
        name: "opened:1",
    }));
    rows.record(Row::Sample(&sample()));
    rows.record(Row::Block(&block()));
    rows.record(Row::EthereumBlock(&ethereum_block()));
    rows.record(Row::Batch(&batch()));
    rows.record(Row::Closure(&closure()));
    rows.record(Row::Loss(&loss()));
    rows.record(Row::Attack(&attack()));
    rows.record(Row::Towers(&TowerRow { states: 3, bytes: 1_050 }));
    rows.record(Row::Channel(&channel()));
    rows.record(Row::Node(&node()));
    rows.record(Row::Resource(&ResourceRow {
        resource: "HTLC slots",
        utilisation: 0.5,
        demanded: Some(0.75),
    }));
    rows.record(Row::System(&SystemRow {
        capital: Capital {
            spendable: Some(Msat(600_000)),
            locked: Msat(200_000),
            liquidity: Msat(100_000),
        },
        channels: None,
        setup_usd: 12.0,
        setup_weight: 1_500.0,
        trust: "nobody",
        online_required: "payee",
    }));
}
