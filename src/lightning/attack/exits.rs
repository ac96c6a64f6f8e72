//! Attackers that leave their channels, and hear of the end.

use crate::adversary::{Closed, Feedback, Strategy};
use crate::ids::DirectedChannel;
use crate::lightning::attack::Attack;
use crate::lightning::chain::Ended;
use crate::lightning::event::Context;
use crate::lightning::lent::Lent;
use crate::lightning::owed::{Obligation, Owed};
use crate::lightning::payments::Payments;
use crate::outcome::CloseCause;

impl Attack {
    /// A channel is closed for good: an attacker that has a node at it hears of it.
    pub(in crate::lightning) fn channel_closed(&self, end: &Ended, owed: &mut Owed) {
        let row = &end.row;
        let net = |side: usize| {
            row.end[side] - i64::try_from(row.start[side].get()).expect("less than all bitcoin")
        };
        for (attack, campaign) in (0..).zip(&self.campaigns) {
            if !campaign.state.silences() {
                continue;
            }
            let Some(side) = end.ends.iter().position(|end| campaign.nodes.contains(end)) else {
                continue;
            };
            let closed = Closed {
                channel: row.channel,
                confirmed: row.confirmed,
                start: [row.start[side], row.start[1 - side]],
                net: [net(side), net(1 - side)],
                fees: row.fees[side],
            };
            owed.add(Obligation::Tell { attack, feedback: Feedback::Closed(closed) });
        }
    }
}

/// The sender of `direction` publishes its latest commitment, if there is a chain.
pub(super) fn leave(
    payments: &mut Payments,
    lent: &mut Lent<'_>,
    direction: DirectedChannel,
    cx: &mut Context<'_>,
) {
    if lent.chain.onchain.is_some() {
        let by = direction.from_side();
        payments.force_close(direction.channel(), by, CloseCause::Attack, lent, cx);
    }
}
