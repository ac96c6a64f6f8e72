//! How much is paid: one draw each, by inversion, rounded to whole millisatoshis.

use std::path::Path;

use crate::engine::Source;
use crate::math;
use crate::network::DataError;
use crate::units::{Msat, SUPPLY};
use crate::workload::error::WorkloadError;
use crate::workload::params::Amount;
use crate::workload::table::{Table, shown};
use crate::workload::weights::Weights;

/// A law of amounts, ready to draw from. Every draw lies between 1 msat and all bitcoin.
#[derive(Clone, Debug)]
pub(crate) enum Amounts {
    /// Uniform over `span` whole values from `min` on; a fixed amount has a span of 1.
    Uniform { min: u64, span: u64 },
    /// `quantile` of a unit draw, then cut.
    Continuous { law: Law, min: u64, max: u64 },
    /// One of these values.
    Empirical { values: Vec<Msat>, weights: Weights },
}

/// A continuous law, in msat before rounding and cutting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Law {
    /// `min · ratio^u`.
    LogUniform { min: f64, ratio: f64 },
    /// `−mean · ln u`.
    Exponential { mean: f64 },
    /// `median · exp(sigma · z)`.
    Lognormal { median: f64, sigma: f64 },
    /// `min · u^(−1/alpha)`.
    Pareto { min: f64, alpha: f64 },
}

impl Law {
    /// The value at the unit draw `u`.
    fn quantile(self, u: f64) -> f64 {
        match self {
            Self::LogUniform { min, ratio } => min * math::pow(ratio, u),
            Self::Exponential { mean } => -mean * math::ln(u),
            Self::Lognormal { median, sigma } => {
                median * math::exp(sigma * math::inverse_normal(u))
            }
            Self::Pareto { min, alpha } => min * math::pow(u, -1.0 / alpha),
        }
    }
}

impl Amounts {
    /// Prepares a law; an empirical one reads its file and gives back the file's hash too.
    pub(crate) fn new(params: &Amount) -> Result<(Self, Option<String>), WorkloadError> {
        let supply = SUPPLY.to_msat();
        let cut = |max: Option<Msat>| max.unwrap_or(supply);
        let (law, min, max) = match *params {
            Amount::Empirical { ref path } => {
                let (amounts, hash) = empirical(path)?;
                return Ok((amounts, Some(hash)));
            }
            Amount::Fixed { value } => return uniform(value, value),
            Amount::Uniform { min, max } => return uniform(min, max),
            Amount::LogUniform { min, max } => {
                let min = min.max(Msat(1));
                let ratio = money(max.max(min)) / money(min);
                (Law::LogUniform { min: money(min), ratio }, min, max)
            }
            Amount::Exponential { mean, max } => {
                (Law::Exponential { mean: money(mean) }, Msat(1), cut(max))
            }
            Amount::Lognormal { median, sigma, max } => {
                (Law::Lognormal { median: money(median), sigma }, Msat(1), cut(max))
            }
            Amount::Pareto { min, alpha, max } => {
                (Law::Pareto { min: money(min), alpha }, min, cut(max))
            }
        };
        let (min, max) = ordered(min, max)?;
        Ok((Self::Continuous { law, min, max }, None))
    }

    /// One amount.
    pub(crate) fn draw(&self, draws: &mut Source) -> Msat {
        match self {
            Self::Uniform { min, span } => Msat(min + draws.below(*span)),
            Self::Continuous { law, min, max } => {
                Msat(rounded(law.quantile(draws.unit())).clamp(*min, *max))
            }
            Self::Empirical { values, weights } => values[weights.draw(draws)],
        }
    }
}

fn uniform(min: Msat, max: Msat) -> Result<(Amounts, Option<String>), WorkloadError> {
    let (min, max) = ordered(min, max)?;
    Ok((Amounts::Uniform { min, span: max - min + 1 }, None))
}

/// Both ends, raised to 1 msat and cut to all bitcoin.
fn ordered(min: Msat, max: Msat) -> Result<(u64, u64), WorkloadError> {
    let [least, most] = [min, max].map(|end| end.0.clamp(1, SUPPLY.to_msat().0));
    if min > max {
        let message = format!("the smallest amount, {min}, is above the largest, {max}");
        return Err(WorkloadError::scenario("workload.amount", message));
    }
    Ok((least, most))
}

#[expect(clippy::cast_precision_loss, reason = "laws are continuous; draws are rounded anyway")]
const fn money(amount: Msat) -> f64 {
    amount.0 as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and what is too large is cut"
)]
fn rounded(value: f64) -> u64 {
    (value + 0.5) as u64
}

/// Reads a CSV with `amount_msat` or `amount_sat`, and optionally `weight`.
fn empirical(path: &Path) -> Result<(Amounts, String), DataError> {
    let mut table = Table::open(path)?;
    let (amount, unit) = match table.find("amount_sat") {
        Some(column) if table.find("amount_msat").is_none() => (column, 1_000),
        _ => (table.column("amount_msat")?, 1),
    };
    let weight = table.find("weight");
    let (mut values, mut shares) = (Vec::new(), Vec::new());
    while table.next_row()? {
        values.push(table.amount(amount, unit)?);
        shares.push(weight.map_or(Ok(1.0), |column| share(&table, column))?);
    }
    let weights = Weights::from_shares(&shares)
        .ok_or_else(|| DataError::new(path, "no amount with a positive weight in the file"))?;
    Ok((Amounts::Empirical { values, weights }, table.hash()))
}

