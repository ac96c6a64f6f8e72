//! HTLC accountability and outgoing reputation: whether a forwarder lets an HTLC have its resources.
//!
//! A node divides the slots and the liquidity of each *incoming* channel into three buckets: general (40 %),
//! congestion (20 %), protected (40 %). In the general bucket each pair of incoming and outgoing channel has
//! a few slots of its own, chosen by hash, so that filling all of it takes many channels. In the protected
//! bucket only those HTLCs stand whose outgoing channel has earned it: its reputation is what the HTLCs sent
//! over it brought in fees, less what slow ones cost, over 24 weeks; it must exceed what the incoming channel
//! brings in two weeks, together with the risk of all accountable HTLCs that are under way over it. The
//! congestion bucket is a way in for those who have no reputation: one HTLC per outgoing channel.
//!
//! An HTLC that takes congestion or protected resources goes on *accountable*: if it is slow, that counts
//! against whoever it was sent to. An accountable HTLC whose outgoing channel has not earned it fails with
//! `temporary_channel_failure`.
//!
//! Source: BOLTs pull request 1280, `local-resource-conservation.md` (2025–26). A fee of an HTLC that took t
//! is worth: fee − cost if accountable and successful, −cost if accountable and failed, fee if not
//! accountable, successful and within the period; with cost = max(0, (t − 90 s) / 90 s) · fee.
//!
//! A run is shorter than two weeks. With `learn_for`, forwarders only watch for that time, and then reckon as if
//! what they saw had always gone on: a sum that fades with window w and grew at a steady rate for a time T
//! stands at 1 − 2^(−2T/w) of what it comes to in the long run. Without it, nobody knows anybody at the start.
//!
//! Simplifications: an HTLC frees its resources when its outgoing HTLC is resolved; a pair's slots are
//! drawn, not hashed, which may give it a few less; senders mark nothing accountable.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::declare::amount::{DELAY, DELAY_POSITIVE};
use crate::declare::number::Whole;
use crate::declare::params;
use crate::engine::{Draws, Seeds};
use crate::ids::DirectedChannel;
use crate::math;
use crate::units::{Msat, SimDuration, SimTime};

params! {
    /// Accountable HTLCs and reputation, as in BOLTs pull request 1280.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ReputationParams {
        /// An HTLC that is resolved within this time is a good one. Source: BOLTs pull request 1280.
        resolution_period: SimDuration = or(SimDuration::from_secs(90), DELAY_POSITIVE),
        /// Time over which the revenue of an incoming channel is counted. Source: BOLTs pull request 1280,
        /// two weeks.
        revenue_window: SimDuration = or(SimDuration::from_secs(14 * 86_400), DELAY_POSITIVE),
        /// Reputation counts over so many revenue windows. Source: BOLTs pull request 1280.
        reputation_multiplier: u32 = or(12, Whole(1..=1_000)),
        /// Time from the start in which nothing is refused and histories are learnt, which then count as
        /// if they had always been so; 0: nobody has a history.
        learn_for: SimDuration = or(SimDuration::ZERO, DELAY),
    }
}

/// What a forwarder asks about an HTLC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// The direction in which it came in.
    pub(super) incoming: DirectedChannel,
    /// The direction in which it is to go out.
    pub(super) outgoing: DirectedChannel,
    /// What came in.
    pub(super) amount: Msat,
    /// What the forwarder earns.
    pub(super) fee: Msat,
    /// Time until it expires at the latest.
    pub(super) longest: SimDuration,
    /// Whether it came in accountable.
    pub(super) accountable: bool,
    /// Slots and liquidity of the incoming channel in this direction.
    pub(super) slots: u16,
    /// The liquidity.
    pub(super) liquidity: Msat,
}

/// A part and a hop of it: the HTLC that goes out.
pub(super) type Key = (u32, u8);

/// The resources of all forwarders, and what they think of each other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reputation {
    params: ReputationParams,
    /// Whether the time of learning is over.
    learnt: bool,
    salts: Draws,
    /// By outgoing direction.
    earned: BTreeMap<DirectedChannel, Decaying>,
    /// By incoming direction.
    revenue: BTreeMap<DirectedChannel, Decaying>,
    /// What the accountable HTLCs under way over an outgoing direction may cost, in msat.
    risk: BTreeMap<DirectedChannel, u128>,
    /// By incoming direction.
    used: BTreeMap<DirectedChannel, Used>,
    /// Pairs that were slow in the congestion bucket, and until when they may not use it.
    banned: BTreeMap<(DirectedChannel, DirectedChannel), SimTime>,
    /// HTLCs under way.
    tickets: BTreeMap<Key, Ticket>,
}

