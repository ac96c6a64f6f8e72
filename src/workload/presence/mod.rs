//! Who is online when, for every system: the times that nodes are up and down.
//!
//! Each node is up for a time and down for a time, by its class: routing nodes have two public channels or
//! more, leaves have one. Draws are keyed by node and number of the change. Beside that, an outage takes a
//! drawn share of the nodes down at once: a hosting provider, Tor. Nodes without a public channel, among them
//! attackers' own, are always up.
//!
//! Lightning schedules each change as an event; what it means for channels stands there. The other systems
//! only ask who is online at the moment of a payment: [`Presence`].
//!
//! A simplification: a node that comes up or is up at the start draws a whole time, also where the law has a
//! memory (Weibull), so that a run does not start in the middle of it.

mod follow;

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE, MOMENT};
use crate::declare::number::{Number, SHARE};
use crate::declare::text_kinds::Name;
use crate::declare::{choices, params};
use crate::engine::{Draws, Seeds, Source};
use crate::ids::NodeId;
use crate::math;
use crate::network::Network;
use crate::units::{SimDuration, SimTime};

pub use follow::Presence;

params! {
    /// When nodes are up.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AvailabilityParams: Default {
        /// When nodes with two public channels or more are up.
        routing: Uptime = choice("always"),
        /// When nodes with one public channel are up.
        leaves: Uptime = choice("always"),
        /// Many nodes down at once, each outage in a table of its own.
        outages: Vec<Outage> as "outage" = tables(Outage),
        /// Time after which a node disables its direction when its peer has gone. Source: lnd
        /// `chan-disable-timeout`.
        disable_after: SimDuration = or(SimDuration::from_secs(20 * 60), DELAY),
        /// Time after which a node enables its direction when its peer has returned. Source: lnd
        /// `chan-enable-timeout`.
        enable_after: SimDuration = or(SimDuration::from_secs(19 * 60), DELAY),
        /// Time until everybody knows that a direction was disabled or enabled. Source: lnd
        /// `trickledelay`.
        gossip_delay: SimDuration = or(SimDuration::from_secs(90), DELAY),
    }
}

choices! {
    /// How long a node is up, and how long down.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Uptime {
        /// Always up.
        Always = "always",
        /// Exponential times.
        Exponential {
            /// Mean time up.
            up: SimDuration = required(DELAY_POSITIVE),
            /// Mean time down.
            down: SimDuration = required(DELAY_POSITIVE),
        } = "exponential",
        /// Weibull times: below a shape of 1, a node that has been up for long stays up for longer.
        Weibull {
            /// Scale of the time up.
            up: SimDuration = required(DELAY_POSITIVE),
            /// Shape of the time up.
            up_shape: f64 = required(SHAPE),
            /// Scale of the time down.
            down: SimDuration = required(DELAY_POSITIVE),
            /// Shape of the time down.
            down_shape: f64 = required(SHAPE),
        } = "weibull",
    }
}

/// A shape of a Weibull law; far outside, times are all zero or all infinite.
const SHAPE: Number = Number { low: 0.1, high: 10.0, above: false };

params! {
    /// Many nodes down at once.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Outage {
        /// Decides which nodes go down: outages of the same name hit the same ones.
        name: String = required(Name),
        /// When the outage starts.
        start: SimTime = required(MOMENT),
        /// How long the outage lasts.
        duration: SimDuration = required(DELAY_POSITIVE),
        /// Share of the nodes that go down, each drawn by itself.
        share: f64 = required(SHARE),
    }
}

/// Which nodes are up, and the times that they draw.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeLives {
    params: AvailabilityParams,
    lives: Draws,
    hits: Draws,
    nodes: Vec<NodeState>,
    /// Nodes that are down.
    down: u32,
    /// When the window for statistics began, and once it has ended its length.
    from: SimTime,
    window: SimDuration,
}

/// One node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct NodeState {
    class: Class,
    /// Down by itself.
    own: bool,
    /// Outages that hold it down.
    outages: u16,
    /// Times that it drew.
    drawn: u32,
    /// Changes between up and down.
    epoch: u32,
    /// When it last went down.
    since: SimTime,
    /// Time down before that.
    offline: SimDuration,
    /// Time down when the window for statistics began, and in it.
    before: SimDuration,
    in_window: SimDuration,
}

