//! What a route asks for: amounts and expiries from the payee back to the payer (BOLT 4, BOLT 7), inbound fees included.
//!
//! Every sender, hint, repriced route and attacker comes here; they differ in where their policies come from only.

use crate::ids::DirectedChannel;
use crate::network::{InboundFee, Policy};
use crate::routing::hop::Hop;
use crate::units::Msat;

/// What a node asks for forwarding an HTLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Its fee.
    pub fee: Msat,
    /// Blocks between the expiries of the incoming and the outgoing HTLC.
    pub delta: u32,
}

impl Charge {
    /// What a node asks for sending `amount` onward under `policy`, when it comes in over a channel with this
    /// inbound fee: `max(0, outbound + inbound(amount + outbound))` (lnd 0.18, `htlcswitch/link.go`); `None`
    /// beyond `u64`.
    pub fn of(policy: &Policy, inbound: InboundFee, amount: Msat) -> Option<Self> {
        let outbound =
            Self { fee: policy.fee(amount)?, delta: u32::from(policy.cltv_expiry_delta) };
        outbound.with_inbound(inbound, amount)
    }

    /// This charge for sending `amount` onward, where an inbound fee comes on top.
    pub fn with_inbound(self, inbound: InboundFee, amount: Msat) -> Option<Self> {
        if inbound == InboundFee::default() {
            return Some(self);
        }
        let came_in = i128::from(amount.checked_add(self.fee)?.get());
        // The division truncates towards zero, as lnd's does.
        let inbound = i128::from(inbound.base_msat) + i128::from(inbound.ppm) * came_in / 1_000_000;
        let fee = (i128::from(self.fee.get()) + inbound).max(0);
        Some(Self { fee: Msat(u64::try_from(fee).ok()?), ..self })
    }
}

/// Fills `hops` with the channels of `path`, from payer to payee, such that `amount` arrives with `final_cltv`
/// blocks left. `charge` says what the source of the hop asks that `path` has at this place; the payer charges
/// itself nothing.
///
/// False where `charge` has no answer or an amount leaves `u64`; `hops` means nothing then.
pub fn fill_hops<P>(
    hops: &mut Vec<Hop>,
    path: P,
    (mut amount, mut cltv): (Msat, u32),
    mut charge: impl FnMut(usize, &Hop) -> Option<Charge>,
) -> bool
where
    P: DoubleEndedIterator<Item = DirectedChannel> + ExactSizeIterator,
{
    hops.clear();
    for (place, channel) in path.enumerate().rev() {
        let hop = Hop { channel, amount, cltv };
        hops.push(hop);
        if place > 0 {
            let Some(Charge { fee, delta }) = charge(place, &hop) else { return false };
            let Some(sum) = amount.checked_add(fee) else { return false };
            (amount, cltv) = (sum, cltv.saturating_add(delta));
        }
    }
    hops.reverse();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ppm;

    /// Node B of BOLT 7's example.
    fn bob() -> Policy {
        Policy {
            fee_base_msat: 200,
            proportional_millionths: Ppm(2_000),
            cltv_expiry_delta: 20,
            htlc_minimum: Msat(1_000),
            htlc_maximum: Msat(10_000_000),
            disabled: false,
        }
    }

    /// Outbound 200 + 9,999; what comes in is 5,010,198; −1,000 ppm of that are −5,010.198, towards zero.
    #[test]
    fn an_inbound_discount_is_taken_off_and_a_fee_is_never_negative() {
        let amount = Msat(4_999_999);
        let with = |base_msat, ppm| Charge::of(&bob(), InboundFee { base_msat, ppm }, amount);
        let fee = |fee| Some(Charge { fee: Msat(fee), delta: 20 });
        assert_eq!(with(0, 0), fee(10_199));
        assert_eq!(with(-100, -1_000), fee(10_199 - 100 - 5_010));
        assert_eq!(with(-100_000, 0), fee(0));
        assert_eq!(with(7, 1_000), fee(10_199 + 7 + 5_010));
    }

    #[test]
    fn amounts_and_expiries_grow_from_the_payee_back_and_the_payer_charges_nothing() {
        let path = [4, 2, 0].map(DirectedChannel);
        let mut hops = Vec::new();
        let charge = |place, hop: &Hop| {
            let fee = Msat(hop.amount.get() / 10 + place as u64);
            Some(Charge { fee, delta: 7 })
        };
        assert!(fill_hops(&mut hops, path.into_iter(), (Msat(1_000), 9), charge));
        let expected = [(4, 1_213, 23), (2, 1_102, 16), (0, 1_000, 9)];
        let hop = |(channel, amount, cltv)| Hop {
            channel: DirectedChannel(channel),
            amount: Msat(amount),
            cltv,
        };
        assert_eq!(hops, expected.map(hop));
        assert!(!fill_hops(&mut hops, path.into_iter(), (Msat(1), 9), |_, _| None));
        let most = |_, _: &Hop| Some(Charge { fee: Msat::MAX, delta: 0 });
        assert!(!fill_hops(&mut hops, path.into_iter(), (Msat(1), 9), most));
    }
}
