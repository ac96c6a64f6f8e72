//! What a forwarding node checks before it offers an HTLC onward (BOLT 4, BOLT 7).

use crate::network::{InboundFee, Policy};
use crate::outcome::OnionError;
use crate::routing::{Charge, Hop};

/// `max_htlc_cltv` of BOLT 4: no HTLC may expire further ahead, in blocks.
pub const MAX_HTLC_CLTV: u32 = 2_016;

/// lnd offers no HTLC that expires within so many blocks (`OutgoingCltvRejectDelta`).
pub const SAFE_EXPIRY: u32 = 3;

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
    let enough = Charge::of(policy, inbound, outgoing.amount)
        .and_then(|charge| outgoing.amount.checked_add(charge.fee))
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
    use crate::ids::DirectedChannel;
    use crate::units::{Msat, Ppm};

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

    #[test]
    fn an_inbound_discount_is_taken_off_what_a_forwarder_asks() {
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
