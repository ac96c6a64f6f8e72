//! How payments, parts and HTLCs end: closed enums with stable names for the CSV files.

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have a stable `snake_case` name in output files.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every variant, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name used in output files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// How a payment stands at the end of the run.
    Outcome {
        /// The payee released the preimage of every part.
        Settled => "settled",
        /// The payment ended without being settled.
        Failed => "failed",
        /// The run ended first.
        Pending => "pending",
    }
}

named! {
    /// Why a payment failed. `docs/failures.md` defines those of channels; [`Failure::place`] says where.
    Failure {
        /// The payer has less than the amount (and the fee): in all its channels together, or in its account.
        InsufficientFunds => "insufficient_funds",
        /// The payer can send the amount and the payee receive it, but one of them in no single channel:
        /// parts would help.
        NoChannelLargeEnough => "no_channel_large_enough",
        /// The payer's peers behind channels that are large enough are offline.
        PayerPeersOffline => "payer_peers_offline",
        /// The payer's channels that are large enough are full: no slot, or no room for more in flight.
        NoFreeSlot => "no_free_slot",
        /// All the payee's channels together cannot bring it the amount.
        PayeeCannotReceive => "payee_cannot_receive",
        /// No route exists by policies and capacities, whatever the channels hold.
        NoRoute => "no_route",
        /// Routes exist by policies and capacities, but on none do all channels hold the amount.
        NoLiquidity => "no_liquidity",
        /// A route would have carried the payment; its payer believed otherwise, or tried too few.
        MissedRoute => "missed_route",
        /// Routes exist, but all are dearer than the payer accepts.
        FeeLimit => "fee_limit",
        /// The payer's time for the payment ran out.
        Timeout => "timeout",
        /// The payer was not up.
        PayerOffline => "payer_offline",
        /// The payee was not reachable.
        PayeeOffline => "payee_offline",
        /// The payee refused the payment for good.
        Rejected => "rejected",
        /// The system carries no such amount: dust on Bitcoin, more than the bytes of a rollup can say.
        AmountOutOfRange => "amount_out_of_range",
        /// Its nonce was not the payer's next one, however often it was signed again.
        BadNonce => "bad_nonce",
        /// The operator refuses this payer.
        Censored => "censored",
        /// The operator has stopped; what it had not carried to the chain is undone.
        OperatorHalted => "operator_halted",
        /// The fee asked for is more than the payer accepts.
        UnaffordableFee => "unaffordable_fee",
        /// The transaction was pushed out of a full mempool, or not let in.
        Evicted => "evicted",
        /// The system could not take more in.
        Capacity => "capacity",
        /// The issuer said no, for another reason than the funds.
        Declined => "declined",
        /// The system did not answer.
        Outage => "outage",
    }
}

named! {
    /// Where a failure has its cause.
    FailurePlace {
        /// At the payer or the payee: no network could help.
        Endpoint => "endpoint",
        /// Between them: another network, or another algorithm of the payer, could help.
        Routing => "routing",
        /// In how the system is operated.
        System => "system",
    }
}

impl Failure {
    /// Where it has its cause.
    pub const fn place(self) -> FailurePlace {
        match self {
            Self::InsufficientFunds
            | Self::NoChannelLargeEnough
            | Self::PayerPeersOffline
            | Self::NoFreeSlot
            | Self::PayeeCannotReceive
            | Self::PayerOffline
            | Self::PayeeOffline
            | Self::Rejected
            | Self::AmountOutOfRange
            | Self::BadNonce
            | Self::UnaffordableFee
            | Self::Declined => FailurePlace::Endpoint,
            Self::NoRoute
            | Self::NoLiquidity
            | Self::MissedRoute
            | Self::FeeLimit
            | Self::Timeout => FailurePlace::Routing,
            Self::Censored
            | Self::OperatorHalted
            | Self::Evicted
            | Self::Capacity
            | Self::Outage => FailurePlace::System,
        }
    }

    /// Whether it comes at any load alike: its cause is the payment itself, one of its ends or what is said about them,
    /// and not what else the system has to carry.
    pub const fn is_at_any_load(self) -> bool {
        matches!(
            self,
            Self::PayerOffline
                | Self::PayeeOffline
                | Self::Rejected
                | Self::AmountOutOfRange
                | Self::Censored
                | Self::Declined
        )
    }

    /// The failure of this name in output files.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|failure| failure.name() == name)
    }
}

impl Failure {
    /// Whether channels held too little: more money in them, or elsewhere in them, would have helped.
    pub const fn is_shortage(self) -> bool {
        matches!(
            self,
            Self::InsufficientFunds
                | Self::NoChannelLargeEnough
                | Self::PayeeCannotReceive
                | Self::NoLiquidity
        )
    }
}

named! {
    /// Since when channels hold too little for a payment that failed for it ([`Failure::is_shortage`]).
    Shortage {
        /// With what each channel held at its start the payment would have passed: payments have moved it.
        Depleted => "depleted",
        /// It would not have passed then either: balances were drawn so.
        Drawn => "drawn",
    }
}

named! {
    /// What closed a batch of a rollup.
    SealedBy {
        /// It held as many payments as it may.
        Count => "count",
        /// It held as many bytes as it may.
        Bytes => "bytes",
        /// Its transactions would need as much gas as they may.
        Gas => "gas",
        /// Its first operation was old enough.
        Age => "age",
        /// The operator stopped, or the run ended.
        End => "end",
    }
}

