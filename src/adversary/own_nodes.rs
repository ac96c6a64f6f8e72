//! What attackers bring along: nodes and channels of their own, there from the start of the run.
//!
//! Channels are opened by the attacker and not announced. An entry channel holds the attacker's money. Of
//! an exit channel, all that the attacker does not need for the commitment fee of a full channel and for
//! its reserve is pushed to the peer at opening (`push_msat` of BOLT 2): how a node gets inbound liquidity
//! without asking anybody. The sum of the capacities is the budget, or a little less by rounding.

use std::fmt;

use crate::adversary::paths::AttackPath;
use crate::adversary::targets::Targets;
use crate::engine::{Draws, Seeds};
use crate::ids::{DirectedChannel, NodeId, Side};
use crate::network::{Channel, Network, Node, Policy, Software};
use crate::units::{FeeRate, Msat, Ppm, Sat};

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

/// What an attack brings along, from what the scenario says of it.
pub(super) trait Recruit: Sized {
    /// What the scenario says.
    type Params;

    /// Adds its nodes and channels.
    fn recruit(params: &Self::Params, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack>;
}

/// The making of one campaign.
pub(super) struct Recruits<'a> {
    /// The attack's name.
    pub(super) attack: &'a str,
    pub(super) network: &'a mut Network,
    pub(super) balances: &'a mut Vec<[Msat; 2]>,
    pub(super) feerate: FeeRate,
    pub(super) seeds: Seeds,
    /// The attacker's nodes so far; the first one sends.
    pub(super) nodes: Vec<NodeId>,
}

impl Recruits<'_> {
    /// Draws of this attack's own.
    pub(super) fn draws(&self, what: &str) -> Draws {
        self.seeds.draws(&format!("attack.{}.{what}", self.attack))
    }

    pub(super) fn targets(&self, targets: &Targets) -> Result<Vec<DirectedChannel>, BadAttack> {
        targets
            .pick(self.network)
            .map_err(|name| self.bad(format!("there is no channel `{name}` in the network"), None))
    }

    /// The size of each of so many channels.
    pub(super) fn size(&self, budget: Sat, channels: usize) -> Result<Sat, BadAttack> {
        if channels == 0 {
            return Err(self.bad("finds no channel to attack".to_owned(), None));
        }
        let size = Sat(budget.get() / channels as u64);
        if size < SMALLEST_CHANNEL {
            let message = format!(
                "its budget of {budget} makes {channels} channels of {size}; they must be at least \
                 {SMALLEST_CHANNEL}"
            );
            return Err(self.bad(message, Some("raise `budget`, or attack fewer channels")));
        }
        Ok(size)
    }

    /// One path per target: an entry and an exit channel, all of the same size.
    pub(super) fn paths(
        &mut self,
        targets: &[DirectedChannel],
        budget: Sat,
    ) -> Result<Vec<AttackPath>, BadAttack> {
        let size = self.size(budget, 2 * targets.len())?;
        let attacker = self.node();
        let paths = targets.iter().map(|&target| {
            let [from, to] = [self.network.source(target), self.network.target(target)];
            let entry = self.channel(attacker, from, size, Sat::ZERO);
            let exit = self.channel(attacker, to, size, size.saturating_sub(self.cover(size)));
            AttackPath { entry, target, exit: exit.reverse() }
        });
        Ok(paths.collect())
    }

    /// A node of the attacker. It runs lnd, which takes most HTLCs at once.
    pub(super) fn node(&mut self) -> NodeId {
        let name = self.name(self.network.node_count());
        let node = self.network.add_node(Node { name, software: Some(Software::Lnd) });
        self.nodes.push(node);
        node
    }

    /// A channel that `attacker` opens to `peer`, pushing `pushed` of it; the attacker's direction.
    pub(super) fn channel(
        &mut self,
        attacker: NodeId,
        peer: NodeId,
        size: Sat,
        pushed: Sat,
    ) -> DirectedChannel {
        let channel = self.offer(size, [USUAL_POLICY; 2]);
        let id = self.network.add_attackers_channel(attacker, peer, channel);
        self.balances.push([(size - pushed).to_msat(), pushed.to_msat()]);
        DirectedChannel::new(id, Side::One)
    }

    /// A channel that `attacker` opens to `peer` and announces, half of it on each side, with a policy of its own.
    pub(super) fn public_channel(
        &mut self,
        attacker: NodeId,
        peer: NodeId,
        size: Sat,
        own: Policy,
    ) -> DirectedChannel {
        let channel = self.offer(size, [own, USUAL_POLICY]);
        let id = self.network.add_channel(attacker, peer, channel);
        let half = Msat(size.to_msat().get() / 2);
        self.balances.push([size.to_msat() - half, half]);
        DirectedChannel::new(id, Side::One)
    }

    fn offer(&self, size: Sat, policies: [Policy; 2]) -> Channel {
        let name = self.name(self.network.channel_count());
        let policies =
            policies.map(|policy| Some(Policy { htlc_maximum: size.to_msat(), ..policy }));
        Channel { name, capacity: size, policies, stated: None }
    }

    /// A name that no other node (or channel) has: with its number.
    fn name(&self, number: usize) -> Box<str> {
        let attack: String = self.attack.chars().take(LONGEST_PART).collect();
        format!("attacker:{attack}:{number}").into()
    }

    /// What the attacker keeps in an exit channel: the commitment fee with all slots in use, both anchors
    /// (BOLT 3), and its reserve of 1 %; half of the channel at most.
    pub(super) fn cover(&self, size: Sat) -> Sat {
        let weight = 1_124 + 172 * (2 * 483 + 1);
        let fee = Sat(u64::from(self.feerate.0) * weight / 1_000 + 2 * 330);
        (fee + Sat(size.get() / 100 + 1)).min(Sat(size.get() / 2))
    }

    pub(super) fn bad(&self, message: String, help: Option<&str>) -> BadAttack {
        BadAttack { attack: self.attack.to_owned(), message, help: help.map(str::to_owned) }
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
