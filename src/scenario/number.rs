//! Kinds without a unit: integers, finite numbers, true and false.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::scenario::kind::{Fault, Kind, Raw};
use crate::scenario::problem::quoted;
use crate::scenario::quantity;
use crate::scenario::tree::Value;

/// An integer within bounds.
pub(super) struct Whole<T>(pub(super) RangeInclusive<T>);

impl<T: Copy + Display + TryFrom<i128> + TryInto<u64> + PartialOrd> Kind for Whole<T> {
    type Out = T;
    fn parse(&self, raw: Raw<'_>) -> Result<T, Fault> {
        let Value::Integer(number) = &raw.node.value else { return Err(raw.expected("integer")) };
        let fitting = number.and_then(|number| T::try_from(number).ok());
        fitting.filter(|number| self.0.contains(number)).ok_or_else(|| {
            let (low, high) = (self.0.start(), self.0.end());
            let text = quoted(raw.sources.text(&raw.node.at));
            Fault::new(format!("must be {low} to {high}, but is {text}"))
        })
    }
    fn show(&self, value: &T) -> String {
        (*value).try_into().map_or_else(|_| value.to_string(), quantity::grouped)
    }
    fn stand_in(&self) -> T {
        *self.0.start()
    }
}

/// A finite number within bounds; integers are taken too.
pub(super) struct Number {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether `low` itself is refused.
    pub(super) above: bool,
}

/// A share or a probability.
pub(super) const SHARE: Number = Number { low: 0.0, high: 1.0, above: false };
/// A positive number; the bound keeps products finite.
pub(super) const POSITIVE: Number = Number { low: 0.0, high: 1e12, above: true };

impl Kind for Number {
    type Out = f64;
    fn parse(&self, raw: Raw<'_>) -> Result<f64, Fault> {
        let number = number(raw)?;
        let Self { low, high, above } = *self;
        if number < low || number > high || (above && number <= low) {
            let rule = if above {
                format!("above {low} and at most {high}")
            } else {
                format!("{low} to {high}")
            };
            let text = quoted(raw.sources.text(&raw.node.at));
            return Err(Fault::new(format!("must be {rule}, but is {text}")));
        }
        // Turns −0.0 into 0.0.
        Ok(number + 0.0)
    }
    fn show(&self, value: &f64) -> String {
        format!("{value:?}")
    }
    fn stand_in(&self) -> f64 {
        if self.above { 1.0 } else { self.low }
    }
}

/// A finite number, written with or without a point.
pub(super) fn number(raw: Raw<'_>) -> Result<f64, Fault> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number written as an integer means the nearest float"
    )]
    let number = match &raw.node.value {
        Value::Integer(Some(integer)) => *integer as f64,
        Value::Float(float) => *float,
        _ => return Err(raw.expected("number")),
    };
    if number.is_finite() { Ok(number) } else { Err(not_finite(raw)) }
}

pub(super) fn not_finite(raw: Raw<'_>) -> Fault {
    let text = quoted(raw.sources.text(&raw.node.at));
    Fault::new(format!("must be a finite number, but is {text}"))
}

/// True or false.
pub(super) struct Flag;

impl Kind for Flag {
    type Out = bool;
    fn parse(&self, raw: Raw<'_>) -> Result<bool, Fault> {
        match raw.node.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(raw.expected("boolean")),
        }
    }
    fn show(&self, value: &bool) -> String {
        value.to_string()
    }
    fn stand_in(&self) -> bool {
        false
    }
}
