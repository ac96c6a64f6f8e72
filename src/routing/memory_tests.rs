//! What failed a short time ago is left out by [`Cheapest`] as if channels carried less.

use proptest::prelude::*;

use crate::ids::NodeId;
use crate::routing::beliefs::Beliefs;
use crate::routing::params::CheapestParams;
use crate::routing::testing::{Graph, channels, policy};
use crate::units::{Msat, SimDuration, SimTime};

const MEMORY: SimDuration = SimDuration::from_secs(600);

fn remembering() -> Beliefs {
    Beliefs::cheapest(&CheapestParams { memory: Some(MEMORY), ..CheapestParams::default() })
}

const fn at(secs: u64) -> SimTime {
    SimTime(secs * 1_000_000_000)
}

/// From 0 over 1 to 2 for nothing, or over 3 for 9 msat; 500 msat failed from 1 to 2 at 100 s.
fn two_ways(beliefs: Beliefs, amount: u64, now: SimTime) -> Vec<u32> {
    let mut graph = Graph::new(4)
        .edge(0, 1, policy(0, 0, 0))
        .edge(1, 2, policy(0, 0, 0))
        .edge(0, 3, policy(0, 0, 0))
        .edge(3, 2, policy(9, 0, 0))
        .ask(|query| (query.payee, query.amount, query.now) = (NodeId(2), Msat(amount), now));
    graph.beliefs = beliefs;
    graph.beliefs.failure(NodeId(1), NodeId(2), Msat(500), at(100));
    channels(&graph.cheapest().expect("both ways are open to those who do not know"))
}

#[test]
fn what_failed_is_left_out_for_that_amount_and_more_until_it_is_forgotten() {
    assert_eq!(two_ways(remembering(), 500, at(100)), [2, 3]);
    assert_eq!(two_ways(remembering(), 900, at(699)), [2, 3]);
    assert_eq!(two_ways(remembering(), 499, at(100)), [0, 1], "less may pass");
    assert_eq!(two_ways(remembering(), 500, at(700)), [0, 1], "ten minutes later");
}

#[test]
fn without_a_memory_nothing_is_left_out() {
    let forgetful = Beliefs::cheapest(&CheapestParams::default());
    assert_eq!(two_ways(forgetful, 500, at(100)), [0, 1]);
}

#[test]
fn a_success_raises_what_is_left_out_and_a_larger_failure_does_not() {
    let mut beliefs = remembering();
    let failed =
        |beliefs: &Beliefs| beliefs.pair(NodeId(1), NodeId(2)).and_then(|pair| pair.failure);
    beliefs.failure(NodeId(1), NodeId(2), Msat(500), at(1));
    beliefs.failure(NodeId(1), NodeId(2), Msat(800), at(2));
    assert_eq!(failed(&beliefs), Some((Msat(500), at(1))));
    beliefs.success(NodeId(1), NodeId(2), Msat(600), at(3));
    assert_eq!(failed(&beliefs), Some((Msat(601), at(1))));
    beliefs.failure(NodeId(1), NodeId(2), Msat(800), at(601));
    assert_eq!(
        failed(&beliefs),
        Some((Msat(800), at(601))),
        "the old failure is forgotten by then"
    );
}

/// One channel: from, to, base, ppm.
type Line = (u32, u32, u32, u32);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A pair that failed `f` carries `f - 1` at most, so a network with such channels and no memory must
    /// have the same cheapest fee, limits on length and expiry included.
    #[test]
    fn a_memory_is_as_good_as_smaller_channels(
        lines in prop::collection::vec((0_u32..7, 0_u32..7, 0_u32..50, 0_u32..200_000), 1..24),
        failures in prop::collection::vec((0_u32..7, 0_u32..7, 1_u64..1_500), 0..10),
        amount in 1_u64..1_000,
        max_hops in 1_u8..8,
    ) {
        let with = |limit: &dyn Fn(&Line) -> Msat| {
            lines.iter().filter(|(from, to, ..)| from != to).fold(Graph::new(7), |graph, line| {
                let &(from, to, base, ppm) = line;
                let mut terms = policy(base, ppm, 40);
                terms.htlc_maximum = limit(line);
                graph.edge(from, to, terms)
            }).ask(|query| {
                (query.amount, query.max_hops, query.now) = (Msat(amount), max_hops, at(10));
            })
        };
        let mut told = with(&|_| Msat::MAX);
        told.beliefs = remembering();
        for &(from, to, failed) in &failures {
            told.beliefs.failure(NodeId(from), NodeId(to), Msat(failed), at(5));
        }
        // The payer knows its own channels; what it learnt is about those of others.
        let narrow = with(&|&(from, to, ..)| {
            let failed = failures.iter().filter(|failure| (failure.0, failure.1) == (from, to));
            let least = failed.map(|failure| Msat(failure.2 - 1)).min();
            least.filter(|_| from != 0).unwrap_or(Msat::MAX)
        });
        let fee = |graph: &Graph| graph.cheapest().map(|route| route.fee()).ok();
        prop_assert_eq!(fee(&told), fee(&narrow));
    }
}
