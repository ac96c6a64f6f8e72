//! Executes what attackers ask for, and tells them what their nodes see.
//!
//! An attacker's HTLC is a payment like any other, with a route of the attacker's own and an
//! [`AttackPayment`] instead of a demand of the workload: it has no row in `payments.csv`, and nobody learns
//! from it. Its random draws are keyed by numbers that no demand has, so that an attack moves no draw of
//! anything else.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::adversary::{Action, AttackerView, Attempt, Campaign, Feedback, Meter, Order, Strategy};
use crate::ids::{NodeId, PartId, PaymentId};
use crate::lightning::{Context, Event, HtlcEvent, Lightning};
use crate::outcome::{AttackKind, OnionError};
use crate::payment::{AttackPayment, AttemptResult, Leg, Payment};
use crate::rows::{AttackRow, Row};
use crate::units::{Msat, Sat, SimTime};
use crate::workload::Demand;

/// Numbers of attackers' payments start here: no workload has so many demands.
const FIRST_NUMBER: u64 = 1 << 63;

/// What happens to an attack by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttackEvent {
    /// It starts.
    Start {
        /// Its number.
        attack: u16,
    },
    /// It asked to be woken.
    Wake {
        /// Its number.
        attack: u16,
        /// As it gave it.
        label: u32,
    },
    /// It is over.
    End {
        /// Its number.
        attack: u16,
    },
}

impl AttackEvent {
    /// Kind and entity, for the fingerprint.
    pub(in crate::lightning) fn ingredients(self) -> (u16, u64) {
        let of = |attack: u16, label: u32| u64::from(attack) << 32 | u64::from(label);
        match self {
            Self::Start { attack } => (20, of(attack, 0)),
            Self::Wake { attack, label } => (21, of(attack, label)),
            Self::End { attack } => (22, of(attack, 0)),
        }
    }
}

/// The attacks of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::lightning) struct Attacks {
    campaigns: Vec<Campaign>,
    /// HTLCs that attackers have sent.
    sent: u64,
    /// Those of them that are under way.
    pub(in crate::lightning) live: u64,
    /// Which wormhole attack owns a node of the network; empty without one.
    colluders: BTreeMap<NodeId, u16>,
}

impl Attacks {
    /// Whether any node of the network is an attacker's.
    pub(in crate::lightning) fn any_colluder(&self) -> bool {
        !self.colluders.is_empty()
    }

    /// The wormhole attack that owns a node.
    pub(in crate::lightning) fn owner(&self, node: NodeId) -> Option<u16> {
        self.colluders.get(&node).copied()
    }

    /// Whether a node was brought along by an attacker, and is none of the network's.
    pub(in crate::lightning) fn recruited(&self, node: NodeId) -> bool {
        let brings = self.campaigns.iter().filter(|campaign| campaign.brings_nodes());
        brings.into_iter().any(|campaign| campaign.nodes.contains(&node))
    }

    /// The meter of an attack payment.
    pub(in crate::lightning) fn meter(&mut self, attack_payment: AttackPayment) -> &mut Meter {
        self.campaigns[usize::from(attack_payment.attack)].meter(attack_payment.label)
    }

    /// The name of an attack, and the number of its next row.
    pub(in crate::lightning) fn next_row(&mut self, attack: u16) -> (&str, u64) {
        let campaign = &mut self.campaigns[usize::from(attack)];
        campaign.reported += 1;
        (&campaign.name, campaign.reported - 1)
    }

    /// In the order of the scenario.
    pub(in crate::lightning) fn campaigns(&self) -> &[Campaign] {
        &self.campaigns
    }
}

impl Lightning {
    /// The same system under attack. The attackers' nodes and channels are in its network already.
    #[must_use]
    pub fn with_attacks(mut self, campaigns: Vec<Campaign>) -> Self {
        for (attack, campaign) in (0..).zip(&campaigns) {
            if campaign.kind == AttackKind::Wormhole {
                let nodes = campaign.nodes.iter().map(|&node| (node, attack));
                self.attacks.colluders.extend(nodes);
            }
        }
        self.attacks.campaigns = campaigns;
        self.keep_revoked_states();
        self.account_for_silence();
        self
    }

