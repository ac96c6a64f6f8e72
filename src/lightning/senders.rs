//! What payers have learnt: owns each payer's beliefs and how often they have changed.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::payment::{Report, Sender, Verdict};
use crate::routing::Beliefs;

/// What each payer has learnt.
#[derive(Serialize, Deserialize)]
pub(in crate::lightning) struct Senders {
    beliefs: Vec<Beliefs>,
    /// How often each payer has learnt something.
    versions: Vec<u32>,
}

impl Senders {
    /// Payers before their first payment.
    pub(in crate::lightning) fn new(sender: &dyn Sender, nodes: usize) -> Self {
        Self { beliefs: vec![sender.initial_beliefs(); nodes], versions: vec![0; nodes] }
    }

    /// What a payer has learnt.
    pub(in crate::lightning) fn beliefs(&self, payer: NodeId) -> &Beliefs {
        &self.beliefs[payer.index()]
    }

    /// How often it has learnt something.
    pub(in crate::lightning) fn version(&self, payer: NodeId) -> u32 {
        self.versions[payer.index()]
    }

    /// A payer's algorithm takes in how an attempt ended.
    pub(in crate::lightning) fn learn(
        &mut self,
        payer: NodeId,
        sender: &dyn Sender,
        report: &Report<'_>,
    ) -> Verdict {
        let version = &mut self.versions[payer.index()];
        *version = version.wrapping_add(1);
        sender.learn(&mut self.beliefs[payer.index()], report)
    }
}
