//! Fees, CLTV deltas and HTLC limits of the enabled halves.
//!
//! The ppm of a half is drawn from the distribution that belongs to its base fee, so that usual
//! pairs such as (1,000 msat, 1 ppm), lnd's default, are as frequent as in the snapshot.

use crate::engine::{Draws, Seeds, Source};
use crate::network::generate::lightning::channels::{Unpriced, degrees};
use crate::network::generate::lightning::scores::{normal_scores, quantile, values_by_rank};
use crate::network::generate::lightning::tables;
use crate::network::topology::Policy;
use crate::units::{Msat, Ppm};

/// Weights of what the score of a policy field of a half consists of.
struct FieldModel {
    /// Normal score of the capacity.
    capacity: f64,
    /// Normal score of the degree of the node that sets it.
    degree: f64,
    /// Score of the half's own ppm, for fields that go with it.
    ppm: f64,
    /// Habit of the node: one normal number per node.
    habit: f64,
    /// Noise per half.
    noise: f64,
    /// Correlation of the noise of the two halves of a channel.
    opposite: f64,
}

/// Base fee: falls with capacity and degree, half habit.
const FEE_BASE: FieldModel = FieldModel {
    capacity: -0.22,
    degree: -0.05,
    ppm: 0.0,
    habit: 0.55,
    noise: 0.8,
    opposite: 0.15,
};

/// Proportional fee, within halves of similar base fee: rises with capacity; what one side raises
/// the other lowers.
const PPM: FieldModel =
    FieldModel { capacity: 0.24, degree: 0.03, ppm: 0.0, habit: 0.42, noise: 0.85, opposite: -0.2 };

/// CLTV delta: rises with capacity and ppm.
const CLTV: FieldModel =
    FieldModel { capacity: 0.16, degree: 0.0, ppm: 0.17, habit: 0.5, noise: 0.8, opposite: 0.0 };

/// Smallest HTLC: mostly habit.
const HTLC_MINIMUM: FieldModel =
    FieldModel { capacity: 0.12, degree: 0.05, ppm: 0.0, habit: 0.6, noise: 0.75, opposite: 0.0 };

/// The policies of both directions of every channel; `None` where the direction is disabled.
pub(super) fn policies(
    channels: &[Unpriced],
    nodes: u32,
    seeds: Seeds,
) -> Vec<[Option<Policy>; 2]> {
    let halves = Halves::new(channels, nodes);
    let base_scores = halves.scores(&FEE_BASE, None, seeds, "fee base");
    let ppm_scores = halves.scores(&PPM, None, seeds, "ppm");
    let base = values_by_rank(&base_scores, tables::FEE_BASE);
    let ppm = ppm_by_base(&ppm_scores, &base);
    let scored = |model, cause| halves.scores(model, Some(&ppm_scores), seeds, cause);
    let cltv = values_by_rank(&scored(&CLTV, "cltv"), tables::CLTV_DELTA);
    let minimum = values_by_rank(&scored(&HTLC_MINIMUM, "htlc minimum"), tables::HTLC_MINIMUM);
    let draws = seeds.draws("network 2026 htlc maximum");
    let mut policies = vec![[None; 2]; channels.len()];
    for (at, half) in halves.list.iter().enumerate() {
        let capacity = channels[half.channel].capacity.to_msat();
        let per_cent = quantile(tables::HTLC_MAXIMUM, half.draw(&draws).unit());
        let maximum = Msat((capacity.0 / 100 * per_cent).max(capacity.0 / 1_000));
        policies[half.channel][half.side] = Some(Policy {
            fee_base_msat: u32::try_from(base[at]).expect("the table ends at 10^7"),
            proportional_millionths: Ppm(u32::try_from(ppm[at]).expect("the tables end at 10^6")),
            cltv_expiry_delta: u16::try_from(cltv[at]).expect("the table ends at 1,444"),
            htlc_minimum: Msat(minimum[at]).min(maximum),
            htlc_maximum: maximum,
            disabled: false,
        });
    }
    policies
}

/// One enabled direction of a channel.
#[derive(Clone, Copy, Debug)]
struct Half {
    channel: usize,
    /// Which end sends: 0 or 1.
    side: usize,
    /// The node that sends.
    node: u32,
}

impl Half {
    /// The draws of this half.
    fn draw(self, draws: &Draws) -> Source {
        draws.at(2 * self.channel as u64 + self.side as u64, 0)
    }
}

