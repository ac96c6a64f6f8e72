//! When nodes go to the chain for an HTLC.
//!
//! At each block, the HTLCs that expire within the longest notice are looked at: an offerer goes to the
//! chain when its HTLC has expired, a receiver that knows the preimage before it expires, each at the
//! deadline of the implementation that it runs; a payee that has not answered by then fails the HTLC.

use crate::ids::{ChannelId, NodeId, Side};
use crate::lightning::chain::Chain;
use crate::lightning::chain::params::Deadlines;
use crate::lightning::core::Core;
use crate::lightning::owed::{Obligation, Owed};
use crate::lightning::topology::availability::Availability;
use crate::outcome::CloseCause;
use crate::units::BlockHeight;

/// Nobody acts more blocks before an expiry; with `claim_before`, that comes on top. A bound: LDK's 39 are
/// the most (`HTLC_FAIL_BACK_BUFFER`, see [`Deadlines::of`]).
const LONGEST_NOTICE: u32 = 40;

impl Chain {
    /// Looks at the HTLCs that expire soon: who has to go to the chain, or give up, at this height.
    /// `waits_at_payee`: whether the HTLC of a tag is with a payee who has not answered and still can.
    pub(in crate::lightning) fn watch_deadlines(
        &self,
        core: &mut Core,
        availability: &Availability,
        waits_at_payee: impl Fn(u64) -> bool,
        owed: &mut Owed,
    ) {
        let height = self.height().0;
        let notice = LONGEST_NOTICE + core.params.onchain.claim_before.map_or(0, u32::from);
        let soon = core.channels.expiring(BlockHeight(height + notice));
        let mut closes: Vec<(ChannelId, Side)> = Vec::new();
        for htlc in soon {
            let htlc = core.channels.htlc(htlc);
            let (channel, from) = (htlc.direction.channel(), htlc.direction.from_side());
            let expiry = htlc.cltv_expiry.0;
            let ends = core.world.network.ends(channel);
            // Whoever is down does nothing until it is back.
            let is_up = |side: Side| !availability.is_down(ends[side.index()]);
            let deadlines = |side: Side| deadlines(core, ends[side.index()]);
            if is_up(from) && height >= expiry + deadlines(from).offered {
                closes.push((channel, from));
            } else if is_up(from.other())
                && htlc.is_fulfilled()
                && height + deadlines(from.other()).received >= expiry
            {
                closes.push((channel, from.other()));
            } else if is_up(from.other())
                && htlc.is_committed()
                && height + deadlines(from.other()).cancelled >= expiry
                && waits_at_payee(htlc.tag)
            {
                owed.add(Obligation::CancelAtPayee { tag: htlc.tag });
            }
        }
        for (channel, by) in closes {
            owed.add(Obligation::ForceClose { channel, by, cause: CloseCause::HtlcDeadline });
        }
    }

    /// H6: no HTLC stays in a channel beyond its expiry and the grace of an offerer that is up.
    pub(in crate::lightning) fn assert_none_overdue(
        &self,
        core: &mut Core,
        availability: &Availability,
    ) {
        let height = self.height();
        for htlc in core.channels.expiring(height) {
            let htlc = core.channels.htlc(htlc);
            let offerer = core.world.network.source(htlc.direction);
            assert!(
                availability.is_down(offerer)
                    || height.0 < htlc.cltv_expiry.0 + deadlines(core, offerer).offered,
                "an HTLC stays in its channel beyond its expiry: {htlc:?} (H6)"
            );
        }
    }
}

/// When a node goes to the chain for an HTLC.
fn deadlines(core: &Core, node: NodeId) -> Deadlines {
    let usual = Deadlines::of(core.software(node));
    match core.params.onchain.claim_before {
        None => usual,
        Some(blocks) => {
            // An invoice's HTLC is given up before that, as far ahead as the implementation does.
            let ahead = usual.cancelled - usual.received;
            let received = u32::from(blocks);
            Deadlines { received, cancelled: received + ahead, ..usual }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::bitcoin::FIRST_HEIGHT;
    use crate::channel::Add;
    use crate::lightning::event::Event;
    use crate::lightning::testing::{Bench, DIRECTIONS};
    use crate::units::Msat;

    /// What is owed where the payer's HTLC expires so many blocks from now.
    fn owed(blocks: i64, waits_at_payee: bool) -> Vec<Obligation> {
        let mut bench = Bench::line();
        let expiry = u32::try_from(i64::from(FIRST_HEIGHT.0) + blocks).unwrap();
        bench.step(|_, lent, cx| {
            let add = Add {
                amount: Msat(1_000_000),
                lock: [0; 32],
                cltv_expiry: BlockHeight(expiry),
                tag: 5,
            };
            let channels = &mut lent.core.channels;
            channels.offer(DIRECTIONS[0], add, &mut cx.within(Event::Dance)).unwrap();
            let availability = &lent.topology.availability;
            lent.chain.watch_deadlines(lent.core, availability, |_| waits_at_payee, lent.owed);
        });
        bench.owed()
    }

    #[test]
    fn lnd_closes_when_what_it_offered_expires_and_cancels_19_blocks_ahead() {
        let channel = DIRECTIONS[0].channel();
        let cause = CloseCause::HtlcDeadline;
        let closes = Obligation::ForceClose { channel, by: Side::One, cause };
        let cancels = Obligation::CancelAtPayee { tag: 5 };
        assert_eq!(owed(0, true), [closes]);
        assert_eq!(owed(1, true), [cancels]);
        assert_eq!(owed(19, true), [cancels]);
        assert!(owed(19, false).is_empty());
        assert!(owed(20, true).is_empty());
    }
}
