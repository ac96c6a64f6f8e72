//! Descriptive statistics of lists of numbers. Sums run in the order given.
#![expect(clippy::cast_precision_loss, reason = "figures for reading; counts stay below 2^53")]

/// The sum divided by the number; `None` of nothing.
pub(super) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of all the values there are (divided by n).
pub(super) fn deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let squares: Vec<f64> =
        values.iter().map(|value| (value - centre) * (value - centre)).collect();
    mean(&squares).map(f64::sqrt)
}

/// The values, ascending.
pub(super) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The quantile `p` of ascending values, linear between neighbours.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in the list, between 0 and its length"
)]
pub(super) fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let exact = p * last as f64;
    let below = exact as usize;
    let [low, high] = [ascending[below], ascending[(below + 1).min(last)]];
    Some(low + (exact - below as f64) * (high - low))
}

/// `part / whole`; `None` of nothing.
pub(super) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The values that occur most often, with their shares; of equally frequent ones the smaller first.
pub(super) fn most_common<T: Copy + Ord>(values: &[T], count: usize) -> Vec<(T, f64)> {
    let mut ascending = values.to_vec();
    ascending.sort_unstable();
    let mut runs: Vec<(usize, T)> =
        ascending.chunk_by(|one, two| one == two).map(|run| (run.len(), run[0])).collect();
    runs.sort_by(|one, two| two.0.cmp(&one.0).then(one.1.cmp(&two.1)));
    let shares = runs.into_iter().take(count);
    shares.map(|(times, value)| (value, times as f64 / values.len() as f64)).collect()
}

/// Ranks from 1; equal values get the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &two| values[one].total_cmp(&values[two]).then(one.cmp(&two)));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for ties in order.chunk_by(|&one, &two| values[one].total_cmp(&values[two]).is_eq()) {
        // The middle of below + 1 and below + ties.
        let rank = (2 * below + ties.len() + 1) as f64 / 2.0;
        for &at in ties {
            ranks[at] = rank;
        }
        below += ties.len();
    }
    ranks
}

/// Spearman's rank correlation; `None` where one side does not vary.
pub(super) fn spearman(one: &[f64], two: &[f64]) -> Option<f64> {
    pearson(&ranks(one), &ranks(two))
}

/// Pearson's correlation; `None` where one side does not vary.
pub(super) fn pearson(one: &[f64], two: &[f64]) -> Option<f64> {
    let (centre_one, centre_two) = (mean(one)?, mean(two)?);
    let (mut both, mut of_one, mut of_two) = (0.0, 0.0, 0.0);
    for (x, y) in one.iter().zip(two) {
        let (x, y) = (x - centre_one, y - centre_two);
        both += x * y;
        of_one += x * x;
        of_two += y * y;
    }
    let scale = (of_one * of_two).sqrt();
    (scale > 0.0).then(|| both / scale)
}

/// The Gini coefficient of ascending values: 0 when all are equal, near 1 when one has it all.
pub(super) fn gini(ascending: &[f64]) -> Option<f64> {
    let total: f64 = ascending.iter().sum();
    let count = ascending.len() as f64;
    let weighted: f64 = ascending.iter().zip(1_u32..).map(|(x, rank)| f64::from(rank) * x).sum();
    (total > 0.0).then(|| 2.0 * weighted / (count * total) - (count + 1.0) / count)
}

/// The share of the sum that the largest `part` of the ascending values holds, at least one value.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of values, between 0 and all"
)]
pub(super) fn share_of_top(ascending: &[f64], part: f64) -> Option<f64> {
    let total: f64 = ascending.iter().sum();
    let count = ((ascending.len() as f64 * part).round() as usize).max(1);
    let top: f64 = ascending.iter().rev().take(count).sum();
    (total > 0.0).then(|| top / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: Option<f64>, two: f64) -> bool {
        (one.unwrap() - two).abs() < 1e-12
    }

    #[test]
    fn quantiles_lie_on_the_line_between_neighbours() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert!(close(quantile(&values, 0.0), 1.0));
        assert!(close(quantile(&values, 0.5), 3.0));
        assert!(close(quantile(&values, 1.0), 8.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(ranks(&[10.0, 20.0, 10.0, 5.0]), [2.5, 4.0, 2.5, 1.0]);
    }

    #[test]
    fn rank_correlation_ignores_the_scale_and_is_empty_without_variation() {
        assert!(close(spearman(&[1.0, 2.0, 3.0], &[1.0, 10.0, 1_000.0]), 1.0));
        // Ranks 1 2 3 4 against 2 1 4 3: 1 - 6 * 4 / (4 * 15).
        assert!(close(spearman(&[1.0, 2.0, 3.0, 4.0], &[5.0, 4.0, 9.0, 8.0]), 0.6));
        assert_eq!(spearman(&[1.0, 2.0], &[7.0, 7.0]), None);
    }

    #[test]
    fn gini_of_equal_and_of_lonely_wealth() {
        assert!(close(gini(&[3.0, 3.0, 3.0]), 0.0));
        assert!(close(gini(&[0.0, 0.0, 0.0, 9.0]), 0.75));
        assert_eq!(gini(&[0.0, 0.0]), None);
    }

    #[test]
    fn spread_and_top_share_of_four_values() {
        let values = [1.0, 1.0, 3.0, 5.0];
        assert!(close(deviation(&values), 11.0_f64.sqrt() / 2.0));
        assert!(close(share_of_top(&values, 0.5), 0.8));
        assert!(close(share_of_top(&values, 0.01), 0.5));
    }

    #[test]
    fn of_equally_common_values_the_smaller_comes_first() {
        assert_eq!(most_common(&[7, 3, 3, 9, 7], 2), [(3, 0.4), (7, 0.4)]);
    }
}
