//! Rows to lines: the cells of each table in the order of its columns.

use crate::ids::SystemName;
use crate::metrics::TimeRow;
use crate::report::cells::Line;
use crate::report::names::Names;
use crate::rows::{
    AttackRow, AttemptRow, BatchRow, BlockRow, ChannelRow, ClosureRow, EthereumBlockRow, LossRow,
    NodeRow, PaymentRow,
};
use crate::units::{BlockHeight, FeeRate, Msat, SimTime};

/// A line of `payments.csv`.
pub(super) fn payment(line: &mut Line, names: &Names, row: &PaymentRow) {
    line.number(row.id);
    line.text(names.node(row.payer));
    line.text(names.node(row.payee));
    line.number(row.amount.get());
    line.time(row.submitted);
    line.flag(row.measured);
    line.text(row.outcome.name());
    line.maybe(row.failure, |line, failure| line.text(failure.name()));
    line.maybe(row.last_error, |line, error| line.text(error.name()));
    line.maybe(row.settled, Line::time);
    line.maybe(row.payer_known, Line::time);
    line.maybe(row.final_at, Line::time);
    line.maybe(row.ended, Line::time);
    line.number(u64::from(row.attempts));
    line.number(u64::from(row.searches));
    line.number(u64::from(row.parts));
    line.maybe(row.hops.map(u64::from), Line::number);
    line.maybe(row.fee.map(Msat::get), Line::number);
    line.maybe(row.price_usd, Line::fraction);
    line.maybe(row.resource_usd, Line::fraction);
    line.maybe(row.settlement.included, Line::time);
    line.maybe(row.settlement.withdrawable, Line::time);
}

/// A line of `timeseries.csv`: what all systems have, then the system's own.
pub(super) fn time(line: &mut Line, row: &TimeRow, system: SystemName) {
    line.time(row.state.at);
    line.number(row.offered);
    line.number(row.settled);
    line.number(row.failed);
    line.number(row.pending);
    line.number(row.settled_amount.get());
    line.maybe(row.latency_p50, |line, span| line.time(SimTime(span.0)));
    match system {
        SystemName::Lightning => channel_sample(line, row),
        SystemName::Ethereum => ethereum_sample(line, row),
        SystemName::ZkRollup | SystemName::OptimisticRollup => rollup_sample(line, row),
        SystemName::Bitcoin => bitcoin_sample(line, row),
        SystemName::Card => card_sample(line, row),
    }
}

fn ethereum_sample(line: &mut Line, row: &TimeRow) {
    let ethereum = row.state.ethereum.as_ref();
    line.maybe(ethereum.map(|e| e.height), Line::number);
    line.maybe(ethereum.map(|e| e.base_fee.0), Line::number);
    line.maybe(ethereum.map(|e| e.waiting_transactions), Line::number);
}

fn rollup_sample(line: &mut Line, row: &TimeRow) {
    let rollup = row.state.rollup.as_ref();
    line.maybe(rollup.map(|r| r.queue), Line::number);
    line.maybe(rollup.map(|r| r.open_batch), Line::number);
    line.maybe(rollup.and_then(|r| r.provers_busy), Line::number);
    line.maybe(rollup.map(|r| r.unproven_batches), Line::number);
    line.maybe(rollup.map(|r| r.unfinal_batches), Line::number);
    line.maybe(rollup.map(|r| r.withdrawing.get()), Line::number);
    line.maybe(rollup.map(|r| r.chain.height), Line::number);
    line.maybe(rollup.map(|r| r.chain.base_fee.0), Line::number);
    line.maybe(rollup.map(|r| r.chain.blob_fee.0), Line::number);
    line.maybe(rollup.map(|r| r.chain.waiting_transactions), Line::number);
}

fn bitcoin_sample(line: &mut Line, row: &TimeRow) {
    let bitcoin = row.state.bitcoin.as_ref();
    line.maybe(bitcoin.map(|b| u64::from(b.height.0)), Line::number);
    line.maybe(bitcoin.map(|b| u64::from(b.feerate.0) * 4), Line::number);
    line.maybe(bitcoin.map(|b| b.mempool.0), Line::number);
    line.maybe(bitcoin.map(|b| b.own_waiting), Line::number);
}

fn card_sample(line: &mut Line, row: &TimeRow) {
    let card = row.state.card.as_ref();
    line.maybe(card.map(|c| c.authorising), Line::number);
    line.maybe(card.map(|c| SimTime(c.wait.get())), Line::time);
    line.maybe(card.map(|c| c.unsettled.get()), Line::number);
    line.maybe(card.map(|c| c.up), Line::flag);
}

