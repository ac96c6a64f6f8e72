//! What the offerer of an HTLC can afford (BOLT 2), one HTLC at a time.
//!
//! [`Limits::refusal`] states the rules; [`Limits::largest`] is the largest amount that they let pass.
//!
//! Differences from what nodes do, both towards simplicity: the dust limit of both sides is checked
//! at the offer, where a receiver would lock the HTLC in first and then fail it; and the excess fee of
//! a risen feerate does not count as dust, because feerates are constant here.

use crate::channel::commitment::{Commitment, SecondStage};
use crate::channel::state::State;
use crate::channel::terms::Terms;
use crate::ids::Side;
use crate::units::Msat;

/// HTLCs that one side may have offered at once: with more, the transaction that punishes a revoked
/// commitment would be too large to be relayed (BOLT 2 and 5).
pub(super) const MOST_SLOTS: u16 = 483;

/// Why an HTLC cannot be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// An HTLC carries at least 1 msat.
    Zero,
    /// The receiver takes no HTLC so small.
    BelowMinimum,
    /// The offerer has less than that.
    InsufficientBalance,
    /// The offerer would have less than its reserve.
    Reserve,
    /// The receiver takes no more HTLCs at once.
    Slots,
    /// The receiver takes no more value at once.
    InFlight,
    /// The offerer opened the channel and could not pay the commitment fee any more, or the buffer
    /// for one more HTLC at twice the feerate.
    OpenerFee,
    /// The receiver opened the channel and could not pay the higher commitment fee.
    PeerOpenerFee,
    /// Too much money in HTLCs without an output.
    DustExposure,
    /// One side has sent `shutdown` (C8).
    ShuttingDown,
    /// The channel is closed.
    Closed,
}

/// What limits the offers of one side, at this moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits<'a> {
    terms: &'a Terms,
    state: &'a State,
    from: Side,
}

impl<'a> Limits<'a> {
    /// The limits of HTLCs offered by `from`.
    pub(super) const fn new(terms: &'a Terms, state: &'a State, from: Side) -> Self {
        Self { terms, state, from }
    }

    /// The rule that an HTLC of this amount would break, if any.
    pub(super) fn refusal(&self, amount: Msat) -> Option<Refused> {
        let Self { terms, state, from } = *self;
        let receiver = from.other().index();
        let trimmed = trimmed(terms, from, amount);
        let rest = state.balance[from.index()].checked_sub(amount);
        let over_reserve = self.over_reserve(from);
        if amount == Msat::ZERO {
            Some(Refused::Zero)
        } else if amount < terms.htlc_minimum[receiver] {
            Some(Refused::BelowMinimum)
        } else if rest.is_none() {
            Some(Refused::InsufficientBalance)
        } else if amount > over_reserve {
            Some(Refused::Reserve)
        } else if self.slots_left() == 0 {
            Some(Refused::Slots)
        } else if amount > self.in_flight_left() {
            Some(Refused::InFlight)
        } else if amount > over_reserve.saturating_sub(self.fee_buffer(trimmed)) {
            Some(Refused::OpenerFee)
        } else if !self.peer_can_pay(trimmed) {
            Some(Refused::PeerOpenerFee)
        } else if amount > self.dust_left(trimmed) {
            Some(Refused::DustExposure)
        } else {
            None
        }
    }

    /// The largest amount that is not refused; zero when every amount is.
    ///
    /// Larger HTLCs may pass where smaller ones are dust, so each range of amounts that are trimmed
    /// alike is looked at, from the top.
    pub(super) fn largest(&self) -> Msat {
        let edges = smallest_untrimmed(self.terms, self.from);
        let (low, high) = (edges[0].min(edges[1]), edges[0].max(edges[1]));
        let minimum = self.terms.htlc_minimum[self.from.other().index()].max(Msat(1));
        let below = |edge: Msat| edge.saturating_sub(Msat(1));
        [(high, Msat::MAX), (low, below(high)), (Msat(1), below(low))]
            .into_iter()
            .filter(|(first, last)| first <= last)
            .find_map(|(first, last)| {
                let largest = self.largest_trimmed_as(trimmed(self.terms, self.from, first));
                let largest = largest.min(last);
                (largest >= first.max(minimum)).then_some(largest)
            })
            .unwrap_or(Msat::ZERO)
    }

