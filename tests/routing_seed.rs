//! The original router beside ours.
//!
//! [`Seed::find_route`] is the published `LightningRouter.find_route`, kept to the letter: units,
//! float arithmetic, truncation, order of iteration. Each test is one difference on a graph small
//! enough to compute by hand. The seed
//! - charges the payer for its own first channel;
//! - truncates every amount to whole satoshis;
//! - reports a fee on the amount received, in units of its satoshis called millisatoshis;
//! - compares the amount *with* the fee against the capacity of the channel;
//! - has one policy for both directions of a channel;
//! - knows no `htlc_minimum_msat`, `htlc_maximum_msat`, disable flag or own balance;
//! - gives each hop a delta but no expiry, so that neither it nor the number of hops has a limit.
#![expect(clippy::unwrap_used, reason = "a failed test stops here")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use leyden::ids::NodeId;
use leyden::network::{Channel, Network, Node, Policy};
use leyden::routing::{
    Beliefs, Cheapest, Knowledge, LndParams, LocalChannel, NoRoute, Query, Route, Router, Scratch,
    View,
};
use leyden::units::{Msat, Ppm, Sat, SimTime};

type Name = &'static str;

/// A channel of the seed, as one of its two nodes lists it.
#[derive(Clone, Copy, Debug)]
struct Edge {
    peer: Name,
    capacity_sat: u64,
    base_fee_msat: u64,
    fee_rate_ppm: u64,
    timelock_delta: u32,
}

/// A hop of the seed's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SeedHop {
    from: Name,
    to: Name,
    amount: u64,
    fee_msat: u64,
    timelock_delta: u32,
}

/// The seed's graph: nodes in the order in which they were first named.
#[derive(Clone, Debug, Default)]
struct Seed {
    graph: Vec<(Name, Vec<Edge>)>,
}

impl Seed {
    fn list(&mut self, node: Name) -> &mut Vec<Edge> {
        let place = self.graph.iter().position(|(name, _)| *name == node).unwrap_or_else(|| {
            self.graph.push((node, Vec::new()));
            self.graph.len() - 1
        });
        &mut self.graph[place].1
    }

    fn add_channel(&mut self, [a, b]: [Name; 2], channel: Edge) {
        self.list(a).push(Edge { peer: b, ..channel });
        self.list(b).push(Edge { peer: a, ..channel });
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the seed computes in floats and truncates"
    )]
    fn find_route(&self, source: Name, destination: Name, amount_sat: u64) -> Vec<SeedHop> {
        let mut dist = BTreeMap::from([(destination, amount_sat)]);
        let mut prev: BTreeMap<Name, (Name, Edge)> = BTreeMap::new();
        let mut visited = BTreeSet::new();
        let mut heap = BinaryHeap::from([Reverse((amount_sat, destination))]);
        while let Some(Reverse((cost, node))) = heap.pop() {
            if !visited.insert(node) {
                continue;
            }
            if node == source {
                break;
            }
            for (neighbour, channels) in &self.graph {
                for channel in channels {
                    if channel.peer != node || visited.contains(neighbour) {
                        continue;
                    }
                    let fee = channel.base_fee_msat as f64 / 1000.0
                        + (cost * channel.fee_rate_ppm) as f64 / 1_000_000.0;
                    let total_needed = (cost as f64 + fee) as u64;
                    if total_needed > channel.capacity_sat {
                        continue;
                    }
                    if dist.get(neighbour).is_none_or(|&known| total_needed < known) {
                        dist.insert(neighbour, total_needed);
                        prev.insert(neighbour, (node, *channel));
                        heap.push(Reverse((total_needed, neighbour)));
                    }
                }
            }
        }
        if !prev.contains_key(source) && source != destination {
            return Vec::new();
        }
        let mut route = Vec::new();
        let mut current = source;
        while current != destination {
            let (next, channel) = prev[current];
            let amount = dist[current];
            let proportional = (amount * channel.fee_rate_ppm) as f64 / 1_000_000.0;
            route.push(SeedHop {
                from: current,
                to: next,
                amount,
                fee_msat: (channel.base_fee_msat as f64 + proportional) as u64,
                timelock_delta: channel.timelock_delta,
            });
            current = next;
        }
        route
    }
}

/// One network for both routers, and a query from A.
struct Both {
    seed: Seed,
    network: Network,
    amount_sat: u64,
    cltv_limit: u32,
    payee: Name,
    /// What A can send over each channel; the capacity if not stated.
    spendable_sat: Option<u64>,
}

fn name(node: Name) -> u8 {
    node.as_bytes()[0] - b'A'
}

impl Both {
    /// Nodes A to D and nothing between them.
    fn pay(payee: Name, amount_sat: u64) -> Self {
        let mut network = Network::default();
        for node in ["A", "B", "C", "D"] {
            network.add_node(Node { name: node.into(), software: None });
        }
        let seed = Seed::default();
        Self { seed, network, amount_sat, cltv_limit: 2_016, payee, spendable_sat: None }
    }

