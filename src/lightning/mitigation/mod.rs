//! What nodes do against jamming, through the same hooks as attacks.
//!
//! Owns what forwarders keep free for whom ([`reputation`]); upfront fees ([`upfront_fee`]) need no memory.

pub(in crate::lightning) mod reputation;
pub(in crate::lightning) mod upfront_fee;

use serde::{Deserialize, Serialize};

use crate::engine::Seeds;
use crate::ids::PartId;
use crate::lightning::attack::hooks::{Diversion, Hooks, HtlcView, Resolution};
use crate::lightning::books::ledger::Ledger;
use crate::lightning::core::Core;
use crate::lightning::mitigation::reputation::{Key, Reputation, Request};
use crate::lightning::params::MitigationParams;
use crate::units::{Msat, Ppm, SimDuration};

/// Mean time between blocks where no chain is simulated: the interval that the difficulty is set for.
const USUAL_INTERVAL: SimDuration = SimDuration::from_secs(600);

/// What is done against jamming.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::lightning) struct Mitigation {
    /// What forwarders keep free for whom; `None`: nothing.
    reputation: Option<Reputation>,
    /// Share of the routing fees that is due upfront; `None`: none.
    upfront_fee: Option<Ppm>,
    /// Mean time between blocks.
    block_interval: SimDuration,
}

impl Mitigation {
    /// As the scenario says, before the first HTLC.
    pub(in crate::lightning) fn new(params: MitigationParams, seeds: Seeds) -> Self {
        Self {
            reputation: params.reputation.map(|params| Reputation::new(params, seeds)),
            upfront_fee: params.upfront_fee,
            block_interval: USUAL_INTERVAL,
        }
    }

    /// The chain's blocks come at this interval.
    pub(in crate::lightning) const fn set_block_interval(&mut self, interval: SimDuration) {
        self.block_interval = interval;
    }
}

impl Hooks for Mitigation {
    fn before_offer(&mut self, htlc: &HtlcView<'_>, core: &Core) -> Option<Msat> {
        if let Some(reputation) = self.reputation.as_mut().filter(|_| htlc.hop > 0)
            && !admits(reputation, htlc, core, self.block_interval)
        {
            return None;
        }
        Some(self.upfront_fee.map_or(Msat::ZERO, |share| upfront_fee::due(share, htlc)))
    }

    fn offered(
        &mut self,
        htlc: &HtlcView<'_>,
        taken: Option<Msat>,
        core: &mut Core,
        ledger: &mut Ledger,
    ) {
        match (taken, &mut self.reputation) {
            (Some(upfront), _) => upfront_fee::pay(upfront, htlc, core, ledger),
            (None, Some(reputation)) => reputation.withdraw(key(htlc.part, htlc.hop)),
            (None, None) => {}
        }
    }

    fn resolved(
        &mut self,
        htlc: &HtlcView<'_>,
        how: Resolution,
        _core: &Core,
    ) -> Option<Diversion> {
        let settled = match how {
            Resolution::Fulfilled => true,
            Resolution::Failed => false,
            Resolution::Removed => return None,
        };
        if let Some(reputation) = &mut self.reputation {
            reputation.resolve(key(htlc.part, htlc.hop), settled, htlc.now);
        }
        None
    }
}

/// Whether the offerer of an HTLC has resources for it in the channel in which it came.
fn admits(
    reputation: &mut Reputation,
    htlc: &HtlcView<'_>,
    core: &Core,
    block_interval: SimDuration,
) -> bool {
    let (part, hop) = (htlc.part, htlc.hop);
    let (incoming, outgoing) = (htlc.legs[hop - 1].hop, htlc.legs[hop].hop);
    let terms = core.channels.terms(incoming.channel.channel());
    let receiver = incoming.channel.from_side().other().index();
    let capacity = terms.capacity.to_msat();
    let request = Request {
        incoming: incoming.channel,
        outgoing: outgoing.channel,
        amount: incoming.amount,
        fee: incoming.amount.saturating_sub(outgoing.amount),
        longest: block_interval * u64::from(outgoing.cltv),
        accountable: hop > 1 && reputation.is_accountable(key(part, hop - 1)),
        slots: terms.max_accepted_htlcs[receiver],
        liquidity: terms.max_htlc_value_in_flight[receiver].min(capacity),
    };
    reputation.admit(key(part, hop), &request, htlc.now)
}

fn key(id: PartId, hop: usize) -> Key {
    (id.0, u8::try_from(hop).expect("routes stay below 256 hops"))
}
