//! Attacks alone, through their hooks.

use crate::adversary::{AttackState, Campaign, Wormhole};
use crate::engine::Seeds;
use crate::ids::{NodeId, PartId};
use crate::lightning::attack::Attack;
use crate::lightning::attack::hooks::{Diversion, Hooks, HtlcView, Resolution};
use crate::lightning::testing::{Bench, DIRECTIONS};
use crate::outcome::AttackKind;
use crate::payment::{AttackPayment, AttackerResponse, Leg};
use crate::routing::Hop;
use crate::units::{Msat, SimDuration, SimTime};

/// A wormhole's nodes from 1 s to 2 s; its meters serve as any attack's.
fn attack(nodes: &[u32]) -> Attack {
    let mut attack = Attack::new(Seeds::new(1, 0));
    attack.begin(vec![Campaign {
        name: "test".to_owned(),
        kind: AttackKind::Wormhole,
        span: [second(1), second(2)],
        nodes: nodes.iter().map(|&node| NodeId(node)).collect(),
        state: AttackState::Wormhole(Wormhole),
        meters: Vec::new(),
        reported: 0,
    }]);
    attack
}

fn second(number: u64) -> SimTime {
    SimTime(number * 1_000_000_000)
}

/// From the first node to the third and back to the second.
fn legs() -> [Leg; 3] {
    let [one, two] = DIRECTIONS;
    [one, two, two.reverse()].map(|channel| Leg::new(Hop { channel, amount: Msat(500), cltv: 40 }))
}

fn htlc(legs: &[Leg], hop: usize, now: SimTime) -> HtlcView<'_> {
    HtlcView { part: PartId(0), legs, hop, attack_payment: None, now }
}

#[test]
fn an_attackers_meter_runs_while_others_offer_for_it() {
    let (mut bench, mut attack, legs) = (Bench::line(), attack(&[]), legs());
    let response = AttackerResponse::Fail { hold: SimDuration::ZERO };
    let payment = AttackPayment { attack: 0, label: 3, response };
    let at = |hop, now| HtlcView { attack_payment: Some(payment), ..htlc(&legs, hop, second(now)) };
    bench.step(|_, lent, _| {
        let ledger = &mut lent.books.ledger;
        attack.offered(&at(0, 1), Some(Msat(7)), lent.core, ledger);
        attack.offered(&at(1, 2), Some(Msat::ZERO), lent.core, ledger);
        attack.offered(&at(2, 3), None, lent.core, ledger);
        attack.resolved(&at(1, 6), Resolution::Failed, lent.core);
        attack.resolved(&at(0, 7), Resolution::Failed, lent.core);
    });
    let meter = attack.meter(payment);
    // 500 msat of the forwarder for 4 s; the attacker's own money and what was refused do not count.
    assert_eq!((meter.read(second(9)), meter.fees), (2_000, Msat(7)));
}

#[test]
fn a_wormhole_takes_a_preimage_only_between_two_of_its_nodes_and_while_it_runs() {
    let legs = legs();
    let mut bench = Bench::line();
    bench.step(|_, lent, _| {
        let diverted = |nodes: &[u32], hop, now, how| {
            attack(nodes).resolved(&htlc(&legs, hop, second(now)), how, lent.core)
        };
        let taken = Some(Diversion { attack: 0, first: 1 });
        assert_eq!(diverted(&[1, 2], 2, 1, Resolution::Fulfilled), taken);
        assert_eq!(diverted(&[1, 2], 2, 2, Resolution::Fulfilled), None, "it is over");
        assert_eq!(diverted(&[1, 2], 2, 1, Resolution::Removed), None);
        assert_eq!(diverted(&[2], 2, 1, Resolution::Fulfilled), None, "one node is none");
        assert_eq!(diverted(&[1, 2], 1, 1, Resolution::Fulfilled), None);
    });
}
