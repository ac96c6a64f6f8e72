//! `[[attack]]`: a name, a time, and one table that says what is done.

use crate::adversary::{
    AttackParams, BreachParams, Coalition, FloodParams, GriefingParams, JammingParams,
    MassExitParams, Method, Plan, ProbingParams, Resource, Targets, Towers, When, WormholeParams,
};
use crate::scenario::amount::{
    DELAY, DELAY_POSITIVE, Feerate, MONEY_POSITIVE, RUN, RUN_POSITIVE, WholeSat,
};
use crate::scenario::choice::Alternative;
use crate::scenario::number::{Flag, POSITIVE, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::word::{List, Name};
use crate::units::{FeeRate, Msat, Sat, SimDuration, SimTime};

/// Reads all attacks.
pub(super) fn attacks(s: &mut Section<'_, '_>) -> Vec<AttackParams> {
    let attacks = s.tables("attack", attack);
    for (number, attack) in attacks.iter().enumerate() {
        let earlier = attacks[..number].iter().any(|other| other.name == attack.name);
        s.rule(&["attack"], !earlier, || format!("two attacks are called `{}`", attack.name));
    }
    let most = usize::from(u16::MAX);
    s.rule(&["attack"], attacks.len() <= most, || format!("at most {most} attacks can run"));
    attacks
}

fn attack(s: &mut Section<'_, '_>) -> AttackParams {
    let name = s.required("name", &Name);
    let start = s.or("start", &RUN, SimDuration::ZERO);
    let end = s.optional("end", &RUN_POSITIVE, "when the run ends");
    s.rule(&["end", "start"], end.is_none_or(|end| end > start), || {
        "must be after the start".to_owned()
    });
    // Which kind it is stands in a table of its own beside name and times.
    let plan = s.one_of(&PLANS);
    let plan = plan.unwrap_or_else(|| s.muted(|s| Plan::SlowJamming(slow_jamming(s))));
    let at = |span: SimDuration| SimTime::ZERO + span;
    AttackParams { name, start: at(start), end: end.map(at), plan }
}

const PLANS: [Alternative<Plan>; 8] = [
    ("slow_jamming", |s| Plan::SlowJamming(slow_jamming(s))),
    ("fast_jamming", |s| Plan::FastJamming(fast_jamming(s))),
    ("flood_and_loot", |s| Plan::FloodAndLoot(flood_and_loot(s))),
    ("mass_exit", |s| Plan::MassExit(mass_exit(s))),
    ("griefing", |s| Plan::Griefing(griefing(s))),
    ("probing", |s| Plan::Probing(probing(s))),
    ("wormhole", |s| Plan::Wormhole(wormhole(s))),
    ("revoked_broadcast", |s| Plan::RevokedBroadcast(revoked_broadcast(s))),
];

fn revoked_broadcast(s: &mut Section<'_, '_>) -> BreachParams {
    BreachParams {
        fraction_of_nodes: s.required("fraction_of_nodes", &SHARE),
        when: s.choice("when", &WHEN, Some("opportunistic")),
        least_gain: s.or("least_gain", &WholeSat, Sat(1_000)),
        most: s.or("most_attempts", &Whole(0..=1_000_000_000), 0),
        offline: s.table("victims", victims),
        towers: s.table("towers", towers),
    }
}

const WHEN: [Alternative<When>; 3] = [
    ("opportunistic", |_| When::Opportunistic),
    ("random", |s| When::Random { per_day: s.or("per_day", &POSITIVE, 1.0) }),
    ("congested", |s| When::Congested { feerate: s.required("feerate", &Feerate) }),
];

/// Leaves are there 50 to 90 % of the time (a suggestion, no source): 10 % away, for half a day.
fn victims(s: &mut Section<'_, '_>) -> (f64, SimDuration) {
    let share = s.or("offline_share", &SHARE, 0.1);
    let mean = s.or("offline_mean", &DELAY_POSITIVE, SimDuration::from_secs(12 * 3_600));
    (share, mean)
}

fn towers(s: &mut Section<'_, '_>) -> Towers {
    Towers {
        coverage: s.or("coverage", &SHARE, 0.0),
        known: s.or("known_states", &SHARE, 1.0),
        // teos polls once a minute.
        delay: s.or("delay", &DELAY, SimDuration::from_secs(60)),
        down: (
            s.or("down_share", &SHARE, 0.0),
            s.or("down_mean", &DELAY_POSITIVE, SimDuration::from_secs(6 * 3_600)),
        ),
        // lnd's sweep feerate, fixed when the tower is told of a state (wtpolicy).
        feerate: s.or("feerate", &Feerate, FeeRate(2_500)),
        fee_budget: s.or("fee_budget", &SHARE, 1.0),
        // lnd: a hint of 16 bytes, a blob of 300 with 40 of nonce and tag (watchtower/blob).
        state_bytes: s.or("state_bytes", &Whole(1..=1_000_000), 356),
    }
}

/// The authors' code: 483 HTLCs of 11,000 sat a channel.
fn flood_and_loot(s: &mut Section<'_, '_>) -> FloodParams {
    FloodParams {
        victims: s.required("victims", &Whole(1..=100_000)),
        budget: s.required("budget", &WholeSat),
        amount: s.or("amount", &MONEY_POSITIVE, Sat(11_000).to_msat()),
        // BOLT 2: max_accepted_htlcs is at most 483.
        most: s.or("htlcs", &Whole(1..=483), 483),
        hold: s.or("hold", &DELAY_POSITIVE, SimDuration::from_secs(600)),
        // BOLT 11: the default of `min_final_cltv_expiry_delta` is 18.
        final_cltv: s.or("final_cltv", &Whole(1..=2_016), 18),
    }
}

fn mass_exit(s: &mut Section<'_, '_>) -> MassExitParams {
    MassExitParams {
        coalition: s.choice("coalition", &COALITIONS, None),
        method: s.choice("method", &METHODS, Some("zombie")),
    }
}

const COALITIONS: [Alternative<Coalition>; 3] = [
    ("max_cut", |s| Coalition::MaxCut(members(s))),
    ("degree", |s| Coalition::Degree(members(s))),
    ("random", |s| Coalition::Random(members(s))),
];

fn members(s: &mut Section<'_, '_>) -> u32 {
    s.required("nodes", &Whole(1..=100_000))
}

const METHODS: [Alternative<Method>; 3] = [
    ("zombie", |_| Method::Zombie),
    ("close", |_| Method::Close),
    ("double_spend", |s| Method::DoubleSpend {
        least_gain: s.or("least_gain", &WholeSat, Sat(1_000)),
        offline: s.table("victims", victims),
        towers: s.table("towers", towers),
    }),
];

/// Held for 20 h: within the 144 blocks that are left to it at its end, but for a chance of 4 %.
fn slow_jamming(s: &mut Section<'_, '_>) -> JammingParams {
    jamming(s, SimDuration::from_secs(20 * 3_600), 144)
}

/// Held for 7 s each (*Unjamming Lightning*, 2022); 18 blocks left, the default of BOLT 11.
fn fast_jamming(s: &mut Section<'_, '_>) -> JammingParams {
    jamming(s, SimDuration::from_secs(7), 18)
}

fn jamming(s: &mut Section<'_, '_>, hold: SimDuration, final_cltv: u32) -> JammingParams {
    JammingParams {
        targets: s.choice("targets", &TARGETS, None),
        budget: s.required("budget", &WholeSat),
        resource: s.choice("resource", &RESOURCES, Some("slots")),
        hold: s.or("hold", &DELAY_POSITIVE, hold),
        retry: s.or("retry", &DELAY_POSITIVE, SimDuration::from_secs(1)),
        // BOLT 2: max_accepted_htlcs is at most 483.
        most: s.or("htlcs", &Whole(1..=483), 483),
        final_cltv: s.or("final_cltv", &Whole(1..=2_016), final_cltv),
    }
}

fn griefing(s: &mut Section<'_, '_>) -> GriefingParams {
    GriefingParams {
        routes: s.or("routes", &Whole(1..=10_000), 1),
        amount: s.required("amount", &MONEY_POSITIVE),
        // BOLT 4's onion holds 20 hops of usual size.
        hops: s.or("hops", &Whole(3..=20), 20),
        budget: s.required("budget", &WholeSat),
        hold: s.or("hold", &DELAY_POSITIVE, SimDuration::from_secs(20 * 3_600)),
        retry: s.or("retry", &DELAY_POSITIVE, SimDuration::from_secs(60)),
        final_cltv: s.or("final_cltv", &Whole(1..=2_016), 144),
    }
}

fn probing(s: &mut Section<'_, '_>) -> ProbingParams {
    ProbingParams {
        targets: s.choice("targets", &TARGETS, None),
        budget: s.required("budget", &WholeSat),
        precision: s.or("precision", &MONEY_POSITIVE, Sat(1_000).to_msat()),
        pause: s.or("pause", &DELAY, SimDuration::ZERO),
        // BOLT 11: the default of `min_final_cltv_expiry_delta` is 18.
        final_cltv: s.or("final_cltv", &Whole(1..=2_016), 18),
    }
}

fn wormhole(s: &mut Section<'_, '_>) -> WormholeParams {
    WormholeParams {
        // Tikhomirov, Moreno-Sanchez and Maffei, 2020: 2 % of the nodes.
        fraction_of_nodes: s.or("fraction_of_nodes", &SHARE, 0.02),
        by_degree: s.or("by_degree", &Flag, false),
    }
}

const TARGETS: [Alternative<Targets>; 3] = [
    ("capacity", |s| Targets::Capacity(s.required("channels", &Whole(1..=100_000)))),
    ("degree", |s| Targets::Degree(s.required("channels", &Whole(1..=100_000)))),
    ("named", named),
];

fn named(s: &mut Section<'_, '_>) -> Targets {
    let names = s.required("channels", &List(Name));
    s.rule(&["channels"], !names.is_empty(), || "names no channel".to_owned());
    let twice = names.iter().enumerate().any(|(number, name)| names[..number].contains(name));
    s.rule(&["channels"], !twice, || "names a channel twice".to_owned());
    Targets::Named(names)
}

const RESOURCES: [Alternative<Resource>; 2] = [
    // The largest dust limit among implementations is 546 sat: with anchors, no such HTLC is trimmed.
    ("slots", |s| Resource::Slots(s.or("amount", &MONEY_POSITIVE, dust()))),
    ("liquidity", |s| Resource::Liquidity(s.or("least", &MONEY_POSITIVE, Sat(10_000).to_msat()))),
];

fn dust() -> Msat {
    Sat(546).to_msat()
}
