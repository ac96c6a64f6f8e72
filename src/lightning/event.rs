//! What can happen in the channel system, in the order of a payment's life.

use serde::{Deserialize, Serialize};

use crate::chain::bitcoin::BitcoinEvent;
use crate::channel::DanceEvent;
use crate::ids::{ChannelId, DirectedChannel, NodeId, PartId};
use crate::system::Cx;

/// The context in which this system handles things.
pub(in crate::lightning) type Context<'a> = Cx<'a, Event>;

/// What happens, in the order of a payment's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Something happens to an HTLC of a part.
    Htlc(HtlcEvent),
    /// The commitment dance of a channel goes on.
    Dance(DanceEvent),
    /// Something happens to an attack by the clock.
    Attack(AttackEvent),
    /// Something happens on the chain.
    Chain(ChainEvent),
    /// A node goes down or comes back.
    Node(NodeEvent),
}

/// What happens to the HTLCs of a part. `hop` counts channels from the payer, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HtlcEvent {
    /// The HTLC reached the receiver of `hop` (without the commitment dance).
    Arrived {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The offerer of `hop` gives the receiver up, which did not answer.
    Unanswered {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The payee's holding time is over.
    Answered {
        /// The part.
        part: PartId,
    },
    /// The preimage reached the offerer of `hop`.
    Preimage {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The preimage reached the node behind channel `hop` - 1 past the nodes in between: a wormhole.
    Tunnelled {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
    /// The failure reached the offerer of `hop` (without the commitment dance).
    Failed {
        /// The part.
        part: PartId,
        /// The hop.
        hop: u8,
    },
}

const _: () = assert!(size_of::<Event>() <= 16, "events are copied through the queue all the time");

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
    fn ingredients(self) -> (u16, u64) {
        let of = |attack: u16, label: u32| u64::from(attack) << 32 | u64::from(label);
        match self {
            Self::Start { attack } => (20, of(attack, 0)),
            Self::Wake { attack, label } => (21, of(attack, label)),
            Self::End { attack } => (22, of(attack, 0)),
        }
    }
}

/// What happens on the chain and around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainEvent {
    /// A block is found.
    Block(BitcoinEvent),
    /// In the closing of this channel somebody can act who could not before.
    Act(ChannelId),
    /// All senders know by now that this channel is open.
    Announced(ChannelId),
    /// All senders know by now what this direction asks.
    PolicyHeard(DirectedChannel),
    /// All senders know by now that this channel carries nothing more.
    ClosingHeard(ChannelId),
}

impl ChainEvent {
    /// Kind and entity, for the fingerprint.
    fn ingredients(self) -> (u16, u64) {
        match self {
            Self::Block(BitcoinEvent::Block) => (30, 0),
            Self::Act(channel) => (31, u64::from(channel.0)),
            Self::ClosingHeard(channel) => (32, u64::from(channel.0)),
            Self::Announced(channel) => (36, u64::from(channel.0)),
            Self::PolicyHeard(direction) => (37, u64::from(direction.0)),
        }
    }
}

/// What happens to nodes by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeEvent {
    /// A node goes down, or comes up.
    Switch(NodeId),
    /// An outage begins.
    OutageStart(u16),
    /// An outage is over.
    OutageEnd(u16),
    /// Everybody knows that the node's peers have disabled their channels, if it is still as then.
    Disabled {
        /// The node.
        node: NodeId,
        /// Changes of the node until then.
        epoch: u32,
    },
    /// Everybody knows that they have enabled them again, if it is still as then.
    Enabled {
        /// The node.
        node: NodeId,
        /// Changes of the node until then.
        epoch: u32,
    },
}

impl NodeEvent {
    /// Kind and entity, for the fingerprint.
    fn ingredients(self) -> (u16, u64) {
        match self {
            Self::Switch(node) => (40, u64::from(node.0)),
            Self::OutageStart(outage) => (41, u64::from(outage)),
            Self::OutageEnd(outage) => (42, u64::from(outage)),
            Self::Disabled { node, .. } => (43, u64::from(node.0)),
            Self::Enabled { node, .. } => (44, u64::from(node.0)),
        }
    }
}

impl Event {
    /// Kind and entity, for the fingerprint.
    #[inline]
    pub(in crate::lightning) fn ingredients(self) -> (u16, u64) {
        let of = |part: PartId, hop: u8| u64::from(part.0) << 8 | u64::from(hop);
        match self {
            Self::Htlc(HtlcEvent::Arrived { part, hop }) => (1, of(part, hop)),
            Self::Htlc(HtlcEvent::Answered { part }) => (2, of(part, 0)),
            Self::Htlc(HtlcEvent::Preimage { part, hop }) => (3, of(part, hop)),
            Self::Htlc(HtlcEvent::Failed { part, hop }) => (4, of(part, hop)),
            Self::Htlc(HtlcEvent::Tunnelled { part, hop }) => (8, of(part, hop)),
            Self::Htlc(HtlcEvent::Unanswered { part, hop }) => (9, of(part, hop)),
            Self::Dance(DanceEvent::Sign(direction)) => (5, u64::from(direction.0)),
            Self::Dance(DanceEvent::Arrive(direction)) => (6, u64::from(direction.0)),
            Self::Dance(DanceEvent::LockIn(direction)) => (7, u64::from(direction.0)),
            Self::Attack(event) => event.ingredients(),
            Self::Chain(event) => event.ingredients(),
            Self::Node(event) => event.ingredients(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_kinds_of_event_look_alike_to_the_fingerprint() {
        let (part, hop, attack, label) = (PartId(0), 0, 0, 0);
        let (channel, direction) = (ChannelId(0), DirectedChannel(0));
        let (node, epoch) = (NodeId(0), 0);
        let events = [
            Event::Htlc(HtlcEvent::Arrived { part, hop }),
            Event::Htlc(HtlcEvent::Answered { part }),
            Event::Htlc(HtlcEvent::Preimage { part, hop }),
            Event::Htlc(HtlcEvent::Failed { part, hop }),
            Event::Htlc(HtlcEvent::Tunnelled { part, hop }),
            Event::Dance(DanceEvent::Sign(direction)),
            Event::Dance(DanceEvent::Arrive(direction)),
            Event::Dance(DanceEvent::LockIn(direction)),
            Event::Attack(AttackEvent::Start { attack }),
            Event::Attack(AttackEvent::Wake { attack, label }),
            Event::Attack(AttackEvent::End { attack }),
            Event::Chain(ChainEvent::Block(BitcoinEvent::Block)),
            Event::Chain(ChainEvent::Act(channel)),
            Event::Chain(ChainEvent::Announced(channel)),
            Event::Chain(ChainEvent::PolicyHeard(direction)),
            Event::Chain(ChainEvent::ClosingHeard(channel)),
            Event::Node(NodeEvent::Switch(node)),
            Event::Node(NodeEvent::OutageStart(0)),
            Event::Node(NodeEvent::OutageEnd(0)),
            Event::Node(NodeEvent::Disabled { node, epoch }),
            Event::Node(NodeEvent::Enabled { node, epoch }),
        ];
        let kinds: BTreeSet<u16> = events.iter().map(|event| event.ingredients().0).collect();
        assert_eq!(kinds.len(), events.len());
    }
}
