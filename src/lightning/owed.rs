//! What one part owes another: said in values, carried on by the dispatch.
//!
//! A closing fails HTLCs, a failure asks for a plan, a preimage tells an attacker. The part that finds this out adds
//! an [`Obligation`] and returns. The dispatch carries out each one with all that it brings about before the next:
//! the order of a call in its place.

use crate::adversary::Feedback;
use crate::ids::{ChannelId, NodeId, PartId, Side};
use crate::lightning::event::Event;
use crate::outcome::CloseCause;
use crate::units::SimTime;

/// Something that another part has to do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::lightning) enum Obligation {
    /// The receiver of a hop has its HTLC locked in.
    Received { part: PartId, hop: usize },
    /// The dance of a fulfilled HTLC has come to its end.
    Fulfilled { part: PartId, hop: usize },
    /// The removal of a fulfilled HTLC is locked in.
    Removed { part: PartId, hop: usize },
    /// The offerer of a hop takes the preimage on, if no attacker has taken it elsewhere.
    PassPreimage { part: PartId, hop: usize },
    /// An HTLC is failed and removed.
    FailurePassed { part: PartId, hop: usize },
    /// The payer plans a part again.
    Advance { part: PartId },
    /// A payee gives up an HTLC before it expires.
    CancelAtPayee { tag: u64 },
    /// What waited for a disconnected channel goes on at this time.
    Resume { event: Event, at: SimTime },
    /// An outage takes hold of a node, or lets it go.
    Outage { node: NodeId, begins: bool },
    /// A channel that is shutting down may have come to rest.
    CloseIfAtRest { channel: ChannelId },
    /// Both sides agree to close a channel.
    ShutDown { channel: ChannelId, by: Side },
    /// A side publishes its latest commitment, if the channel is still open.
    ForceClose { channel: ChannelId, by: Side, cause: CloseCause },
    /// An attacker is told what its nodes see.
    Tell { attack: u16, feedback: Feedback },
    /// Dishonest nodes look at their channels.
    LookForBreaches,
}

/// Obligations to be carried out; the buffer is used again and again.
#[derive(Debug, Default)]
pub(in crate::lightning) struct Owed(Vec<Obligation>);

impl Owed {
    /// Adds what is to be done after all that was added by the same part before.
    pub(in crate::lightning) fn add(&mut self, obligation: Obligation) {
        self.0.push(obligation);
    }

    /// How many there are.
    pub(in crate::lightning) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts those added since there were `from` of them in order: the first one is taken next.
    pub(in crate::lightning) fn turn(&mut self, from: usize) {
        if self.0.len() > from + 1 {
            self.0[from..].reverse();
        }
    }

    /// The next one to be carried out.
    pub(in crate::lightning) fn take(&mut self) -> Option<Obligation> {
        self.0.pop()
    }
}
