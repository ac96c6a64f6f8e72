//! What closings leave in the tables, from the scenario to the cell.

#![allow(clippy::unwrap_used, reason = "this is test code")]

#[path = "common/running.rs"]
mod running;

use std::collections::BTreeMap;
use std::fs;

use running::run_into;

type Row = BTreeMap<String, String>;

/// The rows of these tables of Lightning after a run of `scenario`.
fn tables<const N: usize>(scenario: &str, names: [&str; N]) -> [Vec<Row>; N] {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_into(&out, "scenarios/none.toml", scenario.to_owned(), &[]);
    names.map(|name| {
        let mut reader = csv::Reader::from_path(out.join("lightning").join(name)).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    })
}

/// Two nodes of lnd; nobody ever reacts to the one HTLC, of 100,000 sat.
const STUCK: &str = "
duration = \"1 min\"
drain = \"10 day\"
sample_every = \"1 day\"
payments = 1
[network.generate.complete]
nodes = 2
capacity = \"1_000_000 sat\"
[network.balances.half]
[network.software]
lnd = 1
[workload.arrivals.constant]
rate = \"1 /min\"
[workload.amount.fixed]
value = \"100_000 sat\"
[lightning.faults]
stuck_at_payee = 1.0
[bitcoin.background.none]
";

#[test]
fn an_htlc_that_its_offerer_took_back_is_counted_as_timed_out() {
    let [closures, losses] = tables(STUCK, ["closures.csv", "losses.csv"]);
    assert_eq!(closures.len(), 1);
    let cells = ["htlcs", "timed_out", "claimed", "penalised", "trimmed"];
    assert_eq!(cells.map(|cell| closures[0][cell].as_str()), ["1", "1", "0", "0", "0"]);
    assert!(losses.is_empty(), "it went back to its owner: {losses:?}");
}

/// `scenarios/fraud.toml`, smaller: every cheater whose victim is there loses what it had in the channel.
#[test]
fn what_punished_cheaters_lose_is_what_stands_in_losses() {
    let fraud = fs::read_to_string("scenarios/fraud.toml").unwrap();
    let fraud = fraud.replace("nodes = 2_000", "nodes = 150").replace("0.05 /s", "0.002 /s");
    let quiet = format!("{fraud}\n[bitcoin.background.none]\n");
    let [attacks, losses] = tables(&quiet, ["attacks.csv", "losses.csv"]);
    let sum = |rows: &[Row], key: &str, value: &str, amount: &str| -> (usize, u64) {
        let rows = rows.iter().filter(|row| row[key] == value);
        let amounts: Vec<u64> = rows.map(|row| row[amount].parse().unwrap()).collect();
        (amounts.len(), amounts.iter().sum())
    };
    let punished = sum(&attacks, "outcome", "punished", "stake_msat");
    assert!(punished.0 >= 5, "{punished:?}");
    let lost = sum(&losses, "kind", "punished", "amount_msat");
    assert_eq!(lost.0, punished.0, "one loss for each");
    // The fee of the commitment, paid by the opener, is lost to nobody.
    assert!(lost.1 <= punished.1 && lost.1 * 100 >= punished.1 * 99, "{lost:?} of {punished:?}");
}

/// The same without towers, with victims that are away for so long at a time: outcome and the thief's gain, in msat.
fn thefts(away: &str) -> Vec<(String, Option<i64>)> {
    let fraud = fs::read_to_string("scenarios/fraud.toml").unwrap();
    let fraud = fraud.replace("nodes = 2_000", "nodes = 150").replace("0.05 /s", "0.002 /s");
    let fraud = fraud.replace("offline_mean = \"12 h\"", &format!("offline_mean = \"{away}\""));
    assert!(fraud.contains(away));
    let [attacks] = tables(&format!("{fraud}\n[bitcoin.background.none]\n"), ["attacks.csv"]);
    let of = |row: &Row| (row["outcome"].clone(), row["attacker_net_msat"].parse().ok());
    attacks.iter().map(of).collect()
}

/// Whoever is away for weeks is robbed more often, not less: its thief has its money long before the victim comes back
/// for the rest, so that the channel is not closed for good when the run ends.
#[test]
fn thefts_count_though_their_victims_stay_away_for_weeks() {
    let [short, long] = ["12 h", "16 day"].map(thefts);
    let count =
        |of: &[(String, Option<i64>)], name: &str| of.iter().filter(|a| a.0 == name).count();
    let share = |of: &[(String, Option<i64>)]| {
        let [stolen, punished] = ["stolen", "punished"].map(|name| count(of, name));
        assert!(stolen + punished >= 8, "{stolen} stolen, {punished} punished");
        (stolen, stolen * 100 / (stolen + punished))
    };
    let [short, (stolen, share)] = [share(&short), share(&long)];
    assert!(stolen >= 2 && share >= short.1, "{short:?} against {stolen}, {share} %");
    for (outcome, net) in &long {
        match outcome.as_str() {
            "stolen" => assert!(net.unwrap() > 0, "what it took is known: {net:?}"),
            "punished" => assert!(net.unwrap() < 0, "{net:?}"),
            _ => {}
        }
    }
}
