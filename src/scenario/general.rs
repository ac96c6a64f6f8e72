//! The keys at the top of a scenario, `[prices]`, `[funding]`, and the rules between tables.

use crate::chain::bitcoin::BitcoinParams;
use crate::ids::SystemName;
use crate::scenario::amount::{DELAY_POSITIVE, LONGEST, MONEY, RUN, RUN_POSITIVE};
use crate::scenario::kind::{Fault, Kind, Raw};
use crate::scenario::number::{Flag, POSITIVE, SHARE, Whole};
use crate::scenario::problem::quoted;
use crate::scenario::quantity::{grouped, show_time};
use crate::scenario::section::Section;
use crate::scenario::word::{List, Name};
use crate::scenario::{
    Scenario, attack, bitcoin, card, ethereum, lightning, network, rollup, workload,
};
use crate::units::{Prices, SimDuration, SimTime};
use crate::workload::{Arrivals, Demands, Funding, Source, Stop};

/// Rows of the time series beyond which an interval is a mistake.
pub(crate) const MOST_SAMPLES: u64 = 10_000_000;
/// Payments beyond which a number is a mistake: a week of simulating at a million per second.
const MOST_PAYMENTS: u64 = 1_000_000_000_000;

/// Replications beyond which a number is a mistake.
const MOST_REPLICATIONS: u32 = 10_000;

/// The whole scenario.
pub(super) fn scenario(s: &mut Section<'_, '_>) -> Scenario {
    let default_name = s.default_name();
    let name = s.or("name", &Name, default_name);
    let seed = s.or("seed", &Whole(0..=u64::MAX), 1);
    let replications = s.or("replications", &Whole(1..=MOST_REPLICATIONS), 1);
    let duration = s.optional("duration", &RUN_POSITIVE, "until all payments have arrived");
    let payments = s.optional("payments", &Whole(1..=MOST_PAYMENTS), "as many as arrive in time");
    let warmup = s.or("warmup", &RUN, SimDuration::ZERO);
    let drain = s.or("drain", &RUN, SimDuration::from_secs(3_600));
    let sample_every = s.or("sample_every", &DELAY_POSITIVE, SimDuration::from_secs(60));
    let systems = s.or("systems", &List(System), vec![SystemName::Lightning]);
    check_systems(s, &systems);
    let prices = s.table("prices", prices);
    let network = s.table("network", network::network);
    let source = s.table("workload", workload::workload);
    let lightning = s.table("lightning", lightning::lightning);
    let (bitcoin, bitcoin_payments) = s.table("bitcoin", bitcoin::bitcoin);
    check_burial(s, &bitcoin, lightning.onchain.burial);
    let attacks = attack::attacks(s);
    let funding = s.table("funding", funding);
    let card = s.table("card", card::card);
    let (ethereum, ethereum_payments) = s.table("ethereum", ethereum::ethereum);
    let zk_rollup = s.table("zk_rollup", rollup::zk);
    let optimistic_rollup = s.table("optimistic_rollup", rollup::optimistic);
    let stop = Stop { time: duration.map(|span| SimTime(span.get())), payments };
    let times = Times { duration, warmup, drain, sample_every };
    check_times(s, &times);
    check_end(s, &source, stop, warmup);
    Scenario {
        name,
        seed,
        replications,
        warmup,
        drain,
        sample_every,
        systems,
        prices,
        network: network.source,
        balances: network.balances,
        software: network.software,
        unannounced_leaves: network.unannounced_leaves,
        workload: Demands { source, stop },
        lightning,
        bitcoin,
        bitcoin_payments,
        attacks,
        funding,
        card,
        ethereum,
        ethereum_payments,
        zk_rollup,
        optimistic_rollup,
    }
}

fn prices(s: &mut Section<'_, '_>) -> Prices {
    let d = Prices::default();
    Prices {
        btc_usd: s.or("btc_usd", &POSITIVE, d.btc_usd),
        eth_usd: s.or("eth_usd", &POSITIVE, d.eth_usd),
        capital_cost_per_year: s.or("capital_cost_per_year", &SHARE, d.capital_cost_per_year),
        amortise_over: s.or("amortise_over", &RUN_POSITIVE, d.amortise_over),
    }
}

/// One of three ways; the first where none is written.
fn funding(s: &mut Section<'_, '_>) -> Funding {
    let per_account = s.optional("per_account", &MONEY, "not in this way");
    let unlimited = s.or("unlimited", &Flag, false);
    let same_capital = s.or("same_capital", &Flag, per_account.is_none() && !unlimited);
    let ways = u32::from(per_account.is_some()) + u32::from(unlimited) + u32::from(same_capital);
    s.rule(&["same_capital", "unlimited", "per_account"], ways == 1, || {
        let rule = "accounts are funded in one way of `same_capital`, `unlimited`, `per_account`";
        format!("{rule}, but {ways} are given")
    });
    match per_account {
        Some(each) => Funding::PerAccount(each),
        None if unlimited => Funding::Unlimited,
        None => Funding::SameCapital,
    }
}