    /// Adds a channel with the same policy both ways.
    fn channel(self, ends: [Name; 2], capacity_sat: u64, fees: (u32, u32, u16)) -> Self {
        let policy = Policy {
            fee_base_msat: fees.0,
            proportional_millionths: Ppm(fees.1),
            cltv_expiry_delta: fees.2,
            htlc_minimum: Msat(0),
            htlc_maximum: Msat::MAX,
            disabled: false,
        };
        self.policies(ends, capacity_sat, [policy; 2])
    }

    /// Adds a channel; the seed knows the first policy only.
    fn policies(mut self, ends: [Name; 2], capacity_sat: u64, policies: [Policy; 2]) -> Self {
        let edge = Edge {
            peer: "",
            capacity_sat,
            base_fee_msat: u64::from(policies[0].fee_base_msat),
            fee_rate_ppm: u64::from(policies[0].proportional_millionths.0),
            timelock_delta: u32::from(policies[0].cltv_expiry_delta),
        };
        self.seed.add_channel(ends, edge);
        let [one, two] = ends.map(|end| NodeId(u32::from(name(end))));
        let channel = Channel {
            name: ends.concat().into(),
            capacity: Sat(capacity_sat),
            policies: policies.map(Some),
            stated: None,
        };
        self.network.add_channel(one, two, channel);
        self
    }

    /// The seed's answer: nodes after the payer, and its amounts in sat.
    fn seed(&self) -> Vec<(Name, u64)> {
        let route = self.seed.find_route("A", self.payee, self.amount_sat);
        route.iter().map(|hop| (hop.to, hop.amount)).collect()
    }

    /// Our answer: nodes after the payer, and amounts sent in msat.
    fn ours(&self) -> Result<Vec<(String, u64)>, NoRoute> {
        let view = View::compile(&self.network);
        let beliefs = Beliefs::lnd(&LndParams::default());
        let own = self.network.outgoing(NodeId(0)).into_iter().map(|direction| {
            let capacity = self.network.channel(direction.channel()).capacity;
            let spendable = self.spendable_sat.map_or(capacity, Sat).to_msat();
            LocalChannel { direction, spendable }
        });
        let own: Vec<_> = own.collect();
        let knowledge =
            Knowledge { view: &view, local_channels: &own, beliefs: &beliefs, avoid: &[] };
        let query = Query {
            payer: NodeId(0),
            payee: NodeId(u32::from(name(self.payee))),
            amount: Sat(self.amount_sat).to_msat(),
            fee_limit: Msat::MAX,
            cltv_limit: self.cltv_limit,
            final_cltv: 18,
            max_hops: 20,
            now: SimTime::ZERO,
        };
        let mut route = Route::default();
        Cheapest.route(&knowledge, &query, &mut Scratch::default(), &mut route)?;
        let named = |hop: &leyden::routing::Hop| {
            let target = self.network.target(hop.channel);
            (self.network.node(target).name.to_string(), hop.amount.get())
        };
        Ok(route.hops.iter().map(named).collect())
    }

    /// Our route as text, `C 1000000` for a hop.
    fn ours_text(&self) -> String {
        let route = self.ours().unwrap().into_iter();
        route.map(|(node, amount)| format!("{node} {amount}")).collect::<Vec<_>>().join(", ")
    }
}

#[test]
fn both_agree_where_fees_are_whole_and_the_first_hop_is_free() {
    let both = Both::pay("C", 1_000).channel(["A", "B"], 9_000, (0, 0, 40)).channel(
        ["B", "C"],
        9_000,
        (2_000, 1_000, 40),
    );
    // B: 2 + 1,000 * 0.001 = 3 sat.
    assert_eq!(both.seed(), [("B", 1_003), ("C", 1_003)]);
    assert_eq!(both.ours_text(), "B 1003000, C 1000000");
}

#[test]
fn the_seed_charges_the_payer_for_its_own_channel() {
    let both = Both::pay("B", 1_000).channel(["A", "B"], 9_000, (5_000, 10_000, 40));
    // 5 + 1,000 * 0.01 = 15 sat, paid by A to itself.
    assert_eq!(both.seed(), [("B", 1_015)]);
    assert_eq!(both.ours_text(), "B 1000000");
}

#[test]
fn the_first_hop_charge_can_turn_the_seed_to_a_dearer_route() {
    let both = Both::pay("D", 1_000)
        .channel(["A", "B"], 9_000, (50_000, 0, 40))
        .channel(["B", "D"], 9_000, (1_000, 0, 40))
        .channel(["A", "C"], 9_000, (0, 0, 40))
        .channel(["C", "D"], 9_000, (40_000, 0, 40));
    // Over B A pays 1 sat, over C 40 sat; the seed sees 51 and 40.
    assert_eq!(both.seed(), [("C", 1_040), ("D", 1_040)]);
    assert_eq!(both.ours_text(), "B 1001000, D 1000000");
}

