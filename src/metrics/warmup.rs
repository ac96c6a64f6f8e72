//! How long a run takes to forget its start: MSER-5, and the courses behind Welch's plot.

use serde::{Deserialize, Serialize};

use crate::metrics::batches::Batches;

/// The course of one figure over a whole run, warm-up included: means of consecutive batches of equal
/// size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// What it is the course of.
    pub name: String,
    /// Observations in each batch.
    pub size: u64,
    /// The mean of each batch, in order.
    pub means: Vec<f64>,
}

/// Longest course kept with a result of a sweep: enough for a plot.
const MEANS_MAX: usize = 120;

impl Course {
    /// The course of these observations.
    pub(super) fn of(name: &str, all: &Batches) -> Self {
        let (size, means) = all.course(MEANS_MAX);
        Self { name: name.to_owned(), size, means }
    }

    /// The same in batches of `size` observations, a multiple of its own size.
    pub fn in_batches_of(&self, size: u64) -> Vec<f64> {
        let group = usize::try_from((size / self.size).max(1)).unwrap_or(usize::MAX);
        self.means.chunks_exact(group).map(|few| few.iter().sum::<f64>() / group as f64).collect()
    }
}

/// What leaving out the start would gain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WarmUp {
    /// Observations over the whole run.
    pub observations: u64,
    /// Of them before the window for statistics: what the scenario's `warmup` leaves out.
    pub left_out: u64,
    /// What MSER-5 would leave out; none where no cut in the first half is best: the run is too short
    /// for the figure to settle.
    pub mser5: Option<u64>,
}

impl WarmUp {
    pub(super) fn of(all: &Batches, left_out: u64) -> Option<Self> {
        let (size, means) = all.course(usize::MAX);
        (means.len() >= 20).then(|| Self {
            observations: all.n(),
            left_out,
            mser5: mser5(&means).map(|cut| cut as u64 * size),
        })
    }
}

/// How many of the first values to leave out so that the standard error of the mean of the others is
/// least, in steps of five; `None` when that is not in the first half.
///
/// White, Cobb and Spratt, *Winter Simulation Conference* 2000: minimise Σ(y − ȳ)²/k² over the means y
/// of five neighbours each that are left.
pub fn mser5(values: &[f64]) -> Option<usize> {
    const GROUP: usize = 5;
    let groups: Vec<f64> =
        values.chunks_exact(GROUP).map(|few| few.iter().sum::<f64>() / GROUP as f64).collect();
    let (mut sum, mut squares, mut kept) = (0.0, 0.0, 0.0);
    let mut best: Option<(usize, f64)> = None;
    // From the end, so that each step adds one value. Few values that happen to agree have hardly any
    // error: a queue is empty for a while. So at least a quarter stays.
    let least = (groups.len() as f64 / 4.0).max(5.0);
    for (at, value) in groups.iter().enumerate().rev() {
        sum += value;
        squares += value * value;
        kept += 1.0;
        if kept < least {
            continue;
        }
        let error = (squares - sum * sum / kept).max(0.0) / (kept * kept);
        if best.is_none_or(|(_, smallest)| error <= smallest) {
            best = Some((at, error));
        }
    }
    best.map(|(at, _)| at).filter(|at| at * 2 <= groups.len()).map(|at| at * GROUP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_numbers::Numbers;

    #[test]
    fn a_start_at_another_level_is_cut_off() {
        let mut numbers = Numbers::new(1);
        let values: Vec<f64> =
            (0..400).map(|at| numbers.uniform() + if at < 60 { 5.0 } else { 0.0 }).collect();
        assert_eq!(mser5(&values), Some(60));
    }

    #[test]
    fn steady_values_are_cut_little_and_a_slope_has_no_cut() {
        let mut numbers = Numbers::new(2);
        let steady: Vec<f64> = (0..1_000).map(|_| numbers.uniform()).collect();
        assert!(mser5(&steady).expect("steady") <= 200);
        let slope: Vec<f64> = (0..400).map(f64::from).collect();
        assert_eq!(mser5(&slope), None);
        assert_eq!(mser5(&[1.0; 100]), Some(0));
    }

    /// An M/M/1 queue with load 0.5 that starts with a backlog of 60: it falls by about 1 per customer.
    /// Kleinrock (1975): the mean wait is 1.
    #[test]
    fn a_queue_that_starts_with_a_backlog_is_cut_where_it_has_fallen() {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mut settled, mut without, mut with) = (0.0, 0.0, 0.0);
        for seed in 0..50 {
            let mut numbers = Numbers::new(seed);
            let mut wait = 60.0_f64;
            let waits: Vec<f64> = (0..2_000)
                .map(|_| {
                    let service = -crate::math::ln(1.0 - numbers.uniform());
                    let gap = -2.0 * crate::math::ln(1.0 - numbers.uniform());
                    wait = (wait + service - gap).max(0.0);
                    wait
                })
                .collect();
            // A burst late in the first half may look like a start.
            let Some(cut) = mser5(&waits) else { continue };
            assert!(cut >= 20, "seed {seed}: {cut}");
            settled += 1.0;
            without += mean(&waits);
            with += mean(&waits[cut..]);
        }
        assert!(settled >= 40.0, "{settled} of 50 settle");
        let (without, with) = (without / settled, with / settled);
        assert!(without > 1.5 && (with - 1.0).abs() < 0.1, "{without} without, {with} with a cut");
    }

    #[test]
    fn courses_of_several_runs_can_be_brought_to_one_size() {
        let course = Course { name: "x".to_owned(), size: 2, means: vec![1.0, 3.0, 5.0, 7.0, 9.0] };
        assert_eq!(course.in_batches_of(4), [2.0, 6.0]);
        assert_eq!(course.in_batches_of(2), course.means);
    }
}
