//! One axis of a sweep: a key of the scenario and its values, listed or spread over a range.
//!
//! Values stay TOML text until a point is read: so every rule of the key holds for them. Ranges are
//! spread in floats (in the smallest unit) and rounded to whole numbers where the key has these.

use serde::{Deserialize, Serialize};

use crate::declare::quantity::{self, FEERATE, MONEY, TIME, show_money, show_time};
use crate::declare::words;
use crate::math;
use crate::units::{Msat, SimDuration};

/// A key that is varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its dotted path in the scenario.
    pub key: String,
    /// What it takes.
    pub levels: Levels,
}

/// The values of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Levels {
    /// TOML texts.
    List(Vec<String>),
    /// A range; its ends belong to it.
    Range(Range),
}

/// A range of numbers or of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The first value, in `unit`.
    pub from: f64,
    /// The last value, in `unit`.
    pub to: f64,
    /// How values between are spread.
    pub scale: Scale,
    /// What the numbers count.
    pub unit: AxisUnit,
    /// How many values, both ends included; `None`: only designs that draw them can use it.
    pub steps: Option<u64>,
    /// The distance of neighbours, where it was given in place of `steps`.
    pub(super) step: Option<f64>,
}

words! {
    /// How values of a range are spread.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Scale {
        /// Equal differences.
        Linear = "linear",
        /// Equal ratios.
        Log = "log",
    }
}

/// What the numbers of a range count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisUnit {
    /// Whole numbers.
    Integer,
    /// Any numbers.
    Number,
    /// Nanoseconds.
    Time,
    /// Millisatoshis.
    Money,
    /// Satoshis per 1,000 weight units.
    Feerate,
    /// Per second.
    Rate,
}

impl Axis {
    /// How many values it has; `None` where they are drawn from a range without steps.
    pub fn length(&self) -> Option<u64> {
        match &self.levels {
            Levels::List(values) => Some(values.len() as u64),
            Levels::Range(range) => range.steps,
        }
    }

    /// The value at `index`, as TOML.
    pub fn level(&self, index: u64) -> String {
        match &self.levels {
            Levels::List(values) => {
                let at = usize::try_from(index).unwrap_or(usize::MAX).min(values.len() - 1);
                values[at].clone()
            }
            Levels::Range(range) => range.level(index),
        }
    }

    /// The value at a share in `0..1` of the way, as TOML: for designs that draw.
    pub fn at(&self, share: f64) -> String {
        match (self.length(), &self.levels) {
            (None, Levels::Range(range)) => range.at(share),
            (length, _) => self.level(index_at(share, length.unwrap_or(1))),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share in 0..1 of at most 100,000 values"
)]
fn index_at(share: f64, length: u64) -> u64 {
    ((share * length as f64) as u64).min(length - 1)
}

impl Range {
    #[expect(clippy::cast_precision_loss, reason = "at most 100,000 steps are used")]
    fn level(&self, index: u64) -> String {
        if let Some(step) = self.step {
            return self.show(self.from + step * index as f64);
        }
        let last = self.steps.unwrap_or(1).saturating_sub(1).max(1);
        match index {
            0 => self.show(self.from),
            _ if index == last => self.show(self.to),
            _ => self.show(self.between(index as f64 / last as f64)),
        }
    }

    /// Whole numbers get equal shares of the way, ends included.
    fn at(&self, share: f64) -> String {
        if self.unit == AxisUnit::Integer && self.scale == Scale::Linear {
            let width = (self.to - self.from).abs() + 1.0;
            let offset = (share * width).floor().min(width - 1.0);
            return self.show(self.from + if self.to < self.from { -offset } else { offset });
        }
        self.show(self.between(share))
    }

    fn between(&self, share: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.from + (self.to - self.from) * share,
            Scale::Log => self.from * math::pow(self.to / self.from, share),
        }
    }

    /// A value as TOML.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ends were whole numbers that fit, and the cast saturates"
    )]
    pub(super) fn show(&self, value: f64) -> String {
        let whole = value.round();
        match self.unit {
            AxisUnit::Integer => format!("{}", whole as i64),
            AxisUnit::Number => format!("{:?}", twelve_digits(value)),
            AxisUnit::Time => format!("\"{}\"", show_time(SimDuration(whole as u64))),
            AxisUnit::Money => {
                // Between whole satoshis there are whole satoshis: many keys take nothing else.
                let is_sat = [self.from, self.to].iter().all(|end| end % 1_000.0 == 0.0);
                let msat = if is_sat { (value / 1_000.0).round() * 1_000.0 } else { whole };
                format!("\"{}\"", show_money(Msat(msat as u64)))
            }
            AxisUnit::Feerate => format!("\"{}\"", quantity::show(whole as u64, &FEERATE)),
            AxisUnit::Rate => format!("\"{} /s\"", twelve_digits(value)),
        }
    }
}