/// A sum that fades with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Decaying {
    value: f64,
    at: SimTime,
}

impl Decaying {
    /// Its value now: halved in half of the window.
    fn read(&self, window: SimDuration, now: SimTime) -> f64 {
        let elapsed = now.since(self.at).as_secs_f64();
        self.value * math::exp2(-2.0 * elapsed / window.as_secs_f64())
    }

    fn add(&mut self, amount: f64, window: SimDuration, now: SimTime) {
        self.value = self.read(window, now) + amount;
        self.at = now;
    }
}

/// What is taken of an incoming channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    general: BTreeSet<u16>,
    congestion: BTreeSet<DirectedChannel>,
    protected: u16,
    protected_amount: Msat,
}

/// The resources of one HTLC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ticket {
    incoming: DirectedChannel,
    outgoing: DirectedChannel,
    place: Place,
    amount: Msat,
    fee: Msat,
    risk: u128,
    accountable: bool,
    since: SimTime,
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    /// Nothing was counted yet.
    Uncounted,
    General(Vec<u16>),
    Congestion,
    Protected,
}

impl Reputation {
    /// Nobody knows anybody.
    pub(super) fn new(params: ReputationParams, seeds: Seeds) -> Self {
        Self {
            params,
            learnt: false,
            salts: seeds.draws("endorsement.slots"),
            earned: BTreeMap::new(),
            revenue: BTreeMap::new(),
            risk: BTreeMap::new(),
            used: BTreeMap::new(),
            banned: BTreeMap::new(),
            tickets: BTreeMap::new(),
        }
    }

    /// Whether the HTLC that went out as `key` was accountable.
    pub(super) fn is_accountable(&self, key: Key) -> bool {
        self.tickets.get(&key).is_some_and(|ticket| ticket.accountable)
    }

    /// Gives an HTLC its resources; false: there are none for it.
    pub(super) fn admit(&mut self, key: Key, request: &Request, now: SimTime) -> bool {
        if now < SimTime::ZERO + self.params.learn_for {
            self.issue(key, request, Place::Uncounted, now);
            return true;
        }
        self.reckon_histories(now);
        let earned = self.has_earned(request, now);
        if request.accountable && !earned {
            return false;
        }
        let place = self
            .general(request)
            .map(Place::General)
            .or_else(|| (earned && self.has_protected(request)).then_some(Place::Protected))
            .or_else(|| (!earned && self.may_congest(request, now)).then_some(Place::Congestion));
        let Some(place) = place else { return false };
        self.issue(key, request, place, now);
        true
    }

    /// Histories count from now on, as if they had always gone on so.
    fn reckon_histories(&mut self, now: SimTime) {
        let learnt_for = self.params.learn_for.as_secs_f64();
        if std::mem::replace(&mut self.learnt, true) || learnt_for <= 0.0 {
            return;
        }
        let two_weeks = self.params.revenue_window;
        let whole = two_weeks * u64::from(self.params.reputation_multiplier);
        for (sums, window) in [(&mut self.earned, whole), (&mut self.revenue, two_weeks)] {
            let part = 1.0 - math::exp2(-2.0 * learnt_for / window.as_secs_f64());
            for sum in sums.values_mut() {
                *sum = Decaying { value: sum.read(window, now) / part, at: now };
            }
        }
    }

    /// Takes the resources of an HTLC.
    fn issue(&mut self, key: Key, request: &Request, place: Place, now: SimTime) {
        let is_open = matches!(place, Place::General(_) | Place::Uncounted);
        let accountable = request.accountable || !is_open;
        let used = self.used.entry(request.incoming).or_default();
        match &place {
            Place::Uncounted => {}
            Place::General(slots) => used.general.extend(slots),
            Place::Congestion => {
                used.congestion.insert(request.outgoing);
            }
            Place::Protected => {
                used.protected += 1;
                used.protected_amount += request.amount;
            }
        }
        let risk = if accountable { self.params.cost(request.fee, request.longest) } else { 0 };
        *self.risk.entry(request.outgoing).or_default() += risk;
        let &Request { incoming, outgoing, amount, fee, .. } = request;
        let ticket =
            Ticket { incoming, outgoing, place, amount, fee, risk, accountable, since: now };
        self.tickets.insert(key, ticket);
    }

