//! The flow against a plain solver: arcs written out, Bellman and Ford's shortest paths, over random small networks.

use proptest::prelude::*;

use crate::network::Policy;
use crate::routing::beliefs::Beliefs;
use crate::routing::min_cost_flow::{Flow, FlowCosts, min_cost_flow, uncertain_arcs};
use crate::routing::params::LdkParams;
use crate::routing::route::{Knowledge, LocalChannel};
use crate::routing::scratch::Scratch;
use crate::routing::testing::{Graph, forward, policy};
use crate::routing::view::View;
use crate::units::{Msat, SimTime};

const COSTS: FlowCosts = FlowCosts { pieces: 5, mu: 3, most_base_msat: 10 };

/// An arc of the residual network; the partner of arc `i` is `i ^ 1`.
struct Arc {
    from: usize,
    to: usize,
    room: i64,
    cost: i64,
}

/// Cost and amount of the cheapest flow from the first node to the last.
fn plain(nodes: usize, arcs: &mut [Arc], wanted: i64) -> (i64, i64) {
    let (mut total, mut sent) = (0, 0);
    while sent < wanted {
        let mut best = vec![(i64::MAX / 2, usize::MAX); nodes];
        best[0].0 = 0;
        for _ in 0..nodes {
            for (index, arc) in arcs.iter().enumerate() {
                if arc.room > 0 && best[arc.from].0 + arc.cost < best[arc.to].0 {
                    best[arc.to] = (best[arc.from].0 + arc.cost, index);
                }
            }
        }
        if best[nodes - 1].0 >= i64::MAX / 4 {
            break;
        }
        let (mut path, mut node) = (Vec::new(), nodes - 1);
        while node != 0 {
            path.push(best[node].1);
            node = arcs[best[node].1].from;
        }
        let amount = path.iter().map(|&arc| arcs[arc].room).min().unwrap().min(wanted - sent);
        for arc in path {
            arcs[arc].room -= amount;
            arcs[arc ^ 1].room += amount;
        }
        total += amount * best[nodes - 1].0;
        sent += amount;
    }
    (total, sent)
}

fn knowledge<'a>(graph: &'a Graph, view: &'a View, own: &'a [LocalChannel]) -> Knowledge<'a> {
    Knowledge { view, local_channels: own, beliefs: &graph.beliefs, avoid: &[] }
}

/// The same problem with its arcs written out.
fn written_out(graph: &Graph, view: &View, own: &[LocalChannel]) -> (i64, i64) {
    let knowledge = knowledge(graph, view, own);
    let mut arcs = Vec::new();
    let mut add = |from: usize, to: usize, room: u64, cost: u64| {
        let (room, cost) = (i64::try_from(room).unwrap(), i64::try_from(cost).unwrap());
        arcs.push(Arc { from, to, room, cost });
        arcs.push(Arc { from: to, to: from, room: 0, cost: -cost });
    };
    for channel in 0..u32::try_from(view.channel_count()).unwrap() {
        let (from, to) = (view.source(forward(channel)), view.target(forward(channel)));
        if from == graph.query.payer {
            let spendable = own.iter().find(|own| own.direction == forward(channel)).unwrap();
            let limit = view.edge(forward(channel)).limit();
            add(from.index(), to.index(), spendable.spendable.get().min(limit) / 1_000, 0);
        } else {
            for (room, cost) in uncertain_arcs(&COSTS, &knowledge, &graph.query, forward(channel)) {
                add(from.index(), to.index(), room, cost);
            }
        }
    }
    let wanted = i64::try_from(graph.query.amount.get().div_ceil(1_000)).unwrap();
    plain(view.node_count(), &mut arcs, wanted)
}

fn solved(graph: &Graph, view: &View, own: &[LocalChannel]) -> Flow {
    min_cost_flow(&COSTS, &knowledge(graph, view, own), &graph.query, &mut Scratch::default())
}

/// What flows into each node less what flows out of it.
fn balances(view: &View, flow: &Flow) -> Vec<i64> {
    let mut balances = vec![0; view.node_count()];
    for &(direction, amount) in &flow.carried {
        let amount = i64::try_from(amount).unwrap();
        balances[view.source(direction).index()] -= amount;
        balances[view.target(direction).index()] += amount;
    }
    balances
}

