//! From values to normal scores, and from scores to the values of a distribution.

use crate::math;
use crate::network::generate::lightning::tables::Quantiles;

/// The normal quantile of each value's rank; equal values share the middle of their ranks.
pub(super) fn normal_scores(values: &[u64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by_key(|&at| (values[at], at));
    let mut scores = vec![0.0; values.len()];
    for ties in order.chunk_by(|&one, &two| values[one] == values[two]) {
        let below = scores_below(&order, ties);
        let middle = share(2 * below + ties.len(), 2 * values.len());
        let score = math::inverse_normal(middle);
        for &at in ties {
            scores[at] = score;
        }
    }
    scores
}

/// How many entries of `order` come before its part `ties`.
fn scores_below(order: &[usize], ties: &[usize]) -> usize {
    order.element_offset(&ties[0]).expect("ties are a part of the order")
}

/// Gives each score the value of the distribution at the score's rank; equal scores in order.
pub(super) fn values_by_rank(scores: &[f64], table: &Quantiles) -> Vec<u64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&one, &two| scores[one].total_cmp(&scores[two]).then(one.cmp(&two)));
    let mut values = vec![0; scores.len()];
    for (rank, &at) in order.iter().enumerate() {
        values[at] = quantile(table, share(2 * rank + 1, 2 * scores.len()));
    }
    values
}

/// The value that a share `p` of the distribution stays below.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the tables hold values below 10^9, which an f64 holds exactly"
)]
pub(super) fn quantile(table: &Quantiles, p: f64) -> u64 {
    let next = table.partition_point(|&(share, _)| share < p).clamp(1, table.len() - 1);
    let [(start, low), (end, high)] = [table[next - 1], table[next]];
    if low == high {
        return low;
    }
    let [ln_low, ln_high] = [low, high].map(|value| math::ln(1.0 + value as f64));
    let part = ((p - start) / (end - start)).clamp(0.0, 1.0);
    (math::exp(ln_low + part * (ln_high - ln_low)) - 0.5) as u64
}

/// `part / whole`.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(super) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::generate::lightning::tables;

    #[test]
    fn equal_values_share_the_score_of_their_middle() {
        let scores = normal_scores(&[5, 1, 5, 9]);
        let expected = [0.5, 0.125, 0.5, 0.875].map(math::inverse_normal);
        assert_eq!(scores, expected);
    }

    #[test]
    fn ranks_of_scores_become_quantiles() {
        let table = &[(0.0, 0), (0.5, 0), (0.5, 7), (1.0, 7)];
        assert_eq!(values_by_rank(&[0.3, -2.0, 1.1, 0.4], table), [0, 0, 7, 7]);
    }

    #[test]
    fn quantiles_hit_atoms_and_interpolate_logarithms_between() {
        let table = &[(0.0, 0), (0.2, 9), (0.6, 9), (1.0, 999)];
        assert_eq!(quantile(table, 0.4), 9);
        assert_eq!(quantile(table, 0.8), 99);
        assert_eq!(quantile(table, 1.0), 999);
    }

    #[test]
    fn the_tables_ascend_from_0_to_1() {
        for table in [
            tables::ACTIVE_CAPACITY,
            tables::DEAD_CAPACITY,
            tables::FEE_BASE,
            tables::PPM_NO_BASE,
            tables::PPM_SMALL_BASE,
            tables::PPM_USUAL_BASE,
            tables::PPM_LARGE_BASE,
            tables::CLTV_DELTA,
            tables::HTLC_MINIMUM,
            tables::HTLC_MAXIMUM,
        ] {
            assert!(table.is_sorted() && table.is_sorted_by_key(|&(_, value)| value));
            assert!(table[0].0.to_bits() == 0 && (table[table.len() - 1].0 - 1.0).abs() < 1e-12);
        }
    }
}