#[test]
fn the_seed_truncates_to_whole_satoshis() {
    let both = Both::pay("D", 1_000)
        .channel(["A", "B"], 9_000, (0, 0, 40))
        .channel(["B", "D"], 9_000, (999, 0, 40))
        .channel(["A", "C"], 9_000, (0, 0, 40))
        .channel(["C", "D"], 9_000, (1, 0, 40));
    // 0.999 and 0.001 sat are both nothing to the seed, which takes B for its name.
    assert_eq!(both.seed(), [("B", 1_000), ("D", 1_000)]);
    assert_eq!(both.ours_text(), "C 1000001, D 1000000");
}

#[test]
fn the_seed_reports_fees_on_the_amount_received_and_in_mixed_units() {
    let both = Both::pay("C", 1_000).channel(["A", "B"], 9_000, (0, 0, 40)).channel(
        ["B", "C"],
        9_000,
        (7_000, 100_000, 40),
    );
    // B forwards 1,000 sat and charges 7 + 100 = 107 sat = 107,000 msat. The seed's hop B to C has
    // the 1,107 sat that B received, and a fee of 7,000 + 1,107 * 0.1 = 7,110.7 "msat".
    let route = both.seed.find_route("A", "C", 1_000);
    let (from, to) = ("B", "C");
    let hop = SeedHop { from, to, amount: 1_107, fee_msat: 7_110, timelock_delta: 40 };
    assert_eq!(route[1], hop);
    assert_eq!(both.ours_text(), "B 1107000, C 1000000");
}

#[test]
fn the_seed_wants_room_for_the_fee_in_the_channel_that_is_paid_for() {
    let both = Both::pay("C", 1_000).channel(["A", "B"], 9_000, (0, 0, 40)).channel(
        ["B", "C"],
        1_000,
        (5_000, 0, 40),
    );
    // Only 1,000 sat go over B to C; its fee of 5 sat stays with B.
    assert_eq!(both.seed(), []);
    assert_eq!(both.ours_text(), "B 1005000, C 1000000");
}

#[test]
fn the_seed_has_one_policy_for_both_directions() {
    let dear = Policy {
        fee_base_msat: 9_000,
        proportional_millionths: Ppm(0),
        cltv_expiry_delta: 40,
        htlc_minimum: Msat(0),
        htlc_maximum: Msat::MAX,
        disabled: false,
    };
    let cheap = Policy { fee_base_msat: 1_000, ..dear };
    let both = Both::pay("C", 1_000).channel(["A", "B"], 9_000, (0, 0, 40)).policies(
        ["C", "B"],
        9_000,
        [dear, cheap],
    );
    assert_eq!(both.seed(), [("B", 1_009), ("C", 1_009)]);
    assert_eq!(both.ours_text(), "B 1001000, C 1000000");
}

#[test]
fn the_seed_ignores_bounds_on_amounts_flags_and_its_own_balance() {
    let plain = Policy {
        fee_base_msat: 0,
        proportional_millionths: Ppm(0),
        cltv_expiry_delta: 40,
        htlc_minimum: Msat(0),
        htlc_maximum: Msat::MAX,
        disabled: false,
    };
    for refusing in [
        Policy { htlc_minimum: Msat(1_000_001), ..plain },
        Policy { htlc_maximum: Msat(999_999), ..plain },
        Policy { disabled: true, ..plain },
    ] {
        let both = Both::pay("C", 1_000).channel(["A", "B"], 9_000, (0, 0, 40)).policies(
            ["B", "C"],
            9_000,
            [refusing; 2],
        );
        assert_eq!(both.seed(), [("B", 1_000), ("C", 1_000)]);
        assert_eq!(both.ours(), Err(NoRoute::None));
    }
    let mut poor = Both::pay("B", 1_000).channel(["A", "B"], 9_000, (0, 0, 40));
    poor.spendable_sat = Some(999);
    assert_eq!(poor.seed(), [("B", 1_000)]);
    assert_eq!(poor.ours(), Err(NoRoute::InsufficientFunds));
}

#[test]
fn the_seed_has_no_limit_on_expiry() {
    let mut both = Both::pay("C", 1_000).channel(["A", "B"], 9_000, (0, 0, 40)).channel(
        ["B", "C"],
        9_000,
        (0, 0, 2_000),
    );
    assert_eq!(both.seed(), [("B", 1_000), ("C", 1_000)]);
    assert_eq!(both.ours(), Err(NoRoute::None), "2,000 + 18 blocks");
    both.cltv_limit = 2_018;
    assert_eq!(both.ours_text(), "B 1000000, C 1000000");
}
