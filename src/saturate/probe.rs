//! One run of one system, and whether it kept up.

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::simulation::{self, RunError, Setup, Watch};

/// When a system counts as keeping up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// Least share of the offered payments that it settles.
    pub settle: f64,
    /// Most by which the 95 % latency may grow from the first to the last third of the window.
    pub growth: f64,
}

impl Default for Criterion {
    /// 99 % settled; a queue that grows from nothing makes the last third wait some five times as long
    /// as the first, noise far less than half as long again.
    fn default() -> Self {
        Self { settle: 0.99, growth: 1.5 }
    }
}

/// Bounds of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchLimits {
    /// Replications, each with its own seeds.
    pub replications: u32,
    /// How close the answers yes and no must come, as a share.
    pub tolerance: f64,
    /// Most payments of one probe: a load that needs more is not tried.
    pub payments: u64,
}

/// What one run showed.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) summary: SummaryResult,
}

impl Probe {
    /// Runs one system of a scenario that has been prepared, without writing anything.
    pub(super) fn of(
        mut setup: Setup,
        system: SystemName,
        watch: &Watch<'_>,
    ) -> Result<Self, RunError> {
        setup.scenario.systems = vec![system];
        let finished = simulation::run(setup, None, watch)?;
        let only = finished.into_iter().next().expect("one system was asked for");
        Ok(Self { summary: only.summary })
    }

    /// Share settled of the payments offered in the window.
    pub(super) fn success(&self) -> f64 {
        self.summary.success.success_ratio.value.unwrap_or(0.0)
    }

    /// The 95 % latency of the window.
    pub(super) fn latency_p95_s(&self) -> Option<f64> {
        self.summary.latency.payer_known.p95_s.value
    }

    /// Whether nothing grows over the window: latency, the time to finality, a backlog; and nothing limited
    /// is used beyond what there is, which only a window that is too short can hide.
    pub(super) fn is_steady(&self, criterion: Criterion) -> bool {
        self.latency_is_steady(criterion)
            && !self.finality_grows(criterion)
            && !self.backlog_grows(criterion)
            && !self.is_beyond_ceiling()
    }

    /// Whether more of something is used than there is.
    fn is_beyond_ceiling(&self) -> bool {
        self.summary.needs.resources_used.values().any(|used| *used > 1.0)
    }

    /// Whether payments become final later and later. Where none of the first third is final by the end of
    /// the run, as with disputes that last a week, that cannot be told.
    fn finality_grows(&self, criterion: Criterion) -> bool {
        match self.summary.latency.final_p95_by_third_s {
            [Some(first), Some(middle), Some(last)] => {
                last > first * criterion.growth && first < middle && middle < last
            }
            [Some(_), _, None] => true,
            _ => false,
        }
    }

    /// Whether batches are closed faster than they are proven. A payee is told of its payment long before,
    /// so that latency alone would not show it. Two batches more are no growth.
    fn backlog_grows(&self, criterion: Criterion) -> bool {
        match self.summary.throughput.unproven_batches_by_third {
            [Some(first), _, Some(last)] => last > (first * criterion.growth).max(first + 2.0),
            _ => false,
        }
    }

    /// Whether latency does not grow from third to third. Where blocks come at random the last third may
    /// wait half as long again as the first by chance; a queue that grows makes every third wait longer,
    /// and less is settled in the window than comes.
    fn latency_is_steady(&self, criterion: Criterion) -> bool {
        match self.summary.latency.payer_known_p95_by_third_s {
            [Some(first), Some(middle), Some(last)] => {
                last <= first * criterion.growth
                    || middle <= first
                    || last <= middle
                    || !self.falls_behind()
            }
            // A third without a settled payment is no steady state.
            _ => false,
        }
    }

    /// Whether more than one payment in twenty that came in the window was still waiting at its end, those
    /// that failed left out. In a window of hours one long gap between two blocks leaves one in fifty.
    fn falls_behind(&self) -> bool {
        /// Of what came.
        const SETTLED: f64 = 0.95;
        let rates = &self.summary.throughput;
        let came = rates.offered_per_s.value.unwrap_or(0.0) * self.success();
        rates.settled_per_s.value.unwrap_or(0.0) < SETTLED * came
    }

    /// Whether the system kept up.
    pub(super) fn keeps_up(&self, criterion: Criterion) -> bool {
        self.success() >= criterion.settle && self.is_steady(criterion)
    }

    /// Where the limit may lie, told from this load: where it keeps up, the load at which what is used most
    /// would all be used; else what was settled.
    pub(super) fn hint(&self, rate: f64, keeps_up: bool) -> Option<f64> {
        let rates = &self.summary.throughput;
        if keeps_up {
            let used = self.summary.needs.resources_used.values().copied().fold(0.0, f64::max);
            return (used > 0.0).then(|| rate / used);
        }
        let settled = rates.settled_per_s.value.zip(rates.offered_per_s.value);
        settled
            .filter(|(_, offered)| *offered > 0.0)
            .map(|(settled, offered)| rate * settled / offered)
    }

    /// What is used most, and what payments fail of, in words computed from the run.
    pub(super) fn limited_by(&self, criterion: Criterion) -> String {
        let mut said = binding(&self.summary);
        if self.finality_grows(criterion) {
            said.push("finality takes longer and longer".to_owned());
        }
        if self.backlog_grows(criterion) {
            said.push("unproven batches pile up".to_owned());
        }
        if !self.latency_is_steady(criterion) {
            said.push("latency grows".to_owned());
        }
        said.join("; ")
    }
}

/// The resource used most and the commonest reason why payments were not settled, in words.
pub(crate) fn binding(summary: &SummaryResult) -> Vec<String> {
    let busiest = summary.needs.resources_used.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let counts = &summary.measured;
    let failures = summary.failures.iter().map(|(name, count)| (*name, *count));
    let lost = failures.chain([("pending", counts.pending)]);
    let worst = lost.max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    let mut said = Vec::new();
    if let Some((resource, share)) = busiest {
        said.push(format!("{resource} {:.1} % used", share * 100.0));
    }
    if let Some((name, count)) = worst {
        #[expect(clippy::cast_precision_loss, reason = "a percentage for readers")]
        let percent = 100.0 * count as f64 / counts.offered.max(1) as f64;
        said.push(format!("{name} {percent:.1} % of payments"));
    }
    said
}