    /// Schedules the starts and ends of all attacks.
    pub(in crate::lightning) fn schedule_attacks(&self, cx: &mut Context<'_>) {
        for (attack, campaign) in (0..).zip(&self.attacks.campaigns) {
            let [start, end] = campaign.span;
            cx.queue.push(start, Event::Attack(AttackEvent::Start { attack }));
            if end < SimTime::NEVER {
                cx.queue.push(end, Event::Attack(AttackEvent::End { attack }));
            }
        }
    }

    /// Something is due.
    pub(in crate::lightning) fn attack_event(&mut self, event: AttackEvent, cx: &mut Context<'_>) {
        match event {
            AttackEvent::Start { attack } => self.tell(attack, Feedback::Started, cx),
            AttackEvent::Wake { attack, label } => {
                self.tell(attack, Feedback::Woken { label }, cx);
            }
            AttackEvent::End { attack } => self.tell(attack, Feedback::Over, cx),
        }
    }

    /// The run ends.
    pub(in crate::lightning) fn report_attacks(&mut self, cx: &mut Context<'_>) {
        let attacks = u16::try_from(self.attacks.campaigns.len()).expect("attacks are few");
        for attack in 0..attacks {
            self.tell(attack, Feedback::Finished, cx);
        }
    }

    /// Tells an attacker what its nodes see and does what it then asks for, until it asks for no more.
    pub(in crate::lightning) fn tell(
        &mut self,
        attack: u16,
        feedback: Feedback,
        cx: &mut Context<'_>,
    ) {
        let mut inbox = VecDeque::from([feedback]);
        let mut actions = Vec::new();
        while let Some(feedback) = inbox.pop_front() {
            let Self { attacks, world, channels, .. } = self;
            let Campaign { nodes, state, span, .. } = &mut attacks.campaigns[usize::from(attack)];
            let view = AttackerView::new(&world.network, channels, nodes, [cx.now, span[1]]);
            state.next(&view, feedback, &mut actions);
            for action in actions.drain(..) {
                match action {
                    Action::Send(order) => inbox.push_back(self.send_order(attack, &order, cx)),
                    Action::Wake { at, label } => {
                        cx.queue.push(at, Event::Attack(AttackEvent::Wake { attack, label }));
                    }
                    Action::Tunnel { part, from, to } => self.tunnel(part, [from, to], cx),
                    Action::Silence(node) => self.silence(node, cx),
                    Action::Close(direction) => self.leave(direction, cx),
                    Action::PublishRevoked(direction) => {
                        inbox.extend(self.double_spend(attack, direction, cx));
                    }
                    Action::Report(attempt) => self.report_attack_attempt(attack, &attempt, cx),
                }
            }
        }
    }

    /// Offers the first HTLC of an attacker's route.
    fn send_order(&mut self, attack: u16, order: &Order, cx: &mut Context<'_>) -> Feedback {
        let number = FIRST_NUMBER + self.attacks.sent;
        self.attacks.sent += 1;
        self.attacks.live += 1;
        let last = order.hops.last().expect("an attacker's route has hops");
        let demand = Demand {
            id: number,
            payer: self.world.network.source(order.hops[0].channel),
            payee: self.world.network.target(last.channel),
            amount: last.amount,
            at: cx.now,
        };
        let lock = Sha256::digest(self.preimage_of(number)).into();
        let attack_payment = AttackPayment { attack, label: order.label, answer: order.answer };
        let payment =
            Payment { attack_payment: Some(attack_payment), ..Payment::new(demand, number, lock) };
        let payment = PaymentId(self.payments.insert(payment));
        let id = self.add_part(payment, last.amount);
        let height = self.height();
        let part = self.parts.get_mut(id.0);
        part.sent = cx.now;
        part.height = height;
        part.attempt = 1;
        part.legs.extend(order.hops.iter().map(|&hop| Leg::new(hop)));
        if self.offer(id, 0, cx).is_ok() {
            return Feedback::Offered { label: order.label };
        }
        self.parts.get_mut(id.0).error = Some((OnionError::TemporaryChannelFailure, 0));
        self.attack_payment_ended(id, cx)
    }

