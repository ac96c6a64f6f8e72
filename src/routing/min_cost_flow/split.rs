//! From a flow to parts: the flow is cut into paths, each of which becomes a route with fees and expiries.
//!
//! The flow knows no base fees and no fees that add up along a path, and looks at `htlc_minimum_msat` for the whole amount only.
//! So routes are checked when they are there; what a channel cannot carry is left out, what overdraws a channel of the
//! payer is taken off what it may send, and the flow is found anew.

use crate::ids::DirectedChannel;
use crate::routing::hop::Hop;
use crate::routing::inbound::price;
use crate::routing::min_cost_flow::costs::FlowCosts;
use crate::routing::min_cost_flow::solver::{Flow, min_cost_flow};
use crate::routing::route::{Knowledge, LocalChannel, NoRoute, PathHop, Query, Route};
use crate::routing::scratch::Scratch;
use crate::units::Msat;

/// Flows that are found for one plan at most; an assumption. What remains unfit after so many is given up.
const MOST_FLOWS: u32 = 32;

/// What a payment may be cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cuts {
    /// Most parts.
    pub most: usize,
    /// The smallest part.
    pub least: Msat,
}

/// What one flow comes to.
enum Fit {
    /// All parts can be sent.
    All,
    /// A direction cannot carry what it should.
    Unfit(DirectedChannel),
    /// A channel of the payer would send so much more than it has.
    Overdrawn(DirectedChannel, Msat),
    /// All parts together cost too much, take too long, or are too many.
    Never(NoRoute),
}

/// Cuts the query's amount along the cheapest flow: routes of its parts, and the number of flows found.
///
/// # Errors
/// Why there are none.
pub fn split(
    costs: &FlowCosts,
    cuts: Cuts,
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
) -> (Result<Vec<Route>, NoRoute>, u32) {
    let total: Msat = knowledge.local_channels.iter().map(|own| own.spendable).sum();
    if total < query.amount {
        return (Err(NoRoute::InsufficientFunds), 0);
    }
    let mut own = knowledge.local_channels.to_vec();
    let mut avoid = knowledge.avoid.to_vec();
    for flows in 1..=MOST_FLOWS {
        let known = Knowledge { local_channels: &own, avoid: &avoid, ..*knowledge };
        let flow = min_cost_flow(costs, &known, query, scratch);
        if flow.amount_sat < query.amount.get().div_ceil(1_000) {
            return (Err(NoRoute::None), flows);
        }
        let (routes, fit) = routes_of(flow, cuts, knowledge, query);
        match fit {
            Fit::All => return (Ok(routes), flows),
            Fit::Never(why) => return (Err(why), flows),
            Fit::Unfit(direction) => match avoid.binary_search(&direction) {
                Ok(_) => return (Err(NoRoute::None), flows),
                Err(place) => avoid.insert(place, direction),
            },
            Fit::Overdrawn(direction, by) => {
                let channel = own.iter_mut().find(|own| own.direction == direction);
                let Some(channel) = channel else { return (Err(NoRoute::None), flows) };
                channel.spendable = channel.spendable.saturating_sub(by);
            }
        }
    }
    (Err(NoRoute::None), MOST_FLOWS)
}

/// The routes of a flow, and whether all of them can be sent.
fn routes_of(
    flow: Flow,
    cuts: Cuts,
    knowledge: &Knowledge<'_>,
    query: &Query,
) -> (Vec<Route>, Fit) {
    let paths = paths_of(flow, knowledge, query);
    if paths.len() > cuts.most {
        return (Vec::new(), Fit::Never(NoRoute::None));
    }
    let mut routes: Vec<Route> = Vec::new();
    let mut left = query.amount;
    for (at, Path { directions, amount_sat, narrowest }) in paths.iter().enumerate() {
        // The flow is in whole satoshis, rounded up: the last part is what the others leave.
        let is_last = at + 1 == paths.len();
        let amount = if is_last { left } else { Msat(amount_sat * 1_000).min(left) };
        left = left.saturating_sub(amount);
        if amount < cuts.least && paths.len() > 1 {
            return (routes, Fit::Unfit(*narrowest));
        }
        let part = Query { amount, ..*query };
        let mut route = Route::default();
        let hops: Vec<_> = directions.iter().map(|&d| path_hop(knowledge, d)).collect();
        let filled = route.fill(knowledge.view, &part, &hops) && price(knowledge.view, &mut route);
        if !filled || !route.keeps_limits(&part) {
            let too_dear = filled && route.fee() > query.fee_limit;
            return (routes, Fit::Never(if too_dear { NoRoute::FeeLimit } else { NoRoute::None }));
        }
        let carries = |hop: &Hop| knowledge.view.edge(hop.channel).carries(hop.amount.get());
        if let Some(hop) = route.hops.iter().find(|hop| !carries(hop)) {
            return (routes, Fit::Unfit(hop.channel));
        }
        routes.push(route);
    }
    let fees: Msat = routes.iter().map(Route::fee).sum();
    if fees > query.fee_limit {
        return (routes, Fit::Never(NoRoute::FeeLimit));
    }
    let fit = overdrawn(&routes, knowledge.local_channels)
        .map_or(Fit::All, |(direction, by)| Fit::Overdrawn(direction, by));
    (routes, fit)
}

/// The first channel of the payer that would send more than it has, fees included, and how much.
fn overdrawn(routes: &[Route], own: &[LocalChannel]) -> Option<(DirectedChannel, Msat)> {
    own.iter().find_map(|own| {
        let over = routes.iter().filter(|route| route.hops[0].channel == own.direction);
        let sent: Msat = over.map(|route| route.hops[0].amount).sum();
        (sent > own.spendable).then(|| (own.direction, sent - own.spendable))
    })
}

fn path_hop(knowledge: &Knowledge<'_>, direction: DirectedChannel) -> PathHop {
    PathHop { direction, delta: knowledge.view.edge(direction).delta() }
}

/// A path that carries a part of a flow.
struct Path {
    directions: Vec<DirectedChannel>,
    amount_sat: u64,
    /// The direction that bounds it.
    narrowest: DirectedChannel,
}

/// Cuts a flow into paths: from the payer on, always over what carries most of what is left.
fn paths_of(flow: Flow, knowledge: &Knowledge<'_>, query: &Query) -> Vec<Path> {
    let view = knowledge.view;
    let mut carried = flow.carried;
    let mut paths = Vec::new();
    loop {
        let mut places: Vec<usize> = Vec::new();
        let mut node = query.payer;
        while node != query.payee {
            let from_here = carried.iter().enumerate().filter(|(place, (direction, amount))| {
                *amount > 0 && view.source(*direction) == node && !places.contains(place)
            });
            let Some((place, _)) =
                from_here.max_by_key(|(place, (_, amount))| (*amount, std::cmp::Reverse(*place)))
            else {
                return paths;
            };
            places.push(place);
            node = view.target(carried[place].0);
        }
        let Some(&narrow) = places.iter().min_by_key(|&&place| carried[place].1) else {
            return paths;
        };
        let (narrowest, amount_sat) = carried[narrow];
        for &place in &places {
            carried[place].1 -= amount_sat;
        }
        let directions = places.iter().map(|&place| carried[place].0).collect();
        paths.push(Path { directions, amount_sat, narrowest });
    }
}
