//! What a forwarding node checks before it offers an HTLC onward (BOLT 4, BOLT 7), and what a route must bring it.

use crate::ids::DirectedChannel;
use crate::network::{InboundFee, Policy};
use crate::outcome::OnionError;
use crate::routing::Hop;
use crate::units::Msat;

/// `max_htlc_cltv` of BOLT 4: no HTLC may expire further ahead, in blocks.
pub const MAX_HTLC_CLTV: u32 = 2_016;

/// lnd offers no HTLC that expires within so many blocks (`OutgoingCltvRejectDelta`).
pub const SAFE_EXPIRY: u32 = 3;

/// What a node asks for sending `amount` onward under `policy`, when it came in over a channel with this inbound
/// fee: `max(0, outbound + inbound(amount + outbound))` (lnd 0.18, `htlcswitch/link.go`); `None` beyond `u64`.
pub fn fee(policy: &Policy, inbound: InboundFee, amount: Msat) -> Option<Msat> {
    let outbound = policy.fee(amount)?;
    if inbound == InboundFee::default() {
        return Some(outbound);
    }
    let came_in = i128::from(amount.checked_add(outbound)?.get());
    // The division truncates towards zero, as lnd's does.
    let inbound = i128::from(inbound.base_msat) + i128::from(inbound.ppm) * came_in / 1_000_000;
    let fee = (i128::from(outbound.get()) + inbound).max(0);
    u64::try_from(fee).ok().map(Msat)
}

/// Amounts and expiries of a route from its last hop back, as each node on it asks (BOLT 7); the last hop stands as
/// it is. An expiry that is longer already is kept. `None` where a direction has no policy or an amount leaves `u64`.
///
/// Senders, repricing and attackers all use this, so that nobody counts a fee in another way.
pub fn price_route<'a>(
    hops: &mut [Hop],
    policy: impl Fn(DirectedChannel) -> Option<&'a Policy>,
    inbound: impl Fn(DirectedChannel) -> InboundFee,
) -> Option<()> {
    for place in (1..hops.len()).rev() {
        let outgoing = hops[place];
        let policy = policy(outgoing.channel)?;
        let incoming = &mut hops[place - 1];
        let fee = fee(policy, inbound(incoming.channel.reverse()), outgoing.amount)?;
        incoming.amount = outgoing.amount.checked_add(fee)?;
        let delta = u32::from(policy.cltv_expiry_delta);
        incoming.cltv = incoming.cltv.max(outgoing.cltv.saturating_add(delta));
    }
    Some(())
}

/// Checks an HTLC that came in as `incoming` and shall go out as `outgoing` under the forwarder's own
/// `policy` for the outgoing direction and its `inbound` fee for the incoming one. The order is that of lnd's link (`htlcswitch/link.go`):
/// bounds, fee, expiry. Balance, slots and the like are the channel's to refuse.
///
/// # Errors
/// The failure that goes back to the sender.
pub fn check(
    policy: Option<&Policy>,
    inbound: InboundFee,
    incoming: &Hop,
    outgoing: &Hop,
) -> Result<(), OnionError> {
    let policy = policy.ok_or(OnionError::UnknownNextPeer)?;
    if policy.disabled {
        return Err(OnionError::ChannelDisabled);
    }
    if outgoing.amount < policy.htlc_minimum {
        return Err(OnionError::AmountBelowMinimum);
    }
    if outgoing.amount > policy.htlc_maximum {
        return Err(OnionError::TemporaryChannelFailure);
    }
    let enough = fee(policy, inbound, outgoing.amount)
        .and_then(|fee| outgoing.amount.checked_add(fee))
        .is_some_and(|needed| incoming.amount >= needed);
    if !enough {
        return Err(OnionError::FeeInsufficient);
    }
    if incoming.cltv < outgoing.cltv + u32::from(policy.cltv_expiry_delta) {
        return Err(OnionError::IncorrectCltvExpiry);
    }
    if outgoing.cltv > MAX_HTLC_CLTV {
        return Err(OnionError::ExpiryTooFar);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Ppm;

    const NO: InboundFee = InboundFee { base_msat: 0, ppm: 0 };

    fn hop(amount: u64, cltv: u32) -> Hop {
        Hop { channel: DirectedChannel(0), amount: Msat(amount), cltv }
    }

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

    #[test]
    fn the_exact_fee_and_delta_of_bolt_7_pass_and_one_less_fails() {
        let out = hop(4_999_999, 60);
        let verdict = |amount, cltv| check(Some(&bob()), NO, &hop(amount, cltv), &out);
        assert_eq!(verdict(5_010_198, 80), Ok(()));
        assert_eq!(verdict(5_010_197, 80), Err(OnionError::FeeInsufficient));
        assert_eq!(verdict(5_010_198, 79), Err(OnionError::IncorrectCltvExpiry));
    }

    /// Outbound 200 + 9,999; what comes in is 5,010,198; −1,000 ppm of that are −5,010.198, towards zero.
    #[test]
    fn an_inbound_discount_is_taken_off_and_a_fee_is_never_negative() {
        let amount = Msat(4_999_999);
        let with = |base_msat, ppm| fee(&bob(), InboundFee { base_msat, ppm }, amount);
        assert_eq!(with(0, 0), Some(Msat(10_199)));
        assert_eq!(with(-100, -1_000), Some(Msat(10_199 - 100 - 5_010)));
        assert_eq!(with(-100_000, 0), Some(Msat(0)));
        assert_eq!(with(7, 1_000), Some(Msat(10_199 + 7 + 5_010)));
        let discount = InboundFee { base_msat: -100, ppm: -1_000 };
        let verdict = |sent| check(Some(&bob()), discount, &hop(sent, 80), &hop(4_999_999, 60));
        assert_eq!(verdict(5_005_088), Ok(()));
        assert_eq!(verdict(5_005_087), Err(OnionError::FeeInsufficient));
    }

    #[test]
    fn each_bound_of_the_policy_has_its_own_error() {
        let verdict = |policy: Option<Policy>, amount, cltv| {
            check(policy.as_ref(), NO, &hop(30_000_000, 5_000), &hop(amount, cltv))
        };
        assert_eq!(verdict(None, 1_000, 1), Err(OnionError::UnknownNextPeer));
        let disabled = Policy { disabled: true, ..bob() };
        assert_eq!(verdict(Some(disabled), 1_000, 1), Err(OnionError::ChannelDisabled));
        assert_eq!(verdict(Some(bob()), 999, 1), Err(OnionError::AmountBelowMinimum));
        assert_eq!(verdict(Some(bob()), 1_000, 1), Ok(()));
        assert_eq!(verdict(Some(bob()), 10_000_001, 1), Err(OnionError::TemporaryChannelFailure));
        assert_eq!(verdict(Some(bob()), 1_000, 2_017), Err(OnionError::ExpiryTooFar));
    }
}
