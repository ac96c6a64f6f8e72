//! The penalty race against theory: an attacker publishes at the moment at which its victim goes away.
//!
//! Settings that make the closed form hold: nobody else in the blocks, and all transactions fit; absences are
//! exponential with mean m; no watchtower; the victim acts at the moment of its return, and its answer
//! replaces the attacker's sweep if that waits already. The commitment is confirmed by the first block; the sweep
//! can stand in the block `delay` after that. So the attacker wins if the victim stays away for `delay` + 1
//! gaps between blocks: `(1 + 600 s / m) ^ -(delay + 1)`.
//!
//! Attempts of one run share its blocks: thirty runs are independent, attempts are not.

use std::collections::BTreeSet;

use super::tests::Bench;
use crate::engine::Seeds;
use crate::ids::ChannelId;
use crate::math;
use crate::units::{SimDuration, SimTime};

const REPLICATIONS: u32 = 30;

/// The share of attempts that win in one run: `per_block` attempts after each of `blocks` blocks.
fn thefts(run: u32, delay: u16, mean: SimDuration, blocks: u32, per_block: u32) -> f64 {
    let seeds = Seeds::new(13, run);
    let mut absences = seeds.stream("absences");
    let mut bench = Bench::with(blocks * per_block, seeds, |_, _| {});
    let mut returns: BTreeSet<(SimTime, ChannelId)> = BTreeSet::new();
    let mut tried = Vec::new();
    for block in 0..blocks + u32::from(delay) + 3 {
        while let Some(&(at, channel)) = returns.first() {
            if at > bench.next_block() {
                break;
            }
            returns.pop_first();
            bench.chain.wake(channel, at);
        }
        bench.mine(1);
        bench.effects.clear();
        for _ in 0..if block < blocks { per_block } else { 0 } {
            let away = SimDuration::from_secs_f64(mean.as_secs_f64() * absences.exponential());
            let back = bench.now + away;
            let channel = bench.publish_revoked_with(delay, back, None);
            returns.insert((back, channel));
            tried.push(channel);
        }
    }
    let punished = |channel: &&ChannelId| {
        bench.chain.timeline(**channel).is_some_and(|timeline| timeline.mined.is_some())
    };
    let won = tried.len() - tried.iter().filter(punished).count();
    f64::from(u32::try_from(won).unwrap()) / f64::from(u32::try_from(tried.len()).unwrap())
}

/// Over 30 replications: not wrong at 0.1 %, and precise enough.
fn race(delay: u16, mean: SimDuration, [blocks, per_block]: [u32; 2], precision: f64) {
    let per_gap = 600.0 / mean.as_secs_f64();
    let theory = math::pow(1.0 + per_gap, -f64::from(delay) - 1.0);
    let runs: Vec<f64> =
        (0..REPLICATIONS).map(|run| thefts(run, delay, mean, blocks, per_block)).collect();
    let n = f64::from(REPLICATIONS);
    let average = runs.iter().sum::<f64>() / n;
    let squares: f64 = runs.iter().map(|x| (x - average) * (x - average)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    println!(
        "delay {delay}: theory {theory:.6}, simulated {average:.6}, t {:.2}, half-width {:.2} %",
        (average - theory) / error,
        204.5 * error / theory
    );
    assert!((average - theory).abs() <= 3.659 * error, "{average} is not {theory}");
    assert!(2.045 * error <= precision * theory, "{error} is not precise enough");
}

#[test]
fn a_breach_wins_as_often_as_its_victim_stays_away_for_the_delay() {
    // 1.1 ^ -11 = 0.350494.
    race(10, SimDuration::from_secs(6_000), [1_000, 2], 0.03);
}

/// (145 / 144) ^ -145 = 0.366607: 240,000 attempts.
#[test]
#[ignore = "takes minutes; run it with --release"]
fn the_penalty_race_of_a_day_agrees_to_one_per_cent() {
    race(144, SimDuration::from_secs(86_400), [4_000, 2], 0.01);
}

/// (145 / 144) ^ -1009 = 0.000928: 720,000 attempts.
#[test]
#[ignore = "takes minutes; run it with --release"]
fn the_penalty_race_of_a_week_agrees_to_ten_per_cent() {
    race(1_008, SimDuration::from_secs(86_400), [3_000, 8], 0.10);
}