    /// The HTLC was not offered after all.
    pub(super) fn withdraw(&mut self, key: Key) {
        if let Some(ticket) = self.tickets.remove(&key) {
            self.free(&ticket);
        }
    }

    /// The HTLC that went out as `key` is resolved.
    pub(super) fn resolve(&mut self, key: Key, settled: bool, now: SimTime) {
        let Some(ticket) = self.tickets.remove(&key) else { return };
        self.free(&ticket);
        let took = now.since(ticket.since);
        let params = self.params;
        let cost = as_f64(params.cost(ticket.fee, took));
        let fee = as_f64(u128::from(ticket.fee.get()));
        let is_slow = took > params.resolution_period;
        let worth = match (ticket.accountable, settled) {
            (true, true) => fee - cost,
            (true, false) => -cost,
            (false, true) if !is_slow => fee,
            (false, _) => 0.0,
        };
        let window = params.revenue_window * u64::from(params.reputation_multiplier);
        self.earned.entry(ticket.outgoing).or_default().add(worth, window, now);
        if settled {
            let revenue = self.revenue.entry(ticket.incoming).or_default();
            revenue.add(fee, params.revenue_window, now);
        }
        if is_slow && ticket.place == Place::Congestion {
            let pair = (ticket.incoming, ticket.outgoing);
            self.banned.insert(pair, now + params.revenue_window);
        }
    }

    fn free(&mut self, ticket: &Ticket) {
        let used = self.used.entry(ticket.incoming).or_default();
        match &ticket.place {
            Place::Uncounted => {}
            Place::General(slots) => used.general.retain(|slot| !slots.contains(slot)),
            Place::Congestion => {
                used.congestion.remove(&ticket.outgoing);
            }
            Place::Protected => {
                used.protected -= 1;
                used.protected_amount -= ticket.amount;
            }
        }
        *self.risk.entry(ticket.outgoing).or_default() -= ticket.risk;
    }

    /// Whether the outgoing channel has earned that the HTLC goes over it accountable.
    fn has_earned(&self, request: &Request, now: SimTime) -> bool {
        let params = &self.params;
        let window = params.revenue_window * u64::from(params.reputation_multiplier);
        let read = |sums: &BTreeMap<_, Decaying>, key, window| {
            sums.get(&key).map_or(0.0, |sum: &Decaying| sum.read(window, now))
        };
        let reputation = read(&self.earned, request.outgoing, window);
        let threshold = read(&self.revenue, request.incoming, params.revenue_window);
        let pending = self.risk.get(&request.outgoing).copied().unwrap_or(0);
        let risk = as_f64(pending + params.cost(request.fee, request.longest));
        reputation - risk >= threshold
    }

    /// Free slots of the pair in the general bucket that carry the amount.
    fn general(&self, request: &Request) -> Option<Vec<u16>> {
        let slots = share(u64::from(request.slots), GENERAL).max(1);
        let liquidity = share(request.liquidity.get(), GENERAL);
        let per_slot = (liquidity / slots).max(1);
        let needed = usize::try_from(request.amount.get().div_ceil(per_slot)).ok()?;
        let own = if request.slots > SMALL_CHANNEL { OWN_SLOTS } else { OWN_SLOTS_OF_SMALL };
        let key = u64::from(request.incoming.0);
        let mut draws = self.salts.at(key, u64::from(request.outgoing.0));
        let mut set = BTreeSet::new();
        for _ in 0..own {
            set.insert(u16::try_from(draws.below(slots)).expect("slots are at most 483"));
        }
        let used = self.used.get(&request.incoming);
        let is_free = |slot: &u16| used.is_none_or(|used| !used.general.contains(slot));
        let free: Vec<_> = set.into_iter().filter(is_free).take(needed).collect();
        (free.len() == needed).then_some(free)
    }

