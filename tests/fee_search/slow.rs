//! Several labels per node: of the amounts that meet the same `htlc_minimum_msat`s the least.
//!
//! A dearer way to a node is kept where it is large enough for a channel that the cheapest is too small
//! for. Slow, and good enough to find what one label per node misses.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use leyden::ids::{DirectedChannel, NodeId};
use leyden::network::{Network, Policy};
use leyden::routing::Query;
use leyden::units::Msat;

struct Label {
    node: NodeId,
    amount: u64,
    onward: Option<usize>,
}

/// What the payer sends at least, if that is not above `most`.
pub(crate) fn least(network: &Network, query: &Query, most: u64) -> Option<u64> {
    let minima = minima(network, query.amount.get(), most);
    let ahead = fees_ahead(network, query);
    let mut labels: Vec<Label> = Vec::new();
    let mut settled: BTreeSet<(NodeId, usize)> = BTreeSet::new();
    let mut heap = BinaryHeap::new();
    let start = Label { node: query.payee, amount: query.amount.get(), onward: None };
    heap.push(Reverse((start.amount, 0)));
    labels.push(start);
    while let Some(Reverse((_, number))) = heap.pop() {
        let (node, amount) = (labels[number].node, labels[number].amount);
        if node == query.payer {
            return Some(amount);
        }
        if !settled.insert((node, minima.partition_point(|&minimum| minimum <= amount))) {
            continue;
        }
        for (source, policy, limit) in edges(network, node, true) {
            if Msat(amount) < policy.htlc_minimum
                || amount > limit
                || visits(&labels, number, source)
            {
                continue;
            }
            let fee = policy.fee(Msat(amount)).unwrap().get();
            let sum = if source == query.payer { amount } else { amount + fee };
            let rest =
                if source == query.payer { 0 } else { *ahead.get(&source).unwrap_or(&u64::MAX) };
            if sum.saturating_add(rest) <= most {
                heap.push(Reverse((sum + rest, labels.len())));
                labels.push(Label { node: source, amount: sum, onward: Some(number) });
            }
        }
    }
    None
}

/// The minima between these amounts, in ascending order.
fn minima(network: &Network, above: u64, most: u64) -> Vec<u64> {
    let channels = network.channel_ids().map(|channel| network.channel(channel));
    let policies = channels.flat_map(|channel| channel.policies.iter().flatten());
    let all = policies.map(|policy| policy.htlc_minimum.get());
    let between: BTreeSet<u64> =
        all.filter(|&minimum| above < minimum && minimum <= most).collect();
    between.into_iter().collect()
}

fn visits(labels: &[Label], number: usize, node: NodeId) -> bool {
    let mut at = Some(number);
    while let Some(number) = at {
        if labels[number].node == node {
            return true;
        }
        at = labels[number].onward;
    }
    false
}

/// The enabled directions into (or out of) `node`: the other end, the policy, the limit.
fn edges(network: &Network, node: NodeId, into: bool) -> Vec<(NodeId, Policy, u64)> {
    let outgoing = network.outgoing(node).into_iter();
    let directions = outgoing.map(|d| if into { d.reverse() } else { d });
    let edge = |direction: DirectedChannel| {
        let policy = network.policy(direction).filter(|policy| !policy.disabled)?;
        let other = if into { network.source(direction) } else { network.target(direction) };
        let capacity = network.channel(direction.channel()).capacity.to_msat();
        Some((other, *policy, policy.htlc_maximum.min(capacity).get()))
    };
    directions.filter_map(edge).collect()
}

/// Lower bounds of the fees from the payer to each node: at the amount delivered, whatever the minima.
fn fees_ahead(network: &Network, query: &Query) -> BTreeMap<NodeId, u64> {
    let mut fees = BTreeMap::new();
    let mut heap = BinaryHeap::from([Reverse((0, query.payer))]);
    while let Some(Reverse((fee, node))) = heap.pop() {
        if fees.contains_key(&node) {
            continue;
        }
        fees.insert(node, fee);
        for (target, policy, limit) in edges(network, node, false) {
            if query.amount.get() <= limit {
                let more = policy.fee(query.amount).unwrap().get();
                heap.push(Reverse((if node == query.payer { 0 } else { fee + more }, target)));
            }
        }
    }
    fees
}
