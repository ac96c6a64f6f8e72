//! What payments cost and what they bind: price and resource cost kept apart, capital, L1 footprint,
//! value at risk.
//!
//! *Price* is what users are charged, *resource cost* what providing it takes: what is paid to the
//! layer below, what operating costs, what the money bound would have earned, and what setting the
//! system up costs, spread over its life. A charge that goes to another participant (a routing fee) is
//! a price and no resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::batches::Batches;
use crate::metrics::estimate::Estimate;
use crate::metrics::quantile::Quantiles;
use crate::outcome::{Failure, OnionError};
use crate::prices::Prices;
use crate::rows::{ChannelMeans, PaymentRow, ResourceRow, SystemRow, Window};
use crate::units::{Msat, SimDuration};

/// Prices are counted in billionths of a dollar.
const PER_USD: f64 = 1e9;

/// Seconds in a day and in a year of 365 days.
const DAY_S: f64 = 86_400.0;
const YEAR_S: f64 = 365.0 * DAY_S;

/// What settled payments cost, in US dollars per payment; without a value where it is not modelled.
#[expect(clippy::struct_field_names, reason = "the names are the keys of summary.json")]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostResult {
    /// What users are charged, mean.
    pub price_mean_usd: Estimate,
    /// What users are charged, median.
    pub price_median_usd: Estimate,
    /// What a payment by itself costs to provide: the layer below and operating.
    pub resource_payment_usd: Estimate,
    /// The sum of the four below.
    pub resource_mean_usd: Option<f64>,
    /// Paid to the layer below.
    pub resource_l1_usd: Option<f64>,
    /// Operating.
    pub resource_operator_usd: Option<f64>,
    /// What the money bound would have earned.
    pub resource_capital_usd: Option<f64>,
    /// Channels, accounts and deposits, spread over their life.
    pub resource_setup_usd: Option<f64>,
}

/// What a settled payment leaves on the layer below, its share of setting up included.
#[expect(clippy::struct_field_names, reason = "the names are the keys of summary.json")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FootprintResult {
    /// Weight units on Bitcoin.
    pub l1_weight_per_payment: Option<f64>,
    /// Gas on Ethereum.
    pub l1_gas_per_payment: Option<f64>,
    /// Bytes published.
    pub l1_bytes_per_payment: Option<f64>,
}

/// The money in the system, means over the window, counted alike on every system: where somebody has put it there so
/// that payments can be made. Money of users is what those who pay or are paid have in channels, in accounts, or on the
/// rollup.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CapitalResult {
    /// All of it: the sum of the three below.
    pub locked_usd: Option<f64>,
    /// Users' own that they could send at once; nothing where accounts are without limit.
    pub users_spendable_usd: Option<f64>,
    /// Users' own that they cannot send: under way, awaited by payees, on its way through a bridge or a closing,
    /// reserved.
    pub users_locked_usd: Option<f64>,
    /// Others': what nodes that only forward have in the channels that were used; bonds and balance of an operator.
    pub others_liquidity_usd: Option<f64>,
    /// Settled value of a day over all of it.
    pub velocity_per_day: Option<f64>,
    /// What it would have earned, per settled payment.
    pub cost_usd_per_payment: Option<f64>,
    /// Value relied upon and not yet final, mean over the window.
    pub value_at_risk_usd: Option<f64>,
}

/// Whom and what a system needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeedsResult {
    /// Payments that failed because somebody was not online.
    pub offline_failures: u64,
    /// Share of each limited thing in use, mean over the window.
    pub resources_used: BTreeMap<String, f64>,
    /// What was asked of each in the window over what it gives on average, where that is told apart: above 1, no such
    /// load can go on for ever.
    pub resources_demanded: BTreeMap<String, f64>,
    /// Who has to be trusted.
    pub trust: String,
    /// Who has to be online.
    pub online_required: String,
}