named! {
    /// The failure that a node on the route reports to the sender (BOLT 4).
    OnionError {
        /// Balance, slots, in-flight limit, dust exposure. Retry over other channels.
        TemporaryChannelFailure => "temporary_channel_failure",
        /// The channel is closed. Retry over other channels.
        PermanentChannelFailure => "permanent_channel_failure",
        /// The next peer is not known or not connected. Retry over other channels.
        UnknownNextPeer => "unknown_next_peer",
        /// Below the channel's `htlc_minimum_msat`. Retry with the current policy.
        AmountBelowMinimum => "amount_below_minimum",
        /// The forwarder wants a higher fee. Retry with the current policy.
        FeeInsufficient => "fee_insufficient",
        /// The forwarder wants a larger `cltv_expiry_delta`. Retry with the current policy.
        IncorrectCltvExpiry => "incorrect_cltv_expiry",
        /// Too little time is left before the outgoing HTLC expires. Retry.
        ExpiryTooSoon => "expiry_too_soon",
        /// The HTLC would expire too far in the future.
        ExpiryTooFar => "expiry_too_far",
        /// The channel is disabled in this direction. Retry over other channels.
        ChannelDisabled => "channel_disabled",
        /// The payee has waited for the other parts in vain. Retry.
        MppTimeout => "mpp_timeout",
        /// The payee does not accept: unknown hash, wrong amount. Final.
        IncorrectOrUnknownPaymentDetails => "incorrect_or_unknown_payment_details",
    }
}

named! {
    /// Kinds of attack: the names of their tables in a scenario.
    AttackKind {
        /// HTLCs held for hours block a channel.
        SlowJamming => "slow_jamming",
        /// A stream of HTLCs held for seconds blocks a channel.
        FastJamming => "fast_jamming",
        /// A revoked commitment is published.
        RevokedBroadcast => "revoked_broadcast",
        /// Full channels all go to the chain at once; what comes too late is taken back.
        FloodAndLoot => "flood_and_loot",
        /// Hubs leave all their channels at once.
        MassExit => "mass_exit",
        /// Single large HTLCs over long routes are held.
        Griefing => "griefing",
        /// HTLCs of made-up hashes find out balances.
        Probing => "probing",
        /// Two nodes of a route take the fees of those between them.
        Wormhole => "wormhole",
        /// Cheap channels draw routes and forward nothing.
        RouteHijacking => "route_hijacking",
    }
}

impl AttackKind {
    /// Whether it is after other nodes' money: others block channels, learn balances or leave.
    pub const fn takes_money(self) -> bool {
        match self {
            Self::RevokedBroadcast | Self::FloodAndLoot | Self::Wormhole => true,
            Self::SlowJamming
            | Self::FastJamming
            | Self::MassExit
            | Self::Griefing
            | Self::Probing
            | Self::RouteHijacking => false,
        }
    }
}

impl AttackKind {
    /// Whether it keeps HTLCs of its own in other nodes' channels.
    pub const fn holds_slots(self) -> bool {
        match self {
            Self::SlowJamming
            | Self::FastJamming
            | Self::Griefing
            | Self::Probing
            | Self::FloodAndLoot => true,
            Self::RevokedBroadcast | Self::Wormhole | Self::MassExit | Self::RouteHijacking => {
                false
            }
        }
    }
}

named! {
    /// How an attempt of an attack ended.
    AttackOutcome {
        /// The attacker lost what was at stake.
        Punished => "punished",
        /// The attacker took all the money that it wanted.
        Stolen => "stolen",
        /// An attack that takes no money did all that it was to do.
        Succeeded => "succeeded",
        /// The attacker got some of it.
        Partly => "partly",
        /// Nothing came of it.
        Aborted => "aborted",
        /// The run ended first.
        Pending => "pending",
    }
}

named! {
    /// Why an attempt of an attack ended as it did, where that says more than the outcome.
    AttackCause {
        /// No HTLC of it got through.
        Refused => "refused",
    }
}

named! {
    /// How a channel is closed.
    CloseKind {
        /// By agreement of both sides.
        Cooperative => "cooperative",
        /// One side publishes its latest commitment.
        Unilateral => "unilateral",
        /// One side publishes a commitment that it has revoked.
        Revoked => "revoked",
    }
}

named! {
    /// Why a channel is closed.
    CloseCause {
        /// Its owner wanted to.
        Scheduled => "scheduled",
        /// An HTLC in it was about to expire, or had expired.
        HtlcDeadline => "htlc_deadline",
        /// The peer does not answer any more.
        PeerGone => "peer_gone",
        /// An attacker closed it.
        Attack => "attack",
    }
}

named! {
    /// How a node lost money to others.
    LossKind {
        /// It had the preimage of an HTLC, and the offerer took the HTLC back on the chain first.
        HtlcTimedOut => "htlc_timed_out",
        /// It learnt the preimage when the HTLC that it could have claimed with it had ended.
        PreimageTooLate => "preimage_too_late",
        /// A revoked commitment of its peer stood.
        Stolen => "stolen",
        /// It published a revoked commitment and was punished.
        Punished => "punished",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_files_are_unique_and_snake_case() {
        let mut names: Vec<_> = Failure::ALL.iter().map(|f| f.name()).collect();
        names.extend(OnionError::ALL.iter().map(|e| e.name()));
        names.extend(Outcome::ALL.iter().map(|o| o.name()));
        let total = names.len();
        assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), total);
    }
}
