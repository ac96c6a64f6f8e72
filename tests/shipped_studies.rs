//! Shipped studies: every variant can run, and the claims about the original article leave none of its figures out.

#![allow(clippy::unwrap_used, reason = "this is test code")]

use std::path::{Path, PathBuf};

use leyden::scenario::{self, ClaimSpec, Loaded};
use leyden::study::{self, Runner};

/// What the article says that is a figure or can be held against one, in its order, as it stands there; of a row of
/// its table one cell stands for all.
const FIGURES: [&str; 47] = [
    "single-digit or low-double-digit transactions per second",
    "moving the vast majority of transactions off-chain",
    "requires one on-chain transaction",
    "counterparty can claim ALL funds",
    "without touching the blockchain",
    "~1ms (just signing)",
    "~10 minutes",
    "gives the counterparty time to check for fraud",
    "used in ~95% of channel closures",
    "typically 144 blocks",
    "= ~1 day",
    "the honest party can claim ALL channel funds",
    "Channel balances are private",
    "expires in 40 blocks",
    "30 blocks",
    "20 blocks",
    "decreasing timelocks ensure each forwarder has time",
    "3600 # 1 hour from now",
    "require capital lockup and online participation",
    "batch hundreds of payments into a single on-chain transaction",
    "e.g., 1000 per batch",
    "finalized in one L1 transaction",
    "1000-10000 TPS",
    "vs 7 for Bitcoin",
    "30 for Ethereum",
    "1000 payments share one L1 tx fee",
    "Finality: L1 finality",
    "2**20",
    "1-10 minutes for a batch of 1000",
    "~1ms on the L1 contract",
    "~12 bytes",
    "sender_index (3B) + receiver_index (3B) + amount (4B) + fee (2B)",
    "bal.to_bytes(8, 'big') + nonce.to_bytes(4, 'big')",
    "p.sender_index.to_bytes(3,",
    "p.receiver_index.to_bytes(3,",
    "p.amount.to_bytes(4,",
    "| Bitcoin L1 | 7 | ~60 min | $1-50 | N/A |",
    "| 1,000,000+ | < 1 sec | < $0.01 | Requires channel lockup |",
    "| Ethereum L1 | 30 | ~12 sec | $0.50-100 | N/A |",
    "| 10,000 | ~12 sec (with proof) | < $0.01 | No lockup needed |",
    "| Visa | 65,000 | T+1 day (settlement) | $0.05-0.30 | N/A |",
    "highest theoretical throughput",
    "don't touch any shared infrastructure",
    "without requiring capital lockup or online participation",
    "high-frequency, low-value payments between parties who transact regularly",
    "better for systems with many diverse participants",
    "without trusting intermediaries",
];

/// Claims about each cell of the table's five rows: throughput, finality, cost, capital.
const CELLS: [(&str, [&str; 4]); 5] = [
    ("bitcoin", ["bitcoin_tps", "bitcoin_finality", "bitcoin_cost", "bitcoin_capital"]),
    ("lightning", ["lightning_tps", "lightning_latency", "lightning_price", "lightning_lockup"]),
    ("ethereum", ["ethereum_tps", "ethereum_finality", "ethereum_cost", "ethereum_capital"]),
    ("zk_rollup", ["zk_rollup_tps", "zk_rollup_finality", "zk_rollup_cost", "zk_rollup_no_lockup"]),
    ("card", ["card_tps", "card_settlement", "card_cost", "card_capital"]),
];

fn shipped(name: &str) -> (PathBuf, Loaded) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
    let loaded = scenario::load(&path, &[]).unwrap_or_else(|bad| panic!("{}", bad.render(false)));
    (path, loaded)
}

fn claims() -> Vec<ClaimSpec> {
    shipped("seed-table.toml").1.study.unwrap().claims
}

#[test]
fn every_variant_of_every_shipped_study_is_a_scenario() {
    for name in ["seed-table.toml", "architect.toml", "million-tps.toml"] {
        let (path, loaded) = shipped(name);
        let is_over = || false;
        let (text, sets) = (loaded.text.as_str(), &[][..]);
        let runner = Runner { path: &path, text, sets, threads: 1, is_over: &is_over };
        let checked = study::check(&runner, loaded.study.as_ref().unwrap());
        checked.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_figure_of_the_article_has_a_claim_that_quotes_it_and_every_claim_quotes_one() {
    let claims = claims();
    let quotes: Vec<_> = claims.iter().map(|claim| claim.quote.as_deref().unwrap_or("")).collect();
    for figure in FIGURES {
        assert!(quotes.iter().any(|quote| quote.contains(figure)), "no claim quotes \"{figure}\"");
    }
    for (claim, quote) in claims.iter().zip(&quotes) {
        let known = FIGURES.iter().any(|figure| quote.contains(figure));
        assert!(known, "{} quotes \"{quote}\"", claim.name);
    }
}

#[test]
fn every_cell_of_the_table_has_a_claim_about_its_system_that_quotes_its_row() {
    let claims = claims();
    for (system, names) in CELLS {
        for name in names {
            let claim = claims.iter().find(|claim| claim.name == name).unwrap();
            assert_eq!(claim.system.name(), system, "{name}");
            assert!(claim.quote.as_deref().unwrap().contains("| "), "{name} quotes no row");
        }
    }
}

#[test]
fn times_are_medians_and_one_transaction_is_tried_both_ways() {
    let claims = claims();
    let times = claims.iter().filter_map(|claim| claim.metric.as_deref());
    for metric in times.filter(|metric| metric.starts_with("latency.")) {
        assert!(metric.ends_with(".p50_s"), "{metric}");
    }
    let sets = claims.iter().flat_map(|claim| claim.settings.iter().chain(&claim.unless));
    let joined = sets.filter(|sets| sets.to_string().contains("one_transaction=true")).count();
    assert!(joined >= 3, "{joined} settings join the transactions");
    let varied = claims.iter().filter_map(|claim| claim.varied.as_ref());
    assert!(varied.clone().any(|varied| varied.key == "zk_rollup.one_transaction"));
}