/// Which times a node draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Class {
    /// Several public channels.
    Routing,
    /// One.
    Leaf,
    /// None: not part of the public network.
    #[default]
    Private,
}

impl NodeState {
    const fn is_down(&self) -> bool {
        self.own || self.outages > 0
    }

    /// Time down up to now.
    fn offline_until(&self, now: SimTime) -> SimDuration {
        let open = if self.is_down() { now.since(self.since) } else { SimDuration::ZERO };
        self.offline + open
    }
}

impl NodeLives {
    /// What the scenario says.
    pub const fn params(&self) -> &AvailabilityParams {
        &self.params
    }

    /// Nodes that are down.
    pub const fn down(&self) -> u32 {
        self.down
    }

    /// All nodes up.
    pub fn new(params: AvailabilityParams, network: &Network, seeds: Seeds) -> Self {
        let class = |node| {
            let own = network.outgoing(node);
            match own.iter().filter(|d| !network.is_attackers(d.channel())).count() {
                0 => Class::Private,
                1 => Class::Leaf,
                _ => Class::Routing,
            }
        };
        let nodes =
            network.node_ids().map(|node| NodeState { class: class(node), ..NodeState::default() });
        Self {
            params,
            lives: seeds.draws("availability"),
            hits: seeds.draws("outage"),
            nodes: nodes.collect(),
            down: 0,
            from: SimTime::ZERO,
            window: SimDuration::ZERO,
        }
    }

    /// All nodes up, always, but for those that fall silent. No draw is made: any will do.
    pub fn always(network: &Network, draws: Draws) -> Self {
        let nodes = vec![NodeState::default(); network.node_count()];
        Self {
            params: AvailabilityParams::default(),
            lives: draws,
            hits: draws,
            nodes,
            down: 0,
            from: SimTime::ZERO,
            window: SimDuration::ZERO,
        }
    }

    /// The node goes down for good. Returns whether it is another now.
    pub fn silence(&mut self, node: NodeId, now: SimTime) -> bool {
        self.outage(node, true, now)
    }

    /// Nodes that have been down for so long.
    pub fn down_for(&self, span: SimDuration, now: SimTime) -> impl Iterator<Item = NodeId> + '_ {
        let is_long = move |state: &NodeState| state.is_down() && now.since(state.since) >= span;
        let nodes = self.nodes.iter().enumerate().filter(move |(_, state)| is_long(state));
        nodes.map(|(place, _)| NodeId::from_index(place))
    }

    /// Whether a node is down.
    pub fn is_down(&self, node: NodeId) -> bool {
        self.nodes[node.index()].is_down()
    }

    /// Whether both ends of a channel are up.
    pub fn connects(&self, ends: [NodeId; 2]) -> bool {
        self.down == 0 || !ends.into_iter().any(|end| self.is_down(end))
    }

    /// All nodes.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::from_index)
    }

    /// Changes of a node so far.
    pub fn epoch(&self, node: NodeId) -> u32 {
        self.nodes[node.index()].epoch
    }

    /// Whether a node starts down by itself: in the long run's proportion.
    pub fn starts_down(&self, node: NodeId) -> bool {
        let [up, down] = match self.uptime(node) {
            Uptime::Always => return false,
            Uptime::Exponential { up, down } => [up, down].map(SimDuration::as_secs_f64),
            Uptime::Weibull { up, up_shape, down, down_shape } => [
                up.as_secs_f64() * mean_of_unit_weibull(up_shape),
                down.as_secs_f64() * mean_of_unit_weibull(down_shape),
            ],
        };
        self.lives.at(u64::from(node.0), 0).chance(down / (up + down))
    }

    /// How long the node stays as it is now; `None`: for ever.
    pub fn draw(&mut self, node: NodeId) -> Option<SimDuration> {
        let uptime = self.uptime(node);
        let state = &mut self.nodes[node.index()];
        state.drawn += 1;
        let mut draws = self.lives.at(u64::from(node.0), u64::from(state.drawn));
        time(uptime, state.own, &mut draws)
    }

    /// The node goes down or comes up by itself. Returns whether it is another now.
    pub fn switch(&mut self, node: NodeId, now: SimTime) -> bool {
        self.change(node, now, |state| state.own = !state.own)
    }

    /// An outage takes hold of a node, or lets it go. Returns whether it is another now.
    pub fn outage(&mut self, node: NodeId, begins: bool, now: SimTime) -> bool {
        self.change(node, now, |state| {
            state.outages = if begins { state.outages + 1 } else { state.outages - 1 };
        })
    }

    /// Whether an outage hits a node.
    pub fn is_hit(&self, outage: u16, node: NodeId) -> bool {
        let Outage { name, share, .. } = &self.params.outages[usize::from(outage)];
        // The name is part of the key by its hash: the same name, the same nodes.
        let key = blake3::hash(name.as_bytes());
        let key = u64::from_le_bytes(key.as_bytes()[..8].try_into().expect("eight bytes"));
        let is_public = self.nodes[node.index()].class != Class::Private;
        is_public && self.hits.at(key, u64::from(node.0)).chance(*share)
    }

    /// The window for statistics begins.
    pub fn window_begins(&mut self, now: SimTime) {
        self.from = now;
        self.nodes.iter_mut().for_each(|node| node.before = node.offline_until(now));
    }

    /// The window for statistics ends.
    pub fn window_ends(&mut self, now: SimTime) {
        self.window = now.since(self.from);
        self.nodes.iter_mut().for_each(|node| {
            node.in_window = SimDuration(node.offline_until(now).get() - node.before.get());
        });
    }

    /// Share of the window for statistics in which the node was up; `None` where that has no length.
    #[expect(clippy::cast_precision_loss, reason = "a share for the report")]
    pub fn online_share(&self, node: NodeId) -> Option<f64> {
        let offline = self.nodes[node.index()].in_window.get() as f64;
        let window = self.window.get();
        (window > 0).then(|| 1.0 - offline / window as f64)
    }

    fn uptime(&self, node: NodeId) -> Uptime {
        match self.nodes[node.index()].class {
            Class::Routing => self.params.routing,
            Class::Leaf => self.params.leaves,
            Class::Private => Uptime::Always,
        }
    }

    fn change(&mut self, node: NodeId, now: SimTime, what: impl FnOnce(&mut NodeState)) -> bool {
        let state = &mut self.nodes[node.index()];
        let before = state.is_down();
        what(state);
        let after = state.is_down();
        if before == after {
            return false;
        }
        state.epoch += 1;
        if after {
            state.since = now;
            self.down += 1;
        } else {
            state.offline += now.since(state.since);
            self.down -= 1;
        }
        true
    }
}

