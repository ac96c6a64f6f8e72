//! Rows to lines: the cells of each table in the order of its columns.

use crate::ids::SystemName;
use crate::metrics::TimeRow;
use crate::report::cells::Line;
use crate::report::names::Names;
use crate::rows::{AttemptRow, ChannelRow, NodeRow, PaymentRow};
use crate::units::{Msat, SimTime};

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
        SystemName::Card => card_sample(line, row),
    }
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
    line.empty(); // channels_closing: no model closes channels yet
    line.maybe(channels.map(|c| c.nodes_online), Line::number);
    line.maybe(channels.map(|c| c.depleted_share), Line::fraction);
    line.maybe(channels.map(|c| c.imbalance_mean), Line::fraction);
    line.maybe(channels.map(|c| c.full_directions), Line::number);
    // height, feerate_sat_kvb, mempool_wu: no chain under the channels yet
    (0..3).for_each(|_| line.empty());
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
    // onchain_fees_msat, losses_msat: no chain and no attacks yet
    (0..2).for_each(|_| line.empty());
    row.wealth.into_iter().for_each(|amount| line.number(amount.get()));
    line.number(row.searches);
    line.number(row.beliefs);
}
