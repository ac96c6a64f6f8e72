//! Every key of `[[attack]]` refuses what is no value of it: at its line and column, by its name, with the rule.

use super::{GOOD, refused};

/// The head of every case: lines 18 to 20 of the scenario.
const HEAD: &str = "[[attack]]\nname = \"a\"\nstart = \"1 min\"\n";

/// Good tables of attacks; each case adds a line to one of them, or replaces the line with the same key.
const SLOW: &str =
    "[attack.slow_jamming]\nbudget = \"1 btc\"\ntargets = { degree = { channels = 1 } }\n";
const FAST: &str =
    "[attack.fast_jamming]\nbudget = \"1 btc\"\ntargets = { capacity = { channels = 1 } }\n";
const GRIEF: &str = "[attack.griefing]\nbudget = \"1 btc\"\namount = \"1 sat\"\n";
const PROBE: &str =
    "[attack.probing]\nbudget = \"1 btc\"\ntargets = { capacity = { channels = 1 } }\n";
const WORM: &str = "[attack.wormhole]\n";
const CHEAT: &str = "[attack.revoked_broadcast]\nfraction_of_nodes = 0.5\n";
const FLOOD: &str = "[attack.flood_and_loot]\nbudget = \"1 btc\"\nvictims = 5\n";
const EXIT: &str = "[attack.mass_exit]\ncoalition = { degree = { nodes = 1 } }\n";

/// Table, line, and the words of the rule.
const CASES: &[(&str, &str, &str)] = &[
    (SLOW, "budget = \"0 sat\"", "must be at least"),
    (SLOW, "targets = { degree = { channels = 0 } }", "must be 1 to 100000"),
    (SLOW, "targets = { degre = { channels = 1 } }", "did you mean `degree`?"),
    (SLOW, "targets = { named = { channels = [] } }", "names no channel"),
    (SLOW, "targets = { named = { channels = [\"a\", \"a\"] } }", "names a channel twice"),
    (SLOW, "hold = \"0 s\"", "must be longer than 0"),
    (SLOW, "retry = \"0 s\"", "must be longer than 0"),
    (SLOW, "htlcs = 484", "must be 1 to 483"),
    (SLOW, "final_cltv = 2017", "must be 1 to 2016"),
    (SLOW, "resource = { slots = { amount = \"0 sat\" } }", "must be at least"),
    (SLOW, "resource = { liquidity = { least = 5 } }", "lacks a unit"),
    (SLOW, "resource = { slot = {} }", "did you mean `slots`?"),
    (FAST, "hold = 7", "lacks a unit"),
    (FAST, "htlcs = -1", "must be 1 to 483"),
    (GRIEF, "amount = \"0 sat\"", "must be at least"),
    (GRIEF, "routes = 0", "must be 1 to 10000"),
    (GRIEF, "hops = 21", "must be 3 to 20"),
    (GRIEF, "budget = \"1 msat\"", "must be at least"),
    (GRIEF, "hold = \"-1 s\"", "must not be negative"),
    (GRIEF, "retry = \"0 s\"", "must be longer than 0"),
    (GRIEF, "final_cltv = 0", "must be 1 to 2016"),
    (PROBE, "precision = \"0 sat\"", "must be at least"),
    (PROBE, "pause = 1", "lacks a unit"),
    (PROBE, "final_cltv = 0", "must be 1 to 2016"),
    (PROBE, "budget = \"1.5 btcs\"", "the units are"),
    (PROBE, "targets = { capacity = { channels = 1.5 } }", "expected integer"),
    (WORM, "fraction_of_nodes = 1.5", "must be 0 to 1"),
    (WORM, "by_degree = 1", "expected boolean"),
    (WORM, "fraction = 0.1", "did you mean `fraction_of_nodes`?"),
    (CHEAT, "fraction_of_nodes = -0.1", "must be 0 to 1"),
    (CHEAT, "when = { often = {} }", "choose one of opportunistic, random, congested"),
    (CHEAT, "when = { random = { per_day = 0 } }", "must be above 0"),
    (CHEAT, "when = { congested = {} }", "is missing"),
    (CHEAT, "least_gain = \"0 sat\"", "must be at least"),
    (CHEAT, "most_attempts = -1", "must be 0 to 1000000000"),
    (CHEAT, "victims = { offline_share = 2 }", "must be 0 to 1"),
    (CHEAT, "victims = { offline_mean = \"0 s\" }", "must be longer than 0"),
    (CHEAT, "towers = { coverage = 1.1 }", "must be 0 to 1"),
    (CHEAT, "towers = { known_states = nan }", "finite number"),
    (CHEAT, "towers = { delay = \"1 parsec\" }", "the units are"),
    (CHEAT, "towers = { down_share = -1 }", "must be 0 to 1"),
    (CHEAT, "towers = { down_mean = \"0 s\" }", "must be longer than 0"),
    (CHEAT, "towers = { feerate = 10 }", "lacks a unit"),
    (CHEAT, "towers = { fee_budget = 1.5 }", "must be 0 to 1"),
    (CHEAT, "towers = { state_bytes = 0 }", "must be 1 to 1000000"),
    (FLOOD, "victims = 0", "must be 1 to 100000"),
    (FLOOD, "budget = \"0 sat\"", "must be at least"),
    (FLOOD, "amount = \"0 sat\"", "must be at least"),
    (FLOOD, "htlcs = 484", "must be 1 to 483"),
    (FLOOD, "hold = \"0 s\"", "must be longer than 0"),
    (FLOOD, "final_cltv = 0", "must be 1 to 2016"),
    (EXIT, "coalition = { degree = { nodes = 0 } }", "must be 1 to 100000"),
    (EXIT, "coalition = { cut = {} }", "choose one of max_cut, degree, random"),
    (EXIT, "method = { zombies = {} }", "did you mean `zombie`?"),
    (EXIT, "method = { double_spend = { least_gain = \"0 sat\" } }", "must be at least"),
    (EXIT, "method = { double_spend = { towers = { coverage = 2 } } }", "must be 0 to 1"),
];

