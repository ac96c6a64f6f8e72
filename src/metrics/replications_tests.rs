//! Do intervals over replications hold the truth as often as they say? On a queue and on shares of
//! successes with known answers, over seeds 0 to 999.

use crate::math;
use crate::metrics::replications::{
    Replicated, ReplicationMethod, compared, paired, replicated, replicated_ratio, skewed,
};
use crate::metrics::test_numbers::Numbers;

/// Mean wait and 90 % quantile of waits in one replication of an M/M/1 queue (Lindley's recursion)
/// with arrival rate 0.5 and service rate 1, its first 200 customers left out.
fn queue(seed: u64, waits: usize) -> (f64, f64) {
    let mut numbers = Numbers::new(seed);
    let mut wait = 0.0_f64;
    let mut next = || {
        let service = -math::ln(1.0 - numbers.uniform());
        let gap = -2.0 * math::ln(1.0 - numbers.uniform());
        wait = (wait + service - gap).max(0.0);
        wait
    };
    (0..200).for_each(|_| {
        next();
    });
    let mut all: Vec<f64> = (0..waits).map(|_| next()).collect();
    all.sort_by(f64::total_cmp);
    (all.iter().sum::<f64>() / all.len() as f64, all[waits * 9 / 10])
}

/// The share of 1,000 seeds whose interval holds the truth.
fn coverage(truth: f64, of: impl Fn(u64) -> Replicated) -> f64 {
    let holds = |seed| {
        let [low, high] = of(seed).ends.expect("several replications");
        low <= truth && truth <= high
    };
    (0..1_000).filter(|seed| holds(*seed)).count() as f64 / 1_000.0
}

#[test]
fn intervals_on_m_m_1_waiting_times_hold_the_mean_19_times_in_20() {
    // Kleinrock, Queueing Systems I (1975): the mean wait is 1 here.
    let share = coverage(1.0, |seed| {
        let means: Vec<f64> = (0..10).map(|r| queue(seed * 10 + r, 2_000).0).collect();
        replicated(&means).expect("ten")
    });
    assert!((0.93..=0.97).contains(&share), "coverage {share}");
}

#[test]
fn intervals_on_a_share_of_successes_hold_it_19_times_in_20() {
    for (truth, trials) in [(0.8, 500_u32), (0.97, 300)] {
        let share = coverage(truth, |seed| {
            let mut numbers = Numbers::new(seed);
            let hits = |numbers: &mut Numbers| {
                (0..trials).filter(|_| numbers.uniform() < truth).count() as f64
            };
            let shares: Vec<f64> =
                (0..10).map(|_| hits(&mut numbers) / f64::from(trials)).collect();
            let of = replicated_ratio(&shares, &[u64::from(trials); 10]).expect("ten");
            assert_eq!(of.method, ReplicationMethod::Wilson);
            of
        });
        assert!((0.93..=0.97).contains(&share), "truth {truth}: coverage {share}");
    }
}

/// The share of intervals over `n` draws that hold the truth, of those given.
fn skewed_coverage(n: usize, truth: f64, draw: impl Fn(&mut Numbers) -> f64) -> f64 {
    let (mut given, mut held) = (0, 0);
    for seed in 0..2_000 {
        let mut numbers = Numbers::new(seed);
        let values: Vec<f64> = (0..n).map(|_| draw(&mut numbers)).collect();
        let Some([low, high]) = skewed(&values).expect("draws").ends else { continue };
        given += 1;
        held += u32::from(low <= truth && truth <= high);
    }
    assert!(given > 1_500, "{given} of 2,000 intervals");
    f64::from(held) / f64::from(given)
}

#[test]
fn intervals_on_quantiles_counts_and_sums_hold_them_19_times_in_20_be_they_skewed_or_on_few_values()
{
    let exponential = |numbers: &mut Numbers| -math::ln(1.0 - numbers.uniform());
    let normal = |numbers: &mut Numbers| math::inverse_normal(numbers.uniform().max(1e-12));
    for n in [5, 10, 30] {
        let shares = [
            // Times to the next of rare events: Student's t alone holds 0.89, 0.90 and 0.93 of them.
            skewed_coverage(n, 1.0, exponential),
            // Sums of amounts: lognormal of sigma 0.5.
            skewed_coverage(n, math::exp(0.125), |numbers| math::exp(0.5 * normal(numbers))),
            skewed_coverage(n, 0.0, normal),
            // Quantiles of a histogram with wide buckets.
            skewed_coverage(n, 10.0, |numbers| (10.0 + 0.7 * normal(numbers)).round()),
        ];
        // Five values that are mostly the same leave Student's t no choice but to be wide.
        let most = if n == 5 { 1.0 } else { 0.975 };
        assert!(shares.iter().all(|share| (0.925..=most).contains(share)), "{n}: {shares:?}");
    }
}