fn channel_sample(line: &mut Line, row: &TimeRow) {
    let channels = row.state.channels.as_ref();
    line.maybe(channels.map(|c| c.htlcs_in_flight), Line::number);
    line.maybe(channels.map(|c| c.in_flight.get()), Line::number);
    line.maybe(channels.map(|c| c.channels_open), Line::number);
    line.maybe(channels.and_then(|c| c.channels_closing), Line::number);
    line.maybe(channels.map(|c| c.nodes_online), Line::number);
    line.maybe(channels.map(|c| c.depleted_share), Line::fraction);
    line.maybe(channels.map(|c| c.imbalance_mean), Line::fraction);
    line.maybe(channels.map(|c| c.full_directions), Line::number);
    let height = channels.and_then(|c| c.height);
    line.maybe(height.map(|height| u64::from(height.0)), Line::number);
    line.maybe(channels.and_then(|c| c.feerate).map(|rate| u64::from(rate.0) * 4), Line::number);
    line.maybe(channels.and_then(|c| c.mempool).map(|weight| weight.0), Line::number);
}

/// A line of `attempts.csv`. The channels of the route are separated by blanks, which no name holds.
pub(super) fn attempt(line: &mut Line, names: &Names, row: &AttemptRow<'_>) {
    line.number(row.id);
    line.number(u64::from(row.part));
    line.number(u64::from(row.attempt));
    line.time(row.sent);
    line.maybe(row.ended, Line::time);
    line.number(row.amount.get());
    line.number(row.fee.get());
    line.number(u64::from(row.cltv));
    let route: Vec<_> = row.route.iter().map(|hop| names.channel(hop.channel())).collect();
    line.text(&route.join(" "));
    line.text(row.outcome.name());
    line.maybe(row.error, |line, error| line.text(error.name()));
    line.maybe(row.error_hop.map(u64::from), Line::number);
}

/// A line of `channels.csv`.
pub(super) fn channel(line: &mut Line, names: &Names, row: &ChannelRow) {
    line.text(names.channel(row.channel));
    for end in names.ends(row.channel) {
        line.text(names.node(end));
    }
    line.number(row.capacity.get());
    line.maybe(row.opened, Line::time);
    line.maybe(row.closed, Line::time);
    for amount in [row.balance, row.initial, row.forwarded].into_iter().flatten() {
        line.number(amount.get());
    }
    for count in [row.settled, row.failed].into_iter().flatten() {
        line.number(count);
    }
    row.fees.into_iter().for_each(|amount| line.number(amount.get()));
    line.number(row.updates);
}

/// A line of `nodes.csv`.
pub(super) fn node(line: &mut Line, names: &Names, row: &NodeRow) {
    line.text(names.node(row.node));
    line.maybe(names.software(row.node), |line, software| line.text(software.name()));
    line.number(u64::from(names.degree(row.node)));
    line.number(row.capacity.get());
    line.fraction(row.online_share);
    line.number(row.sent);
    line.number(row.received);
    line.number(row.forwarded);
    line.number(row.forwarded_amount.get());
    line.number(row.fees_earned.get());
    line.number(row.fees_paid.get());
    line.maybe(row.onchain_fees.map(Msat::get), Line::number);
    line.maybe(row.losses.map(Msat::get), Line::number);
    row.wealth.into_iter().for_each(|amount| line.number(amount.get()));
    line.number(row.searches);
    line.number(row.beliefs);
}

/// A line of `blocks.csv` of Ethereum.
pub(super) fn ethereum_block(line: &mut Line, row: &EthereumBlockRow) {
    line.number(row.number);
    line.number(row.slot);
    line.time(row.at);
    line.number(row.gas_used.get());
    line.number(row.gas_limit.get());
    line.number(row.base_fee.0);
    line.number(row.blobs);
    line.number(row.max_blobs);
    line.number(row.blob_fee.0);
    line.number(row.transactions);
    line.number(row.own_gas.get());
    line.fraction(row.paid.as_eth_f64());
    line.number(row.waiting_transactions);
    line.number(row.waiting_gas.get());
    line.number(row.waiting_blobs);
}

/// A line of `batches.csv`.
pub(super) fn batch(line: &mut Line, row: &BatchRow) {
    line.number(row.number);
    line.time(row.opened);
    line.time(row.sealed);
    line.text(row.sealed_by.name());
    line.number(row.payments);
    line.number(row.operations);
    line.fraction(row.fullness);
    line.number(row.bytes);
    line.hex(&row.root);
    line.number(row.fees.get());
    line.number(row.waiting_payments);
    line.number(row.waiting_batches);
    line.maybe(row.posted, Line::time);
    line.maybe(row.proven, Line::time);
    line.maybe(row.final_at, Line::time);
    line.maybe(row.executed, Line::time);
    line.number(row.gas.get());
    line.fraction(row.blobs);
    line.fraction(row.cost_usd);
    line.fraction(row.proving_usd);
    line.number(u64::from(row.faults));
}

