//! Intervals on observations that depend on each other: waiting times of a queue with known answers.
//!
//! M/M/1 with arrival rate 0.5 and service rate 1: the mean wait is 1, and a wait exceeds t with
//! probability 0.5·exp(−t/2) (Kleinrock, *Queueing Systems I*, 1975, section 5.12). Neighbouring
//! waits are strongly correlated: an interval made from single waits would cover the mean far too
//! rarely.

use crate::math;
use crate::metrics::Estimate;
use crate::metrics::batches::Batches;
use crate::metrics::quantile::Quantiles;
use crate::metrics::ratio::Ratio;
use crate::metrics::test_numbers::Numbers;

/// Runs, and waits in each after the warm-up.
const RUNS: u32 = 250;
const WAITS: u32 = 20_000;

/// Fractions of a unit of time that quantiles are counted in.
const PER_UNIT: f64 = 1e6;

/// Lindley's recursion.
fn waits(seed: u64) -> impl Iterator<Item = f64> {
    let mut numbers = Numbers::new(seed);
    let mut wait = 0.0_f64;
    std::iter::repeat_with(move || {
        let service = -math::ln(1.0 - numbers.uniform());
        let gap = -2.0 * math::ln(1.0 - numbers.uniform());
        wait = (wait + service - gap).max(0.0);
        wait
    })
    .skip(500)
    .take(WAITS as usize)
}

/// Runs with an interval, and the share of these whose interval holds the truth.
#[derive(Default)]
struct Coverage {
    given: u32,
    covered: u32,
}

impl Coverage {
    fn add(&mut self, estimate: &Estimate, truth: f64) {
        if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
            self.given += 1;
            self.covered += u32::from(low <= truth && truth <= high);
        }
    }

    fn check(&self, what: &str) {
        let share = f64::from(self.covered) / f64::from(self.given);
        assert!(self.given > RUNS * 9 / 10, "{what}: only {} intervals", self.given);
        assert!((0.92..=0.98).contains(&share), "{what}: coverage {share}");
    }
}

#[test]
fn intervals_on_an_m_m_1_queue_cover_the_known_answers() {
    let [mut means, mut shares, mut upper, mut tails] = <[Coverage; 4]>::default();
    for seed in 0..u64::from(RUNS) {
        let (mut mean, mut share) = (Batches::default(), Ratio::default());
        let mut quantiles = Quantiles::default();
        for wait in waits(seed) {
            mean.add(wait);
            share.add(wait > 2.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "waits")]
            quantiles.add((wait * PER_UNIT) as u64);
        }
        means.add(&mean.estimate(), 1.0);
        shares.add(&share.estimate(), 0.5 * math::exp(-1.0));
        let [p75, p95] = quantiles.estimates([0.75, 0.95], PER_UNIT);
        upper.add(&p75, 2.0 * math::ln(2.0));
        tails.add(&p95, 2.0 * math::ln(10.0));
    }
    means.check("mean wait");
    shares.check("share of long waits");
    upper.check("75 % quantile");
    tails.check("95 % quantile");
}
