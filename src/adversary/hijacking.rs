//! Route hijacking: channels that undercut all others draw routes to the attacker, and it forwards none of them.
//!
//! The attacker opens public channels to the nodes with most channels and asks for next to nothing. Senders that look
//! for cheap routes plan over it. It fails each HTLC that it is to forward with `temporary_channel_failure`, which
//! costs it nothing: the payer loses an attempt, and tries another route if it may.
//!
//! Source: S. Tochner, A. Zohar and S. Schmid, *Hijacking Routes in Payment Channel Networks: A Predictability
//! Tradeoff*, 2019: a few channels suffice, because senders choose routes predictably.
//!
//! Not done: choosing the pairs of nodes whose routes a channel would shorten most; holding HTLCs instead of failing
//! them (see the other attacks).

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::adversary::action::{Action, Attempt, Feedback, Strategy};
use crate::adversary::own_nodes::{BadAttack, Recruit, Recruits};
use crate::adversary::targets::public_degree;
use crate::adversary::view::AttackerView;
use crate::declare::amount::WholeSat;
use crate::declare::number::Whole;
use crate::declare::params;
use crate::network::Policy;
use crate::outcome::AttackOutcome;
use crate::units::{Msat, Ppm, Sat, SimTime};

params! {
    /// Parameters of `route_hijacking`.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HijackingParams {
        /// All the attacker's money: half of each channel is pushed to its peer, so that routes fit both ways.
        budget: Sat = required(WholeSat),
        /// Number of channels, to the nodes with most channels. Source: the authors, 2019: a handful draws most routes.
        channels: u32 = or(10, Whole(2..=10_000)),
        /// What the attacker asks for each forward, in msat, whatever the amount.
        fee_base_msat: u32 = or(0, Whole(0..=1_000_000)),
        /// Blocks that it asks for between the expiries of incoming and outgoing HTLC.
        cltv_expiry_delta: u16 = or(18, Whole(1..=2_016)),
    }
}

/// A hijacking under way: one row, at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hijacking {
    budget: Sat,
    start: SimTime,
    /// HTLCs that it did not forward.
    failed: u64,
    reported: bool,
}

impl Recruit for Hijacking {
    type Params = HijackingParams;

    /// One node with public channels.
    fn recruit(params: &HijackingParams, recruits: &mut Recruits<'_>) -> Result<Self, BadAttack> {
        let network = &*recruits.network;
        let mut peers: Vec<_> = network.node_ids().collect();
        peers.sort_by_cached_key(|&node| (Reverse(public_degree(network, node)), node));
        peers.truncate(params.channels as usize);
        let size = recruits.size(params.budget, peers.len())?;
        let attacker = recruits.node();
        let own = Policy {
            fee_base_msat: params.fee_base_msat,
            proportional_millionths: Ppm(0),
            cltv_expiry_delta: params.cltv_expiry_delta,
            htlc_minimum: Msat(1),
            htlc_maximum: size.to_msat(),
            disabled: false,
        };
        for peer in peers {
            recruits.public_channel(attacker, peer, size, own);
        }
        Ok(Self { budget: params.budget, start: SimTime::ZERO, failed: 0, reported: false })
    }
}

impl Strategy for Hijacking {
    fn next(&mut self, view: &AttackerView<'_>, feedback: Feedback, actions: &mut Vec<Action>) {
        match feedback {
            Feedback::Started => self.start = view.now,
            Feedback::Over | Feedback::Finished if !self.reported => {
                self.reported = true;
                actions.push(Action::Report(self.attempt()));
            }
            _ => {}
        }
    }

    fn watches_forwards(&self) -> bool {
        true
    }

    fn forwards(&mut self, _amount: Msat, _now: SimTime) -> bool {
        self.failed += 1;
        false
    }
}

impl Hijacking {
    fn attempt(&self) -> Attempt {
        let drew_routes = self.failed > 0;
        Attempt {
            label: 0,
            start: self.start,
            victim: None,
            channel: None,
            gain: None,
            stake: Some(self.budget),
            htlcs: self.failed,
            bits: None,
            outcome: if drew_routes { AttackOutcome::Succeeded } else { AttackOutcome::Aborted },
            cause: None,
            ending: None,
        }
    }
}