/// The innermost key of a line: `a = { b = { c = 1 } }` is `a.b.c`.
fn key_of(line: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    let mut rest = line;
    while let Some((key, value)) = rest.split_once(" = ") {
        if value.starts_with('[') || key.contains('"') {
            keys.push(key);
            break;
        }
        keys.push(key);
        rest = value.trim_start_matches("{ ");
    }
    keys
}

#[test]
fn every_key_of_an_attack_refuses_what_is_no_value_of_it() {
    let good = GOOD.join("\n");
    let mut wrong: Vec<String> = Vec::new();
    for (table, line, says) in CASES {
        let keys = key_of(line);
        let mut lines: Vec<&str> = table.lines().collect();
        let same = lines.iter().position(|other| other.starts_with(&format!("{} = ", keys[0])));
        let place = same.unwrap_or(lines.len());
        if same.is_some() {
            lines[place] = line;
        } else {
            lines.push(line);
        }
        let text = format!("{good}\n{HEAD}{}\n", lines.join("\n"));
        let problems = refused(text.as_bytes());
        let printed = problems.render(false);
        // The head takes three lines behind the good scenario's.
        let at = GOOD.len() + 3 + place + 1;
        let is_there = problems.iter().any(|problem| {
            problem.line() == Some(at)
                && problem.column().is_some()
                && problem.key.contains(keys[0].split(' ').next().unwrap_or_default())
        });
        if !is_there || !printed.contains(says) {
            wrong.push(format!("`{line}` on line {at} should say `{says}`:\n{printed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_every_attack_has_in_common_is_refused_too() {
    let good = GOOD.join("\n");
    for (head, line, says) in [
        ("name = \"a b\"\n[attack.wormhole]", 19, "1 to 80 of the characters"),
        ("[attack.wormhole]", 18, "is missing"),
        ("name = \"a\"\nstart = \"-1 s\"\n[attack.wormhole]", 20, "must not be negative"),
        (
            "name = \"a\"\nstart = \"2 s\"\nend = \"1 s\"\n[attack.wormhole]",
            21,
            "must be after the start",
        ),
        ("name = \"a\"", 18, "wormhole"),
        ("name = \"a\"\n[attack.wormhol]", 20, "did you mean `wormhole`?"),
        (
            "name = \"a\"\n[attack.wormhole]\n[[attack]]\nname = \"a\"\n[attack.wormhole]",
            18,
            "two attacks are called `a`",
        ),
        ("name = \"a\"\nattacks = 1\n[attack.wormhole]", 20, "unknown key"),
    ] {
        let problems = refused(format!("{good}\n[[attack]]\n{head}\n").as_bytes());
        let printed = problems.render(false);
        assert!(printed.contains(says), "{head}: {printed}");
        let lines: Vec<_> = problems.iter().map(leyden::scenario::Problem::line).collect();
        assert!(lines.contains(&Some(line)), "{head}: {lines:?}\n{printed}");
    }
}