/// Without the binary noise of 0.1 + 0.2.
fn twelve_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// What a value of an axis is in tables and plots.
#[derive(Clone, Debug, PartialEq)]
pub enum LevelValue {
    /// A number, and the suffix that says its unit.
    Number(f64, &'static str),
    /// Anything else.
    Word(String),
}

/// Reads a TOML text as a number where it is one: time in seconds, money in satoshis, rates per second.
pub fn level_value(text: &str) -> LevelValue {
    let word = |text: &str| LevelValue::Word(text.to_owned());
    let Ok(table) = toml::from_str::<toml::Table>(&format!("x = {text}")) else {
        return word(text);
    };
    #[expect(clippy::cast_precision_loss, reason = "for tables and plots")]
    let exact = |text: &str, units, per: f64, suffix| {
        let value = quantity::exact(text, units, "").ok()?;
        Some(LevelValue::Number(value as f64 / per, suffix))
    };
    #[expect(clippy::cast_precision_loss, reason = "for tables and plots")]
    match table.get("x") {
        Some(toml::Value::Integer(number)) => LevelValue::Number(*number as f64, ""),
        Some(toml::Value::Float(number)) => LevelValue::Number(*number, ""),
        Some(toml::Value::String(text)) => exact(text, &TIME, 1e9, "_s")
            .or_else(|| exact(text, &MONEY, 1e3, "_sat"))
            .or_else(|| exact(text, &FEERATE, 1.0, "_sat_per_kw"))
            .or_else(|| quantity::rate(text).ok().map(|rate| LevelValue::Number(rate, "_per_s")))
            .unwrap_or_else(|| word(text)),
        _ => word(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: f64, to: f64, steps: u64, scale: Scale, unit: AxisUnit) -> Vec<String> {
        let range = Range { from, to, scale, unit, steps: Some(steps), step: None };
        let axis = Axis { key: "x".to_owned(), levels: Levels::Range(range) };
        (0..steps).map(|index| axis.level(index)).collect()
    }

    #[test]
    fn ranges_hold_their_ends_and_are_spread_evenly() {
        assert_eq!(range(1.0, 5.0, 3, Scale::Linear, AxisUnit::Integer), ["1", "3", "5"]);
        assert_eq!(range(0.1, 0.3, 3, Scale::Linear, AxisUnit::Number), ["0.1", "0.2", "0.3"]);
        assert_eq!(
            range(1e6, 1e8, 3, Scale::Log, AxisUnit::Money),
            ["\"1_000 sat\"", "\"10_000 sat\"", "\"100_000 sat\""]
        );
        assert_eq!(range(1e9, 1e10, 2, Scale::Log, AxisUnit::Time), ["\"1 s\"", "\"10 s\""]);
        assert_eq!(range(1e8, 1e10, 5, Scale::Log, AxisUnit::Money)[1], "\"316_228 sat\"");
        assert_eq!(range(5.0, 1.0, 2, Scale::Linear, AxisUnit::Rate), ["\"5 /s\"", "\"1 /s\""]);
    }

    #[test]
    fn drawn_whole_numbers_reach_both_ends_equally_often() {
        let range = Range {
            from: 1.0,
            to: 3.0,
            scale: Scale::Linear,
            unit: AxisUnit::Integer,
            steps: None,
            step: None,
        };
        let axis = Axis { key: "x".to_owned(), levels: Levels::Range(range) };
        let drawn: Vec<String> = (0..6).map(|i| axis.at(f64::from(i) / 6.0)).collect();
        assert_eq!(drawn, ["1", "1", "2", "2", "3", "3"]);
        assert_eq!(axis.at(0.999_999_999), "3");
    }

    #[test]
    fn values_are_numbers_in_one_unit_or_words() {
        for (text, value, suffix) in [
            ("5", 5.0, ""),
            ("0.25", 0.25, ""),
            ("\"1_000 sat\"", 1_000.0, "_sat"),
            ("\"1_500 msat\"", 1.5, "_sat"),
            ("\"2 min\"", 120.0, "_s"),
            ("\"30 /min\"", 0.5, "_per_s"),
            ("\"10 sat/vB\"", 2_500.0, "_sat_per_kw"),
        ] {
            assert_eq!(level_value(text), LevelValue::Number(value, suffix), "{text}");
        }
        assert_eq!(level_value("\"lnd\""), LevelValue::Word("lnd".to_owned()));
        assert_eq!(level_value("{ lnd = {} }"), LevelValue::Word("{ lnd = {} }".to_owned()));
    }
}
