//! What attackers bring along: nodes and channels of their own, there from the start of the run.
//!
//! Channels are opened by the attacker and not announced. An entry channel holds the attacker's money. Of
//! an exit channel, all that the attacker does not need for the commitment fee of a full channel and for
//! its reserve is pushed to the peer at opening (`push_msat` of BOLT 2): how a node gets inbound liquidity
//! without asking anybody. The sum of the capacities is the budget, or a little less by rounding.

use std::fmt;

use crate::adversary::campaign::{Campaign, Tactic};
use crate::adversary::jamming::{Jamming, JammingParams};
use crate::adversary::lanes::Lane;
use crate::adversary::params::{AttackParams, Plan};
use crate::ids::{DirectedChannel, NodeId, Side};
use crate::network::{Channel, Network, Node, Policy, Software};
use crate::units::{FeeRate, Msat, Ppm, Sat, SimTime};

/// An attack that does not fit the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAttack {
    /// Which one.
    pub attack: String,
    /// Lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for BadAttack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attack `{}`: {}", self.attack, self.message)
    }
}

/// Adds the nodes and channels of all attackers to the network, and their money to `balances`.
///
/// Must come after everything that is drawn over the network's nodes and channels.
///
/// # Errors
/// When an attack names a channel that is not there, or its budget is too small for its targets.
pub fn recruit(
    attacks: &[AttackParams],
    network: &mut Network,
    balances: &mut Vec<[Msat; 2]>,
    feerate: FeeRate,
) -> Result<Vec<Campaign>, BadAttack> {
    attacks
        .iter()
        .map(|attack| Recruits { attack, network, balances, feerate, nodes: Vec::new() }.campaign())
        .collect()
}

/// The making of one campaign.
struct Recruits<'a> {
    attack: &'a AttackParams,
    network: &'a mut Network,
    balances: &'a mut Vec<[Msat; 2]>,
    feerate: FeeRate,
    nodes: Vec<NodeId>,
}

impl Recruits<'_> {
    fn campaign(mut self) -> Result<Campaign, BadAttack> {
        let attack = self.attack;
        let tactic = match &attack.plan {
            Plan::SlowJamming(params) | Plan::FastJamming(params) => {
                Tactic::Jamming(self.jamming(params)?)
            }
            // The cheaters are nodes of the network.
            Plan::RevokedBroadcast(params) => Tactic::Fraud(*params),
        };
        Ok(Campaign {
            name: attack.name.clone(),
            kind: attack.plan.kind(),
            span: [attack.start, attack.end.unwrap_or(SimTime::NEVER)],
            nodes: self.nodes,
            tactic,
            meters: Vec::new(),
            reported: 0,
        })
    }

    fn jamming(&mut self, params: &JammingParams) -> Result<Jamming, BadAttack> {
        let targets = params.targets.pick(self.network).map_err(|name| {
            self.bad(format!("there is no channel `{name}` in the network"), None)
        })?;
        let lanes = self.lanes(&targets, params.budget)?;
        Ok(Jamming::new(params.clone(), lanes))
    }

    /// One lane per target: an entry and an exit channel, all of the same size.
    fn lanes(&mut self, targets: &[DirectedChannel], budget: Sat) -> Result<Vec<Lane>, BadAttack> {
        if targets.is_empty() {
            return Err(self.bad("finds no channel to attack".to_owned(), None));
        }
        let channels = 2 * targets.len() as u64;
        let size = Sat(budget.get() / channels);
        if size < SMALLEST_CHANNEL {
            let message = format!(
                "its budget of {budget} makes {channels} channels of {size}; they must be at least \
                 {SMALLEST_CHANNEL}"
            );
            return Err(self.bad(message, Some("raise `budget`, or attack fewer channels")));
        }
        let attacker = self.node();
        let lanes = targets.iter().map(|&target| {
            let [from, to] = [self.network.source(target), self.network.target(target)];
            let entry = self.channel(attacker, from, size, Sat::ZERO);
            let exit = self.channel(attacker, to, size, size.saturating_sub(self.cover(size)));
            Lane { entry, target, exit: exit.reverse() }
        });
        Ok(lanes.collect())
    }

    /// A node of the attacker. It runs lnd, which takes most HTLCs at once.
    fn node(&mut self) -> NodeId {
        let name = self.name(self.network.node_count());
        let node = self.network.add_node(Node { name, software: Some(Software::Lnd) });
        self.nodes.push(node);
        node
    }

    /// A channel that `attacker` opens to `peer`, pushing `pushed` of it; the attacker's direction.
    fn channel(
        &mut self,
        attacker: NodeId,
        peer: NodeId,
        size: Sat,
        pushed: Sat,
    ) -> DirectedChannel {
        let name = self.name(self.network.channel_count());
        let policy = Policy { htlc_maximum: size.to_msat(), ..USUAL_POLICY };
        let channel = Channel { name, capacity: size, policies: [Some(policy); 2], stated: None };
        let id = self.network.add_private_channel(attacker, peer, channel);
        self.balances.push([(size - pushed).to_msat(), pushed.to_msat()]);
        DirectedChannel::new(id, Side::One)
    }

    /// A name that no other node (or channel) has: with its number.
    fn name(&self, number: usize) -> Box<str> {
        let attack: String = self.attack.name.chars().take(LONGEST_PART).collect();
        format!("attacker:{attack}:{number}").into()
    }

    /// What the attacker keeps in an exit channel: the commitment fee with all slots in use, both anchors
    /// (BOLT 3), and its reserve of 1 %; half of the channel at most.
    fn cover(&self, size: Sat) -> Sat {
        let weight = 1_124 + 172 * (2 * 483 + 1);
        let fee = Sat(u64::from(self.feerate.0) * weight / 1_000 + 2 * 330);
        (fee + Sat(size.get() / 100 + 1)).min(Sat(size.get() / 2))
    }

    fn bad(&self, message: String, help: Option<&str>) -> BadAttack {
        BadAttack { attack: self.attack.name.clone(), message, help: help.map(str::to_owned) }
    }
}

/// lnd accepts no smaller channel (`funding/manager.go`, `MinChanFundingSize`).
const SMALLEST_CHANNEL: Sat = Sat(20_000);

/// So much of an attack's name goes into other names, which have at most 80 characters.
const LONGEST_PART: usize = 50;

/// lnd's defaults for a new channel (`config.go`, `chainreg`): 1,000 msat + 1 ppm, 80 blocks.
const USUAL_POLICY: Policy = Policy {
    fee_base_msat: 1_000,
    proportional_millionths: Ppm(1),
    cltv_expiry_delta: 80,
    htlc_minimum: Msat(1),
    htlc_maximum: Msat::MAX,
    disabled: false,
};
