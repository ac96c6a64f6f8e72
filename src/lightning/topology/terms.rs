//! The limits and habits of the node implementations, and the terms of channels between them.
//!
//! Sources, read in August 2026: lnd `90ea05d5a` (`server.go`, `funding/manager.go`, `htlcswitch`),
//! Core Lightning `090f4b0e6` (`lightningd/options.c`, `opening_common.c`), eclair `5b765e026`
//! (`reference.conf`), LDK `cfee4b755` (`util/config.rs`, `ln/channel.rs`).

use crate::channel::{Batching, Terms};
use crate::engine::Draws;
use crate::ids::{ChannelId, Side};
use crate::lightning::params::Protocol;
use crate::network::{Network, Policy, Software, StatedLimits};
use crate::units::{FeeRate, Msat, Ppm, Sat, SimDuration};

/// Defaults of one implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lightning) struct Habits {
    /// HTLCs it accepts at once in one channel.
    max_accepted_htlcs: u16,
    /// Whether it also never offers more than that (eclair, CLN).
    offers_within_own_limit: bool,
    /// Its dust limit.
    dust_limit: Sat,
    /// Smallest HTLC it accepts.
    htlc_minimum: Msat,
    /// `min_final_cltv_expiry_delta` of its invoices, in blocks.
    pub(in crate::lightning) min_final_cltv_expiry_delta: u32,
    /// How it gathers updates before signing.
    batching: Batching,
}

impl Habits {
    /// The defaults of `software`.
    pub(in crate::lightning) const fn of(software: Software) -> Self {
        match software {
            Software::Lnd => Self {
                max_accepted_htlcs: 483,
                offers_within_own_limit: false,
                dust_limit: Sat(354),
                htlc_minimum: Msat(1),
                min_final_cltv_expiry_delta: 80,
                batching: Batching { delay: SimDuration::from_millis(50), cap: 10 },
            },
            Software::Cln => Self {
                max_accepted_htlcs: 30,
                offers_within_own_limit: true,
                dust_limit: Sat(546),
                htlc_minimum: Msat(0),
                min_final_cltv_expiry_delta: 18,
                batching: Batching { delay: SimDuration::from_millis(10), cap: 0 },
            },
            Software::Eclair => Self {
                max_accepted_htlcs: 30,
                offers_within_own_limit: true,
                dust_limit: Sat(546),
                htlc_minimum: Msat(1),
                min_final_cltv_expiry_delta: 30,
                batching: Batching { delay: SimDuration::ZERO, cap: 0 },
            },
            Software::Ldk => Self {
                max_accepted_htlcs: 50,
                offers_within_own_limit: false,
                dust_limit: Sat(354),
                htlc_minimum: Msat(1),
                min_final_cltv_expiry_delta: 42,
                batching: Batching { delay: SimDuration::ZERO, cap: 0 },
            },
        }
    }

    /// What it keeps its peer from going below: 1 % of the capacity, at least the dust limits of both
    /// (BOLT 2); LDK asks for at least 1,000 sat.
    fn reserve_demanded(software: Software, capacity: Sat) -> Sat {
        let floor = if software == Software::Ldk { Sat(1_000) } else { Sat::ZERO };
        Sat(capacity.get() / 100).max(floor)
    }

    /// Sum of the HTLCs it accepts at once: lnd capacity − reserve, CLN no limit, eclair
    /// min(5,000,000 sat, 45 %), LDK 25 % for announced channels.
    fn max_htlc_value_in_flight(software: Software, capacity: Sat) -> Msat {
        let share = |percent: u64| Msat(capacity.to_msat().get() / 100 * percent);
        match software {
            Software::Lnd => (capacity - Sat(capacity.get() / 100)).to_msat(),
            Software::Cln => Msat::MAX,
            Software::Eclair => share(45).min(Msat(5_000_000_000)),
            Software::Ldk => share(25),
        }
    }

    /// Sum of trimmed HTLCs it tolerates: lnd 500,000 sat, CLN 50,000 sat, eclair 50,000 sat, LDK
    /// 10,000 msat for each sat per 1,000 WU of the commitment's feerate.
    fn max_dust_exposure(software: Software, feerate: FeeRate) -> Msat {
        match software {
            Software::Lnd => Msat(500_000_000),
            Software::Cln | Software::Eclair => Msat(50_000_000),
            Software::Ldk => Msat(10_000) * u64::from(feerate.0),
        }
    }
}

