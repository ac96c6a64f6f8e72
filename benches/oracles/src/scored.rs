//! Leyden's `ldk` beside LDK's own `find_route` with its `ProbabilisticScorer`, both with the same history.
//!
//! The payer's own channels are given to LDK as first hops that hold what they may carry, so that it puts no penalty on
//! them. Penalties and limits are the defaults of Leyden's `LdkParams`; LDK's crate, which is older, has others. Every
//! route is priced by LDK's scorer ([`Scored::cost`]): what LDK minimises.

use std::time::Duration;

use leyden::engine::Source;
use leyden::ids::{DirectedChannel, NodeId};
use leyden::network::Network;
use leyden::outcome::OnionError;
use leyden::payment::{AttemptResult, Report, RouterChoice, Sender};
use leyden::routing::{
    Beliefs, Knowledge, Ldk as OurLdk, LdkParams, LocalChannel, Query, Route, Router, Scratch, View,
};
use leyden::units::{Msat, SimDuration, SimTime};
use lightning::routing::gossip::NetworkGraph;
use lightning::routing::router::{
    CandidateRouteHop, Path, PublicHopCandidate, Route as TheirRoute, RouteHop,
};
use lightning::routing::scoring::{
    ChannelUsage, ProbabilisticScorer, ProbabilisticScoringDecayParameters,
    ProbabilisticScoringFeeParameters, ScoreLookUp, ScoreUpdate,
};
use lightning::types::features::{ChannelFeatures, NodeFeatures};

use crate::ldk::{Ldk, Silent, channels, scid};
use crate::question::{FINAL_CLTV, Limits, Question};

/// When a history begins, after 1970: LDK measures time from then.
const EPOCH: Duration = Duration::from_secs(1_700_000_000);

/// Both searches, and what each has learnt.
pub struct Scored<'a> {
    network: &'a Network,
    ldk: &'a Ldk,
    scorer: ProbabilisticScorer<&'a NetworkGraph<&'static Silent>, &'static Silent>,
    fees: ProbabilisticScoringFeeParameters,
    view: View,
    beliefs: Beliefs,
    scratch: Scratch,
    now: SimTime,
}

/// How the answers to some questions compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The same channels.
    pub same: u32,
    /// Neither has a route.
    pub neither: u32,
    /// Other channels at the same cost.
    pub equal_cost: u32,
    /// Ours costs less by LDK's scorer.
    pub lower: u32,
    /// Ours costs more by LDK's scorer.
    pub higher: u32,
    /// Only we have a route.
    pub only_ours: u32,
    /// Only LDK has one.
    pub only_theirs: u32,
}

impl Counts {
    /// Questions that have a route by both.
    pub const fn routed(&self) -> u32 {
        self.same + self.equal_cost + self.lower + self.higher
    }
}

impl<'a> Scored<'a> {
    /// Both without a history.
    pub fn new(network: &'a Network, ldk: &'a Ldk) -> Self {
        let params = LdkParams::default();
        let decay = ProbabilisticScoringDecayParameters::default();
        Self {
            network,
            ldk,
            scorer: ProbabilisticScorer::new(decay, ldk.graph(), &Silent),
            fees: fees(&params),
            view: View::compile(network),
            beliefs: RouterChoice::Ldk(params).sender().initial_beliefs(),
            scratch: Scratch::default(),
            now: SimTime::ZERO,
        }
    }

    /// Makes attempts for these questions, a minute apart, over the routes that we find, and tells both how they ended:
    /// of three, one arrives, one fails at a random channel beyond the first, and one is refused by its payee.
    pub fn learn(&mut self, questions: &[Question], source: &mut Source) {
        let sender = RouterChoice::Ldk(LdkParams::default()).sender();
        for question in questions {
            self.now = self.now + SimDuration::from_secs(60);
            let route = self.ours(question);
            if route.hops.len() < 2 {
                continue;
            }
            let last = route.hops.len() - 1;
            let hop = 1 + source.below(u64::try_from(last).expect("routes are short"));
            let hop = usize::try_from(hop).expect("routes are short");
            let result = match source.below(3) {
                0 => AttemptResult::Settled,
                1 => failed(OnionError::TemporaryChannelFailure, hop),
                _ => failed(OnionError::IncorrectOrUnknownPaymentDetails, last + 1),
            };
            let report = Report { view: &self.view, hops: &route.hops, result, now: self.now };
            sender.learn(&mut self.beliefs, &report);
            self.tell_ldk(&route, result);
        }
        self.scorer.time_passed(self.since_1970());
    }

    fn tell_ldk(&mut self, route: &Route, result: AttemptResult) {
        let (path, now) = (self.path(route), self.since_1970());
        self.scorer.time_passed(now);
        match result {
            AttemptResult::Settled => self.scorer.payment_path_successful(&path, now),
            AttemptResult::Failed { hop, .. } => match route.hops.get(usize::from(hop)) {
                Some(at) => {
                    self.scorer.payment_path_failed(&path, scid(at.channel.channel()), now);
                }
                None => self.scorer.probe_successful(&path, now),
            },
        }
    }

    fn since_1970(&self) -> Duration {
        EPOCH + Duration::from_nanos(self.now.since(SimTime::ZERO).get())
    }

    /// A route of ours in LDK's words.
    fn path(&self, route: &Route) -> Path {
        let hops = route.hops.iter().enumerate().map(|(place, hop)| RouteHop {
            pubkey: self.ldk.key(self.network.target(hop.channel)),
            node_features: NodeFeatures::empty(),
            short_channel_id: scid(hop.channel.channel()),
            channel_features: ChannelFeatures::empty(),
            fee_msat: match route.hops.get(place + 1) {
                Some(next) => (hop.amount - next.amount).get(),
                None => hop.amount.get(),
            },
            cltv_expiry_delta: 40,
            maybe_announced_channel: true,
        });
        Path { hops: hops.collect(), blinded_tail: None }
    }