    /// The largest amount that would not be refused if it were trimmed like this.
    fn largest_trimmed_as(&self, trimmed: [bool; 2]) -> Msat {
        if self.slots_left() == 0 || !self.peer_can_pay(trimmed) {
            return Msat::ZERO;
        }
        self.over_reserve(self.from)
            .saturating_sub(self.fee_buffer(trimmed))
            .min(self.in_flight_left())
            .min(self.dust_left(trimmed))
    }

    /// What a side has over its reserve.
    fn over_reserve(&self, side: Side) -> Msat {
        self.state.balance[side.index()].saturating_sub(self.terms.reserve[side.index()].to_msat())
    }

    fn slots_left(&self) -> u16 {
        let most = self.terms.max_accepted_htlcs[self.from.other().index()];
        most.saturating_sub(self.state.offered[self.from.index()])
    }

    fn in_flight_left(&self) -> Msat {
        self.terms.max_htlc_value_in_flight[self.from.other().index()]
            .saturating_sub(self.state.in_flight[self.from.index()])
    }

    /// The fee spike buffer (BOLT 2): what the offerer must keep over its reserve if it is the opener, that is the
    /// fee of the larger commitment with this HTLC and one more, at twice the feerate. That covers the plain fee.
    fn fee_buffer(&self, trimmed: [bool; 2]) -> Msat {
        if self.from != self.terms.opener {
            return Msat::ZERO;
        }
        let outputs = self.outputs_with(trimmed);
        Commitment::of(self.terms)
            .at_twice_the_feerate()
            .opener_cost(outputs[0].max(outputs[1]) + 1)
            .to_msat()
    }

    /// Whether the receiver, if it is the opener, can pay for the outputs that this HTLC adds. A
    /// trimmed HTLC adds none and leaves the fee as it is.
    fn peer_can_pay(&self, trimmed: [bool; 2]) -> bool {
        if self.from == self.terms.opener {
            return true;
        }
        let outputs = self.outputs_with(trimmed);
        Side::BOTH.map(Side::index).into_iter().all(|owner| {
            let cost = Commitment::of(self.terms).opener_cost(outputs[owner]).to_msat();
            trimmed[owner] || cost <= self.over_reserve(self.terms.opener)
        })
    }

    /// Untrimmed outputs on each side's commitment with this HTLC.
    fn outputs_with(&self, trimmed: [bool; 2]) -> [u32; 2] {
        [0, 1].map(|owner| u32::from(self.state.untrimmed[owner]) + u32::from(!trimmed[owner]))
    }

    /// What may still be added to the commitments that trim this HTLC.
    fn dust_left(&self, trimmed: [bool; 2]) -> Msat {
        let most = self.terms.max_dust_exposure[0].min(self.terms.max_dust_exposure[1]);
        [0, 1]
            .into_iter()
            .filter(|&owner| trimmed[owner])
            .map(|owner| most.saturating_sub(self.state.trimmed[owner]))
            .min()
            .unwrap_or(Msat::MAX)
    }
}

/// Whether each side's commitment leaves an HTLC of this amount out.
pub(super) fn trimmed(terms: &Terms, from: Side, amount: Msat) -> [bool; 2] {
    smallest_untrimmed(terms, from).map(|edge| amount < edge)
}

