//! What attackers are told, and what they do.

use crate::adversary::view::AttackerView;
use crate::ids::{ChannelId, DirectedChannel, NodeId, PartId};
use crate::outcome::{AttackCause, AttackOutcome};
use crate::payment::{AttackerResponse, AttemptResult};
use crate::routing::Hop;
use crate::units::{BlockHeight, Msat, Sat, SimTime};

/// An attack under way: it is told what happened, and says what to do.
///
/// `label` is whatever the strategy wants to find again: the number of its target, of its probe.
pub trait Strategy {
    /// Takes in what its own nodes see, and appends what to do now.
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>);

    /// Whether its nodes are its own, and none of the network's.
    fn brings_nodes(&self) -> bool {
        true
    }

    /// Whether it falls silent with nodes of its own, and hears of the end of their channels.
    fn silences(&self) -> bool {
        false
    }

    /// Whether its nodes stand on routes of others' payments, and do more than forward them.
    fn watches_forwards(&self) -> bool {
        false
    }

    /// Whether one of its nodes forwards an HTLC of this amount. Asked only where it watches.
    fn forwards(&mut self, _amount: Msat, _now: SimTime) -> bool {
        true
    }
}

/// What an attacker's own nodes see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// The attack starts.
    Started,
    /// The time that was asked for has come.
    Woken {
        /// As given.
        label: u32,
    },
    /// The own channel took the HTLC.
    Offered {
        /// As given.
        label: u32,
    },
    /// The HTLC reached the attacker's node at the end of its route.
    Arrived {
        /// As given.
        label: u32,
    },
    /// The HTLC is gone from the attacker's first channel.
    Ended {
        /// As given.
        label: u32,
        /// Settled, or failed by which node with which error; node 0: the own channel refused it.
        result: AttemptResult,
        /// Channels of its route.
        hops: u8,
    },
    /// A preimage reached one of the attacker's nodes on the route of somebody else's payment, from
    /// downstream, and another one of them stands on the same route: both saw the same hash.
    Preimage {
        /// The part.
        part: PartId,
        /// The node that has the preimage: how many channels from the payer.
        hop: u8,
        /// The first of the attacker's nodes on the route, behind the payer.
        first: u8,
    },
    /// A revoked commitment of this channel was published, and is accounted for as that.
    RevokedPublished(ChannelId),
    /// A channel of one of its nodes is closed for good.
    Closed(Closed),
    /// The attack's time is over: nothing new is sent, what is held has been let go.
    Over,
    /// The run ends: what is still open is reported.
    Finished,
}

/// A channel of an attacker's node that is closed for good. Arrays: the attacker's side, its peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The channel.
    pub channel: ChannelId,
    /// Height of the closing transaction's block.
    pub confirmed: Option<BlockHeight>,
    /// What each side had in it; an HTLC is its offerer's.
    pub start: [Msat; 2],
    /// What each side has now beyond that, in msat.
    pub net: [i64; 2],
    /// What the attacker's side paid on the chain.
    pub fees: Msat,
}

/// What an attacker does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Sends an HTLC.
    Send(Order),
    /// Asks to be woken.
    Wake {
        /// When.
        at: SimTime,
        /// Comes back.
        label: u32,
    },
    /// Hands a preimage from one of its nodes on a route to another one, past those in between, and fails
    /// the HTLC that the lower one got.
    Tunnel {
        /// The part.
        part: PartId,
        /// The node that has the preimage.
        from: u8,
        /// The node that gets it.
        to: u8,
    },
    /// One of its nodes does not answer any more, for good.
    Silence(NodeId),
    /// The sender of this direction publishes its latest commitment.
    Close(DirectedChannel),
    /// The sender of this direction publishes the best commitment that it has revoked, or its latest one
    /// where that pays as much.
    PublishRevoked(DirectedChannel),
    /// Reports an attempt that is over: a row of `attacks.csv`.
    Report(Attempt),
}

/// An HTLC that an attacker sends to a node of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Comes back with everything that happens to it.
    pub label: u32,
    /// The route, from the attacker's first channel on.
    pub hops: Vec<Hop>,
    /// What the attacker's node at the end of it does.
    pub response: AttackerResponse,
}

/// What a strategy says about an attempt that is over; times, numbers and what the attack locked are
/// filled in by whoever executes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// Whose meter belongs to it.
    pub label: u32,
    /// When it began.
    pub start: SimTime,
    /// Whom it hurts.
    pub victim: Option<NodeId>,
    /// The channel attacked.
    pub channel: Option<ChannelId>,
    /// What was won, or learnt.
    pub gain: Option<Msat>,
    /// The attacker's capital in it.
    pub stake: Option<Sat>,
    /// HTLCs sent for it.
    pub htlcs: u64,
    /// Information learnt.
    pub bits: Option<f64>,
    /// How it ended.
    pub outcome: AttackOutcome,
    /// Why it ended so.
    pub cause: Option<AttackCause>,
    /// What came of it on the chain.
    pub ending: Option<Ending>,
}

/// What came of an attempt on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Height of the closing transaction's block.
    pub confirmed: Option<BlockHeight>,
    /// What the attacker and its victim have beyond what they had, in msat.
    pub net: [i64; 2],
    /// What the attacker paid on the chain.
    pub fees: Msat,
    /// Money of the victim that was locked, times the time; `None`: what the meter says.
    pub locked_msat_s: Option<u64>,
}

impl Ending {
    /// As the channel ended.
    pub const fn of(closed: &Closed) -> Self {
        let Closed { confirmed, net, fees, .. } = *closed;
        Self { confirmed, net, fees, locked_msat_s: None }
    }
}
