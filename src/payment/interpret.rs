//! What a sender learns from the end of an attempt.
//!
//! For lnd: which pair of nodes gets the blame for which error (`routing/result_interpretation.go`,
//! commit `90ea05d5a`), and the second chance for errors that a stale policy can explain
//! (`routing/missioncontrol.go`). For CLoTH: its short version of the same (`src/htlc.c`).
//!
//! Nodes of a route are counted from the payer, 0, to the payee, `n`; pair `i` is from node `i` to
//! node `i + 1` and carried the amount of hop `i`.

use crate::ids::NodeId;
use crate::outcome::{Failure, OnionError};
use crate::routing::{Beliefs, Hop, View};
use crate::units::{Msat, SimTime};

/// How an attempt ended, as its payer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The payee released the preimage.
    Settled,
    /// A node on the route reported a failure.
    Failed {
        /// What it reported.
        error: OnionError,
        /// Which node reported: 0 is the payer itself, `n` of `n` hops the payee.
        hop: u8,
    },
}

/// What is left to do for the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the part is settled.
    Settled,
    /// Another attempt can help.
    Retry,
    /// No other attempt makes sense.
    Stop(Failure),
}

/// Learns from an attempt over `hops` as lnd does.
pub(super) fn learn_lnd(
    beliefs: &mut Beliefs,
    view: &View,
    hops: &[Hop],
    result: AttemptResult,
    now: SimTime,
) -> Verdict {
    let mut lesson = Lesson { beliefs, view, hops, now };
    let AttemptResult::Failed { error, hop } = result else {
        lesson.successes(hops.len());
        return Verdict::Settled;
    };
    match usize::from(hop) {
        // The payer's own channel: the payer knows better by the next search.
        0 => Verdict::Retry,
        payee if payee == hops.len() => lesson.payee_failed(error),
        node => {
            lesson.forwarder_failed(node, error);
            Verdict::Retry
        }
    }
}

/// Learns from an attempt over `hops` as CLoTH does. CLoTH knows two errors, an offline node and a
/// lack of balance: every other error of a forwarder counts as the latter.
pub(super) fn learn_cloth(
    beliefs: &mut Beliefs,
    view: &View,
    hops: &[Hop],
    result: AttemptResult,
    now: SimTime,
) -> Verdict {
    let mut lesson = Lesson { beliefs, view, hops, now };
    let AttemptResult::Failed { error, hop } = result else {
        lesson.successes(hops.len());
        return Verdict::Settled;
    };
    match usize::from(hop) {
        0 => Verdict::Retry,
        payee if payee == hops.len() => {
            lesson.successes(payee);
            REJECTED
        }
        node => {
            if error == OnionError::UnknownNextPeer {
                lesson.pair_failed(node);
            } else {
                lesson.successes(node);
                lesson.balance_failed(node);
            }
            Verdict::Retry
        }
    }
}

/// What a sender without a memory makes of an attempt over `hops`.
pub(super) fn learn_nothing(hops: &[Hop], result: AttemptResult) -> Verdict {
    match result {
        AttemptResult::Settled => Verdict::Settled,
        AttemptResult::Failed { error: OnionError::MppTimeout, .. } => Verdict::Retry,
        AttemptResult::Failed { hop, .. } if usize::from(hop) == hops.len() => REJECTED,
        AttemptResult::Failed { .. } => Verdict::Retry,
    }
}

/// No further attempt is worth it once the payee has answered.
const REJECTED: Verdict = Verdict::Stop(Failure::Rejected);

/// One attempt and the memory that it changes.
struct Lesson<'a> {
    beliefs: &'a mut Beliefs,
    view: &'a View,
    hops: &'a [Hop],
    now: SimTime,
}

