//! Solves min-cost flows on a network, and writes them down for another solver.
//!
//!     cargo run --release -p leyden-oracles --bin flows -- QUERIES AMOUNT_SAT FILE > flows.txt
//!     python3 benches/oracles/min_cost_flow.py flows.txt
//!
//! FILE is a network in any format that Leyden reads. Payers know that their own channels are full, and nothing of others.
//! Lines: `nodes N`, `arc TAIL HEAD CAPACITY_SAT COST`, `own TAIL HEAD CAPACITY_SAT` (in place of the arcs that leave a payer),
//! `query PAYER PAYEE AMOUNT_SAT COST` (cost −1: so much cannot flow). Times go to stderr.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use leyden::engine::Seeds;
use leyden::ids::{ChannelId, DirectedChannel, NodeId, Side};
use leyden::network::{self, Network, ReadOptions};
use leyden::routing::{
    Beliefs, Flow, FlowCosts, Knowledge, LocalChannel, Query, Scratch, View, min_cost_flow,
    uncertain_arcs,
};
use leyden::units::{Msat, Sat, SimTime};
use leyden_oracles::numbers::{Times, timed};
use leyden_oracles::question::draw;

const COSTS: FlowCosts = FlowCosts { pieces: 5, mu: 1, most_base_msat: 0 };

fn own(network: &Network, payer: NodeId) -> Vec<LocalChannel> {
    let usable = network
        .outgoing(payer)
        .into_iter()
        .filter(|&direction| network.policy(direction).is_some_and(|policy| !policy.disabled));
    let full = usable.map(|direction| {
        let spendable = network.channel(direction.channel()).capacity.to_msat();
        LocalChannel { direction, spendable }
    });
    full.collect()
}

fn query(payer: NodeId, payee: NodeId, amount: Msat) -> Query {
    Query {
        payer,
        payee,
        amount,
        fee_limit: Msat::MAX,
        cltv_limit: 2_016,
        final_cltv: 18,
        max_hops: 20,
        now: SimTime::ZERO,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [queries, amount, file] = &arguments[..] else {
        return Err("QUERIES AMOUNT_SAT FILE, please".into());
    };
    let (queries, amount) = (queries.parse()?, Sat(amount.parse()?).to_msat());
    let network = network::read(Path::new(file), ReadOptions::default())?.network;
    let (core, view, beliefs) = (network::core(&network), View::compile(&network), Beliefs::none());
    let out = &mut BufWriter::new(io::stdout().lock());
    writeln!(out, "nodes {}", network.node_count())?;
    // Payers are outside of the network here, so that no arc is left out for leading to one.
    let nobody = query(NodeId(u32::MAX), NodeId(u32::MAX), amount);
    let nothing = Knowledge { view: &view, local_channels: &[], beliefs: &beliefs, avoid: &[] };
    let channels = (0..u32::try_from(network.channel_count())?).map(ChannelId);
    for direction in channels.flat_map(|c| Side::BOTH.map(|side| DirectedChannel::new(c, side))) {
        let (tail, head) = (view.source(direction).0, view.target(direction).0);
        for (capacity, cost) in uncertain_arcs(&COSTS, &nothing, &nobody, direction) {
            writeln!(out, "arc {tail} {head} {capacity} {cost}")?;
        }
    }
    let (mut scratch, mut nanos, mut payers) = (Scratch::default(), Vec::new(), BTreeSet::new());
    for question in draw(&core, queries, &mut Seeds::new(42, 0).stream("questions")) {
        let (payer, payee, own) = (question.payer, question.payee, own(&network, question.payer));
        if payers.insert(payer) {
            for local in &own {
                let most = network.policy(local.direction).map_or(Msat(0), |p| p.htlc_maximum);
                let room = local.spendable.min(most).get() / 1_000;
                writeln!(out, "own {} {} {room}", payer.0, view.target(local.direction).0)?;
            }
        }
        let knowledge =
            Knowledge { view: &view, local_channels: &own, beliefs: &beliefs, avoid: &[] };
        let query = query(payer, payee, amount);
        let (time, flow) = timed(|| min_cost_flow(&COSTS, &knowledge, &query, &mut scratch));
        nanos.push(time);
        let Flow { amount_sat, cost, .. } = flow;
        let all = amount_sat == amount.get() / 1_000;
        let cost = if all { i128::try_from(cost)? } else { -1 };
        writeln!(out, "query {} {} {} {cost}", payer.0, payee.0, amount.get() / 1_000)?;
    }
    out.flush()?;
    if let Some(Times { median, mean, p99 }) = Times::of(&nanos) {
        writeln!(io::stderr(), "us per solve: median {median:.0}, mean {mean:.0}, p99 {p99:.0}")?;
    }
    Ok(())
}