    /// An attacker's HTLC reached the end of its route. A node there that is not the attacker's knows no
    /// payment of this hash, and says so at once.
    pub(in crate::lightning) fn attack_payment_arrived(
        &mut self,
        id: PartId,
        attack_payment: AttackPayment,
        cx: &mut Context<'_>,
    ) {
        let payee = self.payments.get(self.parts.get(id.0).payment.0).demand.payee;
        let campaign = &self.attacks.campaigns[usize::from(attack_payment.attack)];
        if !campaign.nodes.contains(&payee) {
            return self.answered(id, cx);
        }
        let end = campaign.span[1];
        let answer_at = (cx.now + attack_payment.answer.hold()).min(end.max(cx.now));
        cx.queue.push(answer_at, Event::Htlc(HtlcEvent::Answered { part: id }));
        self.tell(attack_payment.attack, Feedback::Arrived { label: attack_payment.label }, cx);
    }

    /// The attack payment that a part is on, if any.
    pub(in crate::lightning) fn attack_payment(&self, id: PartId) -> Option<AttackPayment> {
        self.payments.get(self.parts.get(id.0).payment.0).attack_payment
    }

    /// The first HTLC of an attack payment is resolved, or was refused: the part is over for its payer.
    pub(in crate::lightning) fn attack_payment_ended(
        &mut self,
        id: PartId,
        cx: &mut Context<'_>,
    ) -> Feedback {
        let part = self.parts.get_mut(id.0);
        part.open = false;
        let hops = u8::try_from(part.legs.len()).expect("routes stay below 256 hops");
        let result = part.error.map_or(AttemptResult::Settled, |(error, node)| {
            let hop = u8::try_from(node).expect("routes stay below 256 hops");
            AttemptResult::Failed { error, hop }
        });
        let payment = self.payments.get_mut(part.payment.0);
        payment.parts_open -= 1;
        let label = payment.attack_payment.expect("only called for attack payments").label;
        self.close_if_done(id, cx);
        Feedback::Ended { label, result, hops }
    }

    /// The HTLC of `hop` was offered, or is gone: it takes a slot, and where another node than the attacker
    /// offered it for the attacker, that node's money.
    pub(in crate::lightning) fn meter(
        &mut self,
        id: PartId,
        hop: usize,
        locks: bool,
        now: SimTime,
    ) {
        self.usage.slot(self.parts.get(id.0).legs[hop].hop.channel, locks, now);
        let Some(attack_payment) = self.attack_payment(id) else { return };
        if hop == 0 {
            return;
        }
        let amount = self.parts.get(id.0).legs[hop].hop.amount;
        let meter = self.attacks.meter(attack_payment);
        if locks {
            meter.lock(amount, now);
        } else {
            meter.unlock(amount, now);
        }
    }

    fn report_attack_attempt(&mut self, attack: u16, attempt: &Attempt, cx: &mut Context<'_>) {
        let height = self.height();
        let campaign = &mut self.attacks.campaigns[usize::from(attack)];
        let meter = campaign.meter(attempt.label);
        let (locked, fees) = (meter.read(cx.now), meter.fees);
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
            attacker_net: net.or_else(|| (!campaign.silences()).then(|| lost(fees))),
            victim_net,
            fees: Some(ending.map_or(fees, |ending| ending.fees + fees)),
            locked_msat_s: Some(ending.and_then(|e| e.locked_msat_s).unwrap_or(locked)),
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
}
