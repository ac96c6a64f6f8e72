//! Who has how much of each channel at the start.
//!
//! A share is drawn per channel, keyed by its id, by inverting the distribution function of the
//! model: one draw each. Both sides are whole millisatoshis and sum up to the capacity.

use crate::engine::{Seeds, Source};
use crate::math;
use crate::network::params::BalanceModel;
use crate::network::topology::{Channel, Network};
use crate::units::Msat;

/// The balance of node 1 and node 2 of every channel, by channel id.
pub fn initial_balances(network: &Network, model: &BalanceModel, seeds: Seeds) -> Vec<[Msat; 2]> {
    let draws = seeds.draws("balance");
    network
        .channel_ids()
        .map(|id| split(network.channel(id), model, &mut draws.at(u64::from(id.0), 0)))
        .collect()
}

fn split(channel: &Channel, model: &BalanceModel, source: &mut Source) -> [Msat; 2] {
    if let (BalanceModel::File, Some(stated)) = (model, &channel.stated)
        && let Some(balances) = stated.balances
    {
        return balances;
    }
    let capacity = channel.capacity.to_msat();
    let one = match *model {
        BalanceModel::File | BalanceModel::Uniform => Msat(source.below(capacity.0 + 1)),
        BalanceModel::Half => Msat(capacity.0.div_ceil(2)),
        BalanceModel::OneSided { first_share } if source.chance(first_share) => capacity,
        BalanceModel::OneSided { .. } => Msat::ZERO,
        BalanceModel::Beta { alpha, beta } => {
            portion(capacity, Beta::new(alpha, beta).quantile(source.unit()))
        }
        BalanceModel::Bimodal { scale } => {
            let bimodal = Bimodal::new(capacity, scale.to_msat());
            portion(capacity, bimodal.quantile(source.unit()))
        }
    };
    [one, capacity - one]
}

/// A share of the capacity, to the nearest millisatoshi.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a drawn share has 53 bits; the result is not negative and bounded by the capacity"
)]
fn portion(capacity: Msat, share: f64) -> Msat {
    Msat((capacity.0 as f64 * share + 0.5) as u64).min(capacity)
}

/// lnd's bimodal density on 0..=1 (`probability_bimodal.go`): `exp(-x/s) + exp((x-c)/s)` and a
/// uniform floor, with distribution function
/// `H(x) = (-exp(-x/s) + exp((x-c)/s) + x/(c s)) / (2 - 2 exp(-c/s) + 1/s)`, amounts in msat. That
/// starts at `H(0) = (exp(-c/s) - 1) / (…)`, which is taken off here.
struct Bimodal {
    /// Capacity over scale, c/s.
    span: f64,
    /// Weight of the uniform floor, 1/s.
    floor: f64,
}

impl Bimodal {
    #[expect(clippy::cast_precision_loss, reason = "a relative error of 1e-16 in a scale")]
    fn new(capacity: Msat, scale: Msat) -> Self {
        let scale = scale.0.max(1) as f64;
        Self { span: capacity.0 as f64 / scale, floor: 1.0 / scale }
    }

    fn mass(&self) -> f64 {
        2.0 * (1.0 - math::exp(-self.span)) + self.floor
    }

    fn distribution(&self, share: f64) -> f64 {
        let low = 1.0 - math::exp(-share * self.span);
        let high = math::exp((share - 1.0) * self.span) - math::exp(-self.span);
        (low + high + share * self.floor) / self.mass()
    }

    fn density(&self, share: f64) -> f64 {
        let low = math::exp(-share * self.span);
        let high = math::exp((share - 1.0) * self.span);
        ((low + high) * self.span + self.floor) / self.mass()
    }

    fn quantile(&self, p: f64) -> f64 {
        invert(p, |x| self.distribution(x), |x| self.density(x))
    }
}

/// The beta distribution with its two shape parameters.
struct Beta {
    first: f64,
    second: f64,
    /// Logarithm of the beta function B(a, b).
    ln_norm: f64,
}

impl Beta {
    fn new(first: f64, second: f64) -> Self {
        let ln_norm =
            math::ln_gamma(first) + math::ln_gamma(second) - math::ln_gamma(first + second);
        Self { first, second, ln_norm }
    }