    fn has_protected(&self, request: &Request) -> bool {
        let slots = share(u64::from(request.slots), PROTECTED);
        let liquidity = Msat(share(request.liquidity.get(), PROTECTED));
        let (count, amount) = self
            .used
            .get(&request.incoming)
            .map_or((0, Msat::ZERO), |used| (used.protected, used.protected_amount));
        u64::from(count) < slots && amount.saturating_add(request.amount) <= liquidity
    }

    fn may_congest(&self, request: &Request, now: SimTime) -> bool {
        let slots = share(u64::from(request.slots), CONGESTION);
        let liquidity = share(request.liquidity.get(), CONGESTION);
        let pair = (request.incoming, request.outgoing);
        let is_banned = self.banned.get(&pair).is_some_and(|until| now < *until);
        let used = self.used.get(&request.incoming).map(|used| &used.congestion);
        let count = used.map_or(0, |used| used.len() as u64);
        !is_banned
            && count < slots
            && used.is_none_or(|used| !used.contains(&request.outgoing))
            && request.amount.get() <= liquidity / slots
    }
}

impl ReputationParams {
    /// `max(0, (t - period) / period) * fee`, in msat, rounded down.
    fn cost(&self, fee: Msat, took: SimDuration) -> u128 {
        let period = u128::from(self.resolution_period.get());
        let over = u128::from(took.get()).saturating_sub(period);
        u128::from(fee.get()) * over / period
    }
}

/// Percent of slots and liquidity.
const GENERAL: u64 = 40;
const CONGESTION: u64 = 20;
const PROTECTED: u64 = 40;
/// Slots of a pair in the general bucket of a channel with 483 slots, and with 114 or less.
const OWN_SLOTS: u32 = 20;
const OWN_SLOTS_OF_SMALL: u32 = 5;
const SMALL_CHANNEL: u16 = 114;

/// So many percent, rounded down.
const fn share(of: u64, percent: u64) -> u64 {
    of / 100 * percent + of % 100 * percent / 100
}