/// The fold over measured payments and the row of the system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Costs {
    prices: Prices,
    price: Batches,
    price_quantiles: Quantiles,
    resource: Batches,
    /// Sums over settled payments.
    l1_usd: f64,
    operator_usd: f64,
    weight: f64,
    gas: f64,
    bytes: f64,
    settled: u64,
    settled_usd: f64,
    /// Value times the seconds in which it was relied upon and not final.
    at_risk_usd_s: f64,
    offline_failures: u64,
    system: Option<Whole>,
    resources: BTreeMap<String, f64>,
    demanded: BTreeMap<String, f64>,
}

/// [`SystemRow`], in a form that can be loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Whole {
    spendable: Option<Msat>,
    locked: Msat,
    liquidity: Msat,
    setup_usd: f64,
    setup_weight: f64,
    channels: Option<ChannelMeans>,
    trust: String,
    online_required: String,
}

impl Whole {
    /// All the money in the system.
    fn bound(&self) -> Msat {
        self.spendable
            .unwrap_or(Msat::ZERO)
            .saturating_add(self.locked)
            .saturating_add(self.liquidity)
    }
}

impl Costs {
    pub(super) fn new(prices: Prices) -> Self {
        Self {
            prices,
            price: Batches::default(),
            price_quantiles: Quantiles::default(),
            resource: Batches::default(),
            l1_usd: 0.0,
            operator_usd: 0.0,
            weight: 0.0,
            gas: 0.0,
            bytes: 0.0,
            settled: 0,
            settled_usd: 0.0,
            at_risk_usd_s: 0.0,
            offline_failures: 0,
            system: None,
            resources: BTreeMap::new(),
            demanded: BTreeMap::new(),
        }
    }

    /// A measured payment was settled.
    pub(super) fn settled(&mut self, row: &PaymentRow) {
        let value_usd = self.prices.msat_in_usd(row.amount);
        self.settled += 1;
        self.settled_usd += value_usd;
        if let Some(price) = row.price_usd {
            self.price.add(price);
            self.price_quantiles.add(nano_usd(price));
        }
        if let Some(resource) = row.resource_usd {
            self.resource.add(resource);
        }
        let settlement = &row.settlement;
        self.l1_usd += settlement.l1_usd;
        self.operator_usd += settlement.operator_usd;
        self.weight += settlement.l1_weight;
        self.gas += settlement.l1_gas;
        self.bytes += settlement.l1_bytes;
    }

    /// A payment was settled, measured or not: from then until it is final its value is at risk. What is
    /// never final is at risk to the end of the window.
    pub(super) fn at_risk(&mut self, row: &PaymentRow, window: Window) {
        if let Some(settled) = row.settled {
            let until = row.final_at.unwrap_or(window.to);
            let seconds = window.overlap(settled, until).as_secs_f64();
            self.at_risk_usd_s += self.prices.msat_in_usd(row.amount) * seconds;
        }
    }

    /// A measured payment failed: because of who was not there, be it payer, payee, or the next node of
    /// a route.
    pub(super) fn failed(&mut self, row: &PaymentRow) {
        let at_an_end = row.failure.is_some_and(|failure| {
            [Failure::PayerOffline, Failure::PayerPeersOffline, Failure::PayeeOffline]
                .contains(&failure)
        });
        let is_offline = at_an_end || row.last_error == Some(OnionError::UnknownNextPeer);
        self.offline_failures += u64::from(is_offline);
    }

    pub(super) fn system(&mut self, row: &SystemRow) {
        self.system = Some(Whole {
            spendable: row.capital.spendable,
            locked: row.capital.locked,
            liquidity: row.capital.liquidity,
            setup_usd: row.setup_usd,
            setup_weight: row.setup_weight,
            channels: row.channels,
            trust: row.trust.to_owned(),
            online_required: row.online_required.to_owned(),
        });
    }

    /// The state of channels over the window, of a channel network.
    pub(super) fn channels(&self) -> Option<ChannelMeans> {
        self.system.as_ref()?.channels
    }

    pub(super) fn resource(&mut self, row: &ResourceRow) {
        self.resources.insert(row.resource.to_owned(), row.utilisation);
        if let Some(demanded) = row.demanded {
            self.demanded.insert(row.resource.to_owned(), demanded);
        }
    }

    /// A figure for the window and all its payments, per settled payment.
    fn per_payment(&self, sum: f64) -> Option<f64> {
        (self.settled > 0).then(|| sum / self.settled as f64)
    }

