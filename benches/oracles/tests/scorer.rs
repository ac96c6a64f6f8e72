//! Leyden's `ldk` against LDK's own search and scorer, with the same history, over random networks.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed test stops here; counts are shown"
)]

use leyden::engine::Seeds;
use leyden::ids::NodeId;
use leyden_oracles::ldk::Ldk;
use leyden_oracles::question::draw;
use leyden_oracles::random::{self, Policies};
use leyden_oracles::scored::{Counts, Scored};

const NETWORKS: u64 = 8;

/// All answers over networks with these policies, after 150 attempts each.
fn counts(policies: Policies) -> Counts {
    let mut all = Counts::default();
    for number in 0..NETWORKS {
        let network = random::network(number, 40, 150, policies);
        let ldk = Ldk::new(&network);
        let mut scored = Scored::new(&network, &ldk);
        let nodes: Vec<NodeId> = network.node_ids().collect();
        let mut source = Seeds::new(number, 1).stream("questions");
        scored.learn(&draw(&nodes, 150, &mut source), &mut source);
        let counts = scored.compare(&draw(&nodes, 100, &mut source));
        all.same += counts.same;
        all.neither += counts.neither;
        all.equal_cost += counts.equal_cost;
        all.lower += counts.lower;
        all.higher += counts.higher;
        all.only_ours += counts.only_ours;
        all.only_theirs += counts.only_theirs;
    }
    eprintln!("{policies:?}: {all:?}");
    all
}

#[test]
fn routes_are_ldks_own_in_19_of_20_questions_and_never_cost_more_by_its_scorer() {
    for policies in [Policies::Paid, Policies::Free, Policies::Minima] {
        let counts = counts(policies);
        assert!(counts.routed() > 300, "{policies:?}: {counts:?}");
        assert!(counts.same * 20 >= counts.routed() * 19, "{policies:?}: {counts:?}");
        assert_eq!(
            (counts.higher, counts.only_theirs, counts.only_ours),
            (0, 0, 0),
            "{policies:?}"
        );
    }
}