/// 0 to 3 over 1 or 2, the second dearer by its fee. 1,000,000 sat in each channel, so pieces of 200,000 sat at 15,000,
/// 30,000, ...; 1,000 ppm at a weight of 3 is 3,000. So 200,000 each at 15,000 and 18,000, and 100,000 at 30,000.
#[test]
fn a_payment_is_split_where_the_next_piece_costs_more_than_the_other_way() {
    let graph = Graph::new(4)
        .edge(0, 1, policy(0, 0, 0))
        .edge(0, 2, policy(0, 0, 0))
        .edge(1, 3, policy(0, 0, 0))
        .edge(2, 3, policy(0, 1_000, 0))
        .ask(|query| query.amount = Msat(500_000_000));
    let (view, own) = (View::compile(&graph.network), graph.own());
    let flow = solved(&graph, &view, &own);
    let carried =
        |channel| flow.carried.iter().find(|(over, _)| *over == forward(channel)).unwrap().1;
    assert_eq!([0, 1, 2, 3].map(carried), [300_000, 200_000, 300_000, 200_000]);
    assert_eq!((flow.amount_sat, flow.cost), (500_000, 200_000 * 33_000 + 100_000 * 30_000));
}

#[test]
fn what_is_known_of_a_channel_is_certain_or_closed() {
    let graph = || {
        let mut graph = Graph::new(3)
            .edge(0, 1, policy(0, 0, 0))
            .edge(1, 2, policy(0, 7, 0))
            .ask(|query| query.amount = Msat(400_000_000));
        graph.beliefs = Beliefs::ldk(&LdkParams::default());
        graph
    };
    let hop = |amount| crate::routing::Hop { channel: forward(1), amount: Msat(amount), cltv: 0 };
    let mut known = graph();
    let view = View::compile(&known.network);
    let scores = known.beliefs.scores_mut().unwrap();
    scores.passed(&view, &[hop(400_000_000)], 400_000_000, SimTime::ZERO);
    let flow = solved(&known, &view, &known.own());
    assert_eq!((flow.amount_sat, flow.cost), (400_000, 400_000 * 21), "its fee alone");
    let mut closed = graph();
    let scores = closed.beliefs.scores_mut().unwrap();
    scores.refused(&view, forward(1), 300_000_000, SimTime::ZERO);
    assert_eq!(solved(&closed, &view, &closed.own()).amount_sat, 300_000);
}

prop_compose! {
    fn network()(
        edges in prop::collection::vec((0_u32..7, 1_u32..7, 0_u32..12, 0_u32..9_000, 50_000_u64..1_000_000, 0_u64..1_200_000), 1..22),
        amount in 1_u64..2_500_000_000,
    ) -> (Graph, Vec<u64>) {
        let mut graph = Graph::new(7);
        let mut held = Vec::new();
        for (from, step, base, ppm, limit_sat, spendable_sat) in edges {
            let policy = Policy { htlc_maximum: Msat(limit_sat * 1_000), ..policy(base, ppm, 0) };
            graph = graph.edge(from, (from + step) % 7, policy);
            held.push(spendable_sat.min(1_000_000) * 1_000);
        }
        (graph.ask(|query| query.amount = Msat(amount)), held)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_flow_costs_what_a_plain_solver_finds_and_all_of_it_arrives((graph, held) in network()) {
        let view = View::compile(&graph.network);
        let mut own = graph.own();
        for channel in &mut own {
            channel.spendable = Msat(held[channel.direction.channel().index()]);
        }
        let flow = solved(&graph, &view, &own);
        let (cost, sent) = written_out(&graph, &view, &own);
        prop_assert_eq!(i64::try_from(flow.amount_sat).unwrap(), sent);
        prop_assert_eq!(i64::try_from(flow.cost).unwrap(), cost);
        let balances = balances(&view, &flow);
        prop_assert_eq!(balances[0], -sent);
        prop_assert_eq!(balances[6], sent);
        prop_assert!(balances[1..6].iter().all(|&balance| balance == 0));
    }
}