    /// The same, `None` where it is nothing: the system has no such thing.
    fn some_per_payment(&self, sum: f64) -> Option<f64> {
        self.per_payment(sum).filter(|mean| *mean > 0.0)
    }

    /// The part of a system's life that the window is.
    fn part_of_life(&self, window: SimDuration) -> f64 {
        window.as_secs_f64() / self.prices.amortise_over.as_secs_f64()
    }

    pub(super) fn costs(&self, window: SimDuration) -> CostResult {
        let [price_median_usd] = self.price_quantiles.estimates([0.5], PER_USD);
        let modelled = self.resource.n() > 0;
        let l1 = self.per_payment(self.l1_usd).filter(|_| modelled);
        let operator = self.per_payment(self.operator_usd).filter(|_| modelled);
        let capital = self.capital_usd(window);
        let setup = self
            .system
            .as_ref()
            .and_then(|whole| self.per_payment(whole.setup_usd * self.part_of_life(window)));
        let parts = [l1, operator, capital, setup];
        let known = parts.iter().any(Option::is_some);
        CostResult {
            price_mean_usd: self.price.estimate(),
            price_median_usd,
            resource_payment_usd: self.resource.estimate(),
            resource_mean_usd: known.then(|| parts.iter().flatten().sum()),
            resource_l1_usd: l1,
            resource_operator_usd: operator,
            resource_capital_usd: capital,
            resource_setup_usd: setup,
        }
    }

    /// What the money bound would have earned in the window, per payment.
    fn capital_usd(&self, window: SimDuration) -> Option<f64> {
        let locked_usd = self.prices.msat_in_usd(self.system.as_ref()?.bound());
        let years = window.as_secs_f64() / YEAR_S;
        self.per_payment(locked_usd * self.prices.capital_cost_per_year * years)
    }

    pub(super) fn footprint(&self, window: SimDuration) -> FootprintResult {
        let setup = self.system.as_ref().map_or(0.0, |whole| whole.setup_weight);
        FootprintResult {
            l1_weight_per_payment: self
                .some_per_payment(self.weight + setup * self.part_of_life(window)),
            l1_gas_per_payment: self.some_per_payment(self.gas),
            l1_bytes_per_payment: self.some_per_payment(self.bytes),
        }
    }

    pub(super) fn capital(&self, window: SimDuration) -> CapitalResult {
        let whole = self.system.as_ref();
        let usd = |money| self.prices.msat_in_usd(money);
        let locked_usd = whole.map(|whole| usd(whole.bound()));
        let seconds = window.as_secs_f64();
        let velocity = |locked: f64| self.settled_usd / (seconds / DAY_S) / locked;
        let at_risk = self.at_risk_usd_s / seconds;
        CapitalResult {
            locked_usd,
            users_spendable_usd: whole.and_then(|whole| whole.spendable).map(usd),
            users_locked_usd: whole.map(|whole| usd(whole.locked)),
            others_liquidity_usd: whole.map(|whole| usd(whole.liquidity)),
            velocity_per_day: locked_usd.map(velocity).filter(|v| v.is_finite()),
            cost_usd_per_payment: self.capital_usd(window),
            value_at_risk_usd: Some(at_risk).filter(|v| v.is_finite() && self.settled > 0),
        }
    }

    pub(super) fn needs(&self) -> NeedsResult {
        let whole = self.system.as_ref();
        NeedsResult {
            offline_failures: self.offline_failures,
            resources_used: self.resources.clone(),
            resources_demanded: self.demanded.clone(),
            trust: whole.map_or_else(String::new, |whole| whole.trust.clone()),
            online_required: whole.map_or_else(String::new, |whole| whole.online_required.clone()),
        }
    }
}