#[expect(clippy::cast_precision_loss, reason = "a reputation is an estimate")]
const fn as_f64(msat: u128) -> f64 {
    msat as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: ReputationParams = ReputationParams {
        resolution_period: SimDuration::from_secs(90),
        revenue_window: SimDuration::from_secs(14 * 86_400),
        reputation_multiplier: 12,
        learn_for: SimDuration::ZERO,
    };

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn request(incoming: u32, fee: u64, accountable: bool) -> Request {
        Request {
            incoming: DirectedChannel(incoming),
            outgoing: DirectedChannel(100),
            amount: Msat(1_000_000),
            fee: Msat(fee),
            longest: SimDuration::from_secs(144 * 600),
            accountable,
            slots: 483,
            liquidity: Msat(10_000_000_000),
        }
    }

    #[test]
    fn the_cost_of_time_starts_after_the_period() {
        let cost = |seconds| PARAMS.cost(Msat(1_000), SimDuration::from_secs(seconds));
        assert_eq!([0, 90, 135, 180, 900].map(cost), [0, 0, 500, 1_000, 9_000]);
    }

    /// An outgoing channel has earned 1,000,000 msat (less what fades in a second of 24 weeks). An HTLC that may take
    /// 180 s is one period late at most: it risks its fee once.
    #[test]
    fn accountable_htlcs_are_admitted_while_what_they_all_risk_is_within_the_reputation() {
        let mut rules = Reputation::new(PARAMS, Seeds::new(1, 0));
        assert!(rules.admit((0, 1), &request(9, 1_000_000, false), at(0)));
        rules.resolve((0, 1), true, at(1));
        let mut admits = |number, fee| {
            let longest = SimDuration::from_secs(180);
            let accountable = Request { longest, ..request(7, fee, true) };
            rules.admit((number, 1), &accountable, at(2))
        };
        // 400,000, then 900,000 at risk; 1,100,000 would be too much, 999,000 is not.
        let fees = [(1, 400_000), (2, 500_000), (3, 200_000), (4, 99_000)];
        assert_eq!(fees.map(|(number, fee)| admits(number, fee)), [true, true, false, true]);
    }

    #[test]
    fn a_pair_of_strangers_gets_its_general_slots_and_one_of_congestion() {
        let mut rules = Reputation::new(PARAMS, Seeds::new(1, 0));
        let admitted = (0..100).filter(|&i| rules.admit((i, 1), &request(7, 1_000, false), at(0)));
        let admitted = admitted.count();
        // At most 20 different ones of 193 general slots, and one in the congestion bucket.
        assert!((17..=21).contains(&admitted), "{admitted}");
        let accountable = (0..100).filter(|&i| rules.is_accountable((i, 1))).count();
        assert_eq!(accountable, 1);
        // Another incoming channel has its own.
        assert!(rules.admit((200, 1), &request(8, 1_000, false), at(0)));
    }

    #[test]
    fn reputation_opens_the_protected_bucket_and_slow_htlcs_close_it() {
        let mut rules = Reputation::new(PARAMS, Seeds::new(1, 0));
        // The outgoing channel settles fast, and earns 100,000 msat a time, from another channel.
        for i in 0..100 {
            assert!(rules.admit((i, 1), &request(9, 100_000, false), at(u64::from(i))));
            rules.resolve((i, 1), true, at(u64::from(i) + 1));
        }
        let strangers = |rules: &mut Reputation, from: u32| {
            (from..from + 100)
                .filter(|&i| rules.admit((i, 1), &request(7, 10, false), at(200)))
                .count()
        };
        let with = strangers(&mut rules, 1_000);
        assert!(with > 90, "the general slots, then protected ones: {with}");
        for i in 1_000..1_100 {
            // Held for 10 days: each costs 10 msat * 9,599.
            rules.resolve((i, 1), false, at(200 + 864_000));
        }
        assert!(rules.risk.values().all(|&risk| risk == 0));
        let reputation = rules.earned[&DirectedChannel(100)].value;
        assert!(reputation < 10_000_000.0 - 70.0 * 10.0 * 9_599.0, "{reputation}");
    }

    #[test]
    fn an_accountable_htlc_without_reputation_fails() {
        let mut rules = Reputation::new(PARAMS, Seeds::new(1, 0));
        assert!(!rules.admit((0, 1), &request(7, 1_000, true), at(0)));
        assert!(rules.admit((0, 1), &request(7, 1_000, false), at(0)));
    }

    /// 1,000 msat every 10 s, in and out, for 600 s: in the long run w / (2 ln 2) times 100 msat/s, which are
    /// 87,254,000 msat over two weeks and twelve times that over 24.
    #[test]
    fn what_was_learnt_counts_as_if_it_had_always_gone_on() {
        let learn_for = SimDuration::from_secs(600);
        let params = ReputationParams { learn_for, ..PARAMS };
        let mut rules = Reputation::new(params, Seeds::new(1, 0));
        for i in 0..60 {
            // Nothing is refused while it learns, not even what comes in accountable.
            assert!(rules.admit((i, 1), &request(7, 1_000, i > 30), at(u64::from(i) * 10)));
            rules.resolve((i, 1), true, at(u64::from(i) * 10 + 1));
        }
        assert!(rules.used.values().all(|used| *used == Used::default()));
        let strangers = (0..100).filter(|&i| {
            let stranger = Request { outgoing: DirectedChannel(101), ..request(7, 1_000, false) };
            rules.admit((1_000 + i, 1), &stranger, at(600))
        });
        assert!(strangers.count() <= 21, "rules hold now");
        let revenue = rules.revenue[&DirectedChannel(7)].value;
        let reputation = rules.earned[&DirectedChannel(100)].value;
        assert!((revenue / 87_254_000.0 - 1.0).abs() < 0.01, "{revenue}");
        assert!((reputation / revenue - 12.0).abs() < 0.1, "{reputation}");
        // A day's risk of 1,000 msat is 959,000 msat: far below the history.
        assert!(rules.admit((5_000, 1), &request(7, 1_000, true), at(600)));
    }

    #[test]
    fn a_sum_halves_in_half_of_its_window() {
        let mut sum = Decaying::default();
        sum.add(8.0, SimDuration::from_secs(100), at(0));
        assert!((sum.read(SimDuration::from_secs(100), at(50)) - 4.0).abs() < 1e-12);
        sum.add(1.0, SimDuration::from_secs(100), at(100));
        assert!((sum.value - 3.0).abs() < 1e-12);
    }
}