/// A line of `blocks.csv` of Bitcoin.
pub(super) fn block(line: &mut Line, row: &BlockRow) {
    let rate = |line: &mut Line, rate: FeeRate| line.number(u64::from(rate.0) * 4);
    line.number(u64::from(row.height.0));
    line.time(row.at);
    line.number(row.weight.0);
    line.fraction(row.fullness);
    line.number(row.transactions);
    line.number(row.fees.get());
    line.maybe(row.lowest, rate);
    line.maybe(row.median, rate);
    line.number(row.waiting.0);
    line.number(row.waiting_count);
    rate(line, row.minimum);
    line.number(row.own);
    line.number(row.own_weight.0);
    line.number(row.own_fees.get());
}

/// A line of `attacks.csv`.
pub(super) fn attack(line: &mut Line, names: &Names, row: &AttackRow<'_>) {
    let height = |line: &mut Line, height: BlockHeight| line.number(u64::from(height.0));
    let money = |line: &mut Line, money: Msat| line.number(money.get());
    line.text(row.attack);
    line.text(row.kind.name());
    line.number(row.attempt);
    line.text(names.node(row.attacker));
    line.maybe(row.victim, |line, node| line.text(names.node(node)));
    line.maybe(row.channel, |line, channel| line.text(names.channel(channel)));
    line.time(row.start);
    line.maybe(row.start_height, height);
    line.maybe(row.number_used, Line::number);
    line.maybe(row.number_current, Line::number);
    line.maybe(row.gain, money);
    line.maybe(row.stake, money);
    line.maybe(row.victim_online, Line::flag);
    line.maybe(row.tower, Line::flag);
    line.maybe(row.tower_covers, Line::flag);
    line.maybe(row.confirmed_height, height);
    line.maybe(row.detected, Line::time);
    line.maybe(row.detected_by, Line::text);
    line.maybe(row.justice_sent, Line::time);
    line.maybe(row.justice_feerate_sat_kvb, Line::number);
    line.maybe(row.justice_height, height);
    line.maybe(row.deadline_height, height);
    line.text(row.outcome.name());
    line.maybe(row.cause, |line, cause| line.text(cause.name()));
    line.maybe(row.attacker_net, Line::signed);
    line.maybe(row.victim_net, Line::signed);
    line.maybe(row.fees, money);
    line.maybe(row.locked_msat_s, Line::number);
    line.maybe(row.htlcs, Line::number);
    line.maybe(row.bits, Line::fraction);
}

/// A line of `closures.csv`.
pub(super) fn closure(line: &mut Line, names: &Names, row: &ClosureRow) {
    let height = |line: &mut Line, height: BlockHeight| line.number(u64::from(height.0));
    line.text(names.channel(row.channel));
    for end in names.ends(row.channel) {
        line.text(names.node(end));
    }
    line.number(row.capacity.get());
    line.flag(row.anchors);
    line.text(row.kind.name());
    line.text(row.cause.name());
    line.text(names.node(row.by));
    line.number(u64::from(row.number));
    line.time(row.decided);
    for at in [row.broadcast, row.confirmed, row.resolved, row.buried] {
        line.maybe(at, height);
    }
    for count in [row.htlcs, row.trimmed, row.timed_out, row.claimed, row.penalised] {
        line.number(count);
    }
    line.number(row.weight.0);
    row.fees.into_iter().for_each(|fee| line.number(fee.get()));
    row.start.into_iter().for_each(|money| line.number(money.get()));
    row.end.into_iter().for_each(|money| line.signed(money));
    line.number(row.rounding.get());
    line.number(row.loss.get());
    line.maybe(row.loser, |line, node| line.text(names.node(node)));
}

/// A line of `losses.csv`.
pub(super) fn loss(line: &mut Line, names: &Names, row: &LossRow) {
    line.time(row.at);
    line.number(u64::from(row.height.0));
    line.text(names.node(row.node));
    line.text(names.channel(row.channel));
    line.maybe(row.payment, Line::number);
    line.maybe(row.part.map(u64::from), Line::number);
    line.text(row.kind.name());
    line.number(row.amount.get());
    line.maybe(row.cause, |line, cause| line.text(cause.name()));
}
