//! Channels that open during a run: who opens to whom, how large, and what their policies are.
//!
//! At each block every node that is up may open a channel, at a rate per year, and whoever opened a
//! channel that has closed may replace it. The peer is chosen as lnd's autopilot does: with a
//! probability proportional to the number of its channels, one more for everybody. Funding and
//! confirmations are the chain's part (`lightning::chain`). When the peer's confirmations are there, both
//! ends can use the channel; others learn of it by gossip after its announcement.
//!
//! Draws are keyed by node and height, or by the channel that is replaced, so that no other draw moves.
//!
//! Simplifications: `open_channel` and its answers take no time next to blocks; the opener has all the
//! money at first; a new channel's policies are those of another channel of the same node.

use serde::{Deserialize, Serialize};

use crate::channel::Terms;
use crate::engine::{Draws, Seeds, Source};
use crate::ids::{ChannelId, NodeId};
use crate::lightning::chain::{Chain, Ended, OnChain, OpenRequest};
use crate::lightning::core::Core;
use crate::lightning::event::Context;
use crate::lightning::params::Protocol;
use crate::lightning::topology::availability::Availability;
use crate::lightning::topology::params::Attachment;
use crate::lightning::topology::terms::{new_policy, terms};
use crate::network::{Channel, Network, Policy};
use crate::rows::{OpenedRow, Row};
use crate::units::{Msat, Sat, SimTime};

/// Who opens channels, and what has opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Openings {
    /// Who opens channels to whom.
    draws: Draws,
    /// What openers agree on that gossip does not tell.
    term_draws: Draws,
    /// Nodes and channels before the run, without those of attackers: they come first.
    honest: [u64; 2],
    /// All channels before the run.
    first: u64,
    /// Channels opened during the run, in the order of their ids.
    opened: Vec<Opened>,
}

/// A channel that was opened during the run: what the network file does not tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Opened {
    ends: [NodeId; 2],
    channel: Channel,
    at: SimTime,
    /// Whether gossip knows it.
    announced: bool,
}

/// Peers that an opener asks, at most. With three draws each, fewer than the 32 of a key.
const MOST_TRIES: u32 = 8;

/// Seconds of a year.
const YEAR: f64 = 365.0 * 86_400.0;

impl Openings {
    /// Nothing has opened.
    pub(in crate::lightning) fn new(network: &Network, seeds: Seeds) -> Self {
        Self {
            draws: seeds.draws("openings"),
            term_draws: seeds.draws("channel.terms"),
            honest: network.honest_counts().map(|count| count as u64),
            first: network.channel_count() as u64,
            opened: Vec::new(),
        }
    }

    /// The terms of a channel of the network.
    pub(in crate::lightning) fn terms_of(
        &self,
        network: &Network,
        protocol: &Protocol,
        channel: ChannelId,
    ) -> Terms {
        terms(network, channel, protocol, self.term_draws)
    }

    /// Enters all into a world that was read anew.
    pub(super) fn enter_all(&self, core: &mut Core) {
        for opened in &self.opened {
            enter(core, opened);
        }
    }

    /// Nodes that want a channel at this block open one.
    pub(in crate::lightning) fn open_by_choice(
        &self,
        core: &Core,
        chain: &mut Chain,
        availability: &Availability,
        now: SimTime,
    ) {
        let rate = core.params.openings.per_node_and_year;
        let Some(block_interval) = chain.block_interval() else { return };
        if rate <= 0.0 {
            return;
        }
        let chance = rate * block_interval.as_secs_f64() / YEAR;
        let height = u64::from(chain.height().0);
        let nodes = u32::try_from(self.honest[0]).expect("a number of nodes");
        for opener in (0..nodes).map(NodeId) {
            let mut draws = self.draws.at(u64::from(opener.0), height);
            if draws.chance(chance) && !availability.is_down(opener) {
                self.open_channel((opener, None), &mut draws, core, chain, availability, now);
            }
        }
    }

    /// A channel is closed for good: whoever opened it may open another one.
    pub(in crate::lightning) fn replace(
        &self,
        end: &Ended,
        core: &Core,
        chain: &mut Chain,
        availability: &Availability,
        now: SimTime,
    ) {
        /// Steps of blocks are heights, which stay below it.
        const STEP: u64 = 1 << 40;
        let share = core.params.openings.replace_share;
        if share <= 0.0 || core.world.network.is_attackers(end.row.channel) {
            return;
        }
        let mut draws = self.draws.at(core.world.network.key(end.row.channel), STEP);
        let opener = end.ends[core.channels.terms(end.row.channel).opener.index()];
        if draws.chance(share) && !availability.is_down(opener) {
            let wanted = (opener, Some(end.row.capacity));
            self.open_channel(wanted, &mut draws, core, chain, availability, now);
        }
    }

    fn open_channel(
        &self,
        (opener, capacity): (NodeId, Option<Sat>),
        draws: &mut Source,
        core: &Core,
        chain: &mut Chain,
        availability: &Availability,
        now: SimTime,
    ) {
        let private = draws.chance(core.params.openings.private_share);
        let Some(peer) = self.choose_peer(opener, draws, core, chain, availability) else { return };
        let drawn =
            capacity.or(core.params.openings.capacity).or_else(|| self.usual_size(draws, core));
        let Some(capacity) = drawn else { return };
        let ends = [opener, peer];
        let software = ends.map(|end| core.software(end));
        if let Some(onchain) = &mut chain.onchain {
            onchain.open(&OpenRequest { ends, software, capacity, private }, now);
        }
    }

