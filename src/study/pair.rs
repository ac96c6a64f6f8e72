//! A channel opened for one pair that pays each other: what its openings, top-ups and closing cost over
//! its life, for the capacity that makes it cheapest.
//!
//! The payer funds the channel. Payments of one size come as a Poisson process; a share of them goes back.
//! When one side cannot pay, one transaction on the chain fills the payer's side up to the capacity again
//! and pays the payee's out (a splice). At the end of its life the channel is closed cooperatively. Block
//! space costs what payments paid for it on the simulated chain, capital its interest.
//!
//! Reserve and commitment fees are left out: they are about 1 % of a channel that its pair uses fully.

use crate::engine::Seeds;
use crate::scenario::PairSpec;
use crate::units::SimDuration;

/// Weight of the transaction that opens a channel, with one input and change (152.5 vB).
const OPENING_WU: f64 = 610.0;
/// Weight of a cooperative close with two outputs (168.5 vB).
const CLOSING_WU: f64 = 674.0;
/// Weight of a splice: the channel's input with two signatures, a wallet's input, the new channel's output,
/// the payee's output and change: 10.5 + 96 + 68 + 43 + 2 * 31 vB.
const SPLICE_WU: f64 = 4.0 * (10.5 + 96.0 + 68.0 + 43.0 + 62.0);

/// Capacities that are tried: so many times the payment, doubled each time.
const DOUBLINGS: u32 = 24;

/// What block space and capital cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    /// US dollars per weight unit.
    pub(super) usd_per_wu: f64,
    /// Interest per year.
    pub(super) per_year: f64,
}

/// The cheapest channel for a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PairChannel {
    /// What it holds, in payments.
    pub(super) payments_held: u64,
    /// Splices over its life.
    pub(super) splices: u64,
    /// Payments over its life.
    pub(super) payments: u64,
    /// Capital, per payment.
    pub(super) capital_usd: f64,
    /// Opening, splices and closing, per payment.
    pub(super) setup_usd: f64,
}

impl PairChannel {
    /// All of it, per payment.
    pub(super) fn cost_usd(&self) -> f64 {
        self.capital_usd + self.setup_usd
    }
}

/// The cheapest channel for payments of `value_usd` at `per_second`; `None` where no payment comes in its
/// life.
pub(super) fn cheapest(
    value_usd: f64,
    per_second: f64,
    pair: &PairSpec,
    rates: Rates,
    seeds: Seeds,
) -> Option<PairChannel> {
    let back = directions(per_second, pair, seeds);
    (0..=DOUBLINGS)
        .map(|doublings| 1_u64 << doublings)
        .filter_map(|held| used(&back, held, value_usd, pair.lifetime, rates))
        .min_by(|a, b| a.cost_usd().total_cmp(&b.cost_usd()))
}

/// Which of the payments in the channel's life go back.
fn directions(per_second: f64, pair: &PairSpec, seeds: Seeds) -> Vec<bool> {
    /// Payments beyond which more change nothing but the time that it takes.
    const MOST: usize = 10_000_000;
    let mut draws = seeds.stream("study.pair");
    let expected = pair.lifetime.as_secs_f64() * per_second;
    let mut at = 0.0;
    let mut back = Vec::new();
    loop {
        at += draws.exponential();
        let goes_back = draws.chance(pair.back);
        if at > expected || back.len() >= MOST {
            return back;
        }
        back.push(goes_back);
    }
}

/// What a channel that holds so many payments costs.
#[expect(clippy::cast_precision_loss, reason = "figures for a table")]
fn used(
    back: &[bool],
    held: u64,
    value_usd: f64,
    life: SimDuration,
    rates: Rates,
) -> Option<PairChannel> {
    /// A year of 365 days, in seconds.
    const YEAR_S: f64 = 365.0 * 86_400.0;
    let (mut here, mut there, mut splices) = (held, 0_u64, 0_u64);
    for goes_back in back {
        let able = if *goes_back { there > 0 } else { here > 0 };
        if !able && *goes_back {
            // Nothing has come that could go back: the payee would have to bring money of its own.
            continue;
        }
        if !able {
            (here, there) = (held, 0);
            splices += 1;
        }
        if *goes_back {
            (here, there) = (here + 1, there - 1);
        } else {
            (here, there) = (here - 1, there + 1);
        }
    }
    let payments = back.len() as u64;
    if payments == 0 {
        return None;
    }
    let capital = held as f64 * value_usd * rates.per_year * life.as_secs_f64() / YEAR_S;
    let weight = OPENING_WU + CLOSING_WU + splices as f64 * SPLICE_WU;
    Some(PairChannel {
        payments_held: held,
        splices,
        payments,
        capital_usd: capital / payments as f64,
        setup_usd: weight * rates.usd_per_wu / payments as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates { usd_per_wu: 0.001, per_year: 0.05 };
    const YEAR: SimDuration = SimDuration::from_secs(365 * 86_400);

    #[test]
    fn six_payments_through_a_channel_of_four_are_filled_up_once() {
        let found = used(&[false; 6], 4, 10.0, YEAR, RATES).expect("payments");
        assert_eq!((found.splices, found.payments), (1, 6));
        // $40 at 5 % for a year, over six payments.
        assert!((found.capital_usd - 2.0 / 6.0).abs() < 1e-12);
        assert!((found.setup_usd - (610.0 + 674.0 + 1_118.0) * 0.001 / 6.0).abs() < 1e-12);
        // With every other one going back, two are enough for ever.
        let to_and_fro = [false, true, false, true, false, true];
        assert_eq!(used(&to_and_fro, 1, 10.0, YEAR, RATES).expect("payments").splices, 0);
        assert_eq!(used(&[], 4, 10.0, YEAR, RATES), None);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    fn the_cheapest_capacity_is_near_the_economic_order_quantity() {
        let pair = PairSpec { lifetime: YEAR, back: 0.0, ..PairSpec::default() };
        // 10,000 payments of $1 a year: sqrt(2 K D / i) would be for a stock that runs down; here all of
        // the capacity is bound all the time, so K D / C + i C is least at sqrt(K D / i).
        let per_second = 10_000.0 / YEAR.as_secs_f64();
        let found = cheapest(1.0, per_second, &pair, RATES, Seeds::new(3, 0)).expect("payments");
        let best = (1.118 * 10_000.0 / 0.05_f64).sqrt();
        let ratio = found.payments_held as f64 / best;
        assert!((0.5..=2.0).contains(&ratio), "{} against {best}", found.payments_held);
    }
}