#[test]
fn an_interval_reaches_further_to_the_side_of_the_long_tail_and_never_less_than_students() {
    // Mean 2, sd √(20/4) = √5: Student's t is 2 ± 2.776·√5/√5. Central moments 4 and 12.
    let values = [1.0, 1.0, 1.0, 1.0, 6.0];
    let [low, high] = skewed(&values).expect("five").ends.expect("varies");
    assert!((low - (2.0 - 2.776_445)).abs() < 1e-5, "{low}");
    // γ = (4·(−1)³ + 4³)/5/8 = 1.5; g = −2.776/√5 = −1.241664; (1 + 1.5·(−1.241664 − 0.05))^(1/3) = −0.978715;
    // W = 3/1.5·(−1.978715) = −3.957431; 2 + √5·3.957431.
    assert!((high - 10.849_085).abs() < 1e-5, "{high}");
    let mirrored = skewed(&values.map(|v| -v)).expect("five").ends.expect("varies");
    assert!((mirrored[0] + high).abs() < 1e-12 && (mirrored[1] + low).abs() < 1e-12);
    let symmetrical = skewed(&[1.0, 2.0, 3.0]).expect("three").ends;
    assert_eq!(symmetrical, replicated(&[1.0, 2.0, 3.0]).expect("three").ends);
    assert_eq!(skewed(&[4.0; 5]).expect("five").ends, None);
    // 53,495,736.86 summed up in two orders.
    let sum = 53_495_736.86;
    assert_eq!(replicated(&[sum, sum + 1e-8, sum]).expect("three").ends, None);
}

#[test]
fn small_cases_are_those_computed_by_hand() {
    // Mean 2, sd 1, t(0.975; 2) = 4.302653: half-width 4.302653 / √3.
    let of = replicated(&[1.0, 2.0, 3.0]).expect("three");
    assert_eq!((of.n, of.mean, of.sd), (3, 2.0, Some(1.0)));
    assert!((of.half_width().expect("three") - 4.302_653 / 3.0_f64.sqrt()).abs() < 1e-6);
    assert_eq!(replicated(&[]), None);
    let one = replicated(&[5.0]).expect("one");
    assert_eq!(
        (one.mean, one.sd, one.ends, one.method),
        (5.0, None, None, ReplicationMethod::None)
    );
}

#[test]
fn equal_shares_keep_a_width_from_their_trials() {
    let of = replicated_ratio(&[1.0; 10], &[100; 10]).expect("ten");
    let [low, high] = of.ends.expect("ten");
    assert!((high - 1.0).abs() < 1e-12 && (0.99..0.999).contains(&low), "{low} to {high}");
}

#[test]
fn pairs_that_move_together_differ_clearly_and_have_a_small_variance_ratio() {
    // Replications differ by a lot, points by exactly 1 ± 0.1.
    let first = [10.0, 20.0, 30.0, 40.0];
    let second = [11.1, 20.9, 31.1, 40.9];
    let of = paired(&first, &second).expect("four");
    assert!((of.difference - 1.0).abs() < 1e-9);
    let [low, high] = of.ends.expect("four");
    assert!(low > 0.8 && high < 1.2, "{low} to {high}");
    assert!(of.variance_ratio.expect("varies") < 1e-3);
    // Against each other: worse than independent.
    let against = paired(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]).expect("three");
    assert!((against.variance_ratio.expect("varies") - 2.0).abs() < 1e-12);
}

#[test]
fn welchs_interval_is_that_of_the_formula() {
    // Variances 1 and 4 with n = 3: error √(5/3), freedom (5/3)² / ((1/9 + 16/9)/2) = 2.94 → 2.
    let of = compared(&[1.0, 2.0, 3.0], &[3.0, 5.0, 7.0]).expect("three");
    let half = 4.302_653 * (5.0_f64 / 3.0).sqrt();
    let [low, high] = of.ends.expect("three");
    assert!((low - (3.0 - half)).abs() < 1e-5 && (high - (3.0 + half)).abs() < 1e-5);
}

#[test]
fn what_is_nearly_always_the_same_has_no_interval() {
    let ends = |values: &[f64]| skewed(values).expect("some").unless_most_agree(values).ends;
    let sum = 51_369_981.63;
    assert_eq!(ends(&[sum, sum, sum - 3.0, sum, sum]), None);
    // Summed up in another order, they are the same.
    assert_eq!(ends(&[sum, sum + 1e-8, sum - 3.0, sum - 1e-8, sum - 5.0]), None);
    for values in [&[1.0, 2.0, 2.0, 3.0, 4.0][..], &[1.0, 2.0]] {
        assert_eq!(ends(values), skewed(values).expect("some").ends, "{values:?}");
        assert!(ends(values).is_some(), "{values:?}");
    }
    // A level that varies freely is never twice the same.
    let level = |values: &[f64]| skewed(values).expect("some").unless_two_agree(values).ends;
    assert_eq!(level(&[1.0, 2.0, 2.0, 3.0, 4.0]), None);
    assert!(level(&[1.0, 2.0, 2.1, 3.0, 4.0]).is_some());
}
