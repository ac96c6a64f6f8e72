//! Axes with round ticks and short labels.

use crate::math;

/// Intervals between ticks at most.
const INTERVALS_MAX: u32 = 8;

/// An axis: positions run over `low..=high`; on a logarithmic one they are decimal logarithms.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Name and unit.
    pub(super) label: String,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Position and text of each tick.
    pub(super) ticks: Vec<(f64, String)>,
    logarithmic: bool,
    /// How many of the values' unit make one of the axis's.
    unit: f64,
}

impl Axis {
    /// From 0 to a round value at or above `high`.
    pub(super) fn linear(label: &str, high: f64) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        let step = round_step(high / f64::from(INTERVALS_MAX));
        let steps = (high / step - 1e-9).ceil().max(1.0);
        Self {
            label: label.to_owned(),
            low: 0.0,
            high: steps * step,
            ticks: multiples(step, steps).map(|at| (at, si(at))).collect(),
            logarithmic: false,
            unit: 1.0,
        }
    }

    /// Shares from 0 to `high` (at most 1), as per cent.
    pub(super) fn share(label: &str, high: f64) -> Self {
        let mut axis = Self::linear(label, high.min(1.0) * 100.0);
        axis.high = axis.high.min(100.0);
        axis.ticks.retain(|(at, _)| *at <= axis.high);
        axis.ticks.iter_mut().for_each(|(_, text)| text.push_str(" %"));
        axis.unit = 0.01;
        axis
    }

    /// Virtual time from 0 to exactly `high` seconds, in the unit that suits it.
    pub(super) fn time(label: &str, high: f64) -> Self {
        let (unit, name) = match high {
            s if s < 300.0 => (1.0, "s"),
            s if s < 4.0 * 3_600.0 => (60.0, "min"),
            s if s < 4.0 * 86_400.0 => (3_600.0, "h"),
            _ => (86_400.0, "days"),
        };
        let mut axis = Self::linear(&format!("{label} ({name})"), high / unit);
        if high > 0.0 {
            axis.high = high / unit;
        }
        axis.ticks.retain(|(at, _)| *at <= axis.high);
        axis.unit = unit;
        axis
    }

    /// Logarithmic, from `low` to `high`, both above 0. Ticks at the powers of ten; where these are
    /// few, at their doubles and fivefolds as well.
    pub(super) fn logarithmic(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = (math::log10(low), math::log10(high));
        let factors: &[f64] = if high - low < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let mut ticks = Vec::new();
        let mut decade = low.floor();
        while decade <= high {
            for factor in factors {
                let at = decade + math::log10(*factor);
                if (low - 1e-9..=high + 1e-9).contains(&at) {
                    ticks.push((at, si(factor * math::pow(10.0, decade))));
                }
            }
            decade += 1.0;
        }
        Self { label: label.to_owned(), low, high, ticks, logarithmic: true, unit: 1.0 }
    }

    /// One place per name, in the middle of a unit's length each.
    pub(super) fn names(label: &str, names: &[String]) -> Self {
        let places = (0_u32..).map(|place| f64::from(place) + 0.5);
        Self {
            label: label.to_owned(),
            low: 0.0,
            high: names.len().max(1) as f64,
            ticks: places.zip(names.iter().cloned()).collect(),
            logarithmic: false,
            unit: 1.0,
        }
    }

    /// The position of a value.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = value / self.unit;
        if self.logarithmic { math::log10(value) } else { value }
    }

    /// The text of the tick at a position.
    pub(super) fn text(&self, position: f64) -> String {
        let nearest = |a: &&(f64, String), b: &&(f64, String)| {
            (a.0 - position).abs().total_cmp(&(b.0 - position).abs())
        };
        self.ticks.iter().min_by(nearest).map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

/// 1, 2 or 5 times a power of ten, at or above `rough`.
fn round_step(rough: f64) -> f64 {
    let power = math::pow(10.0, math::log10(rough).floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let fits = |factor: &&f64| **factor * power >= rough * (1.0 - 1e-9);
    factors.iter().find(fits).unwrap_or(&10.0) * power
}

/// `0, step, … steps · step`.
fn multiples(step: f64, steps: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(0.0), |n| Some(n + 1.0))
        .take_while(move |n| *n <= steps)
        .map(move |n| n * step)
}

/// A number with an SI prefix, without superfluous digits: 0.5, 20, 1k, 2.5M.
pub(super) fn si(value: f64) -> String {
    let (scaled, prefix) = match value.abs() {
        v if v >= 1e12 => (value / 1e12, "T"),
        v if v >= 1e9 => (value / 1e9, "G"),
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    if scaled != 0.0 && scaled.abs() < 1e-4 {
        return format!("{scaled:.1e}").replace(".0e", "e");
    }
    // Three significant digits; rounding in steps of a millionth first hides binary noise.
    let decimals = match scaled.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        v if v >= 0.01 => 3,
        _ => 6,
    };
    let text = format!("{scaled:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{prefix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_reach_the_end() {
        assert_eq!(texts(&Axis::linear("", 9.3)), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(
            texts(&Axis::linear("", 0.11)),
            ["0", "0.02", "0.04", "0.06", "0.08", "0.1", "0.12"]
        );
        assert_eq!(texts(&Axis::linear("", 0.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(&Axis::share("", 1.0)), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten_or_finer_where_few() {
        assert_eq!(texts(&Axis::logarithmic("", 1.0, 1e6)).len(), 7);
        assert_eq!(texts(&Axis::logarithmic("", 0.3, 4.0)), ["0.5", "1", "2"]);
    }

    #[test]
    fn time_axes_choose_their_unit() {
        let axis = Axis::time("time", 7_200.0);
        assert_eq!(axis.label, "time (min)");
        assert!((axis.place(3_600.0) - 60.0).abs() < 1e-12 && (axis.high - 120.0).abs() < 1e-12);
    }

    #[test]
    fn labels_are_short() {
        let labels =
            [0.0, 1e-5 * (1.0 - 1e-12), 0.05, 0.1 + 0.2, 1_000.0, 2_500_000.0, 1e8].map(si);
        assert_eq!(labels, ["0", "1e-5", "0.05", "0.3", "1k", "2.5M", "100M"]);
    }
}
