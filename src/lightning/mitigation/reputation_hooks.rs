//! Asks the forwarder's rules on resources before an HTLC goes on, and tells them how it ended; see
//! [`super::reputation`].

use crate::ids::PartId;
use crate::lightning::Lightning;
use crate::lightning::mitigation::reputation::{Key, Request};
use crate::units::{SimDuration, SimTime};

/// Mean time between blocks where no chain is simulated: the interval that the difficulty is set for.
const USUAL_INTERVAL: SimDuration = SimDuration::from_secs(600);

impl Lightning {
    /// Whether the receiver of `hop` - 1 has resources for the HTLC to go out over `hop`.
    pub(in crate::lightning) fn reputation_admits(
        &mut self,
        id: PartId,
        hop: usize,
        now: SimTime,
    ) -> bool {
        let block_interval =
            self.onchain.as_ref().map_or(USUAL_INTERVAL, |chain| chain.block_interval());
        let Some(reputation) = &mut self.reputation else { return true };
        let legs = &self.parts.get(id.0).legs;
        let (incoming, outgoing) = (legs[hop - 1].hop, legs[hop].hop);
        let terms = self.channels.terms(incoming.channel.channel());
        let receiver = incoming.channel.from_side().other().index();
        let capacity = terms.capacity.to_msat();
        let request = Request {
            incoming: incoming.channel,
            outgoing: outgoing.channel,
            amount: incoming.amount,
            fee: incoming.amount.saturating_sub(outgoing.amount),
            longest: block_interval * u64::from(outgoing.cltv),
            accountable: hop > 1 && reputation.is_accountable(key(id, hop - 1)),
            slots: terms.max_accepted_htlcs[receiver],
            liquidity: terms.max_htlc_value_in_flight[receiver].min(capacity),
        };
        reputation.admit(key(id, hop), &request, now)
    }

    /// The HTLC was not offered after all.
    pub(in crate::lightning) fn reputation_withdraws(&mut self, id: PartId, hop: usize) {
        if let Some(reputation) = &mut self.reputation {
            reputation.withdraw(key(id, hop));
        }
    }

    /// The HTLC over `hop` is resolved.
    pub(in crate::lightning) fn reputation_learns(
        &mut self,
        id: PartId,
        hop: usize,
        settled: bool,
        now: SimTime,
    ) {
        if let Some(reputation) = &mut self.reputation {
            reputation.resolve(key(id, hop), settled, now);
        }
    }
}

fn key(id: PartId, hop: usize) -> Key {
    (id.0, u8::try_from(hop).expect("routes stay below 256 hops"))
}
