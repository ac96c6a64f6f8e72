//! Shuffles, weighted samples, and lines through points.

use crate::engine::Source;
use crate::network::generate::random::index_below;

/// Fisher and Yates.
pub(super) fn shuffle(items: &mut [u32], source: &mut Source) {
    for last in (1..items.len()).rev() {
        items.swap(last, index_below(source, last + 1));
    }
}

/// Takes `count` of the items, without replacement and with chances in proportion to their weights,
/// by exponential clocks (Efraimidis and Spirakis, Information Processing Letters 97(5), 2006);
/// returns them and the others.
pub(super) fn weighted_split(
    items: &[u32],
    weight: impl Fn(u32) -> f64,
    count: usize,
    source: &mut Source,
) -> (Vec<u32>, Vec<u32>) {
    let mut clocks: Vec<(f64, u32)> =
        items.iter().map(|&item| (source.exponential() / weight(item), item)).collect();
    clocks.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
    let mut taken: Vec<u32> = clocks.into_iter().map(|(_, item)| item).collect();
    let others = taken.split_off(count.min(taken.len()));
    (taken, others)
}

/// The value at `x` of the line through `points`, level beyond its ends.
pub(super) fn on_line(points: &[(f64, f64)], x: f64) -> f64 {
    let next = points.partition_point(|&(at, _)| at < x);
    if next == 0 || next == points.len() {
        return points[next.min(points.len() - 1)].1;
    }
    let [(start, low), (end, high)] = [points[next - 1], points[next]];
    low + (x - start) / (end - start) * (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;

    #[test]
    fn heavy_items_are_taken_more_often() {
        let mut source = Seeds::new(1, 0).stream("test");
        let items: Vec<u32> = (0..20_000).collect();
        let weight = |item: u32| if item < 10_000 { 3.0 } else { 1.0 };
        let (taken, others) = weighted_split(&items, weight, 400, &mut source);
        assert_eq!((taken.len(), others.len()), (400, 19_600));
        let heavy = taken.iter().filter(|&&item| item < 10_000).count();
        assert!(heavy.abs_diff(300) < 27, "three of four, three standard deviations: {heavy}");
    }

    #[test]
    fn lines_are_level_beyond_their_ends() {
        let points = [(1.0, 10.0), (3.0, 20.0)];
        for (x, y) in [(0.0, 10.0), (1.0, 10.0), (2.0, 15.0), (3.0, 20.0), (9.0, 20.0)] {
            assert!((on_line(&points, x) - y).abs() < 1e-12, "{x}");
        }
    }
}
