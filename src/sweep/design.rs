//! Where the points of a sweep lie.
//!
//! Every design is a function of the axes and the seed alone, and so is the number of each point.

use crate::engine::{Seeds, Source};
use crate::scenario::{Axis, Design, SweepSpec};

/// The values of every point, as TOML, in the order of the axes.
pub(super) fn points(spec: &SweepSpec, seed: u64) -> Vec<Vec<String>> {
    let axes = &spec.axes;
    let count = spec.points.unwrap_or(0);
    match spec.design {
        Design::Grid => grid(axes),
        Design::Zip => {
            let length = axes.iter().filter_map(Axis::length).min().unwrap_or(0);
            (0..length).map(|i| axes.iter().map(|axis| axis.level(i)).collect()).collect()
        }
        Design::Random => {
            let draws = Seeds::new(seed, 0).draws("sweep.random");
            let share = |point, axis| draws.at(axis, u64::from(point)).unit();
            (0..count).map(|point| spread(axes, |axis| share(point, axis))).collect()
        }
        Design::LatinHypercube => latin_hypercube(axes, count, seed),
        Design::Sobol => saltelli(axes, count, seed),
    }
}

/// One value per axis, at the share that `share` gives for it.
fn spread(axes: &[Axis], share: impl Fn(u64) -> f64) -> Vec<String> {
    (0..).zip(axes).map(|(number, axis)| axis.at(share(number))).collect()
}

/// Every combination; the last axis moves fastest.
fn grid(axes: &[Axis]) -> Vec<Vec<String>> {
    let mut points = vec![Vec::new()];
    for axis in axes {
        let levels: Vec<String> =
            (0..axis.length().unwrap_or(0)).map(|index| axis.level(index)).collect();
        let extended = |point: &Vec<String>, level: &String| {
            let mut longer = point.clone();
            longer.push(level.clone());
            longer
        };
        points = points
            .iter()
            .flat_map(|point| levels.iter().map(move |level| extended(point, level)))
            .collect();
    }
    points
}

/// Each axis in `count` equal parts, each part hit once, at a random place in it.
fn latin_hypercube(axes: &[Axis], count: u32, seed: u64) -> Vec<Vec<String>> {
    let mut columns = Vec::new();
    for number in 0..axes.len() {
        let mut source = Seeds::new(seed, 0).stream(&format!("sweep.latin_hypercube.{number}"));
        let order = shuffled(count, &mut source);
        let shares: Vec<f64> = order
            .iter()
            .map(|part| (f64::from(*part) + source.unit()) / f64::from(count))
            .collect();
        columns.push(shares);
    }
    (0..count as usize)
        .map(|point| {
            axes.iter().zip(&columns).map(|(axis, shares)| axis.at(shares[point])).collect()
        })
        .collect()
}

/// Fisher–Yates.
fn shuffled(count: u32, source: &mut Source) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..order.len()).rev() {
        let other = source.below(last as u64 + 1);
        order.swap(last, usize::try_from(other).expect("below the length of a vector"));
    }
    order
}

/// Saltelli's scheme (*Computer Physics Communications* 145, 2002): for each of `count` rows the
/// points A, B, and for each axis A with that axis taken from B.
///
/// A and B are the halves of one Sobol' sequence of twice as many dimensions (direction numbers of
/// Joe and Kuo, 2008), Owen-scrambled by the seed.
fn saltelli(axes: &[Axis], count: u32, seed: u64) -> Vec<Vec<String>> {
    let scramble = u32::try_from(seed & 0xffff_ffff).expect("32 bits");
    let dimensions = u32::try_from(axes.len()).expect("axes are few");
    let mut points = Vec::new();
    for row in 0..count {
        let share = |dimension| f64::from(sobol_burley::sample(row, dimension, scramble));
        let a: Vec<f64> = (0..dimensions).map(share).collect();
        let b: Vec<f64> = (dimensions..2 * dimensions).map(share).collect();
        let values = |shares: &[f64]| -> Vec<String> {
            axes.iter().zip(shares).map(|(axis, share)| axis.at(*share)).collect()
        };
        points.extend([values(&a), values(&b)]);
        for axis in 0..axes.len() {
            let mut mixed = a.clone();
            mixed[axis] = b[axis];
            points.push(values(&mixed));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::{Overlay, parse};

    fn spec(sweep: &str) -> SweepSpec {
        let text = format!(
            "payments = 10\n[network.generate.star]\nnodes = 5\n\
             [workload.arrivals.poisson]\nrate = \"1 /s\"\n\
             [workload.amount.fixed]\nvalue = \"1 sat\"\n[sweep]\n{sweep}"
        );
        let path = std::path::Path::new("case.toml");
        let loaded = parse(path, text, Overlay::default()).unwrap_or_else(|p| panic!("{p}"));
        loaded.sweep.expect("written")
    }

    #[test]
    fn a_grid_is_every_combination_and_zip_goes_in_step() {
        let axes = "axes.payments = [1, 2]\naxes.network.generate.star.nodes = [3, 4, 5]\n";
        let points = points(&spec(axes), 1);
        let expected = [["1", "3"], ["1", "4"], ["1", "5"], ["2", "3"], ["2", "4"], ["2", "5"]];
        assert_eq!(points, expected);
        let zip = "design = \"zip\"\naxes.payments = [1, 2]\naxes.seed = [3, 4]\n";
        assert_eq!(super::points(&spec(zip), 1), [["1", "3"], ["2", "4"]]);
    }

    #[test]
    fn a_latin_hypercube_hits_every_part_of_every_axis_once() {
        let text = "design = \"latin_hypercube\"\npoints = 50\n\
            axes.payments = { from = 1, to = 50 }\naxes.seed = { from = 101, to = 150 }\n";
        let points = points(&spec(text), 7);
        for axis in 0..2 {
            let values: BTreeSet<&str> = points.iter().map(|point| point[axis].as_str()).collect();
            assert_eq!(values.len(), 50);
        }
        assert_ne!(points, super::points(&spec(text), 8));
        assert_eq!(points, super::points(&spec(text), 7));
    }

    #[test]
    fn sobol_points_fill_every_dyadic_part_equally() {
        let text = "design = \"sobol\"\npoints = 64\n\
            axes.payments = { from = 1, to = 8 }\naxes.seed = { from = 1, to = 8 }\n";
        let points = points(&spec(text), 3);
        assert_eq!(points.len(), 64 * 4);
        // The first 64 points of a two-dimensional Sobol' sequence put one into each of 8 × 8 cells.
        let cells: BTreeSet<&Vec<String>> = points.iter().step_by(4).collect();
        assert_eq!(cells.len(), 64);
        for row in points.chunks_exact(4) {
            let [a, b, ab1, ab2] = row else { unreachable!("chunks of 4") };
            assert_eq!((&ab1[0], &ab1[1]), (&b[0], &a[1]));
            assert_eq!((&ab2[0], &ab2[1]), (&a[0], &b[1]));
        }
    }

    #[test]
    fn random_points_are_uniform() {
        let text = "design = \"random\"\npoints = 2000\naxes.payments = { from = 1, to = 4 }\n";
        let points = points(&spec(text), 5);
        for value in ["1", "2", "3", "4"] {
            let count = points.iter().filter(|point| point[0] == value).count();
            assert!((400..600).contains(&count), "{value}: {count}");
        }
    }
}
