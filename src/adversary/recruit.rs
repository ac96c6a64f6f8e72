//! What attackers bring along: nodes and channels of their own, there from the start of the run.
//!
//! Channels are opened by the attacker and not announced. An entry channel holds the attacker's money. Of
//! an exit channel, all that the attacker does not need for the commitment fee of a full channel and for
//! its reserve is pushed to the peer at opening (`push_msat` of BOLT 2): how a node gets inbound liquidity
//! without asking anybody. The sum of the capacities is the budget, or a little less by rounding.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use crate::adversary::campaign::{AttackState, Campaign};
use crate::adversary::flood_and_loot::{FloodAndLoot, FloodParams, FloodedPair};
use crate::adversary::griefing::{Griefing, GriefingParams};
use crate::adversary::jamming::{Jamming, JammingParams};
use crate::adversary::mass_exit::{MassExit, MassExitParams};
use crate::adversary::params::{AttackParams, Plan};
use crate::adversary::paths::AttackPath;
use crate::adversary::probing::{ProbePath, Probing, ProbingParams};
use crate::adversary::targets::{Targets, public_degree};
use crate::adversary::wormhole::{Wormhole, WormholeParams};
use crate::engine::{Seeds, Source};
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
    seeds: Seeds,
) -> Result<Vec<Campaign>, BadAttack> {
    let recruits = attacks.iter().map(|attack| {
        Recruits { attack, network, balances, feerate, seeds, nodes: Vec::new() }.campaign()
    });
    recruits.collect()
}

/// A random walk over `length` usable public channels, or as many as there are, that visits no node twice;
/// `None` where not even one channel is usable.
fn walk(
    network: &Network,
    amount: Msat,
    length: u32,
    source: &mut Source,
) -> Option<Vec<DirectedChannel>> {
    let mut node = NodeId::from_index(0);
    let nodes = network.node_count() as u64;
    let mut visited = BTreeSet::new();
    let mut path: Vec<DirectedChannel> = Vec::new();
    // Where the walk cannot start, it starts elsewhere: 32 draws are there for a route.
    let mut tries = MOST_STARTS;
    while path.len() < length as usize {
        if path.is_empty() {
            tries = tries.checked_sub(1)?;
            node = NodeId::from_index(usize::try_from(source.below(nodes)).ok()?);
            visited = BTreeSet::from([node]);
        }
        let usable = |d: &DirectedChannel| {
            let carries =
                |p: &Policy| !p.disabled && p.htlc_minimum <= amount && amount <= p.htlc_maximum;
            network.is_announced(d.channel())
                && network.policy(*d).is_some_and(carries)
                && !visited.contains(&network.target(*d))
        };
        let onward: Vec<_> = network.outgoing(node).into_iter().filter(usable).collect();
        if onward.is_empty() {
            if path.is_empty() {
                continue;
            }
            break;
        }
        let choice = usize::try_from(source.below(onward.len() as u64)).ok()?;
        node = network.target(onward[choice]);
        visited.insert(node);
        path.push(onward[choice]);
    }
    (!path.is_empty()).then_some(path)
}

/// Starts of a walk that are tried; with at most 18 steps, fewer than the 32 draws of a key.
const MOST_STARTS: u32 = 12;

#[expect(clippy::cast_precision_loss, reason = "numbers of nodes are far below 2^53")]
const fn count_as_f64(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the nodes is not negative and at most their number"
)]
fn ceiling(count: f64) -> usize {
    count.ceil() as usize
}

/// The making of one campaign.
struct Recruits<'a> {
    attack: &'a AttackParams,
    network: &'a mut Network,
    balances: &'a mut Vec<[Msat; 2]>,
    feerate: FeeRate,
    seeds: Seeds,
    nodes: Vec<NodeId>,
}