impl Lesson<'_> {
    /// The payee reported `error`.
    fn payee_failed(&mut self, error: OnionError) -> Verdict {
        let payee = self.hops.len();
        if error == OnionError::MppTimeout {
            self.successes(payee);
            return Verdict::Retry;
        }
        if error == OnionError::IncorrectOrUnknownPaymentDetails {
            // The HTLC arrived as it should.
            self.successes(payee);
        } else {
            self.node_failed(payee);
            self.successes(payee - 1);
        }
        REJECTED
    }

    /// Node `node`, neither payer nor payee, reported `error`.
    fn forwarder_failed(&mut self, node: usize, error: OnionError) {
        match error {
            OnionError::TemporaryChannelFailure => {
                self.balance_failed(node);
                self.successes(node);
            }
            OnionError::UnknownNextPeer | OnionError::PermanentChannelFailure => {
                self.pair_failed(node);
            }
            OnionError::ChannelDisabled => {
                if !self.forgiven(node) {
                    self.pair_failed(node);
                    self.successes(node);
                }
            }
            OnionError::AmountBelowMinimum
            | OnionError::FeeInsufficient
            | OnionError::IncorrectCltvExpiry => {
                if !self.forgiven(node) {
                    self.incoming_failed(node);
                }
            }
            OnionError::ExpiryTooSoon if node > 1 => {
                for pair in 0..node {
                    self.pair_failed(pair);
                }
            }
            OnionError::ExpiryTooSoon
            | OnionError::ExpiryTooFar
            | OnionError::MppTimeout
            | OnionError::IncorrectOrUnknownPaymentDetails => self.node_failed(node),
        }
    }

    /// A policy error about pair `node`, once per minute: a new policy came with it.
    fn forgiven(&mut self, node: usize) -> bool {
        let (from, to) = self.pair(node);
        self.beliefs.second_chance(from, to, self.now)
    }

    /// The HTLC that `node` got was not what it asked for: it or its predecessor is to blame. The
    /// payer trusts itself.
    fn incoming_failed(&mut self, node: usize) {
        if node == 1 {
            self.node_failed(node);
        } else {
            self.pair_failed(node - 1);
            self.successes(node - 1);
        }
    }

    /// Pairs `0 .. end` carried their amounts.
    fn successes(&mut self, end: usize) {
        for pair in 0..end {
            let (from, to) = self.pair(pair);
            self.beliefs.success(from, to, self.hops[pair].amount, self.now);
        }
    }

    /// The pair could not carry its amount in this direction.
    fn balance_failed(&mut self, pair: usize) {
        let (from, to) = self.pair(pair);
        self.beliefs.failure(from, to, self.hops[pair].amount, self.now);
    }

    /// The pair failed in both directions, whatever the amount.
    fn pair_failed(&mut self, pair: usize) {
        let (from, to) = self.pair(pair);
        self.beliefs.failure(from, to, Msat::ZERO, self.now);
        self.beliefs.failure(to, from, Msat::ZERO, self.now);
    }

    /// The node failed, and with it the pairs next to it on the route.
    fn node_failed(&mut self, node: usize) {
        let (_, id) = self.pair(node - 1);
        self.beliefs.node_failure(id, self.now);
        self.pair_failed(node - 1);
        if node < self.hops.len() {
            self.pair_failed(node);
        }
    }

    fn pair(&self, pair: usize) -> (NodeId, NodeId) {
        let channel = self.hops[pair].channel;
        (self.view.source(channel), self.view.target(channel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, DirectedChannel, Side};
    use crate::network::{Channel, Network, Node};
    use crate::routing::{ClothParams, LndParams, Record};
    use crate::units::Sat;

    const NOW: SimTime = SimTime(1_000_000_000_000);

    /// A line of `n + 1` nodes; hop `i` carries `100 - i` msat.
    fn line(n: u32) -> (View, Vec<Hop>) {
        let mut network = Network::default();
        for node in 0..=n {
            network.add_node(Node { name: node.to_string().into(), software: None });
        }
        let mut hops = Vec::new();
        for i in 0..n {
            let name = i.to_string().into();
            let channel = Channel { name, capacity: Sat(1), policies: [None; 2], stated: None };
            network.add_channel(NodeId(i), NodeId(i + 1), channel);
            let channel = DirectedChannel::new(ChannelId(i), Side::One);
            hops.push(Hop { channel, amount: Msat(u64::from(100 - i)), cltv: 0 });
        }
        (View::compile(&network), hops)
    }

    /// Learns from one failure on a line and shows what came of it, pair by pair:
    /// `0>1+100` for a success, `0>1-0` for a failure, with their amounts.
    fn learnt(hops: u32, error: OnionError, node: u8) -> (Verdict, String) {
        let mut beliefs = Beliefs::lnd(&LndParams::default());
        let verdict = teach(&mut beliefs, hops, error, node, NOW);
        (verdict, show(&beliefs, hops))
    }

    fn teach(
        beliefs: &mut Beliefs,
        hops: u32,
        error: OnionError,
        node: u8,
        now: SimTime,
    ) -> Verdict {
        let (view, route) = line(hops);
        learn_lnd(beliefs, &view, &route, AttemptResult::Failed { error, hop: node }, now)
    }

    fn show(beliefs: &Beliefs, hops: u32) -> String {
        let mut lines = Vec::new();
        for from in (0..=hops).map(NodeId) {
            for (to, Record { success, failure }) in beliefs.from_node(from) {
                lines.push(match failure {
                    Some((amount, _)) => format!("{}>{}-{}", from.0, to.0, amount.get()),
                    None => format!("{}>{}+{}", from.0, to.0, success.get()),
                });
            }
        }
        lines.join(" ")
    }

    #[test]
    fn a_settled_attempt_is_a_success_of_every_pair() {
        let (view, route) = line(3);
        let mut beliefs = Beliefs::lnd(&LndParams::default());
        let verdict = learn_lnd(&mut beliefs, &view, &route, AttemptResult::Settled, NOW);
        assert_eq!(verdict, Verdict::Settled);
        assert_eq!(show(&beliefs, 3), "0>1+100 1>2+99 2>3+98");
    }

    #[test]
    fn errors_of_forwarders_blame_whom_lnd_blames() {
        use OnionError as E;
        for (error, node, blamed) in [
            (E::TemporaryChannelFailure, 2, "0>1+100 1>2+99 2>3-98"),
            (E::UnknownNextPeer, 2, "2>3-0 3>2-0"),
            (E::PermanentChannelFailure, 1, "1>2-0 2>1-0"),
            (E::ExpiryTooSoon, 2, "0>1-0 1>0-0 1>2-0 2>1-0"),
            (E::ExpiryTooSoon, 1, "0>1-0 1>0-0 1>2-0 2>1-0"),
            (E::ExpiryTooFar, 2, "1>2-0 2>1-0 2>3-0 3>2-0"),
            (E::ExpiryTooFar, 3, "2>3-0 3>2-0 3>4-0 4>3-0"),
        ] {
            let expected = (Verdict::Retry, blamed.to_owned());
            assert_eq!(learnt(4, error, node), expected, "{error} at {node}");
        }
    }

    #[test]
    fn errors_of_the_payee_end_the_payment() {
        use OnionError as E;
        let rejected = Verdict::Stop(Failure::Rejected);
        let all = "0>1+100 1>2+99".to_owned();
        assert_eq!(learnt(2, E::IncorrectOrUnknownPaymentDetails, 2), (rejected, all));
        let blamed = "0>1+100 1>2-0 2>1-0".to_owned();
        assert_eq!(learnt(2, E::ExpiryTooFar, 2), (rejected, blamed));
    }

    #[test]
    fn an_error_of_the_payer_itself_teaches_nothing() {
        let result = learnt(2, OnionError::TemporaryChannelFailure, 0);
        assert_eq!(result, (Verdict::Retry, String::new()));
    }

    #[test]
    fn a_policy_error_is_forgiven_once_a_minute_and_then_blames_the_incoming_pair() {
        for (error, node, blamed) in [
            (OnionError::FeeInsufficient, 2, "0>1+100 1>2-0 2>1-0"),
            (OnionError::IncorrectCltvExpiry, 1, "0>1-0 1>0-0 1>2-0 2>1-0"),
            (OnionError::AmountBelowMinimum, 3, "0>1+100 1>2+99 2>3-0 3>2-0"),
            (OnionError::ChannelDisabled, 2, "0>1+100 1>2+99 2>3-0 3>2-0"),
        ] {
            let mut beliefs = Beliefs::lnd(&LndParams::default());
            teach(&mut beliefs, 4, error, node, NOW);
            assert_eq!(show(&beliefs, 4), "", "{error}: first");
            teach(&mut beliefs, 4, error, node, NOW);
            assert_eq!(show(&beliefs, 4), blamed, "{error}: second");
        }
    }

    #[test]
    fn a_failed_node_also_loses_what_was_known_about_its_other_pairs() {
        let mut beliefs = Beliefs::lnd(&LndParams::default());
        beliefs.success(NodeId(1), NodeId(9), Msat(5), NOW);
        teach(&mut beliefs, 2, OnionError::ExpiryTooFar, 1, NOW);
        assert_eq!(show(&beliefs, 2), "0>1-0 1>0-0 1>2-0 1>9-0 2>1-0");
    }

    #[test]
    fn cloth_learns_from_balance_and_offline_errors_only() {
        let (view, route) = line(3);
        let learnt = |error, hop| {
            let mut beliefs = Beliefs::cloth(&ClothParams::default());
            let result = AttemptResult::Failed { error, hop };
            let verdict = learn_cloth(&mut beliefs, &view, &route, result, NOW);
            (verdict, show(&beliefs, 3))
        };
        let retry = |text: &str| (Verdict::Retry, text.to_owned());
        assert_eq!(learnt(OnionError::TemporaryChannelFailure, 2), retry("0>1+100 1>2+99 2>3-98"));
        assert_eq!(learnt(OnionError::UnknownNextPeer, 1), retry("1>2-0 2>1-0"));
        assert_eq!(learnt(OnionError::TemporaryChannelFailure, 0), retry(""));
    }
}
