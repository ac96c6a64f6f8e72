//! Inbound fees (lnd 0.18) on a route that was found.
//!
//! What a node charges depends on the channel an HTLC comes in over as well. A simplification: searches are not
//! guided by that. The route that is best by outbound fees is priced with both, and held against the limits then:
//! a discount can bring a route within the fee limit, and a surcharge can take it out.

use crate::routing::amounts::{Charge, fill_hops};
use crate::routing::route::{Knowledge, NoRoute, Query, Route};
use crate::routing::router::Router;
use crate::routing::scratch::Scratch;
use crate::routing::view::View;
use crate::units::Msat;

/// Searches with `router`, and prices what it finds with inbound fees.
///
/// # Errors
/// Why there is no route; `route` is empty then.
pub fn find_route(
    router: &impl Router,
    knowledge: &Knowledge<'_>,
    query: &Query,
    scratch: &mut Scratch,
    route: &mut Route,
) -> Result<(), NoRoute> {
    let found = router.route(knowledge, query, scratch, route);
    if !knowledge.view.has_inbound_fees() {
        return found;
    }
    let refused = match found {
        Ok(()) if fits(knowledge, query, route) => return Ok(()),
        Ok(()) => NoRoute::FeeLimit,
        Err(nothing) => nothing,
    };
    if refused == NoRoute::FeeLimit {
        // Without the limit on outbound fees; that on the net fee holds.
        let unlimited = Query { fee_limit: Msat::MAX, ..*query };
        let found = router.route(knowledge, &unlimited, scratch, route);
        if found.is_ok() && fits(knowledge, query, route) {
            return Ok(());
        }
    }
    route.hops.clear();
    Err(refused)
}

/// Prices the route with inbound fees; whether it keeps all limits then.
fn fits(knowledge: &Knowledge<'_>, query: &Query, route: &mut Route) -> bool {
    let view = knowledge.view;
    let priced = price(view, route) && route.keeps_limits(query);
    let carried = route.hops.iter().all(|hop| view.edge(hop.channel).carries(hop.amount.get()));
    let affordable = knowledge
        .local_channels
        .iter()
        .any(|own| own.direction == route.hops[0].channel && route.hops[0].amount <= own.spendable);
    priced && carried && affordable
}