/// A time up or down.
fn time(uptime: Uptime, down: bool, draws: &mut Source) -> Option<SimDuration> {
    let seconds = match uptime {
        Uptime::Always => return None,
        Uptime::Exponential { up, down: off } => {
            (if down { off } else { up }).as_secs_f64() * draws.exponential()
        }
        Uptime::Weibull { up, up_shape, down: off, down_shape } => {
            let (scale, shape) = if down { (off, down_shape) } else { (up, up_shape) };
            scale.as_secs_f64() * math::pow(draws.exponential(), 1.0 / shape)
        }
    };
    Some(SimDuration::from_secs_f64(seconds).max(SimDuration(1)))
}

/// Γ(1 + 1/shape).
fn mean_of_unit_weibull(shape: f64) -> f64 {
    math::exp(math::ln_gamma(1.0 + 1.0 / shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean of many times drawn, against the mean of the law.
    #[test]
    fn times_have_the_means_of_their_laws() {
        let hour = SimDuration::from_secs(3_600);
        let exponential = Uptime::Exponential { up: hour, down: SimDuration::from_secs(600) };
        let weibull = Uptime::Weibull { up: hour, up_shape: 0.5, down: hour, down_shape: 2.0 };
        let draws = Seeds::new(1, 0).draws("test");
        let mean = |uptime, down| {
            let times = (0..40_000).map(|i| time(uptime, down, &mut draws.at(i, 0)).unwrap());
            times.map(SimDuration::as_secs_f64).sum::<f64>() / 40_000.0
        };
        // Γ(3) = 2, Γ(1.5) = sqrt(π) / 2; standard errors are 0.5 %, 1.1 % and 0.26 % of the mean.
        for (found, theory, within) in [
            (mean(exponential, false), 3_600.0, 0.017),
            (mean(exponential, true), 600.0, 0.017),
            (mean(weibull, false), 7_200.0, 0.037),
            (mean(weibull, true), 3_600.0 * 0.886_226_925, 0.01),
        ] {
            assert!((found / theory - 1.0).abs() < within, "{found} is not {theory}");
        }
    }
}
