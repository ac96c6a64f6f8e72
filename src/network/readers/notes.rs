//! What is odd about a network but no mistake, counted, for the user to know.

use petgraph::unionfind::UnionFind;

use crate::network::topology::{Network, Policy};
use crate::units::grouped;

/// One sentence per oddity that occurs.
pub(super) fn notes(network: &Network) -> Vec<String> {
    let mut ends: Vec<_> = network
        .channel_ids()
        .map(|id| {
            let [one, two] = network.ends(id);
            [one.min(two), one.max(two)]
        })
        .collect();
    ends.sort_unstable();
    let channels = || network.channel_ids().map(|id| network.channel(id));
    let with_policies = |count: usize| {
        channels().filter(|channel| channel.policies.iter().flatten().count() == count).count()
    };
    let halves = |odd: fn(&Policy, u64) -> bool| {
        channels()
            .flat_map(|channel| {
                channel.policies.iter().flatten().map(|half| (half, channel.capacity))
            })
            .filter(|(half, capacity)| odd(half, capacity.to_msat().get()))
            .count()
    };
    let counts = [
        (ends.windows(2).filter(|pair| pair[0] == pair[1]).count(), "channels parallel to another"),
        (with_policies(1), "channels with a policy in one direction only"),
        (with_policies(0), "channels without any policy"),
        (halves(|half, _| half.disabled), "disabled half-channels"),
        (
            halves(|half, capacity| half.htlc_minimum.get() > capacity),
            "half-channels that carry nothing, as their smallest HTLC exceeds the capacity",
        ),
    ];
    let mut notes: Vec<String> = counts
        .into_iter()
        .filter(|&(count, _)| count > 0)
        .map(|(count, what)| format!("{what}: {}", grouped(count as u64, ',')))
        .collect();
    notes.extend(components(network));
    notes
}

/// The sizes of the parts that no channel joins, if there are several.
fn components(network: &Network) -> Option<String> {
    let nodes = network.node_count();
    let mut parts = UnionFind::<usize>::new(nodes);
    for id in network.channel_ids() {
        let [one, two] = network.ends(id);
        parts.union(one.index(), two.index());
    }
    let mut sizes = vec![0_u32; nodes];
    for label in parts.into_labeling() {
        sizes[label] += 1;
    }
    sizes.retain(|&size| size > 0);
    sizes.sort_unstable_by(|one, two| two.cmp(one));
    let listed: Vec<_> = sizes.iter().take(3).map(|&size| grouped(size.into(), ',')).collect();
    let more = if sizes.len() > listed.len() { "; …" } else { "" };
    (sizes.len() > 1).then(|| {
        format!(
            "parts that no channel joins: {}, of {}{more} nodes",
            grouped(sizes.len() as u64, ','),
            listed.join("; ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::topology::{Channel, Node};
    use crate::units::{Msat, Ppm, Sat};

    #[test]
    fn each_oddity_of_a_small_network_is_counted_once() {
        let mut network = Network::default();
        let nodes = ["a", "b", "c", "d", "e"]
            .map(|name| network.add_node(Node { name: name.into(), software: None }));
        let policy = Policy {
            fee_base_msat: 0,
            proportional_millionths: Ppm(0),
            cltv_expiry_delta: 0,
            htlc_minimum: Msat(1_001),
            htlc_maximum: Msat(1_000),
            disabled: true,
        };
        for (ends, policies) in
            [([0, 1], [None; 2]), ([1, 0], [Some(policy), None]), ([2, 3], [Some(policy); 2])]
        {
            let channel = Channel { name: "x".into(), capacity: Sat(1), policies, stated: None };
            network.add_channel(nodes[ends[0]], nodes[ends[1]], channel);
        }
        assert_eq!(
            notes(&network),
            [
                "channels parallel to another: 1",
                "channels with a policy in one direction only: 1",
                "channels without any policy: 1",
                "disabled half-channels: 3",
                "half-channels that carry nothing, as their smallest HTLC exceeds the capacity: 3",
                "parts that no channel joins: 3, of 2; 2; 1 nodes",
            ]
        );
    }
}