/// Amounts anew, with inbound fees; false on overflow.
pub(super) fn price(view: &View, route: &mut Route) -> bool {
    let found = std::mem::take(&mut route.hops);
    let Some(last) = found.last() else { return false };
    let path = found.iter().map(|hop| hop.channel);
    fill_hops(&mut route.hops, path, (last.amount, last.cltv), |place, hop| {
        let delta = found[place - 1].cltv - found[place].cltv;
        let fee = Msat(view.edge(hop.channel).fee(hop.amount.get())?);
        Charge { fee, delta }.with_inbound(view.inbound_fee(found[place - 1].channel), hop.amount)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, DirectedChannel, NodeId};
    use crate::network::{Channel, InboundFee, Stated};
    use crate::routing::testing::{Graph, policy, shown};
    use crate::routing::{
        BimodalParams, Cheapest, Cln, ClnParams, Cloth, Eclair, EclairParams, Estimator, Ldk,
        LdkParams, Liquidity, Lnd, LndFast, LndParams, Oracle, ShortestHops,
    };
    use crate::units::Sat;

    /// 0 to 2 over 1, who asks 1,000 msat and 200 ppm for the second channel and this for what comes in over the
    /// first.
    fn graph(base_msat: i32, ppm: i32) -> Graph {
        let mut graph = Graph::new(3);
        let inbound = [InboundFee::default(), InboundFee { base_msat, ppm }];
        let channel = Channel {
            name: "first".into(),
            capacity: Sat(1_000_000),
            policies: [Some(policy(0, 0, 0)), None],
            stated: Some(Box::new(Stated { inbound, ..Stated::default() })),
        };
        graph.network.add_channel(NodeId(0), NodeId(1), channel);
        let graph = graph.edge(1, 2, policy(1_000, 200, 40));
        graph.ask(|query| (query.payee, query.amount) = (NodeId(2), Msat(10_000_000)))
    }

    fn found(router: &impl Router, graph: &Graph) -> Result<Vec<(u32, u64, u32)>, NoRoute> {
        let view = View::compile(&graph.network);
        let own = graph.own();
        let knowledge =
            Knowledge { view: &view, local_channels: &own, beliefs: &graph.beliefs, avoid: &[] };
        let (mut scratch, mut route) = (Scratch::default(), Route::default());
        find_route(router, &knowledge, &graph.query, &mut scratch, &mut route)
            .map(|()| shown(&route))
    }

    /// Channels that are full.
    #[derive(Debug)]
    struct Full;

    impl Liquidity for Full {
        fn spendable(&self, _: DirectedChannel) -> Msat {
            Msat(1_000_000_000)
        }
    }

    /// What each router makes of it.
    fn all(graph: &Graph) -> Vec<Result<u64, NoRoute>> {
        let params = LndParams::default();
        let estimator = Estimator::Bimodal(BimodalParams::default());
        let fee = |route: Vec<(u32, u64, u32)>| route[0].1 - route[route.len() - 1].1;
        vec![
            found(&Cheapest, graph).map(fee),
            found(&ShortestHops, graph).map(fee),
            found(&Lnd { params }, graph).map(fee),
            found(&LndFast { params }, graph).map(fee),
            found(&Lnd { params: LndParams { estimator, ..params } }, graph).map(fee),
            found(&Ldk { params: LdkParams::default() }, graph).map(fee),
            found(&Cln { params: ClnParams::default() }, graph).map(fee),
            found(&Eclair { params: EclairParams::default() }, graph).map(fee),
            found(&Oracle { liquidity: &Full }, graph).map(fee),
            found(&Cloth, graph).map(fee),
        ]
    }

    /// Outbound: 1,000 + 2,000 of ten million; 10,003,000 come in.
    #[test]
    fn every_router_counts_discount_floor_and_surcharge() {
        for (base_msat, ppm, fee) in [
            (0, 0, 3_000),
            // 500 and 100 ppm of what comes in, 1,000.3, less.
            (-500, -100, 3_000 - 500 - 1_000),
            // A discount larger than the fee leaves nothing.
            (-5_000, 0, 0),
            (0, -1_000, 0),
            (7, 100, 3_000 + 7 + 1_000),
        ] {
            assert_eq!(all(&graph(base_msat, ppm)), [Ok(fee); 10], "{base_msat} {ppm}");
        }
    }

    /// `cloth` has no fee limit.
    #[test]
    fn the_limit_is_on_the_net_fee() {
        let limited = |base, ppm, limit| {
            all(&graph(base, ppm).ask(|query| query.fee_limit = Msat(limit)))[..9].to_vec()
        };
        assert_eq!(limited(-2_000, 0, 1_000), [Ok(1_000); 9], "3,000 before the discount");
        assert_eq!(limited(-2_000, 0, 999), [Err(NoRoute::FeeLimit); 9]);
        assert_eq!(limited(1, 0, 3_000), [Err(NoRoute::FeeLimit); 9], "3,001 with the surcharge");
        assert_eq!(limited(1, 0, 3_001), [Ok(3_001); 9]);
    }

    /// Nobody forwards over the last hop: what the payee asks for HTLCs that come in and go on does not count.
    #[test]
    fn the_payees_own_inbound_fee_is_charged_by_nobody() {
        for (base_msat, ppm) in [(700, 50), (-700, -50)] {
            let mut graph = graph(-500, -100);
            let inbound = [InboundFee::default(), InboundFee { base_msat, ppm }];
            let last = graph.network.channel_mut(ChannelId(1));
            last.stated = Some(Box::new(Stated { inbound, ..Stated::default() }));
            assert!(all(&graph).iter().all(|fee| *fee == Ok(1_500)), "{base_msat} {ppm}");
        }
    }

    #[test]
    fn a_surcharge_that_the_payer_cannot_send_leaves_no_route() {
        let graph = graph(0, 100_000).ask(|query| query.amount = Msat(950_000_000));
        assert!(all(&graph).iter().all(Result::is_err), "1,045 million of 1,000 million");
    }
}
