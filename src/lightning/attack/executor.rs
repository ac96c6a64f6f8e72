//! Executes what attackers ask for, and tells them what their nodes see.
//!
//! What sets an attacker's payment apart from others is said where it is sent ([`Payments::send_for_attacker`]).

use std::collections::VecDeque;

use crate::adversary::{Action, AttackerView, Attempt, Campaign, Feedback, Order, Strategy};
use crate::lightning::attack::{Attack, breach, exits, wormhole};
use crate::lightning::event::{AttackEvent, Context, Event};
use crate::lightning::lent::Lent;
use crate::lightning::owed::{Obligation, Owed};
use crate::lightning::payments::Payments;
use crate::outcome::AttackKind;
use crate::payment::AttackPayment;
use crate::rows::{AttackRow, Row};
use crate::units::{Msat, Sat, SimTime};

/// Numbers of attackers' payments start here: no workload has so many demands.
const FIRST_NUMBER: u64 = 1 << 63;

impl Attack {
    /// Schedules the starts and ends of all attacks.
    pub(in crate::lightning) fn schedule(&self, cx: &mut Context<'_>) {
        for (attack, campaign) in (0..).zip(&self.campaigns) {
            let [start, end] = campaign.span;
            cx.queue.push(start, Event::Attack(AttackEvent::Start { attack }));
            if end < SimTime::NEVER {
                cx.queue.push(end, Event::Attack(AttackEvent::End { attack }));
            }
        }
    }

    /// The run ends.
    pub(in crate::lightning) fn finish(&self, owed: &mut Owed) {
        let attacks = u16::try_from(self.campaigns.len()).expect("attacks are few");
        for attack in 0..attacks {
            owed.add(Obligation::Tell { attack, feedback: Feedback::Finished });
        }
    }
}

/// Something is due.
pub(in crate::lightning) fn handle(event: AttackEvent, owed: &mut Owed) {
    let (attack, feedback) = match event {
        AttackEvent::Start { attack } => (attack, Feedback::Started),
        AttackEvent::Wake { attack, label } => (attack, Feedback::Woken { label }),
        AttackEvent::End { attack } => (attack, Feedback::Over),
    };
    owed.add(Obligation::Tell { attack, feedback });
}

/// Tells an attacker what its nodes see and does what it then asks for, until it asks for no more.
pub(in crate::lightning) fn tell(
    payments: &mut Payments,
    lent: &mut Lent<'_>,
    attack: u16,
    feedback: Feedback,
    cx: &mut Context<'_>,
) {
    let mut inbox = VecDeque::from([feedback]);
    let mut actions = Vec::new();
    while let Some(feedback) = inbox.pop_front() {
        let campaign = &mut lent.acting.attack.campaigns[usize::from(attack)];
        let Campaign { nodes, state, span, .. } = campaign;
        let (network, channels) = (&lent.core.world.network, &lent.core.channels);
        let view = AttackerView::new(network, channels, nodes, [cx.now, span[1]]);
        state.next(&view, feedback, &mut actions);
        for action in actions.drain(..) {
            inbox.extend(carry_out(payments, lent, attack, action, cx));
        }
    }
}

/// Does what an attacker asks for; returns what its nodes see of it at once.
fn carry_out(
    payments: &mut Payments,
    lent: &mut Lent<'_>,
    attack: u16,
    action: Action,
    cx: &mut Context<'_>,
) -> Option<Feedback> {
    match action {
        Action::Send(order) => return Some(send(payments, lent, attack, &order, cx)),
        Action::Wake { at, label } => {
            cx.queue.push(at, Event::Attack(AttackEvent::Wake { attack, label }));
        }
        Action::Tunnel { part, from, to } => {
            wormhole::tunnel(payments, lent, part, [from, to], cx);
        }
        Action::Silence(node) => {
            let Lent { core, transport, topology, owed, .. } = lent;
            topology.availability.silence(node, core, &transport.delays, owed, cx);
        }
        Action::Close(direction) => exits::leave(payments, lent, direction, cx),
        Action::PublishRevoked(direction) => {
            if breach::publish_best_revoked(lent, attack, direction, cx) {
                return Some(Feedback::RevokedPublished(direction.channel()));
            }
            exits::leave(payments, lent, direction, cx);
        }
        Action::Report(attempt) => report(lent, attack, &attempt, cx),
    }
    None
}

/// Offers the first HTLC of an attacker's route.
fn send(
    payments: &mut Payments,
    lent: &mut Lent<'_>,
    attack: u16,
    order: &Order,
    cx: &mut Context<'_>,
) -> Feedback {
    let number = FIRST_NUMBER + lent.acting.attack.sent;
    lent.acting.attack.sent += 1;
    let payment = AttackPayment { attack, label: order.label, response: order.response };
    payments.send_for_attacker(payment, number, &order.hops, lent, cx)
}

fn report(lent: &mut Lent<'_>, attack: u16, attempt: &Attempt, cx: &mut Context<'_>) {
    let height = lent.chain.height();
    let campaign = &mut lent.acting.attack.campaigns[usize::from(attack)];
    let meter = campaign.meter(attempt.label);
    let (locked, slots, fees) = (meter.read(cx.now), meter.read_slots(cx.now), meter.fees);
    let number = campaign.reported;
    campaign.reported += 1;
    let lost = |money: Msat| i64::try_from(money.get()).map_or(i64::MIN, |money| -money);
    let ending = attempt.ending;
    let [net, victim_net] = [0, 1].map(|side: usize| ending.map(|ending| ending.net[side]));
    cx.rows.record(Row::Attack(&AttackRow {
        victim: attempt.victim,
        channel: attempt.channel,
        start_height: Some(height),
        gain: attempt.gain,
        stake: attempt.stake.map(Sat::to_msat),
        cause: attempt.cause,
        confirmed_height: ending.and_then(|ending| ending.confirmed),
        // On the chain nothing is known before the end.
        attacker_net: net.or_else(|| (!campaign.state.silences()).then(|| lost(fees))),
        victim_net,
        fees: Some(ending.map_or(fees, |ending| ending.fees + fees)),
        locked_msat_s: Some(ending.and_then(|e| e.locked_msat_s).unwrap_or(locked)),
        slot_s: Some(slots).filter(|_| campaign.kind.holds_slots()),
        htlcs: (campaign.kind != AttackKind::MassExit).then_some(attempt.htlcs),
        bits: attempt.bits,
        ..AttackRow::new(
            (&campaign.name, campaign.kind, number),
            campaign.nodes[0],
            attempt.start,
            attempt.outcome,
        )
    }));
}
