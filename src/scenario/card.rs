//! `[card]`: authorisation, switch, outages, calendar, chargebacks, fees.

use crate::baselines::{Calendar, CardParams, Fees, Weekday};
use crate::scenario::amount::{DELAY, DELAY_POSITIVE, RUN, Rate};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Number, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::word::{List, Word};
use crate::scenario::workload::SIGMA;
use crate::units::SimDuration;

/// A day, the bound of times of day.
const DAY: SimDuration = SimDuration::from_secs(86_400);
/// Settlement later than a month is a mistake.
const MOST_SETTLEMENT_DAYS: u32 = 31;
/// Messages of one payment beyond which a number is a mistake.
const MOST_MESSAGES: u32 = 1_000;
/// Days in 500 years.
const MOST_DAYS: u32 = 182_500;
/// An amount of US dollars.
const USD: Number = Number { low: 0.0, high: 1e12, above: false };

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Reads `[card]`.
pub(super) fn card(s: &mut Section<'_, '_>) -> CardParams {
    let d = CardParams::default();
    let messages_per_second = s.or("messages_per_second", &Rate, d.messages_per_second);
    s.rule(&["messages_per_second"], messages_per_second > 0.0, || {
        "a switch that passes no message carries no payment".to_owned()
    });
    CardParams {
        latency_median: s.or("latency_median", &DELAY_POSITIVE, d.latency_median),
        latency_sigma: s.or("latency_sigma", &SIGMA, d.latency_sigma),
        timeout: s.or("timeout", &DELAY_POSITIVE, d.timeout),
        messages_per_second,
        messages_per_payment: s.or(
            "messages_per_payment",
            &Whole(1..=MOST_MESSAGES),
            d.messages_per_payment,
        ),
        decline_share: s.or("decline_share", &SHARE, d.decline_share),
        outages: outages(s),
        calendar: calendar(s, d.calendar),
        chargeback_window: s.or("chargeback_window", &DELAY, d.chargeback_window),
        chargeback_share: s.or("chargeback_share", &SHARE, d.chargeback_share),
        fees: s.choice("fees", &FEES, Some("credit")),
    }
}

/// Pairs of beginning and length.
fn outages(s: &mut Section<'_, '_>) -> Vec<[SimDuration; 2]> {
    let written = s.or("outages", &List(List(RUN)), Vec::new());
    let pairs = written.iter().all(|outage| outage.len() == 2);
    s.rule(&["outages"], pairs, || {
        "each outage is a beginning and a length, as in [\"8 h\", \"30 min\"]".to_owned()
    });
    written
        .iter()
        .filter_map(|outage| <[SimDuration; 2]>::try_from(outage.as_slice()).ok())
        .collect()
}

fn calendar(s: &mut Section<'_, '_>, d: Calendar) -> Calendar {
    let starts_on = s.or("starts_on", &Word(&WEEKDAYS), d.starts_on);
    let mut holidays = s.or("holidays", &List(Whole(0..=MOST_DAYS)), d.holidays);
    let cut_off = s.or("cut_off", &DELAY, d.cut_off);
    let days = Whole(1..=MOST_SETTLEMENT_DAYS);
    let settlement_days = s.or("settlement_days", &days, d.settlement_days);
    let settlement_time = s.or("settlement_time", &DELAY, d.settlement_time);
    for (key, time) in [("cut_off", cut_off), ("settlement_time", settlement_time)] {
        s.rule(&[key], time <= DAY, || "a time of day is at most 24 h".to_owned());
    }
    holidays.sort_unstable();
    Calendar { starts_on, holidays, cut_off, settlement_days, settlement_time }
}

const FEES: [Alternative<Fees>; 2] =
    [("credit", |s| fees(s, Fees::CREDIT)), ("debit", |s| fees(s, Fees::DEBIT))];

fn fees(s: &mut Section<'_, '_>, d: Fees) -> Fees {
    Fees {
        interchange: s.or("interchange", &SHARE, d.interchange),
        interchange_fixed_usd: s.or("interchange_fixed_usd", &USD, d.interchange_fixed_usd),
        assessment: s.or("assessment", &SHARE, d.assessment),
        markup: s.or("markup", &SHARE, d.markup),
        network_cost_usd: s.or("network_cost_usd", &USD, d.network_cost_usd),
    }
}
