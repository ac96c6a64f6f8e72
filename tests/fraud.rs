//! `scenarios/fraud.toml` at its size: 2,000 nodes, 300 revoked commitments. Who wins follows from who is there
//! and from the blocks; nothing is drawn.

#![allow(clippy::unwrap_used, reason = "this is test code")]

#[path = "common/running.rs"]
mod running;

use std::fs;

use running::run_into;

/// What is asked of an attempt.
#[derive(Debug)]
struct Attempt {
    victim_online: bool,
    covered: bool,
    outcome: String,
    stake: i64,
    fees: i64,
    net: Option<i64>,
    confirmed: Option<u32>,
    answered: Option<u32>,
    deadline: Option<u32>,
}

impl Attempt {
    /// Of what it had in the last state, the cheater has nothing; what it paid in fees it has paid besides.
    fn lost_everything(&self) -> bool {
        self.outcome == "punished" && self.net.is_some_and(|net| net <= -self.stake)
    }

    /// The answer is in a block at which the cheater could not yet have taken its money.
    fn was_answered_in_time(&self) -> bool {
        let [confirmed, answered, deadline] = [self.confirmed, self.answered, self.deadline];
        confirmed < answered && answered.is_some_and(|at| Some(at) <= deadline)
    }
}

fn attempts(sets: &[(&str, &str)]) -> Vec<Attempt> {
    let sets: Vec<_> = sets.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let path = "scenarios/fraud.toml";
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    run_into(&out, path, fs::read_to_string(path).unwrap(), &sets);
    let text = fs::read_to_string(out.join("lightning/attacks.csv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<_> = lines.next().unwrap().split(',').collect();
    let read = |line: &str| {
        let cells: Vec<_> = line.split(',').collect();
        let cell = |name: &str| cells[header.iter().position(|known| *known == name).unwrap()];
        Attempt {
            victim_online: cell("victim_online") == "true",
            covered: cell("tower_covers") == "true",
            outcome: cell("outcome").to_owned(),
            stake: cell("stake_msat").parse().unwrap(),
            fees: cell("fees_msat").parse().unwrap_or(0),
            net: cell("attacker_net_msat").parse().ok(),
            confirmed: cell("confirmed_height").parse().ok(),
            answered: cell("justice_height").parse().ok(),
            deadline: cell("deadline_height").parse().ok(),
        }
    };
    let attempts: Vec<_> = lines.map(read).collect();
    assert!(attempts.len() >= 200, "{} attempts", attempts.len());
    attempts
}

fn stolen<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> usize {
    attempts.into_iter().filter(|a| a.outcome == "stolen").count()
}

/// Blocks are never full, and each victim watches or has a tower that knows every state.
#[test]
fn below_capacity_a_cheater_whose_victim_is_there_or_has_a_tower_loses_everything_every_time() {
    let towers = "attack.0.revoked_broadcast.towers.coverage";
    let attempts = attempts(&[("bitcoin.background", "{ none = {} }"), (towers, "1")]);
    assert!(attempts.iter().filter(|a| !a.victim_online).count() >= 100);
    for attempt in &attempts {
        assert!(attempt.victim_online || attempt.covered);
        assert!(attempt.lost_everything() && attempt.was_answered_in_time(), "{attempt:?}");
    }
}

/// The scenario as it is: blocks nearly full, and no towers.
#[test]
#[ignore = "a minute; run it with --release"]
fn without_towers_thefts_succeed_against_those_who_are_away_and_never_against_others() {
    let attempts = attempts(&[]);
    let (there, away): (Vec<_>, Vec<_>) = attempts.iter().partition(|a| a.victim_online);
    for attempt in &there {
        assert!(attempt.lost_everything() && attempt.was_answered_in_time(), "{attempt:?}");
    }
    assert!(there.len() >= 100 && stolen(away.iter().copied()) >= 5, "{}", stolen(&attempts));
    for attempt in away.iter().filter(|a| a.outcome == "stolen") {
        assert!(attempt.answered.is_none() && attempt.net.unwrap() > -attempt.fees, "{attempt:?}");
    }
}

/// More comes than blocks hold, and towers bid what was signed long ago.
#[test]
#[ignore = "a minute; run it with --release"]
fn blocks_full_beyond_the_delay_let_thefts_succeed_against_towers() {
    let towers = "attack.0.revoked_broadcast.towers.coverage";
    let attempts = attempts(&[("bitcoin.background", "{ congested = {} }"), (towers, "1")]);
    let (there, away): (Vec<_>, Vec<_>) = attempts.iter().partition(|a| a.victim_online);
    assert!(there.iter().all(|a| a.lost_everything()), "who is there bids for itself");
    assert!(away.iter().all(|a| a.covered));
    assert!(stolen(away) >= 3, "{}", stolen(&attempts));
}