/// The smallest HTLC offered by `from` that has an output on each side's commitment.
fn smallest_untrimmed(terms: &Terms, from: Side) -> [Msat; 2] {
    Side::BOTH.map(|owner| {
        let stage = if owner == from { SecondStage::Timeout } else { SecondStage::Success };
        Commitment::of(terms).smallest_untrimmed(terms.dust_limit[owner.index()], stage)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::channel::htlc::{Add, Htlc, Status};
    use crate::channel::terms::Batching;
    use crate::ids::{ChannelId, DirectedChannel};
    use crate::units::{BlockHeight, FeeRate, Sat};

    use super::*;

    /// One million satoshis, reserve 10,000 sat, dust limit 546 sat, opened by the first side, 2,500
    /// sat per 1,000 WU, with anchors: the fee with h HTLCs is 2,810 + 430 h and 660 sat.
    fn terms() -> Terms {
        Terms {
            capacity: Sat(1_000_000),
            reserve: [Sat(10_000); 2],
            dust_limit: [Sat(546); 2],
            max_accepted_htlcs: [483; 2],
            max_htlc_value_in_flight: [Msat::MAX; 2],
            htlc_minimum: [Msat(1); 2],
            max_dust_exposure: [Sat(5_000).to_msat(); 2],
            opener: Side::One,
            anchors: true,
            feerate: FeeRate(2_500),
            batching: [Batching::default(); 2],
        }
    }

    fn half() -> State {
        State::new([Sat(500_000).to_msat(); 2])
    }

    /// What offers of `amount - 1`, `amount` and `amount + 1` meet.
    fn around(terms: &Terms, state: &State, from: Side, amount: Msat) -> [Option<Refused>; 3] {
        let limits = Limits::new(terms, state, from);
        [amount.0 - 1, amount.0, amount.0 + 1].map(|amount| limits.refusal(Msat(amount)))
    }

    #[test]
    fn the_side_that_pays_no_fee_can_spend_down_to_its_reserve() {
        let spendable = Sat(490_000).to_msat();
        assert_eq!(Limits::new(&terms(), &half(), Side::Two).largest(), spendable);
        assert_eq!(
            around(&terms(), &half(), Side::Two, spendable),
            [None, None, Some(Refused::Reserve)]
        );
        assert_eq!(
            Limits::new(&terms(), &half(), Side::Two).refusal(Msat(500_000_001)),
            Some(Refused::InsufficientBalance)
        );
    }

    #[test]
    fn the_opener_also_keeps_the_fee_of_one_more_htlc_at_twice_the_feerate() {
        // floor(5,000 * (1,124 + 2 * 172) / 1,000) + 660 = 7,340 + 660 = 8,000 sat.
        let spendable = Sat(490_000 - 8_000).to_msat();
        assert_eq!(Limits::new(&terms(), &half(), Side::One).largest(), spendable);
        assert_eq!(
            around(&terms(), &half(), Side::One, spendable),
            [None, None, Some(Refused::OpenerFee)]
        );
    }

    #[test]
    fn a_legacy_opener_keeps_no_anchors() {
        let legacy = Terms { anchors: false, ..terms() };
        // floor(5,000 * (724 + 2 * 172) / 1,000) = 5,340 sat.
        let spendable = Sat(490_000 - 5_340).to_msat();
        assert_eq!(Limits::new(&legacy, &half(), Side::One).largest(), spendable);
    }

    #[test]
    fn a_peer_that_cannot_pay_for_another_output_still_gets_dust() {
        // The opener needs 10,000 + 2,810 + 430 + 660 = 13,900 sat for one HTLC.
        let rich = Sat(986_100).to_msat();
        let poor = State::new([Sat(13_900).to_msat(), rich]);
        let terms = terms();
        assert_eq!(Limits::new(&terms, &poor, Side::Two).refusal(Msat(546_000)), None);
        let poorer = State::new([Msat(13_899_999), Msat(rich.0 + 1)]);
        let limits = Limits::new(&terms, &poorer, Side::Two);
        assert_eq!(limits.refusal(Msat(546_000)), Some(Refused::PeerOpenerFee));
        assert_eq!(limits.refusal(Msat(545_999)), None);
        assert_eq!(limits.largest(), Msat(545_999));
    }

    #[test]
    fn slots_are_full_at_the_receivers_limit() {
        let terms = Terms { max_accepted_htlcs: [30, 483], ..terms() };
        for (from, offered, expected) in [
            (Side::Two, 28, None),
            (Side::Two, 29, None),
            (Side::Two, 30, Some(Refused::Slots)),
            (Side::One, 482, None),
            (Side::One, 483, Some(Refused::Slots)),
        ] {
            let state = State { offered: [offered; 2], ..half() };
            let limits = Limits::new(&terms, &state, from);
            assert_eq!(limits.refusal(Msat(1_000_000)), expected, "{from:?} {offered}");
            assert_eq!(limits.largest() == Msat::ZERO, expected.is_some());
        }
    }

    #[test]
    fn value_in_flight_is_limited_by_the_receiver() {
        let most = Sat(60_000).to_msat();
        let terms = Terms { max_htlc_value_in_flight: [Msat(1), most], ..terms() };
        let state = State { in_flight: [Sat(20_000).to_msat(); 2], ..half() };
        assert_eq!(
            around(&terms, &state, Side::One, Sat(40_000).to_msat()),
            [None, None, Some(Refused::InFlight)]
        );
    }

    #[test]
    fn the_minimum_is_the_receivers_and_zero_is_never_offered() {
        let terms = Terms { htlc_minimum: [Msat(1_000), Msat(0)], ..terms() };
        assert_eq!(
            around(&terms, &half(), Side::Two, Msat(1_000)),
            [Some(Refused::BelowMinimum), None, None]
        );
        assert_eq!(around(&terms, &half(), Side::One, Msat(1)), [Some(Refused::Zero), None, None]);
    }

    #[test]
    fn dust_is_limited_on_each_commitment() {
        let most = Sat(5_000).to_msat();
        let exposed = State { trimmed: [Msat(most.0 - 500_000), Msat(0)], ..half() };
        assert_eq!(
            around(&terms(), &exposed, Side::One, Msat(500_000)),
            [None, None, Some(Refused::DustExposure)]
        );
        assert_eq!(Limits::new(&terms(), &exposed, Side::One).refusal(Msat(546_000)), None);
    }

    #[test]
    fn dust_depends_on_whose_commitment_it_is_and_who_offered() {
        let legacy = Terms { anchors: false, ..terms() };
        // 2,500 sat per 1,000 WU: timeout floor(1,657.5) = 1,657, success floor(1,757.5) = 1,757 sat.
        assert_eq!(smallest_untrimmed(&legacy, Side::One), [Msat(2_203_000), Msat(2_303_000)]);
        assert_eq!(smallest_untrimmed(&legacy, Side::Two), [Msat(2_303_000), Msat(2_203_000)]);
        assert_eq!(trimmed(&legacy, Side::One, Msat(2_302_999)), [false, true]);
    }

    prop_compose! {
        fn any_terms()(
            reserve in prop::array::uniform2((0_u64..20_000).prop_map(Sat)),
            dust_limit in prop::array::uniform2((354_u64..3_000).prop_map(Sat)),
            max_accepted_htlcs in prop::array::uniform2(1_u16..12),
            in_flight in prop::array::uniform2((1_u64..400_000_000).prop_map(Msat)),
            htlc_minimum in prop::array::uniform2((0_u64..2_000_000).prop_map(Msat)),
            exposure in prop::array::uniform2((0_u64..6_000_000).prop_map(Msat)),
            opener in prop::sample::select(Side::BOTH.to_vec()),
            anchors in any::<bool>(),
            feerate in (0_u32..10_000).prop_map(FeeRate),
        ) -> Terms {
            Terms {
                reserve, dust_limit, max_accepted_htlcs, htlc_minimum, opener, anchors, feerate,
                max_htlc_value_in_flight: in_flight,
                max_dust_exposure: exposure,
                capacity: Sat(100_000),
                batching: [Batching::default(); 2],
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_largest_amount_passes_and_one_more_does_not(
            terms in any_terms(),
            share in 0_u64..=100_000_000,
            offers in prop::collection::vec((any::<bool>(), 1_u64..20_000_000), 0..12),
            others in prop::collection::vec(1_u64..110_000_000, 20),
        ) {
            let mut state = State::new([Msat(share), Msat(100_000_000 - share)]);
            for (second, amount) in offers {
                let from = if second { Side::Two } else { Side::One };
                let add = Add { amount: Msat(amount), lock: [0; 32], cltv_expiry: BlockHeight(1), tag: 0 };
                if Limits::new(&terms, &state, from).refusal(add.amount).is_none() {
                    let direction = DirectedChannel::new(ChannelId(0), from);
                    let trimmed = trimmed(&terms, from, add.amount);
                    state.add(&Htlc::new(direction, &add, Status::Committed, trimmed));
                }
            }
            for from in Side::BOTH {
                let limits = Limits::new(&terms, &state, from);
                let largest = limits.largest();
                if largest > Msat::ZERO {
                    prop_assert_eq!(limits.refusal(largest), None);
                }
                prop_assert!(limits.refusal(Msat(largest.0 + 1)).is_some());
                for other in others.iter().map(|&amount| Msat(amount)).filter(|&amount| amount > largest) {
                    prop_assert!(limits.refusal(other).is_some(), "{:?} passes", other);
                }
            }
        }
    }
}