impl Recruits<'_> {
    fn campaign(mut self) -> Result<Campaign, BadAttack> {
        let attack = self.attack;
        let state = match &attack.plan {
            Plan::SlowJamming(params) | Plan::FastJamming(params) => {
                AttackState::Jamming(self.jamming(params)?)
            }
            // The dishonest nodes are nodes of the network.
            Plan::RevokedBroadcast(params) => AttackState::Breach(*params),
            Plan::FloodAndLoot(params) => AttackState::FloodAndLoot(self.flood(*params)?),
            Plan::MassExit(params) => AttackState::MassExit(self.mass_exit(*params)),
            Plan::Griefing(params) => AttackState::Griefing(self.griefing(params)?),
            Plan::Probing(params) => AttackState::Probing(self.probing(params)?),
            Plan::Wormhole(params) => AttackState::Wormhole(self.wormhole(params)),
        };
        Ok(Campaign {
            name: attack.name.clone(),
            kind: attack.plan.kind(),
            span: [attack.start, attack.end.unwrap_or(SimTime::NEVER)],
            nodes: self.nodes,
            state,
            meters: Vec::new(),
            reported: 0,
        })
    }

    fn jamming(&mut self, params: &JammingParams) -> Result<Jamming, BadAttack> {
        let targets = self.targets(&params.targets)?;
        let paths = self.paths(&targets, params.budget)?;
        Ok(Jamming::new(params.clone(), paths))
    }

    /// One entry channel per target.
    fn probing(&mut self, params: &ProbingParams) -> Result<Probing, BadAttack> {
        let targets = self.targets(&params.targets)?;
        let size = self.size(params.budget, targets.len())?;
        let attacker = self.node();
        let paths = targets.into_iter().map(|target| {
            let entry = self.channel(attacker, self.network.source(target), size, Sat::ZERO);
            ProbePath { entry, target }
        });
        let paths = paths.collect();
        Ok(Probing::new(params.clone(), paths))
    }

    /// A source and a receiver, and a channel of each per victim.
    fn flood(&mut self, params: FloodParams) -> Result<FloodAndLoot, BadAttack> {
        let mut victims: Vec<_> = self.network.node_ids().collect();
        victims.sort_by_cached_key(|&node| (Reverse(public_degree(self.network, node)), node));
        victims.truncate(params.victims as usize);
        let size = self.size(params.budget, 2 * victims.len())?;
        let [source, receiver] = [self.node(), self.node()];
        let pair = |victim| {
            let entry = self.channel(source, victim, size, Sat::ZERO);
            let pushed = size.saturating_sub(self.cover(size));
            let exit = self.channel(receiver, victim, size, pushed).reverse();
            FloodedPair { entry, exit }
        };
        let pairs: Vec<_> = victims.into_iter().map(pair).collect();
        Ok(FloodAndLoot::new(params, source, &pairs))
    }

    /// Takes over nodes of the network.
    fn mass_exit(&mut self, params: MassExitParams) -> MassExit {
        let draws = self.seeds.draws(&format!("attack.{}.nodes", self.attack.name));
        self.nodes = params.coalition.pick(self.network, draws);
        MassExit::new(params, self.network, &self.nodes)
    }

    /// An entry and an exit channel per route.
    fn griefing(&mut self, params: &GriefingParams) -> Result<Griefing, BadAttack> {
        let draws = self.seeds.draws(&format!("attack.{}.routes", self.attack.name));
        let walks: Vec<_> = (0..params.routes)
            .filter_map(|route| {
                let source = &mut draws.at(u64::from(route), 0);
                walk(self.network, params.amount, params.hops.saturating_sub(2), source)
            })
            .collect();
        let size = self.size(params.budget, 2 * walks.len())?;
        let attacker = self.node();
        let routes = walks.into_iter().map(|mut walk| {
            let ends = [walk[0], walk[walk.len() - 1]];
            let [from, to] = [self.network.source(ends[0]), self.network.target(ends[1])];
            let entry = self.channel(attacker, from, size, Sat::ZERO);
            let exit = self.channel(attacker, to, size, size.saturating_sub(self.cover(size)));
            walk.insert(0, entry);
            walk.push(exit.reverse());
            walk
        });
        let routes = routes.collect();
        Ok(Griefing::new(params.clone(), routes))
    }

    /// Takes over nodes of the network: so many of all, at least two.
    fn wormhole(&mut self, params: &WormholeParams) -> Wormhole {
        let count = params.fraction_of_nodes * count_as_f64(self.network.node_count());
        let draws = self.seeds.draws(&format!("attack.{}.nodes", self.attack.name));
        let mut nodes: Vec<_> = self.network.node_ids().collect();
        if params.by_degree {
            nodes.sort_by_cached_key(|&node| (Reverse(public_degree(self.network, node)), node));
        } else {
            nodes.sort_by_cached_key(|&node| (draws.at(u64::from(node.0), 0).bits(), node));
        }
        nodes.truncate(ceiling(count).max(2));
        nodes.sort_unstable();
        self.nodes = nodes;
        Wormhole
    }

    fn targets(&self, targets: &Targets) -> Result<Vec<DirectedChannel>, BadAttack> {
        targets
            .pick(self.network)
            .map_err(|name| self.bad(format!("there is no channel `{name}` in the network"), None))
    }

    /// The size of each of so many channels.
    fn size(&self, budget: Sat, channels: usize) -> Result<Sat, BadAttack> {
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
    fn paths(
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