/// The terms of `channel`: what the file states, else the habits of both ends. Who opened it and
/// whether it has anchors is drawn, as gossip does not tell: each end with probability 1/2; one that an
/// attacker adds or that opens during the run says who.
pub(in crate::lightning) fn terms(
    network: &Network,
    channel: ChannelId,
    protocol: &Protocol,
    draws: Draws,
) -> Terms {
    let mut draws = draws.at(network.key(channel), 0);
    let first_opened = draws.chance(0.5) || network.is_opened_by_first(channel);
    let opener = if first_opened { Side::One } else { Side::Two };
    let anchors = draws.chance(protocol.anchors_share);
    let software =
        network.ends(channel).map(|node| network.node(node).software.unwrap_or(Software::Lnd));
    let stated = network.channel(channel).stated.as_ref().map_or([None; 2], |s| s.limits);
    let capacity = network.channel(channel).capacity;
    let feerate = protocol.commitment_feerate;
    let habits = software.map(Habits::of);
    let dust = habits.map(|h| h.dust_limit);
    let largest_dust = dust[0].max(dust[1]);
    // The reserve of a side is demanded by its peer.
    let reserve = [1, 0]
        .map(|peer: usize| Habits::reserve_demanded(software[peer], capacity).max(largest_dust));
    let limits = Side::BOTH.map(|side| accepted_by(side, software, stated, capacity));
    Terms {
        capacity,
        reserve,
        dust_limit: dust,
        max_accepted_htlcs: limits.map(|l| l.max_accepted_htlcs),
        max_htlc_value_in_flight: limits.map(|l| l.max_htlc_value_in_flight),
        htlc_minimum: habits.map(|h| h.htlc_minimum),
        max_dust_exposure: software.map(|s| Habits::max_dust_exposure(s, feerate)),
        opener,
        anchors,
        feerate,
        batching: habits.map(|h| h.batching),
    }
}

/// What a node asks in a new channel: what it asks in a channel that it has, else the defaults of its
/// software (base and rate, delta: lnd 1,000 msat + 1 ppm, 80 blocks; CLN 1,000 + 10, 34; eclair
/// 1,000 + 200, 144; LDK 1,000 + 0, 72). Nobody forwards more than 99 % of the capacity: three quarters
/// of the policies of February 2026 say so, as the rest is the reserve.
pub(in crate::lightning) fn new_policy(
    known: Option<&Policy>,
    software: Software,
    capacity: Sat,
) -> Policy {
    let (fee_base_msat, ppm, cltv_expiry_delta) = match software {
        Software::Lnd => (1_000, 1, 80),
        Software::Cln => (1_000, 10, 34),
        Software::Eclair => (1_000, 200, 144),
        Software::Ldk => (1_000, 0, 72),
    };
    let usual = Policy {
        fee_base_msat,
        proportional_millionths: Ppm(ppm),
        cltv_expiry_delta,
        htlc_minimum: Msat(1_000),
        htlc_maximum: Msat::ZERO,
        disabled: false,
    };
    let htlc_maximum = Msat(capacity.to_msat().get() / 100 * 99);
    let policy = known.copied().unwrap_or(usual);
    let htlc_minimum = policy.htlc_minimum.min(htlc_maximum);
    Policy { htlc_minimum, htlc_maximum, disabled: false, ..policy }
}

/// What `side` accepts from its peer: the limit that the file states for what the peer offers, else the
/// side's own default, lowered to the peer's where the peer never offers more than its own limit.
fn accepted_by(
    side: Side,
    software: [Software; 2],
    stated: [Option<StatedLimits>; 2],
    capacity: Sat,
) -> StatedLimits {
    let offerer = side.other().index();
    if let Some(limits) = stated[offerer] {
        return limits;
    }
    let (own, peer) = (Habits::of(software[side.index()]), Habits::of(software[offerer]));
    let cap = if peer.offers_within_own_limit { peer.max_accepted_htlcs } else { u16::MAX };
    StatedLimits {
        max_accepted_htlcs: own.max_accepted_htlcs.min(cap),
        max_htlc_value_in_flight: Habits::max_htlc_value_in_flight(
            software[side.index()],
            capacity,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::network::{Channel, Node};

    fn between(one: Software, two: Software) -> Terms {
        let mut network = Network::default();
        let [a, b] =
            [one, two].map(|s| network.add_node(Node { name: s.name().into(), software: Some(s) }));
        let channel = Channel {
            name: "c".into(),
            capacity: Sat(1_000_000),
            policies: [None; 2],
            stated: None,
        };
        let id = network.add_channel(a, b, channel);
        let protocol = Protocol {
            commitment_dance: true,
            limits: true,
            non_strict_forwarding: true,
            anchors_share: 1.0,
            commitment_feerate: FeeRate(2_500),
        };
        terms(&network, id, &protocol, Seeds::new(1, 0).draws("channel.terms"))
    }

    #[test]
    fn a_side_with_30_slots_that_binds_itself_limits_both_directions() {
        assert_eq!(between(Software::Lnd, Software::Lnd).max_accepted_htlcs, [483, 483]);
        assert_eq!(between(Software::Lnd, Software::Cln).max_accepted_htlcs, [30, 30]);
        assert_eq!(between(Software::Lnd, Software::Ldk).max_accepted_htlcs, [483, 50]);
        assert_eq!(between(Software::Ldk, Software::Eclair).max_accepted_htlcs, [30, 30]);
    }

    #[test]
    fn reserves_are_one_per_cent_and_never_below_either_dust_limit() {
        assert_eq!(between(Software::Lnd, Software::Cln).reserve, [Sat(10_000), Sat(10_000)]);
        let small = Habits::reserve_demanded(Software::Lnd, Sat(20_000)).max(Sat(546));
        assert_eq!(small, Sat(546));
    }

    #[test]
    fn in_flight_limits_follow_the_accepting_side() {
        let terms = between(Software::Eclair, Software::Ldk);
        assert_eq!(terms.max_htlc_value_in_flight, [Msat(450_000_000), Msat(250_000_000)]);
        assert_eq!(terms.max_dust_exposure, [Msat(50_000_000), Msat(25_000_000)]);
    }
}
