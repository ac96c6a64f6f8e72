//! Signing servers: each node makes and checks signatures one after another on a few cores.
//!
//! Jobs are taken in the order in which they are asked for; a job asked for now may start in the future
//! (a message still under way), and jobs asked for later queue behind it. That is exact for nodes that
//! are not overloaded and a named simplification beyond: the order of arrival of two messages that are
//! both under way is that of their sending.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::lightning::params::Processing;
use crate::units::{SimDuration, SimTime};

/// The servers of all nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::lightning) struct Servers {
    processing: Option<Processing>,
    /// When each core of each node is free; empty where signing costs nothing.
    free_at: Vec<SimTime>,
    /// Nanoseconds for which each node has been given work; empty likewise.
    worked: Vec<u64>,
}

/// How much of their time signing servers worked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::lightning) struct Load {
    /// The busiest node.
    pub(in crate::lightning) busiest: f64,
    /// The mean over all nodes.
    pub(in crate::lightning) mean: f64,
}

impl Servers {
    /// Idle servers of `nodes` nodes.
    pub(in crate::lightning) fn new(processing: Option<Processing>, nodes: usize) -> Self {
        let cores = processing.map_or(0, |p| p.cores as usize);
        let worked = if cores > 0 { vec![0; nodes] } else { Vec::new() };
        Self { processing, free_at: vec![SimTime::ZERO; nodes * cores], worked }
    }

    /// When `node` has made so many signatures that it starts on at `at`.
    pub(in crate::lightning) fn sign(
        &mut self,
        node: NodeId,
        signatures: u32,
        at: SimTime,
    ) -> SimTime {
        let Some(processing) = self.processing else { return at };
        self.work(node, processing.per_signature * u64::from(signatures), at)
    }

    /// When `node` has checked so many signatures that arrive at `at`.
    pub(in crate::lightning) fn verify(
        &mut self,
        node: NodeId,
        signatures: u32,
        at: SimTime,
    ) -> SimTime {
        let Some(processing) = self.processing else { return at };
        self.work(node, processing.per_verification * u64::from(signatures), at)
    }

    /// Gives the job to the core that is free first.
    fn work(&mut self, node: NodeId, span: SimDuration, at: SimTime) -> SimTime {
        let cores = self.processing.map_or(0, |p| p.cores as usize);
        let first = node.index() * cores;
        let core = self.free_at[first..first + cores]
            .iter_mut()
            .min()
            .expect("the scenario asks for at least one core");
        *core = (*core).max(at) + span;
        self.worked[node.index()] += span.get();
        *core
    }

    /// Nanoseconds that each node has worked up to `now`; nothing where signing costs nothing. Work that is
    /// booked for later is left out, as far as it is booked without a break.
    pub(in crate::lightning) fn worked(&self, now: SimTime) -> Vec<u64> {
        let cores = self.processing.map_or(1, |p| p.cores as usize);
        let by_node = self.worked.iter().zip(self.free_at.chunks(cores));
        let done = |(worked, free): (&u64, &[SimTime])| {
            let ahead: u64 = free.iter().map(|free| free.since(now).get()).sum();
            worked.saturating_sub(ahead)
        };
        by_node.map(done).collect()
    }

    /// How much of the last `time` up to `now` they worked, having done `before` until then (nothing where that is
    /// empty); `None` where signing costs nothing.
    #[expect(clippy::cast_precision_loss, reason = "shares for the report, not state")]
    pub(in crate::lightning) fn load(
        &self,
        before: &[u64],
        time: SimDuration,
        now: SimTime,
    ) -> Option<Load> {
        let all = time.get().max(1) as f64 * f64::from(self.processing?.cores);
        let (mut sum, mut busiest) = (0.0, 0.0_f64);
        for (node, worked) in self.worked(now).into_iter().enumerate() {
            let before = before.get(node).copied().unwrap_or(0);
            let share = worked.saturating_sub(before) as f64 / all;
            sum += share;
            busiest = busiest.max(share);
        }
        Some(Load { busiest, mean: sum / self.worked.len().max(1) as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_queue_for_the_core_that_is_free_first() {
        let processing = Processing {
            per_signature: SimDuration(10),
            per_verification: SimDuration(3),
            cores: 2,
        };
        let mut servers = Servers::new(Some(processing), 2);
        assert_eq!(servers.sign(NodeId(1), 2, SimTime(100)), SimTime(120));
        assert_eq!(servers.verify(NodeId(1), 1, SimTime(100)), SimTime(103));
        assert_eq!(servers.sign(NodeId(1), 1, SimTime(101)), SimTime(113));
        assert_eq!(servers.sign(NodeId(0), 1, SimTime(101)), SimTime(111));
    }

    #[test]
    fn load_is_the_work_done_so_far_of_the_busiest_node_and_of_all() {
        let processing = Processing {
            per_signature: SimDuration(10),
            per_verification: SimDuration(0),
            cores: 1,
        };
        let mut servers = Servers::new(Some(processing), 2);
        servers.sign(NodeId(0), 2, SimTime(0));
        // Begun at 90, 10 of its 30 lie before 100.
        servers.sign(NodeId(0), 3, SimTime(90));
        servers.sign(NodeId(1), 1, SimTime(0));
        let load = |before: &[u64], time| servers.load(before, SimDuration(time), SimTime(100));
        assert_eq!(load(&[], 100), Some(Load { busiest: 0.3, mean: 0.2 }));
        // 20 and 10 were done before the last 50.
        assert_eq!(load(&[20, 10], 50), Some(Load { busiest: 0.2, mean: 0.1 }));
        assert_eq!(Servers::new(None, 3).load(&[], SimDuration(100), SimTime(100)), None);
    }

    #[test]
    fn without_processing_signing_takes_no_time() {
        assert_eq!(Servers::new(None, 3).sign(NodeId(2), 400, SimTime(7)), SimTime(7));
    }
}