fn check_systems(s: &mut Section<'_, '_>, systems: &[SystemName]) {
    s.rule(&["systems"], !systems.is_empty(), || "names no system; name \"lightning\"".to_owned());
    let twice = systems.iter().enumerate().any(|(index, name)| systems[..index].contains(name));
    s.rule(&["systems"], !twice, || "names a system twice".to_owned());
}

/// What Lightning takes for certain must lie deeper than anything that is undone.
fn check_burial(s: &mut Section<'_, '_>, bitcoin: &BitcoinParams, burial: u16) {
    let deepest = u16::from(bitcoin.reorgs.deepest);
    let holds = bitcoin.reorgs.probability <= 0.0 || burial > deepest;
    s.rule(&["lightning.onchain.burial", "bitcoin.reorgs.deepest"], holds, || {
        format!("must be more than the deepest reorganisation, but {burial} is not above {deepest}")
    });
}

struct Times {
    duration: Option<SimDuration>,
    warmup: SimDuration,
    drain: SimDuration,
    sample_every: SimDuration,
}

fn check_times(s: &mut Section<'_, '_>, times: &Times) {
    let Times { duration: Some(duration), warmup, drain, sample_every } = *times else { return };
    s.rule(&["warmup", "duration"], warmup < duration, || {
        let [warmup, duration] = [warmup, duration].map(show_time);
        format!("must be shorter than the duration, but {warmup} is not shorter than {duration}")
    });
    // Both are at most 500 years, so that the sum cannot overflow a `u128`.
    let end = u128::from(duration.get()) + u128::from(drain.get());
    s.rule(&["drain", "duration"], end <= u128::from(LONGEST.get()), || {
        "duration and drain together must be at most 500 year".to_owned()
    });
    let samples = end / u128::from(sample_every.get());
    s.rule(&["sample_every", "duration", "drain"], samples <= u128::from(MOST_SAMPLES), || {
        let most = grouped(MOST_SAMPLES);
        format!("would write {samples} rows of the time series; at most {most} are allowed")
    });
}

/// Arrivals must come to an end within the virtual clock.
fn check_end(s: &mut Section<'_, '_>, source: &Source, stop: Stop, warmup: SimDuration) {
    let Source::Generated { arrivals, .. } = source else { return };
    if stop.time.is_some() || s.has("duration") {
        return;
    }
    let Some(payments) = stop.payments else {
        if !s.has("payments") {
            s.missing(
                &["duration", "payments"],
                Some("say when arrivals end, e.g. payments = 10_000"),
            );
        }
        return;
    };
    let (key, rate) = mean_rate(arrivals);
    s.rule(&[key, "payments"], rate > 0.0, || {
        "at this rate no payment ever arrives; give a `duration`".to_owned()
    });
    #[expect(clippy::cast_precision_loss, reason = "an estimate in years")]
    let expected = payments as f64 / rate;
    s.rule(&[key, "payments"], expected <= LONGEST.as_secs_f64(), || {
        format!("{} payments would take more than 500 year", grouped(payments))
    });
    if expected <= warmup.as_secs_f64() {
        s.doubt("warmup", || "all payments are expected to arrive during the warm-up".to_owned());
    }
}

/// Payments per second in the long run, and the key to blame for it.
fn mean_rate(arrivals: &Arrivals) -> (&'static str, f64) {
    match *arrivals {
        Arrivals::Poisson { rate } => ("workload.arrivals.poisson.rate", rate),
        Arrivals::Constant { rate } => ("workload.arrivals.constant.rate", rate),
        Arrivals::Diurnal { rate, .. } => ("workload.arrivals.diurnal.rate", rate),
        Arrivals::Ramp { rate, .. } => ("workload.arrivals.ramp.rate", rate),
        Arrivals::Bursty { quiet_rate, burst_rate, quiet_mean, burst_mean } => {
            let [quiet, burst] = [quiet_mean, burst_mean].map(SimDuration::as_secs_f64);
            let mean = (quiet_rate * quiet + burst_rate * burst) / (quiet + burst);
            ("workload.arrivals.bursty.quiet_rate", mean)
        }
    }
}

/// The name of a system that can be run.
pub(super) struct System;

impl Kind for System {
    type Out = SystemName;
    fn parse(&self, raw: Raw<'_>) -> Result<SystemName, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let found = SystemName::ALL.iter().find(|system| system.name() == text);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = SystemName::ALL.iter().map(|name| format!("\"{name}\"")).collect();
            let names = names.join(", ");
            let message = format!("unknown system `{}`", quoted(text));
            Fault::new(message).help(format!("the systems that can be run are {names}"))
        })
    }
    fn show(&self, value: &SystemName) -> String {
        format!("\"{value}\"")
    }
    fn stand_in(&self) -> SystemName {
        SystemName::Lightning
    }
}
