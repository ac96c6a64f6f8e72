//! LDK's `find_route` as an oracle over random networks: it never finds a cheaper route, and it
//! accepts every route that Leyden finds.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed test stops here; counts are shown"
)]

use leyden::engine::Seeds;
use leyden::ids::{DirectedChannel, NodeId};
use leyden::network::Network;
use leyden::units::Msat;
use leyden_oracles::compare::Agreement;
use leyden_oracles::ldk::{self, Ldk};
use leyden_oracles::ours::Ours;
use leyden_oracles::question::{Limits, Question, draw};
use leyden_oracles::random::{self, Policies};

/// Random networks, and questions to each.
const NETWORKS: u64 = 24;
const QUESTIONS: usize = 200;

/// Fees of both on the same questions, and why they differ where they do.
#[derive(Debug, Default)]
struct Outcome {
    ours: Vec<Option<Msat>>,
    theirs: Vec<Option<Msat>>,
    /// LDK's route is dearer and costs LDK no more than ours: its cost is not the fee alone.
    by_cost: usize,
    /// LDK has no route, or one that is dearer by its own cost too.
    by_search: usize,
    /// Of these, where the cheapest route of any length has more than the 19 channels of both.
    by_length: usize,
}

impl Outcome {
    fn counts(&self) -> Agreement {
        Agreement::of(&self.ours, &self.theirs)
    }
}

/// Checks the route that Leyden found last against LDK's graph, channel by channel, and as a whole.
fn check(network: &Network, ldk: &Ldk, ours: &Ours, question: &Question) {
    let hops = &ours.route().hops;
    assert_eq!(network.source(hops[0].channel), question.payer);
    assert_eq!(network.target(hops.last().unwrap().channel), question.payee);
    assert_eq!(ours.route().amount(), question.amount);
    for (i, hop) in hops.iter().enumerate() {
        assert!(ldk.carries(hop.channel, hop.amount), "{question:?}: {hop:?}");
        let source = network.source(hop.channel);
        assert!(hops[..i].iter().all(|before| network.source(before.channel) != source));
    }
    for pair in hops.windows(2) {
        let policy = network.policy(pair[1].channel).unwrap();
        assert_eq!(network.target(pair[0].channel), network.source(pair[1].channel));
        assert_eq!(pair[0].amount, pair[1].amount + policy.fee(pair[1].amount).unwrap());
    }
    let nodes: Vec<NodeId> = hops.iter().map(|hop| network.target(hop.channel)).collect();
    assert!(ldk.passes(&ldk.prepare(question, Limits::OF_LDK), &nodes), "{question:?}");
}

fn run(policies: Policies) -> Outcome {
    let mut outcome = Outcome::default();
    for number in 0..NETWORKS {
        let network = random::network(number, 100, 300, policies);
        let mut searches = Searches::new(&network);
        let all: Vec<NodeId> = network.node_ids().collect();
        let mut source = Seeds::new(number, 0).stream("questions");
        for question in draw(&all, QUESTIONS, &mut source) {
            searches.ask(&question, &mut outcome);
        }
    }
    let Outcome { by_cost, by_search, by_length, .. } = outcome;
    let counts = outcome.counts();
    eprintln!(
        "{policies:?}: {counts:?}; by cost {by_cost}, by search {by_search}, of these by length {by_length}"
    );
    outcome
}

/// Both searches over one network, and Leyden's without a limit on channels.
struct Searches<'a> {
    network: &'a Network,
    ours: Ours,
    any_length: Ours,
    ldk: Ldk,
}

impl<'a> Searches<'a> {
    fn new(network: &'a Network) -> Self {
        let ours = Ours::new(network, Limits::OF_LDK);
        let any_length = Ours::new(network, Limits { hops: u8::MAX, ..Limits::OF_LDK });
        Self { network, ours, any_length, ldk: Ldk::new(network) }
    }