    /// `x^a (1-x)^b / B(a, b)`.
    fn front(&self, x: f64) -> f64 {
        math::exp(self.first * math::ln(x) + self.second * math::ln(1.0 - x) - self.ln_norm)
    }

    fn density(&self, x: f64) -> f64 {
        self.front(x) / (x * (1.0 - x))
    }

    /// The regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun
    /// 26.5.8) on the side of the mean where that converges fast.
    fn distribution(&self, x: f64) -> f64 {
        if x <= 0.0 || x >= 1.0 {
            return if x <= 0.0 { 0.0 } else { 1.0 };
        }
        let front = self.front(x);
        if x < (self.first + 1.0) / (self.first + self.second + 2.0) {
            front * continued_fraction(self.first, self.second, x) / self.first
        } else {
            1.0 - front * continued_fraction(self.second, self.first, 1.0 - x) / self.second
        }
    }

    fn quantile(&self, p: f64) -> f64 {
        invert(p, |x| self.distribution(x), |x| self.density(x))
    }
}

/// `1 / (1 + d1 / (1 + d2 / (1 + …)))` of the incomplete beta function, evaluated forwards (Lentz),
/// until it stands still or for 300 terms, enough for shapes up to several thousand.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    /// Stands in for a zero denominator.
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerator = 1.0;
    let mut denominator = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = denominator;
    for term in 1..300 {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for coefficient in [even, odd] {
            denominator = 1.0 / away_from_zero(1.0 + coefficient * denominator);
            numerator = away_from_zero(1.0 + coefficient / numerator);
            step = denominator * numerator;
            value *= step;
        }
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// The x in 0..=1 where an increasing distribution function reaches `p`: Newton's steps, halving
/// the bracket instead wherever one leaves it. At most 100 evaluations.
fn invert(p: f64, distribution: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high, mut x) = (0.0, 1.0, 0.5);
    for _ in 0..100 {
        let excess = distribution(x) - p;
        if excess < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - excess / density(x);
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        // No capacity has more than 2.1e18 msat.
        if (next - x).abs() < 1e-19 || high - low < 1e-19 {
            return next;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChannelId;
    use crate::network::generate::generate;
    use crate::network::generator::{Generator, PlainPolicy};
    use crate::network::topology::Stated;
    use crate::units::Sat;

    fn star(channels: u32, capacity: u64) -> Network {
        let policy = PlainPolicy { capacity: Sat(capacity), ..PlainPolicy::default() };
        generate(&Generator::Star { nodes: channels + 1, policy }, Seeds::new(1, 0))
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn shares(network: &Network, model: &BalanceModel) -> Vec<f64> {
        initial_balances(network, model, Seeds::new(1, 0))
            .iter()
            .map(|[one, two]| one.0 as f64 / (*one + *two).0 as f64)
            .collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / 20_000.0
    }

    #[test]
    fn every_model_splits_the_capacity_exactly() {
        let network = star(50, 12_345_677);
        for model in [
            BalanceModel::File,
            BalanceModel::Uniform,
            BalanceModel::Half,
            BalanceModel::OneSided { first_share: 0.5 },
            BalanceModel::Beta { alpha: 0.3, beta: 2.0 },
            BalanceModel::Bimodal { scale: Sat(300_000) },
        ] {
            for [one, two] in initial_balances(&network, &model, Seeds::new(3, 0)) {
                assert_eq!(one + two, Msat(12_345_677_000), "{model:?}");
            }
        }
    }

    #[test]
    fn stated_balances_win_with_file_and_only_with_file() {
        let mut network = star(2, 10);
        let balances = Some([Msat(3_001), Msat(6_999)]);
        network.channel_mut(ChannelId(0)).stated =
            Some(Box::new(Stated { balances, ..Stated::default() }));
        let from_file = initial_balances(&network, &BalanceModel::File, Seeds::new(1, 0));
        assert_eq!(Some(from_file[0]), balances);
        let uniform = initial_balances(&network, &BalanceModel::Uniform, Seeds::new(1, 0));
        assert_eq!(from_file[1], uniform[1]);
        let half = initial_balances(&network, &BalanceModel::Half, Seeds::new(1, 0));
        assert_eq!(half[0], [Msat(5_000), Msat(5_000)]);
    }

    #[test]
    fn one_more_channel_moves_no_other_balance() {
        let few = initial_balances(&star(10, 1_000), &BalanceModel::Uniform, Seeds::new(1, 0));
        let more = initial_balances(&star(11, 1_000), &BalanceModel::Uniform, Seeds::new(1, 0));
        assert_eq!(few, more[..10]);
    }

    #[test]
    fn one_sided_channels_follow_the_share() {
        let shares = shares(&star(20_000, 1_000), &BalanceModel::OneSided { first_share: 0.3 });
        assert!((mean(&shares) - 0.3).abs() < 0.01, "{}", mean(&shares));
        assert!(shares.iter().all(|share| share.fract() == 0.0));
    }

    #[test]
    fn the_beta_distribution_has_its_closed_forms() {
        // Beta(1, b) has 1 - (1 - x)^b; the arcsine law Beta(1/2, 1/2) has sin^2(pi p / 2) as
        // quantile.
        for p in [0.001, 0.2, 0.5, 0.9, 0.999] {
            let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
            let power = 1.0 - math::pow(1.0 - p, 1.0 / 3.0);
            assert!(close(Beta::new(1.0, 3.0).quantile(p), power), "{p}");
            let sine = math::sin(p * std::f64::consts::FRAC_PI_2);
            assert!(close(Beta::new(0.5, 0.5).quantile(p), sine * sine), "{p}");
        }
        // Beta(2, 3): 6x^2 - 8x^3 + 3x^4 = 0.5248 at 0.4.
        assert!((Beta::new(2.0, 3.0).distribution(0.4) - 0.5248).abs() < 1e-14);
    }

    #[test]
    fn extreme_shapes_still_invert() {
        for (alpha, beta) in [(0.05, 0.05), (500.0, 3.0), (2_000.0, 2_000.0), (0.1, 30.0)] {
            let law = Beta::new(alpha, beta);
            for p in [0.01, 0.5, 0.99] {
                let x = law.quantile(p);
                let back = law.distribution(x);
                // Below 1e-18 a share is less than any millisatoshi.
                assert!(
                    (back - p).abs() < 1e-9 || !(1e-15..1.0 - 1e-15).contains(&x),
                    "{alpha} {beta} {p}: {x} {back}"
                );
            }
        }
    }

    #[test]
    fn drawn_beta_shares_have_mean_and_variance() {
        let shares =
            shares(&star(20_000, 5_000_000), &BalanceModel::Beta { alpha: 2.0, beta: 3.0 });
        let squares: Vec<_> = shares.iter().map(|x| (x - 0.4) * (x - 0.4)).collect();
        assert!((mean(&shares) - 0.4).abs() < 0.005, "{}", mean(&shares));
        assert!((mean(&squares) - 0.04).abs() < 0.001, "{}", mean(&squares));
    }

    #[test]
    fn the_bimodal_law_gives_lnd_s_probabilities_without_knowledge() {
        // Probability that a side of c sat can send a sat, from lnd's formula.
        for (c, a, can_send) in [
            (1_000_000, 0.001, 0.998_213),
            (1_000_000, 0.05, 0.917_047),
            (1_000_000, 0.1, 0.845_705),
            (1_000_000, 0.5, 0.5),
            (1_000_000, 0.9, 0.154_295),
            (5_000_000, 0.01, 0.923_241),
            (5_000_000, 0.18, 0.524_893),
        ] {
            let law = Bimodal::new(Sat(c).to_msat(), Sat(300_000).to_msat());
            assert!((1.0 - law.distribution(a) - can_send).abs() < 1e-6, "{c} {a}");
            assert!((law.quantile(1.0 - can_send) - a).abs() < 1e-4, "{c} {a}");
        }
    }

    #[test]
    fn drawn_bimodal_balances_lie_at_both_ends_alike() {
        let shares =
            shares(&star(20_000, 5_000_000), &BalanceModel::Bimodal { scale: Sat(300_000) });
        assert!((mean(&shares) - 0.5).abs() < 0.011, "{}", mean(&shares));
        let low = shares.iter().filter(|&&share| share < 0.01).count();
        assert!(low.abs_diff(1_535) < 110, "1 - 0.923241 of 20,000: {low}");
    }
}