    /// Our route; empty where there is none.
    pub fn ours(&mut self, question: &Question) -> Route {
        let own = self.own(question.payer);
        let knowledge = Knowledge {
            view: &self.view,
            local_channels: &own,
            beliefs: &self.beliefs,
            avoid: &[],
        };
        let query = Query {
            payer: question.payer,
            payee: question.payee,
            amount: question.amount,
            fee_limit: Msat::MAX,
            cltv_limit: 1_008,
            final_cltv: FINAL_CLTV,
            max_hops: 19,
            now: self.now,
        };
        let mut route = Route::default();
        let router = OurLdk { params: LdkParams::default() };
        if router.route(&knowledge, &query, &mut self.scratch, &mut route).is_err() {
            route.hops.clear();
        }
        route
    }

    /// LDK's route, as its channels.
    pub fn theirs(&self, question: &Question) -> Option<Vec<DirectedChannel>> {
        let own = self.own(question.payer);
        let limits = Limits { hops: 19, cltv: 1_008 };
        let asked = self.ldk.prepare(question, limits);
        let power = LdkParams::default().max_channel_saturation_power_of_half;
        let route: TheirRoute =
            self.ldk.ask_scored(&asked, &own, power, &self.scorer, &self.fees)?;
        Some(channels(self.network, question.payer, &route))
    }

    /// What the payer's channels may carry, all of which they hold.
    fn own(&self, payer: NodeId) -> Vec<LocalChannel> {
        let open = self.network.outgoing(payer).into_iter().filter_map(|direction| {
            let policy = self.network.policy(direction).filter(|policy| !policy.disabled)?;
            let capacity = self.network.channel(direction.channel()).capacity.to_msat();
            let spendable = capacity.min(policy.htlc_maximum);
            (policy.htlc_minimum <= spendable).then_some(LocalChannel { direction, spendable })
        });
        open.collect()
    }

    /// What LDK minimises, by its own scorer: the larger of fees and what minima come to, and penalties.
    pub fn cost(&self, channels: &[DirectedChannel], amount: Msat) -> u64 {
        let graph = self.ldk.graph().read_only();
        let (mut sent, mut least, mut penalty) = (amount.get(), 0, 0_u64);
        for (place, &direction) in channels.iter().enumerate().rev() {
            let policy = self.network.policy(direction).expect("a route leads over policies");
            least = policy.htlc_minimum.get().max(least);
            if place == 0 {
                break;
            }
            let short_channel_id = scid(direction.channel());
            let channel = graph.channel(short_channel_id).expect("all were handed over");
            let target = self.ldk.id(self.network.target(direction));
            let (info, _) = channel.as_directed_to(&target).expect("both ends are known");
            let usage = ChannelUsage {
                amount_msat: sent,
                inflight_htlc_msat: 0,
                effective_capacity: info.effective_capacity(),
            };
            let hop = CandidateRouteHop::PublicHop(PublicHopCandidate { info, short_channel_id });
            penalty =
                penalty.saturating_add(self.scorer.channel_penalty_msat(&hop, usage, &self.fees));
            let fee = |amount| policy.fee(Msat(amount)).map_or(u64::MAX, Msat::get);
            sent = sent.saturating_add(fee(sent));
            least = least.saturating_add(fee(least));
        }
        (sent - amount.get()).max(least).saturating_add(penalty)
    }

    /// Asks both, and compares.
    pub fn compare(&mut self, questions: &[Question]) -> Counts {
        let mut counts = Counts::default();
        for question in questions {
            let ours: Vec<_> = self.ours(question).hops.iter().map(|hop| hop.channel).collect();
            let count = match (ours.is_empty(), self.theirs(question)) {
                (true, None) => &mut counts.neither,
                (true, Some(_)) => &mut counts.only_theirs,
                (false, None) => &mut counts.only_ours,
                (false, Some(theirs)) if theirs == ours => &mut counts.same,
                (false, Some(theirs)) => {
                    let [ours, theirs] =
                        [&ours, &theirs].map(|route| self.cost(route, question.amount));
                    match ours.cmp(&theirs) {
                        std::cmp::Ordering::Less => &mut counts.lower,
                        std::cmp::Ordering::Equal => &mut counts.equal_cost,
                        std::cmp::Ordering::Greater => &mut counts.higher,
                    }
                }
            };
            *count += 1;
        }
        counts
    }
}

fn failed(error: OnionError, hop: usize) -> AttemptResult {
    AttemptResult::Failed { error, hop: u8::try_from(hop).expect("routes are short") }
}

/// Leyden's defaults in LDK's words.
fn fees(params: &LdkParams) -> ProbabilisticScoringFeeParameters {
    let mut fees = ProbabilisticScoringFeeParameters::default();
    fees.base_penalty_msat = params.base_penalty.get();
    fees.base_penalty_amount_multiplier_msat = params.base_penalty_amount_multiplier;
    fees.liquidity_penalty_multiplier_msat = params.liquidity_penalty_multiplier.get();
    fees.liquidity_penalty_amount_multiplier_msat = params.liquidity_penalty_amount_multiplier;
    fees.historical_liquidity_penalty_multiplier_msat =
        params.historical_liquidity_penalty_multiplier.get();
    fees.historical_liquidity_penalty_amount_multiplier_msat =
        params.historical_liquidity_penalty_amount_multiplier;
    fees.anti_probing_penalty_msat = params.anti_probing_penalty.get();
    fees.considered_impossible_penalty_msat = params.considered_impossible_penalty.get();
    fees.linear_success_probability = params.linear_success_probability;
    fees
}