    fn ask(&mut self, question: &Question, outcome: &mut Outcome) {
        let theirs = self.ldk.ask(&self.ldk.prepare(question, Limits::OF_LDK));
        let their_fee = theirs.as_ref().map(|route| Msat(route.get_total_fees()));
        let fee = self.ours.ask(question).then(|| self.ours.route().fee());
        outcome.ours.push(fee);
        outcome.theirs.push(their_fee);
        if fee.is_none() {
            return;
        }
        check(self.network, &self.ldk, &self.ours, question);
        if their_fee.is_some() && their_fee <= fee {
            return;
        }
        let cost = |way: &[DirectedChannel]| ldk::cost(self.network, way, question.amount).unwrap();
        let way: Vec<_> = self.ours.route().hops.iter().map(|hop| hop.channel).collect();
        let other = theirs.map(|route| cost(&ldk::channels(self.network, question.payer, &route)));
        if other.is_some_and(|other| other <= cost(&way)) {
            outcome.by_cost += 1;
            return;
        }
        outcome.by_search += 1;
        assert!(self.any_length.ask(question));
        let hops = self.any_length.route().hops.len();
        outcome.by_length += usize::from(hops > usize::from(Limits::OF_LDK.hops));
    }
}

/// Where every direction costs something, LDK and Leyden find the same fee. In a few questions the
/// cheapest ways have more than 19 channels: LDK drops them node by node and does not go back to
/// dearer and shorter ones; Leyden searches again with the length in its labels.
#[test]
fn without_minima_ldk_finds_the_same_fee_or_gives_up_on_length() {
    let outcome = run(Policies::Paid);
    let counts = outcome.counts();
    assert!(counts.same > 4_000, "{counts:?}");
    assert_eq!((counts.other_cheaper, counts.only_other), (0, 0), "{counts:?}");
    assert_eq!((outcome.by_cost, outcome.by_search), (0, outcome.by_length));
    assert!(outcome.by_length <= 10, "{counts:?}");
}

/// Ways over free channels tie and may be long whatever they cost: LDK runs into its limit more often.
#[test]
fn where_some_channels_are_free_ldk_is_never_cheaper() {
    let outcome = run(Policies::Free);
    let counts = outcome.counts();
    assert!(counts.same > 4_000, "{counts:?}");
    assert_eq!((counts.other_cheaper, counts.only_other), (0, 0), "{counts:?}");
    assert_eq!((outcome.by_cost, outcome.by_search), (0, outcome.by_length));
    assert!(outcome.by_length <= 50, "{counts:?}");
}

/// LDK weighs minima against fees, and one label per node is not exact for that cost.
#[test]
fn with_minima_ldk_is_never_cheaper() {
    let outcome = run(Policies::Minima);
    let counts = outcome.counts();
    assert!(counts.same > 3_000, "{counts:?}");
    assert_eq!((counts.other_cheaper, counts.only_other), (0, 0), "{counts:?}");
    assert!(outcome.by_search <= 50, "{counts:?}");
}

/// What is handed over means the same there: mostly the very same channels are chosen.
#[test]
fn ldk_mostly_takes_the_very_same_channels() {
    let network = random::network(1, 20, 60, Policies::Paid);
    let (mut ours, ldk) = (Ours::new(&network, Limits::OF_LDK), Ldk::new(&network));
    let all: Vec<NodeId> = network.node_ids().collect();
    let mut same = 0;
    for question in draw(&all, 100, &mut Seeds::new(5, 0).stream("questions")) {
        let Some(route) = ldk.ask(&ldk.prepare(&question, Limits::OF_LDK)) else { continue };
        assert!(ours.ask(&question), "{question:?}");
        let theirs = ldk::channels(&network, question.payer, &route);
        same += usize::from(theirs.iter().eq(ours.route().hops.iter().map(|hop| &hop.channel)));
    }
    assert!(same > 50, "{same} of 100 routes are the same");
}