    /// The node to open to: up, no peer yet, and not one to which a channel is being opened.
    fn choose_peer(
        &self,
        opener: NodeId,
        draws: &mut Source,
        core: &Core,
        chain: &Chain,
        availability: &Availability,
    ) -> Option<NodeId> {
        let network = &core.world.network;
        let nodes = self.honest[0];
        let entries = match core.params.openings.attachment {
            Attachment::Preferential => nodes + 2 * self.honest_channels(),
            Attachment::Uniform => nodes,
        };
        let own = core.world.own(opener);
        (0..MOST_TRIES).find_map(|_| {
            let entry = draws.below(entries);
            let node = if entry < nodes {
                NodeId(u32::try_from(entry).expect("an index of a node"))
            } else {
                let end = entry - nodes;
                let channel = self.honest_channel(end / 2);
                if !counts(core, channel) {
                    return None;
                }
                network.ends(channel)[usize::from(end % 2 == 1)]
            };
            let is_peer = own.iter().any(|&d| network.target(d) == node);
            let is_new = node != opener && !is_peer && !is_opening(chain, opener, node);
            (is_new && !availability.is_down(node)).then_some(node)
        })
    }

    /// Channels that are no attacker's, closed ones too.
    fn honest_channels(&self) -> u64 {
        self.honest[1] + self.opened.len() as u64
    }

    /// One of them by its number: those before the run come first, then those opened in it.
    fn honest_channel(&self, number: u64) -> ChannelId {
        let index = match number.checked_sub(self.honest[1]) {
            Some(opened) => self.first + opened,
            None => number,
        };
        ChannelId(u32::try_from(index).expect("an index of a channel"))
    }

    /// The size of a public channel of the network.
    fn usual_size(&self, draws: &mut Source, core: &Core) -> Option<Sat> {
        let channels = self.honest_channels();
        (0..MOST_TRIES).find_map(|_| {
            let channel = self.honest_channel(draws.below(channels));
            counts(core, channel).then(|| core.channels.terms(channel).capacity)
        })
    }

    /// The funding of a channel is deep enough: its ends can use it.
    pub(in crate::lightning) fn ready(
        &mut self,
        number: u32,
        core: &mut Core,
        chain: &mut Chain,
        cx: &mut Context<'_>,
    ) -> Option<NewChannel> {
        let id = ChannelId::from_index(core.channels.len());
        let opening = chain.onchain.as_mut()?.opened(number, id);
        let capacity = opening.capacity;
        let policies = opening.ends.map(|end| Some(usual_policy(core, end, capacity)));
        let name = format!("opened:{}", id.0).into();
        let channel = Channel { name, capacity, policies, stated: None };
        let opened = Opened { ends: opening.ends, channel, at: cx.now, announced: false };
        let entered = enter(core, &opened);
        assert_eq!(entered, id, "channels of network and system have the same ids");
        let terms = self.terms_of(&core.world.network, &core.params.protocol, id);
        let balances = [capacity.to_msat(), Msat::ZERO];
        core.channels.open(terms, balances);
        let row = OpenedRow { channel: id, ends: opened.ends, name: &opened.channel.name };
        cx.rows.record(Row::Opened(&row));
        self.opened.push(opened);
        Some(NewChannel { balances, opener: opening.ends[0], fee: opening.fee })
    }

    /// Everybody knows a new channel; what gossip has of it is to be shown.
    pub(in crate::lightning) fn heard_of(&mut self, channel: ChannelId, core: &mut Core) {
        let number = channel.index().checked_sub(usize::try_from(self.first).unwrap_or(usize::MAX));
        if let Some(opened) = number.and_then(|number| self.opened.get_mut(number)) {
            opened.announced = true;
        }
        core.world.network.announce(channel);
    }

    /// When a channel was opened; `None`: before the run.
    pub(in crate::lightning) fn opened_at(&self, channel: ChannelId) -> Option<SimTime> {
        let number = (channel.index() as u64).checked_sub(self.first)?;
        usize::try_from(number).ok().and_then(|number| self.opened.get(number)).map(|o| o.at)
    }
}

/// A channel that can be used from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) struct NewChannel {
    /// What each side has in it.
    pub(in crate::lightning) balances: [Msat; 2],
    /// Who paid for its funding.
    pub(in crate::lightning) opener: NodeId,
    /// How much.
    pub(in crate::lightning) fee: Sat,
}

/// Enters a channel that opened during the run. Its ends can use it; others cannot yet.
fn enter(core: &mut Core, opened: &Opened) -> ChannelId {
    let [one, two] = opened.ends;
    let id = core.world.network.add_unannounced_channel(one, two, opened.channel.clone());
    if opened.announced {
        core.world.network.announce(id);
    }
    core.world.change_view(|view, network| view.open(network, id));
    id
}

/// Whether everybody sees that a channel is there.
fn counts(core: &Core, channel: ChannelId) -> bool {
    core.world.network.is_announced(channel) && !core.channels.is_closed(channel)
}

fn is_opening(chain: &Chain, opener: NodeId, peer: NodeId) -> bool {
    let mut under_way = chain.onchain.iter().flat_map(OnChain::openings);
    under_way.any(|opening| opening.ends == [opener, peer] || opening.ends == [peer, opener])
}

/// The policy that a node sets: that of its first public channel that is open, else its software's.
fn usual_policy(core: &Core, node: NodeId, capacity: Sat) -> Policy {
    let network = &core.world.network;
    let own = core.world.own(node).iter();
    let known = own.filter(|d| counts(core, d.channel())).find_map(|&d| network.policy(d));
    new_policy(known, core.software(node), capacity)
}
