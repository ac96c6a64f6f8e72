//! Wormhole: two nodes of the attacker on one route take the fees of those between them.
//!
//! An HTLC carries the same hash on every hop. When the preimage reaches the attacker's node further down,
//! it hands it to the one further up, past those in between, and fails the HTLC that it got from them.
//! The upper node fulfils its own incoming HTLC. The payment succeeds for payer and payee; the nodes in
//! between see a payment that failed, and their fees stay with the attacker.
//!
//! Sources: G. Malavolta, P. Moreno-Sanchez, C. Schneidewind, A. Kate and M. Maffei, *Anonymous Multi-Hop
//! Locks for Blockchain Scalability and Interoperability*, NDSS 2019; S. Tikhomirov, P. Moreno-Sanchez and M.
//! Maffei, *A Quantitative Analysis of Security, Privacy and Scalability for the Lightning Network*, 2020 (2 %
//! of the nodes suffice for a good chance).
//!
//! The attacker's nodes are nodes of the network: a share of all, or those with most channels. They
//! forward honestly but for this. The message past the others takes as long as one over a channel.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Feedback, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::targets::public_degree;
use crate::adversary::view::AttackerView;
use crate::declare::number::{Flag, SHARE};
use crate::declare::params;

params! {
    /// Parameters of `wormhole`.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct WormholeParams {
        /// Share of the nodes that are the attacker's, at least two of them. Source: Tikhomirov,
        /// Moreno-Sanchez and Maffei, 2020.
        fraction_of_nodes: f64 = or(0.02, SHARE),
        /// Whether the attacker's nodes are those with most channels; else they are drawn.
        by_degree: bool = or(false, Flag),
    }
}

/// A wormhole attack under way: it needs no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wormhole;

impl Recruit for Wormhole {
    type Params = WormholeParams;

    /// Takes over nodes of the network: so many of all, at least two.
    fn recruit(params: &WormholeParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        let network = &*recruits.network;
        let count = params.fraction_of_nodes * count_as_f64(network.node_count());
        let draws = recruits.draws("nodes");
        let mut nodes: Vec<_> = network.node_ids().collect();
        if params.by_degree {
            nodes.sort_by_cached_key(|&node| (Reverse(public_degree(network, node)), node));
        } else {
            nodes.sort_by_cached_key(|&node| (draws.at(u64::from(node.0), 0).bits(), node));
        }
        nodes.truncate(ceiling(count).max(2));
        nodes.sort_unstable();
        recruits.nodes = nodes;
        Ok(Self)
    }
}

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

impl Strategy for Wormhole {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        let Feedback::Preimage { part, hop, first } = feedback else { return };
        // With nobody in between there is nothing to take.
        if view.goes_on() && first + 2 <= hop {
            actions.push(Action::Tunnel { part, from: hop, to: first });
        }
    }

    fn brings_nodes(&self) -> bool {
        false
    }

    fn watches_forwards(&self) -> bool {
        true
    }
}
