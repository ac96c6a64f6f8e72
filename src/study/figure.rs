//! One figure of a summary, by its name: the path of keys in `summary.json`.

use serde_json::Value;

use crate::math;
use crate::metrics::{Summary, SummaryResult, Window, replicated};
use crate::prices::Prices;
use crate::units::SimTime;

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The figure; `None` where nothing was observed.
    pub value: Option<f64>,
    /// The ends of its interval.
    pub ends: Option<[f64; 2]>,
}

impl Figure {
    /// The figure called `name`; `None`: no such name.
    pub(super) fn of(summary: &SummaryResult, name: &str) -> Option<Self> {
        let value = serde_json::to_value(summary).expect("plain data with text keys");
        let found = name.split('.').try_fold(&value, |value, key| value.get(key))?;
        match found {
            Value::Number(number) => Some(Self { value: number.as_f64(), ends: None }),
            Value::Null => Some(Self::default()),
            Value::Object(map) if map.contains_key("value") && map.contains_key("method") => {
                let number = |key: &str| map.get(key).and_then(Value::as_f64);
                let ends = number("low").zip(number("high")).map(|(low, high)| [low, high]);
                Some(Self { value: number("value"), ends })
            }
            _ => None,
        }
    }

    /// Whether a summary has a figure of this name.
    pub(super) fn exists(name: &str) -> bool {
        let window = Window { from: SimTime::ZERO, to: SimTime(1) };
        Self::of(&Summary::new(window, Prices::default()).result(), name).is_some()
    }

    /// The mean over replications with the interval over them; a single one keeps its own.
    pub(super) fn over(replications: &[Self]) -> Self {
        if let [only] = replications {
            return *only;
        }
        let values: Vec<_> = replications.iter().filter_map(|figure| figure.value).collect();
        let Some(over) = replicated(&values) else { return Self::default() };
        Self { value: Some(over.mean), ends: over.ends }
    }

    /// The figure in another unit.
    pub(super) fn divided(self, by: f64) -> Self {
        Self { value: self.value.map(|v| v / by), ends: self.ends.map(|ends| ends.map(|e| e / by)) }
    }
}

/// A figure for readers: four significant digits.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = math::log10(value.abs()).floor();
    if (-4.0..6.0).contains(&magnitude) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 8 digits after the point"
        )]
        let digits = (3.0 - magnitude).max(0.0) as usize;
        format!("{value:.digits$}")
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_the_path_of_their_keys() {
        for name in ["success.success_ratio", "latency.payer_known.p50_s", "window.length_s"] {
            assert!(Figure::exists(name), "{name}");
        }
        for name in ["success", "latency.payer_known.p51_s", "", "failures.nothing"] {
            assert!(!Figure::exists(name), "{name}");
        }
    }

    #[test]
    fn the_mean_over_replications_has_the_interval_of_students_t() {
        let figure = |value| Figure { value: Some(value), ends: Some([0.0, 9.0]) };
        assert_eq!(Figure::over(&[figure(2.0)]), figure(2.0));
        let over = Figure::over(&[figure(1.0), figure(2.0), figure(3.0)]);
        // Standard deviation 1; 4.303 / sqrt(3) is 2.484.
        let [low, high] = over.ends.expect("three replications");
        assert_eq!(over.value, Some(2.0));
        assert!((low + 0.484).abs() < 1e-3 && (high - 4.484).abs() < 1e-3, "{low} {high}");
        assert_eq!(figure(3.0).divided(2.0), Figure { value: Some(1.5), ends: Some([0.0, 4.5]) });
    }

    #[test]
    fn readers_see_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.012_345_6, "0.01235"),
            (7.0, "7.000"),
            (65_432.1, "65432"),
            (1_234_567.0, "1.235e6"),
            (-2.5, "-2.500"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