/// All enabled halves, with the scores of what their policies depend on.
struct Halves {
    list: Vec<Half>,
    capacity: Vec<f64>,
    degree: Vec<f64>,
}

impl Halves {
    fn new(channels: &[Unpriced], nodes: u32) -> Self {
        let degrees = degrees(channels, nodes);
        let mut list = Vec::new();
        for (channel, sized) in channels.iter().enumerate() {
            for side in [0, 1] {
                if sized.enabled[side] {
                    list.push(Half { channel, side, node: sized.ends[side] });
                }
            }
        }
        let capacities: Vec<_> =
            list.iter().map(|half| channels[half.channel].capacity.0).collect();
        let node_degrees: Vec<_> = list.iter().map(|half| degrees[half.node as usize]).collect();
        Self { list, capacity: normal_scores(&capacities), degree: normal_scores(&node_degrees) }
    }

    /// The scores of a field of all halves.
    fn scores(
        &self,
        model: &FieldModel,
        ppm: Option<&[f64]>,
        seeds: Seeds,
        field: &str,
    ) -> Vec<f64> {
        let habits = seeds.draws(&format!("network 2026 {field} habit"));
        let common = seeds.draws(&format!("network 2026 {field} common"));
        let own = seeds.draws(&format!("network 2026 {field}"));
        let shared = model.opposite.abs();
        // The few largest nodes set a sixth of all policies: by chance their habits would go with
        // degree.
        let habits: Vec<f64> =
            self.list.iter().map(|half| habits.at(u64::from(half.node), 0).normal()).collect();
        let habits = uncorrelated(&habits, &self.degree);
        self.list
            .iter()
            .enumerate()
            .map(|(at, half)| {
                let sign = if half.side == 1 { model.opposite.signum() } else { 1.0 };
                let both = sign * common.at(half.channel as u64, 0).normal();
                let noise = shared.sqrt() * both + (1.0 - shared).sqrt() * half.draw(&own).normal();
                model.capacity * self.capacity[at]
                    + model.degree * self.degree[at]
                    + ppm.map_or(0.0, |ppm| model.ppm * ppm[at])
                    + model.habit * habits[at]
                    + model.noise * noise
            })
            .collect()
    }
}

/// The values less their regression on the scores, scaled back to the old variance.
fn uncorrelated(values: &[f64], scores: &[f64]) -> Vec<f64> {
    let product = |one: &[f64], two: &[f64]| one.iter().zip(two).map(|(x, y)| x * y).sum::<f64>();
    let slope = product(values, scores) / product(scores, scores).max(f64::MIN_POSITIVE);
    let rest: Vec<f64> = values.iter().zip(scores).map(|(x, y)| x - slope * y).collect();
    let scale = (product(&rest, &rest) / product(values, values).max(f64::MIN_POSITIVE)).sqrt();
    rest.into_iter().map(|x| x / scale.max(f64::MIN_POSITIVE)).collect()
}

/// Proportional fees by rank within the halves of each class of base fee.
fn ppm_by_base(scores: &[f64], base: &[u64]) -> Vec<u64> {
    let mut ppm = vec![0; base.len()];
    for (bases, table) in [
        (0..=0, tables::PPM_NO_BASE),
        (1..=999, tables::PPM_SMALL_BASE),
        (1_000..=1_000, tables::PPM_USUAL_BASE),
        (1_001..=u64::MAX, tables::PPM_LARGE_BASE),
    ] {
        let class: Vec<usize> = (0..base.len()).filter(|&at| bases.contains(&base[at])).collect();
        let class_scores: Vec<f64> = class.iter().map(|&at| scores[at]).collect();
        for (&at, value) in class.iter().zip(values_by_rank(&class_scores, table)) {
            ppm[at] = value;
        }
    }
    ppm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_of_base_fee_has_its_own_distribution_of_ppm() {
        let scores = [0.0, 1.0, 0.5, -0.5];
        let ppm = ppm_by_base(&scores, &[0, 0, 1_000, 1_000]);
        // Quarters of their classes: at 25 % and 75 %.
        assert_eq!(ppm[..2], [0.25, 0.75].map(|p| quantile(tables::PPM_NO_BASE, p)));
        assert_eq!(ppm[2..], [0.75, 0.25].map(|p| quantile(tables::PPM_USUAL_BASE, p)));
    }
}
