//! The scenarios whose intervals are measured.

use std::fmt::Write;
use std::path::Path;

use leyden::scenario::{Scenario, load};

/// A scenario that is run under many seeds.
pub(crate) struct Line {
    /// Its name, for `LEYDEN_COVERAGE_ONLY` and the folder of runs.
    pub(crate) name: &'static str,
    /// Its name on the page.
    pub(crate) title: &'static str,
    /// The shipped scenario.
    pub(crate) scenario: &'static str,
    /// The keys that it changes.
    pub(crate) sets: &'static [(&'static str, &'static str)],
    /// `network.seed`: network and balances are the same in all runs. Without it they are drawn anew in each, and
    /// what one run says of itself is not looked at: its intervals are given its own network.
    pub(crate) network: Option<u64>,
}

/// `replications` would only repeat what seeds do here.
const ONE: (&str, &str) = ("replications", "1");

/// All of them.
pub(crate) const LINES: &[Line] = &[
    Line {
        name: "quickstart-4000",
        title: "quickstart, 4,000 payments",
        scenario: "quickstart",
        sets: &[ONE, ("payments", "4_000")],
        network: Some(1),
    },
    Line {
        name: "quickstart-network-2",
        title: "quickstart, another network",
        scenario: "quickstart",
        sets: &[ONE, ("payments", "4_000")],
        network: Some(2),
    },
    Line {
        name: "quickstart-drawn-anew",
        title: "quickstart, networks drawn anew",
        scenario: "quickstart",
        sets: &[ONE, ("payments", "4_000")],
        network: None,
    },
    Line {
        name: "quickstart-20000",
        title: "quickstart, 20,000 payments",
        scenario: "quickstart",
        sets: &[ONE],
        network: Some(1),
    },
    Line {
        name: "jamming",
        title: "jamming, a smaller one",
        scenario: "jamming",
        sets: &[
            ("network.generate.lightning_2026.nodes", "200"),
            ("duration", "9 min"),
            ("attack.jammer.start", "3 min"),
            ("attack.jammer.end", "6 min"),
            ("attack.jammer.slow_jamming.targets.degree.channels", "100"),
        ],
        network: Some(1),
    },
    Line {
        name: "zk-rollup",
        title: "zk-rollup",
        scenario: "zk-rollup",
        sets: &[],
        network: Some(42),
    },
    Line {
        name: "optimistic-rollup",
        title: "optimistic-rollup",
        scenario: "optimistic-rollup",
        sets: &[],
        network: Some(42),
    },
    Line {
        name: "bitcoin",
        title: "Bitcoin, a payment every two seconds",
        scenario: "quickstart",
        sets: &[
            ONE,
            ("systems", "[\"bitcoin\"]"),
            ("payments", "8_000"),
            ("workload.arrivals.poisson.rate", "0.5 /s"),
            ("drain", "3 h"),
        ],
        network: Some(1),
    },
    Line {
        name: "sidechain",
        title: "federated sidechain, 5 payments a second",
        scenario: "quickstart",
        sets: &[
            ONE,
            ("systems", "[\"sidechain\"]"),
            ("payments", "8_000"),
            ("workload.arrivals.poisson.rate", "5 /s"),
            ("drain", "10 min"),
        ],
        network: Some(1),
    },
    Line {
        name: "ethereum",
        title: "Ethereum, 5 payments a second",
        scenario: "quickstart",
        sets: &[
            ONE,
            ("systems", "[\"ethereum\"]"),
            ("payments", "8_000"),
            ("workload.arrivals.poisson.rate", "5 /s"),
            ("drain", "30 min"),
        ],
        network: Some(1),
    },
    Line {
        name: "card",
        title: "card",
        scenario: "quickstart",
        sets: &[ONE, ("systems", "[\"card\"]")],
        network: Some(1),
    },
];

impl Line {
    /// The scenario under a seed.
    pub(crate) fn scenario(&self, seed: u64) -> Scenario {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = path.join(format!("scenarios/{}.toml", self.scenario));
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let sets: Vec<_> = self.sets.iter().map(owned).collect();
        let mut scenario = load(&path, &sets).unwrap().scenario;
        scenario.seed = seed;
        scenario.network.seed = self.network;
        scenario
    }

    /// What it is, for readers: the command that makes one of its runs.
    pub(crate) fn command(&self) -> String {
        let mut text = format!("leyden run scenarios/{}.toml --seed N", self.scenario);
        let network = self.network.map(|seed| ("network.seed", seed.to_string()));
        let sets = self.sets.iter().map(|(key, value)| (*key, (*value).to_owned()));
        for (key, value) in sets.chain(network) {
            let quote = if value.contains(['"', ' ']) { "'" } else { "" };
            write!(text, " --set {quote}{key}={value}{quote}").unwrap();
        }
        text
    }
}
