//! Carries out what attackers ask for; [`crate::adversary`] decides.
//!
//! Owns the attacks of the run with their strategies and meters, and the revoked commitments that were published. It
//! acts through [`hooks`], and where a strategy is asked (`executor`).

pub(in crate::lightning) mod breach;
pub(in crate::lightning) mod breaches;
pub(in crate::lightning) mod executor;
pub(in crate::lightning) mod exits;
pub(in crate::lightning) mod hooks;
#[cfg(test)]
mod tests;
pub(in crate::lightning) mod wormhole;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::adversary::{AttackState, Campaign, Feedback, Meter, Strategy};
use crate::engine::Seeds;
use crate::ids::NodeId;
use crate::lightning::attack::breaches::Breaches;
use crate::lightning::attack::hooks::{Diversion, Hooks, HtlcView, Resolution};
use crate::lightning::books::ledger::Ledger;
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::lightning::owed::{Obligation, Owed};
use crate::payment::AttackPayment;
use crate::rows::{CampaignRow, Row};
use crate::units::{Msat, SimTime};

/// The attacks of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Attack {
    campaigns: Vec<Campaign>,
    /// HTLCs that attackers have sent.
    sent: u64,
    /// Which attack owns a node that stands on routes of others; empty without one.
    forwarders: BTreeMap<NodeId, u16>,
    pub(in crate::lightning) breaches: Breaches,
}

impl Attack {
    /// None.
    pub(in crate::lightning) fn new(seeds: Seeds) -> Self {
        let (campaigns, forwarders) = (Vec::new(), BTreeMap::new());
        Self { campaigns, sent: 0, forwarders, breaches: Breaches::new(seeds) }
    }

    /// These attacks, before the first one starts.
    pub(in crate::lightning) fn begin(&mut self, campaigns: Vec<Campaign>) {
        for (attack, campaign) in (0..).zip(&campaigns) {
            if campaign.state.watches_forwards() {
                self.forwarders.extend(campaign.nodes.iter().map(|&node| (node, attack)));
            }
        }
        self.campaigns = campaigns;
    }

    /// Says when attacks begin and end.
    pub(in crate::lightning) fn announce(&self, cx: &mut Context<'_>) {
        for Campaign { span: [from, to], .. } in &self.campaigns {
            cx.rows.record(Row::Campaign(&CampaignRow { from: *from, to: *to }));
        }
    }

    /// The attack that owns a forwarding node.
    fn owner(&self, node: NodeId) -> Option<u16> {
        self.forwarders.get(&node).copied()
    }

    /// Whether a node was brought along by an attacker, and is none of the network's.
    pub(in crate::lightning) fn recruited(&self, node: NodeId) -> bool {
        let mut brings = self.campaigns.iter().filter(|campaign| campaign.state.brings_nodes());
        brings.any(|campaign| campaign.nodes.contains(&node))
    }

    /// The meter of an attack payment.
    fn meter(&mut self, payment: AttackPayment) -> &mut Meter {
        self.campaigns[usize::from(payment.attack)].meter(payment.label)
    }

    /// The name of an attack, and the number of its next row.
    fn next_row(&mut self, attack: u16) -> (&str, u64) {
        let campaign = &mut self.campaigns[usize::from(attack)];
        campaign.reported += 1;
        (&campaign.name, campaign.reported - 1)
    }

    /// In the order of the scenario.
    pub(in crate::lightning) fn campaigns(&self) -> &[Campaign] {
        &self.campaigns
    }

    /// An attack.
    pub(in crate::lightning) fn campaign(&self, attack: u16) -> &Campaign {
        &self.campaigns[usize::from(attack)]
    }
}

impl Hooks for Attack {
    /// The attack that owns the forwarder may not want it to forward.
    fn before_offer(&mut self, htlc: &HtlcView<'_>, core: &Core) -> Option<Msat> {
        if htlc.hop == 0 || self.forwarders.is_empty() || htlc.attack_payment.is_some() {
            return Some(Msat::ZERO);
        }
        let hop = htlc.legs[htlc.hop].hop;
        let Some(attack) = self.owner(core.world.network.source(hop.channel)) else {
            return Some(Msat::ZERO);
        };
        let campaign = &mut self.campaigns[usize::from(attack)];
        let forwards = !campaign.runs_at(htlc.now) || campaign.state.forwards(hop.amount, htlc.now);
        forwards.then_some(Msat::ZERO)
    }

    /// It takes a slot, and where another node than the attacker offered it for the attacker, that node's money.
    fn offered(
        &mut self,
        htlc: &HtlcView<'_>,
        taken: Option<Msat>,
        _core: &mut Core,
        _ledger: &mut Ledger,
    ) {
        let (Some(payment), Some(upfront)) = (htlc.attack_payment, taken) else { return };
        if htlc.hop > 0 {
            self.meter(payment).lock(htlc.legs[htlc.hop].hop.amount, htlc.now);
        } else if upfront > Msat::ZERO {
            self.meter(payment).fees += upfront;
        }
    }

    /// At a node of its own it holds the HTLC as it wants to, at most until the attack ends. Another node knows
    /// no payment of this hash, and says so as to anybody.
    fn received(&mut self, htlc: &HtlcView<'_>, core: &Core, owed: &mut Owed) -> Option<SimTime> {
        let AttackPayment { attack, label, response } = htlc.attack_payment?;
        let campaign = self.campaign(attack);
        let node = core.world.network.target(htlc.legs[htlc.hop].hop.channel);
        if !campaign.nodes.contains(&node) {
            return None;
        }
        owed.add(Obligation::Tell { attack, feedback: Feedback::Arrived { label } });
        Some((htlc.now + response.hold()).min(campaign.span[1].max(htlc.now)))
    }

    fn resolved(&mut self, htlc: &HtlcView<'_>, how: Resolution, core: &Core) -> Option<Diversion> {
        if how == Resolution::Fulfilled {
            return self.diverts(htlc, core);
        }
        if let Some(payment) = htlc.attack_payment.filter(|_| htlc.hop > 0) {
            self.meter(payment).unlock(htlc.legs[htlc.hop].hop.amount, htlc.now);
        }
        None
    }

    fn on_block(&self, now: SimTime, owed: &mut Owed) {
        let is_breach =
            |campaign: &Campaign| matches!(campaign.state, AttackState::RevokedBroadcast(_));
        if self.campaigns.iter().any(|campaign| is_breach(campaign) && campaign.runs_at(now)) {
            owed.add(Obligation::LookForBreaches);
        }
    }
}