/// A price as a count, for quantiles; beyond 18 billion dollars it stays there.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what a histogram needs"
)]
fn nano_usd(price: f64) -> u64 {
    (price * PER_USD).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::summary::testing::{settled, window};
    use crate::rows::{Capital, Settlement};
    use crate::units::SimTime;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.expect("a figure");
        assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} is not {expected}");
    }

    /// Two payments of 1,000 and 3,000 sat ($1 and $3), told after 1 s and final after 11 s.
    fn two() -> Costs {
        let mut costs = Costs::new(Prices::default());
        for (sat, price) in [(1_000, 0.1), (3_000, 0.3)] {
            let mut row = settled(1, sat, 10, 1);
            row.final_at = row.settled.map(|at| at + SimDuration::from_secs(10));
            row.price_usd = Some(price);
            row.resource_usd = Some(0.05);
            row.settlement = Settlement {
                l1_usd: 0.04,
                operator_usd: 0.01,
                l1_weight: 400.0,
                ..Settlement::default()
            };
            costs.settled(&row);
            costs.at_risk(&row, window());
        }
        costs
    }

    const WINDOW: SimDuration = SimDuration::from_secs(86_400);

    #[test]
    fn price_and_resource_are_kept_apart_and_the_parts_add_up() {
        let mut costs = two();
        costs.system(&SystemRow {
            // $365,000 at 5 % a year are $50 a day: $25 for each payment.
            capital: Capital {
                spendable: Some(Msat(300_000_000_000)),
                locked: Msat(60_000_000_000),
                liquidity: Msat(5_000_000_000),
            },
            channels: None,
            setup_usd: 730.0,
            setup_weight: 365.0 * 1_000.0,
            trust: "t",
            online_required: "o",
        });
        let found = costs.costs(WINDOW);
        near(found.price_mean_usd.value, 0.2);
        near(found.resource_l1_usd, 0.04);
        near(found.resource_operator_usd, 0.01);
        near(found.resource_capital_usd, 25.0);
        // $2 a day for two payments.
        near(found.resource_setup_usd, 1.0);
        near(found.resource_mean_usd, 26.05);
        near(costs.footprint(WINDOW).l1_weight_per_payment, 400.0 + 500.0);
        assert_eq!(costs.footprint(WINDOW).l1_gas_per_payment, None);
        let capital = costs.capital(WINDOW);
        near(capital.locked_usd, 365_000.0);
        near(capital.users_spendable_usd, 300_000.0);
        near(capital.users_locked_usd, 60_000.0);
        near(capital.others_liquidity_usd, 5_000.0);
        near(capital.velocity_per_day, 4.0 / 365_000.0);
        // $4 for the 9 s that lie in the window.
        near(capital.value_at_risk_usd, 36.0 / 86_400.0);
        assert_eq!(costs.needs().trust, "t");
    }

    #[test]
    fn what_is_not_modelled_has_no_figure() {
        let mut costs = Costs::new(Prices::default());
        let mut row = settled(1, 5, 10, 1);
        row.final_at = None;
        costs.settled(&row);
        costs.at_risk(&row, window());
        let found = costs.costs(WINDOW);
        assert_eq!((found.resource_mean_usd, found.resource_l1_usd), (None, None));
        assert_eq!(costs.capital(WINDOW).locked_usd, None);
        // Told at 11 s and never final: at risk to the end of the window at 20 s.
        assert_eq!(window().to, SimTime(20_000_000_000));
        near(Some(costs.at_risk_usd_s), 0.005 * 9.0);
        assert_eq!(Costs::new(Prices::default()).capital(WINDOW).value_at_risk_usd, None);
    }

    #[test]
    fn who_was_not_there_counts_be_it_payer_payee_or_a_node_on_the_way() {
        let mut costs = Costs::new(Prices::default());
        let away = OnionError::UnknownNextPeer;
        let poor = OnionError::TemporaryChannelFailure;
        for (failure, last_error) in [
            (Failure::PayerOffline, None),
            (Failure::PayeeOffline, Some(away)),
            (Failure::PayerPeersOffline, None),
            (Failure::NoLiquidity, Some(away)),
            (Failure::NoLiquidity, Some(poor)),
            (Failure::NoRoute, None),
        ] {
            let row = settled(1, 5, 10, 1);
            costs.failed(&PaymentRow { failure: Some(failure), last_error, ..row });
        }
        assert_eq!(costs.needs().offline_failures, 4);
    }
}
