//! The same questions to all, and what came of it.

use leyden::network::Network;
use leyden::units::Msat;

use crate::ldk::{Asked, Ldk};
use crate::numbers::timed;
use crate::ours::Ours;
use crate::plain::Plain;
use crate::question::{Limits, Question};

/// What one search said to each question, and how long that took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The fee, where there is a route.
    pub fees: Vec<Option<Msat>>,
    /// CPU time of each answer.
    pub nanos: Vec<u64>,
}

/// Asks each question once. What `fee` makes of an answer is not timed.
fn ask<Q, T>(
    questions: &[Q],
    mut search: impl FnMut(&Q) -> T,
    fee: impl Fn(T) -> Option<Msat>,
) -> Answers {
    let mut answers = Answers::default();
    for question in questions {
        let (nanos, answer) = timed(|| search(question));
        answers.nanos.push(nanos);
        answers.fees.push(fee(answer));
    }
    answers
}

/// Leyden's answers.
pub fn ask_ours(ours: &mut Ours, questions: &[Question]) -> Answers {
    let search = |question: &Question| ours.ask(question).then(|| ours.route().fee());
    ask(questions, search, |fee| fee)
}

/// petgraph's answers.
pub fn ask_plain(plain: &Plain, questions: &[Question]) -> Answers {
    ask(questions, |question| plain.ask(question), |fee| fee)
}

/// LDK's answers.
pub fn ask_ldk(ldk: &Ldk, questions: &[Question], limits: Limits) -> Answers {
    let asked: Vec<Asked> =
        questions.iter().map(|question| ldk.prepare(question, limits)).collect();
    let fee = |route: Option<lightning::routing::router::Route>| {
        route.map(|route| Msat(route.get_total_fees()))
    };
    ask(&asked, |asked| ldk.ask(asked), fee)
}

/// How two searches agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Both found a route, with the same fee.
    pub same: usize,
    /// Both found a route; the other's is dearer.
    pub other_dearer: usize,
    /// Both found a route; the other's is cheaper.
    pub other_cheaper: usize,
    /// Only Leyden found one.
    pub only_ours: usize,
    /// Only the other found one.
    pub only_other: usize,
    /// Neither found one.
    pub neither: usize,
}

impl Agreement {
    /// Counts.
    pub fn of(ours: &[Option<Msat>], other: &[Option<Msat>]) -> Self {
        let mut counts = Self::default();
        for pair in ours.iter().zip(other) {
            *match pair {
                (Some(ours), Some(other)) if ours == other => &mut counts.same,
                (Some(ours), Some(other)) if ours < other => &mut counts.other_dearer,
                (Some(_), Some(_)) => &mut counts.other_cheaper,
                (Some(_), None) => &mut counts.only_ours,
                (None, Some(_)) => &mut counts.only_other,
                (None, None) => &mut counts.neither,
            } += 1;
        }
        counts
    }
}

/// The network with every `htlc_minimum_msat` 0.
#[must_use]
pub fn without_minima(network: &Network) -> Network {
    let mut network = network.clone();
    for channel in network.channel_ids() {
        for policy in network.channel_mut(channel).policies.iter_mut().flatten() {
            policy.htlc_minimum = Msat(0);
        }
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_of_answers_is_counted_once() {
        let answers = [None, Some(Msat(1)), Some(Msat(2))];
        let (ours, other): (Vec<_>, Vec<_>) =
            answers.iter().flat_map(|&a| answers.map(|b| (a, b))).unzip();
        let expected = Agreement {
            same: 2,
            other_dearer: 1,
            other_cheaper: 1,
            only_ours: 2,
            only_other: 2,
            neither: 1,
        };
        assert_eq!(Agreement::of(&ours, &other), expected);
    }
}
