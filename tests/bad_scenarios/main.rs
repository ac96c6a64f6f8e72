//! Scenarios that must be refused: where, which key, and in which words, written down first.
//!
//! The numbers are those of the project's corpus of bad inputs; letters tell variants apart. Every case
//! must take less than a second and print less than 2 kB per problem.

use std::path::{Path, PathBuf};
use std::time::Duration;

use leyden::scenario::{Loaded, Problems, load};

mod attacks;
#[path = "../common/busy.rs"]
mod busy;
mod chains;
mod files;
mod nodes;
mod senders;

use busy::busy;

/// A valid scenario; cases replace one of its lines.
const GOOD: [&str; 17] = [
    "name = \"good\"",
    "seed = 1",
    "payments = 100",
    "duration = \"1 h\"",
    "[network.generate.star]",
    "nodes = 10",
    "capacity = \"1_000_000 sat\"",
    "[network.software]",
    "lnd = 0.9",
    "cln = 0.1",
    "[workload.arrivals.poisson]",
    "rate = \"10 /s\"",
    "[workload.amount.lognormal]",
    "median = \"1_000 sat\"",
    "sigma = 1.5",
    "[lightning.payee]",
    "fail_share = 0.1",
];

/// A case: its number, the line replaced, what by, and what must come out.
struct Bad {
    case: &'static str,
    edit: (usize, &'static str),
    at: (usize, usize),
    key: &'static str,
    says: &'static str,
}

type Text = &'static str;

const fn bad(case: Text, edit: (usize, Text), at: (usize, usize), key: Text, says: Text) -> Bad {
    Bad { case, edit, at, key, says }
}

const RATE: &str = "workload.arrivals.poisson.rate";
const NODES: &str = "network.generate.star.nodes";
const SHARE: &str = "lightning.payee.fail_share";

const SYNTAX: [Bad; 10] = [
    bad("5", (2, "seed = 1\rpayments = 3"), (2, 10), "", "not valid TOML"),
    bad("7", (1, "name = \"a\0b\""), (1, 10), "", "not valid TOML"),
    bad("8", (1, "name = \"a\\u0000b\""), (1, 8), "name", "1 to 80 of the characters"),
    bad("9", (1, "name = \"good"), (1, 13), "", "not valid TOML"),
    bad("10", (5, "[network.generate.star"), (5, 23), "", "not valid TOML"),
    bad("11", (3, "seed = 2"), (3, 1), "seed", "duplicate key: `seed` was given on line 2"),
    bad(
        "12",
        (11, "[network.software]"),
        (11, 10),
        "network.software",
        "duplicate key: `network.software` was given on line 8",
    ),
    bad("24", (17, "fail_share = 1e400"), (17, 14), SHARE, "finite number, but is 1e400"),
    bad(
        "34",
        (6, "nodes = 99999999999999999999999999999999999999999"),
        (6, 9),
        NODES,
        "must be 2 to 4294967295",
    ),
    bad("40", (2, "LONG = 1"), (2, 1), "LONG", "unknown key `kkkkkkkk"),
];

const KEYS: [Bad; 11] = [
    bad("13", (6, "nodez = 10"), (6, 1), "network.generate.star.nodez", "did you mean `nodes`?"),
    bad("14", (2, "rate = \"1 /s\""), (2, 1), "rate", "table `workload.arrivals.poisson`"),
    bad("14b", (6, "payments = 10"), (6, 1), "network.generate.star.payments", "the top and table"),
    bad(
        "47",
        (11, "[workload.arrivals.poison]"),
        (11, 20),
        "workload.arrivals.poison",
        "did you mean `poisson`?",
    ),
    bad(
        "47b",
        (11, "[workload.arrivals.gamma]"),
        (11, 20),
        "workload.arrivals.gamma",
        "choose one of poisson, constant",
    ),
    bad(
        "47c",
        (11, "[workload]\narrivals = \"poisson\""),
        (12, 12),
        "workload.arrivals",
        "expected table, found string",
    ),
    bad(
        "57",
        (6, "nodes = 10\nmax_accepted_htlcs = 484"),
        (7, 1),
        "network.generate.star.max_accepted_htlcs",
        "unknown key",
    ),
    bad(
        "58",
        (6, "nodes = 10\ndust_limit = 353"),
        (7, 1),
        "network.generate.star.dust_limit",
        "unknown key",
    ),
    bad("88", (2, "include = \"good.toml\""), (2, 1), "include", "unknown key `include`"),
    bad(
        "89",
        (2, "format_version = 999"),
        (2, 1),
        "format_version",
        "unknown key `format_version`",
    ),
    bad(
        "90b",
        (11, "[workload.arrivals.constant]\nrate = \"1 /s\"\n[workload.arrivals.poisson]"),
        (13, 20),
        "workload.arrivals.poisson",
        "and `workload.arrivals.constant` (line 11) exclude each other",
    ),
];

const TYPES: [Bad; 9] = [
    bad("15", (6, "nodes = \"100\""), (6, 9), NODES, "expected integer, found string \"100\""),
    bad("16", (6, "nodes = 10.5"), (6, 9), NODES, "expected integer, found float 10.5"),
    bad("17", (6, "nodes = true"), (6, 9), NODES, "expected integer, found boolean true"),
    bad("17b", (6, "nodes = 1979-05-27"), (6, 9), NODES, "expected integer, found datetime"),
    bad("17c", (6, "nodes = [1]"), (6, 9), NODES, "expected integer, found array"),
    bad("17d", (17, "fail_share = \"0.1\""), (17, 14), SHARE, "expected number, found string"),
    bad(
        "17e",
        (5, "[[network.generate.star]]"),
        (5, 1),
        "network.generate.star",
        "expected table, found array",
    ),
    bad("17f", (1, "name = 3"), (1, 8), "name", "expected string, found integer 3"),
    bad("17g", (12, "rate = true"), (12, 8), RATE, "expected rate, found boolean true"),
];

const NUMBERS: [Bad; 20] = [
    bad("18", (12, "rate = nan"), (12, 8), RATE, "must be a finite number, but is nan"),
    bad("19", (12, "rate = inf"), (12, 8), RATE, "must be a finite number, but is inf"),
    bad("20", (12, "rate = -inf"), (12, 8), RATE, "must be a finite number, but is -inf"),
    bad("20b", (17, "fail_share = nan"), (17, 14), SHARE, "must be a finite number, but is nan"),
    bad("21", (12, "rate = -1.0"), (12, 8), RATE, "must not be negative, but is -1.0"),
    bad("21b", (12, "rate = \"-1 /s\""), (12, 8), RATE, "must not be negative, but is `-1 /s`"),
    bad("21c", (12, "rate = 10"), (12, 8), RATE, "10 lacks a unit"),
    bad("21d", (12, "rate = \"10\""), (12, 8), RATE, "`10` lacks a unit"),
    bad("25", (12, "rate = 1e300"), (12, 8), RATE, "1e300 is more than 10^9 payments per second"),
    bad("25b", (12, "rate = \"1_000_000_001 /s\""), (12, 8), RATE, "more than 10^9"),
    bad("26", (2, "seed = -1"), (2, 8), "seed", "must be 0 to 18446744073709551615, but is -1"),
    bad(
        "28",
        (2, "seed = 18446744073709551616"),
        (2, 8),
        "seed",
        "must be 0 to 18446744073709551615",
    ),
    bad("30", (6, "nodes = 0"), (6, 9), NODES, "must be 2 to 4294967295, but is 0"),
    bad("31", (6, "nodes = 1"), (6, 9), NODES, "must be 2 to 4294967295, but is 1"),
    bad("32", (6, "nodes = 1_000_000_000"), (6, 9), NODES, "would need about 816.0 GB"),
    bad("33", (6, "nodes = 5_000_000_000"), (6, 9), NODES, "must be 2 to 4294967295"),
    bad("45", (17, "fail_share = 1.0000001"), (17, 14), SHARE, "must be 0 to 1, but is 1.0000001"),
    bad("45b", (17, "fail_share = -1e-9"), (17, 14), SHARE, "must be 0 to 1, but is -1e-9"),
    bad("46", (10, "cln = 0.099999"), (9, 7), "network.software.lnd", "sum up to 0.999999"),
    bad("36k", (3, "payments = 0"), (3, 12), "payments", "must be 1 to 1000000000000, but is 0"),
];

const TIMES: [Bad; 10] = [
    bad("41", (4, "duration = 0"), (4, 12), "duration", "0 lacks a unit"),
    bad("41b", (4, "duration = \"0 s\""), (4, 12), "duration", "must be longer than 0"),
    bad(
        "42",
        (4, "duration = \"1 fortnight\""),
        (4, 12),
        "duration",
        "the units are ns, us, ms, s, min, h, day, week, year",
    ),
    bad("43", (4, "duration = \"600y\""), (4, 12), "duration", "unknown unit `y`"),
    bad("43b", (4, "duration = \"600 year\""), (4, 12), "duration", "must be at most 500 year"),
    bad(
        "43c",
        (4, "duration = \"99999999999999999999999999999999999999 year\""),
        (4, 12),
        "duration",
        "too large",
    ),
    bad("43d", (2, "drain = \"500 year\""), (2, 9), "drain", "together must be at most 500 year"),
    bad("44", (2, "warmup = \"90 min\""), (2, 10), "warmup", "but 90 min is not shorter than 1 h"),
    bad(
        "44b",
        (4, "duration = \"0.3 ns\""),
        (4, 12),
        "duration",
        "not a whole number of nanoseconds",
    ),
    bad("44c", (2, "sample_every = \"1 ns\""), (2, 16), "sample_every", "rows of the time series"),
];

const MONEY: [Bad; 14] = [
    bad(
        "48",
        (13, "[workload.amount.pareto]\nmin = \"1 sat\"\nalpha = 1\n[z]"),
        (15, 9),
        "workload.amount.pareto.alpha",
        "the mean is infinite",
    ),
    bad(
        "49",
        (15, "sigma = -0.5"),
        (15, 9),
        "workload.amount.lognormal.sigma",
        "must be 0 to 100, but is -0.5",
    ),
    bad(
        "50",
        (13, "[workload.amount.uniform]\nmin = \"2 sat\"\nmax = \"1 sat\"\n[z]"),
        (14, 7),
        "workload.amount.uniform.min",
        "2 sat is more than 1 sat",
    ),
    bad(
        "50b",
        (14, "median = \"0 sat\""),
        (14, 10),
        "workload.amount.lognormal.median",
        "must be at least 1 msat",
    ),
    bad(
        "50c",
        (14, "median = \"0.5 msat\""),
        (14, 10),
        "workload.amount.lognormal.median",
        "not a whole number of millisatoshis",
    ),
    bad(
        "50d",
        (14, "median = 1000"),
        (14, 10),
        "workload.amount.lognormal.median",
        "1000 lacks a unit",
    ),
    bad(
        "51",
        (7, "capacity = \"0 sat\""),
        (7, 12),
        "network.generate.star.capacity",
        "must be at least 1000 msat",
    ),
    bad(
        "51b",
        (7, "capacity = \"1_500 msat\""),
        (7, 12),
        "network.generate.star.capacity",
        "must be whole satoshis",
    ),
    bad(
        "52",
        (7, "capacity = \"2_100_000_000_000_001 sat\""),
        (7, 12),
        "network.generate.star.capacity",
        "at most 21_000_000 btc",
    ),
    bad(
        "53",
        (7, "capacity = \"3_000_000 btc\""),
        (7, 12),
        "network.generate.star.capacity",
        "9 channels",
    ),
    bad(
        "54",
        (7, "fee_base_msat = -1"),
        (7, 17),
        "network.generate.star.fee_base_msat",
        "must be 0 to 4294967295, but is -1",
    ),
    bad(
        "55",
        (7, "ppm = 4_294_967_296"),
        (7, 7),
        "network.generate.star.ppm",
        "must be 0 to 4294967295",
    ),
    bad(
        "61",
        (7, "cltv_expiry_delta = 0"),
        (7, 21),
        "network.generate.star.cltv_expiry_delta",
        "must be 1 to 65535",
    ),
    bad(
        "61b",
        (7, "htlc_minimum_msat = 5_000_000_001"),
        (7, 21),
        "network.generate.star.htlc_minimum_msat",
        "must be at most the capacity",
    ),
];

const CHOICES: [Bad; 9] = [
    bad(
        "46b",
        (
            16,
            "[lightning.latency.by_region]\nshares = []\ndelays = []\nsigma = 0\n[lightning.payee]",
        ),
        (17, 10),
        "lightning.latency.by_region.shares",
        "names no region",
    ),
    bad(
        "82",
        (13, "[workload.amount.empirical]\nfile = \"nowhere.csv\"\n[z]"),
        (14, 8),
        "workload.amount.empirical.file",
        "no such file: `",
    ),
    bad(
        "90",
        (5, "[network]\nfile = \"x\"\n[network.generate.star]"),
        (7, 10),
        "network.generate",
        "`network.generate` and `network.file` (line 6) exclude each other",
    ),
    bad(
        "90c",
        (11, "[workload]\ntrace = \"x.csv\"\n[workload.arrivals.poisson]"),
        (13, 11),
        "workload.arrivals",
        "`workload.trace` (line 12) exclude each other",
    ),
    bad(
        "90d",
        (8, "[network.balances.file]\n[network.software]"),
        (8, 19),
        "network.balances.file",
        "no `network.file`",
    ),
    bad(
        "90e",
        (2, "systems = [\"lightning\", \"optimistic\"]"),
        (2, 25),
        "systems",
        "unknown system `optimistic`",
    ),
    bad("90f", (2, "systems = \"lightning\""), (2, 11), "systems", "write [\"lightning\"]"),
    bad(
        "90h",
        (2, "systems = [\"lightening\"]"),
        (2, 12),
        "systems",
        "the systems that can be run are \"lightning\", \"zk_rollup\", \"optimistic_rollup\", \"ethereum\"",
    ),
    bad(
        "90g",
        (5, "[network]\nformat = \"lnd\"\n[network.generate.star]"),
        (6, 10),
        "network.format",
        "goes only with `network.file`",
    ),
];

fn edited((line, text): (usize, &str)) -> String {
    let mut lines = GOOD.map(str::to_owned);
    lines[line - 1] = text.replace("LONG", &"k".repeat(1_000_000));
    lines.join("\n") + "\n"
}

fn load_text(bytes: &[u8]) -> (Result<Loaded, Problems>, Duration) {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let path = folder.path().join("case.toml");
    std::fs::write(&path, bytes).expect("the temporary folder is writable");
    busy(|| load(&path, &[]))
}

fn refused(text: &[u8]) -> Problems {
    let (loaded, time) = load_text(text);
    assert!(time < Duration::from_secs(1), "took {time:?}");
    let problems = loaded.expect_err("must be refused");
    let printed = problems.render(false);
    assert!(printed.len() < 2_000 * problems.count().min(20), "prints {} bytes", printed.len());
    assert!(problems.render(true).len() > printed.len(), "colours add something");
    problems
}

/// Empty when the case comes out as written down, else what came out instead.
fn deviation(case: &Bad) -> String {
    let problems = refused(edited(case.edit).as_bytes());
    let printed = problems.render(false);
    let key = case.key.replace("LONG", &format!("{}…", "k".repeat(60)));
    let found = problems.iter().any(|p| p.line().zip(p.column()) == Some(case.at) && p.key == key);
    if found && printed.contains(case.says) {
        String::new()
    } else {
        let found: Vec<_> = problems.iter().map(|p| (p.line(), p.column(), &p.key)).collect();
        format!("case {}: {found:?}\n{printed}\n", case.case)
    }
}

fn check_all(cases: &[Bad]) {
    let deviations: String = cases.iter().map(deviation).collect();
    assert!(deviations.is_empty(), "{deviations}");
}

#[test]
fn the_scenario_that_cases_are_made_from_is_good() {
    let loaded = load_text(edited((1, GOOD[0])).as_bytes()).0.unwrap_or_else(|p| panic!("{p}"));
    assert!(loaded.warnings.is_empty());
}

#[test]
fn broken_toml_is_refused_at_its_place() {
    check_all(&SYNTAX);
}

#[test]
fn unknown_keys_and_choices_are_refused_with_a_hint() {
    check_all(&KEYS);
}

#[test]
fn values_of_another_type_are_refused() {
    check_all(&TYPES);
}

#[test]
fn numbers_out_of_bounds_are_refused() {
    check_all(&NUMBERS);
}

#[test]
fn bad_times_are_refused() {
    check_all(&TIMES);
}

#[test]
fn bad_amounts_are_refused() {
    check_all(&MONEY);
}

#[test]
fn choices_that_exclude_each_other_and_missing_files_are_refused() {
    check_all(&CHOICES);
}

#[test]
fn what_is_odd_but_harmless_is_accepted() {
    for edit in [
        (2, "seed = 18446744073709551615"),
        (2, ""),
        (12, "rate = \"0 /s\""),
        (7, "ppm = 1_000_000_000"),
        (17, "fail_share = 0"),
    ] {
        load_text(edited(edit).as_bytes()).0.unwrap_or_else(|p| panic!("{edit:?}\n{p}"));
    }
    let loaded = load_text(edited((2, "")).as_bytes()).0.unwrap();
    assert!(loaded.resolved.contains("seed = 1\n"), "the default seed is printed");
}

#[test]
fn negative_zero_is_taken_as_zero_with_a_warning() {
    let loaded = load_text(edited((17, "fail_share = -0.0")).as_bytes()).0.unwrap();
    let printed = loaded.warnings.render(false);
    assert!(
        printed.contains("warning: `lightning.payee.fail_share`: -0.0 is taken as 0"),
        "{printed}"
    );
    assert!(loaded.resolved.contains("fail_share = 0.0\n"));
}

#[test]
fn all_problems_come_at_once_up_to_twenty() {
    let text = (0..151).fold(String::new(), |text, number| text + &format!("wrong_{number} = 1\n"));
    let problems = refused(edited((1, &text)).as_bytes());
    assert_eq!(problems.count(), 151);
    assert!(problems.render(false).ends_with("and 131 more"));
}

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_real_network_scenario_asks_for_its_file() {
    let printed = load(&scenario("real-network.toml"), &[]).unwrap_err().render(false);
    let expected = "error: network.file or network.generate is missing";
    assert!(printed.starts_with(expected), "{printed}");
    assert!(printed.contains("--set network.file=PATH"), "{printed}");
}

#[test]
fn mistakes_in_set_point_at_the_command_line() {
    for (key, value, says) in [
        ("seed", "-1", "--set seed=-1"),
        ("network.nodez", "3", "--set network.nodez=3"),
        ("network..x", "3", "is not a key path"),
        ("network.file", "nowhere.csv", "relative paths start from the current folder here"),
        ("duration", "1 fortnight", "unknown unit `fortnight`"),
    ] {
        let problems = load(&scenario("quickstart.toml"), &set(&[(key, value)])).unwrap_err();
        let printed = problems.render(false);
        assert!(printed.contains("--> command line\n"), "{printed}");
        assert!(printed.contains(says), "{printed}");
        assert_eq!(problems.iter().next().unwrap().line(), None);
    }
}