/// A weight: decimal digits with at most one point.
fn share(table: &Table, column: usize) -> Result<f64, DataError> {
    let text = table.field(column);
    let plain = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let value = std::str::from_utf8(text).ok().filter(|_| plain).and_then(|text| text.parse().ok());
    value.filter(|value: &f64| value.is_finite()).ok_or_else(|| {
        table
            .error(column, format!("`{}` is not a weight", shown(text)))
            .help("digits 0 to 9, with at most one point")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Seeds;
    use crate::workload::statistics::{chi_squared, kolmogorov_smirnov};

    fn sample(params: &Amount, count: usize) -> Vec<Msat> {
        let (amounts, _) = Amounts::new(params).unwrap();
        let mut draws = Seeds::new(11, 0).stream("workload.amounts");
        (0..count).map(|_| amounts.draw(&mut draws)).collect()
    }

    fn continuous(params: &Amount) -> Vec<f64> {
        sample(params, 50_000).into_iter().map(money).collect()
    }

    #[test]
    fn uniform_amounts_take_every_value_equally_often_both_ends_included() {
        let mut counts = [0_u32; 7];
        for amount in sample(&Amount::Uniform { min: Msat(3), max: Msat(9) }, 70_000) {
            counts[usize::try_from(amount.0 - 3).unwrap()] += 1;
        }
        chi_squared(&counts, &[10_000.0; 7], 6);
    }

    #[test]
    fn log_uniform_amounts_are_uniform_in_the_logarithm() {
        let params = Amount::LogUniform { min: Msat(1_000_000), max: Msat(1_000_000_000) };
        kolmogorov_smirnov(continuous(&params), |x| math::log10(x / 1e6) / 3.0);
    }

    #[test]
    fn exponential_amounts_have_their_law() {
        let params = Amount::Exponential { mean: Msat(50_000_000), max: None };
        kolmogorov_smirnov(continuous(&params), |x| 1.0 - math::exp(-x / 5e7));
    }

    #[test]
    fn lognormal_amounts_have_their_quantiles() {
        let params = Amount::Lognormal { median: Msat(10_000_000), sigma: 1.5, max: None };
        let mut drawn = continuous(&params);
        drawn.sort_unstable_by(f64::total_cmp);
        // A quantile's standard error is sqrt(p(1-p)/n) / density; in the logarithm, with sigma 1.5.
        for (p, z, density) in
            [(0.1, -1.281_551_6, 0.175_498), (0.5, 0.0, 0.398_942), (0.9, 1.281_551_6, 0.175_498)]
        {
            let place = if p < 0.2 {
                5_000
            } else if p < 0.6 {
                25_000
            } else {
                45_000
            };
            let off = math::ln(drawn[place] / 1e7) - 1.5 * z;
            let error: f64 = 1.5 / density * f64::sqrt(p * (1.0 - p) / 50_000.0);
            assert!(off.abs() < 3.3 * error, "quantile {p} is {off} off in the logarithm");
        }
    }

    #[test]
    fn pareto_amounts_have_their_law_and_never_fall_below_their_minimum() {
        let params = Amount::Pareto { min: Msat(1_000_000), alpha: 1.2, max: None };
        let drawn = continuous(&params);
        assert!(drawn.iter().all(|x| *x >= 1e6));
        kolmogorov_smirnov(drawn, |x| 1.0 - math::pow(1e6 / x, 1.2));
    }

    #[test]
    fn larger_draws_become_the_maximum_and_smaller_ones_a_millisatoshi() {
        let params = Amount::Lognormal { median: Msat(10), sigma: 3.0, max: Some(Msat(20)) };
        let drawn = sample(&params, 10_000);
        assert_eq!(drawn.iter().max(), Some(&Msat(20)));
        assert_eq!(drawn.iter().min(), Some(&Msat(1)));
        let cut = u32::try_from(drawn.iter().filter(|amount| amount.0 == 20).count()).unwrap();
        // P(10·exp(3z) >= 19.5) = 1 − Φ(ln 1.95 / 3) = 0.41193.
        assert!((f64::from(cut) - 4_119.3).abs() < 3.3 * 49.2, "{cut}");
    }

    #[test]
    fn no_draw_exceeds_all_bitcoin() {
        let params = Amount::Pareto { min: SUPPLY.to_msat(), alpha: 0.1, max: Some(Msat::MAX) };
        assert!(sample(&params, 100).iter().all(|amount| *amount == SUPPLY.to_msat()));
    }

    #[test]
    fn empirical_amounts_come_with_their_weights() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "weight,amount_sat\n1,5\n0,6\n2.5,7\n").unwrap();
        let params = Amount::Empirical { path: file.path().to_path_buf() };
        let mut counts = [0_u32; 3];
        for amount in sample(&params, 35_000) {
            counts[usize::try_from(amount.0 / 1_000 - 5).unwrap()] += 1;
        }
        assert_eq!(counts[1], 0);
        chi_squared(&[counts[0], counts[2]], &[10_000.0, 25_000.0], 1);
    }

    #[test]
    fn a_smallest_amount_above_the_largest_is_refused() {
        let params = Amount::Uniform { min: Msat(2), max: Msat(1) };
        assert!(Amounts::new(&params).unwrap_err().to_string().contains("above the largest"));
    }
}
