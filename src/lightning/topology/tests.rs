//! The topology alone.

use crate::channel::DanceEvent;
use crate::engine::Seeds;
use crate::ids::{NodeId, Side};
use crate::lightning::event::{ChainEvent, Event};
use crate::lightning::owed::Obligation;
use crate::lightning::testing::{Bench, DIRECTIONS};
use crate::lightning::topology::availability::Needs;
use crate::units::SimTime;
use crate::workload::NodeLives;

#[test]
fn what_is_due_in_a_channel_waits_for_both_of_its_ends() {
    let mut bench = Bench::line();
    let channel = DIRECTIONS[0].channel();
    let (event, needs) = (Event::Dance(DanceEvent::Sign(DIRECTIONS[0])), Needs::Channel(channel));
    bench.step(|_, lent, cx| {
        let availability = &mut lent.topology.availability;
        assert!(!availability.parks(event, needs, lent.core), "all are up");
        let draws = Seeds::new(1, 0).draws("test");
        availability.nodes = Some(NodeLives::always(&lent.core.world.network, draws));
        let delays = &lent.transport.delays;
        availability.outage((NodeId(1), true), lent.core, delays, lent.owed, cx);
        assert!(availability.parks(event, needs, lent.core));
        assert!(!availability.is_connected(lent.core, channel));
    });
    assert!(bench.owed().is_empty());
    bench.step(|_, lent, cx| {
        let (availability, delays) = (&mut lent.topology.availability, &lent.transport.delays);
        availability.outage((NodeId(1), false), lent.core, delays, lent.owed, cx);
    });
    let owed = bench.owed();
    let [Obligation::Resume { event: resumed, at }] = owed[..] else { panic!("{owed:?}") };
    assert_eq!(resumed, event);
    // `channel_reestablish` takes 10 ms each way.
    assert_eq!(at, SimTime(10_000_001));
}

#[test]
fn a_channel_that_shuts_down_is_told_of_at_once_and_closes_at_rest() {
    let mut bench = Bench::line();
    let channel = DIRECTIONS[0].channel();
    bench.step(|_, lent, cx| {
        let shutdowns = &mut lent.topology.shutdowns;
        shutdowns.shut_down(channel, Side::One, lent.core, lent.owed, cx);
        assert!(lent.core.channels.is_shutting_down(channel));
    });
    assert_eq!(bench.owed(), [Obligation::CloseIfAtRest { channel }]);
    let (_, event) = bench.queue.pop().unwrap();
    assert_eq!(event, Event::Chain(ChainEvent::ClosingHeard(channel)));
}

#[test]
fn searches_see_what_gossip_has_told_and_nothing_sooner() {
    let mut bench = Bench::line();
    bench.step(|_, lent, _| {
        let gossip = &mut lent.topology.gossip;
        let before = lent.core.world.view.version();
        gossip.flag_channels_to(NodeId(1), true, lent.core);
        let told = lent.core.world.view.version();
        assert!(told > before);
        gossip.flag_channels_to(NodeId(1), true, lent.core);
        assert_eq!(lent.core.world.view.version(), told, "that is no news");
        let policy = lent.core.world.network.policy(DIRECTIONS[0]).unwrap();
        assert!(!policy.disabled, "the network holds what is, not what is told");
    });
}
