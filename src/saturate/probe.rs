//! One run of one system, and whether it kept up.

use crate::ids::SystemName;
use crate::metrics::{SummaryResult, TimesByThird};
use crate::outcome::Failure;
use crate::saturate::cycle::Cycle;
use crate::simulation::{self, RunError, Setup, Watch};

/// When a system counts as keeping up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// Least share that it settles of the offered payments that are not refused at any load alike, such as dust.
    pub settle: f64,
    /// Most that payments may take longer, per time that has passed: a queue that comes a hundredth faster than it is
    /// served makes later payments wait a hundredth of that time longer.
    pub drift: f64,
}

impl Default for Criterion {
    /// 99 % settled, and no stage that slows by more than 1 % of the time.
    fn default() -> Self {
        Self { settle: 0.99, drift: 0.01 }
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
pub(crate) struct Probe {
    pub(crate) summary: SummaryResult,
    /// The rhythm of the system: where in it payments come moves their times.
    pub(crate) cycle: Cycle,
}

/// What a payment goes through, in words.
const STAGES: [&str; 3] = ["latency", "the time to inclusion", "the time to finality"];

impl Probe {
    /// Runs one system of a scenario that has been prepared, without writing anything.
    pub(super) fn of(
        mut setup: Setup,
        system: SystemName,
        watch: &Watch<'_>,
    ) -> Result<Self, RunError> {
        setup.scenario.systems = vec![system];
        let cycle = Cycle::of(&setup.scenario, system);
        let finished = simulation::run(setup, None, watch)?;
        let only = finished.into_iter().next().expect("one system was asked for");
        Ok(Self { summary: only.summary, cycle })
    }

    /// Share settled of the payments offered in the window.
    pub(super) fn success(&self) -> f64 {
        self.summary.success.success_ratio.value.unwrap_or(0.0)
    }

    /// The same without what is refused at any load alike: it says nothing about how much the system carries.
    #[expect(clippy::cast_precision_loss, reason = "a share of fewer payments than 2^53")]
    fn settled_of_possible(&self) -> f64 {
        let at_any_load: u64 = load_failures(&self.summary, true).map(|(_, count)| count).sum();
        let counts = &self.summary.measured;
        let possible = counts.offered.saturating_sub(at_any_load);
        if possible == 0 { 0.0 } else { counts.settled as f64 / possible as f64 }
    }

    /// The 95 % latency of the window.
    pub(super) fn latency_p95_s(&self) -> Option<f64> {
        self.summary.latency.payer_known.p95_s.value
    }

    /// Whether nothing grows over the window, up to finality, and nothing is asked for beyond what there is: a window
    /// that is short or lucky hides a queue, but not what is put into it.
    pub(crate) fn is_steady(&self, criterion: Criterion) -> bool {
        let [payer_known, _, _] = self.stages();
        // A third without a settled payment is no steady state.
        payer_known.mean_s.iter().all(Option::is_some)
            && self.growing(criterion).next().is_none()
            && !self.is_beyond_ceiling()
    }

    /// Whether more of something is asked for than there is.
    fn is_beyond_ceiling(&self) -> bool {
        self.summary.needs.resources_demanded.values().any(|asked| *asked > 1.0)
    }

    fn stages(&self) -> [&TimesByThird; 3] {
        let by_third = &self.summary.latency.by_third;
        [&by_third.payer_known, &by_third.included, &by_third.finality]
    }

    /// The stages that take longer and longer, or that more and more payments do not reach.
    fn growing(&self, criterion: Criterion) -> impl Iterator<Item = &'static str> {
        // From the middle of the first third to that of the last.
        let window = self.summary.window.length_s;
        let passed = window * 2.0 / 3.0;
        let cycle = self.cycle;
        let room = move |first| (criterion.drift * passed).max(cycle.chance_s(first, window));
        let grows = move |times: &TimesByThird| {
            let [early, _, late] = times.unfinished_share;
            let longer = match times.mean_s {
                [Some(first), Some(middle), Some(last)] => {
                    first < middle && middle < last && last - first > room(first)
                }
                _ => false,
            };
            let before = early.unwrap_or(0.0);
            longer || late.is_some_and(|late| late > before + criterion.drift)
        };
        let stages = STAGES.into_iter().zip(self.stages());
        stages.filter(move |(_, times)| grows(times)).map(|(stage, _)| stage)
    }

    /// Whether the system kept up.
    pub(super) fn keeps_up(&self, criterion: Criterion) -> bool {
        self.settled_of_possible() >= criterion.settle && self.is_steady(criterion)
    }

    /// Where the limit may lie, told from this load: where it keeps up, the load at which what is used most
    /// would all be used; else what was settled.
    pub(super) fn hint(&self, rate: f64, keeps_up: bool) -> Option<f64> {
        let rates = &self.summary.throughput;
        if keeps_up {
            let used = shares(&self.summary).map(|(_, share)| share).fold(0.0, f64::max);
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
        said.extend(self.growing(criterion).map(|stage| format!("{stage} grows")));
        said.join("; ")
    }
}

/// Each limited thing, and the share of it that was asked for; where that is not told apart, that was used.
fn shares(summary: &SummaryResult) -> impl Iterator<Item = (&String, f64)> {
    let asked = &summary.needs.resources_demanded;
    let used = summary.needs.resources_used.iter();
    used.map(|(resource, used)| (resource, asked.get(resource).copied().unwrap_or(*used)))
}

/// Failures by name and number: those that come at any load alike, or the others.
fn load_failures(
    summary: &SummaryResult,
    at_any_load: bool,
) -> impl Iterator<Item = (&'static str, u64)> {
    let failures = summary.failures.iter().map(|(name, count)| (*name, *count));
    failures.filter(move |(name, _)| {
        Failure::of_name(name).is_some_and(|failure| failure.is_at_any_load() == at_any_load)
    })
}

/// The resource used most and the commonest reason why payments were not settled, in words.
pub(crate) fn binding(summary: &SummaryResult) -> Vec<String> {
    let busiest = shares(summary).max_by(|a, b| a.1.total_cmp(&b.1));
    let counts = &summary.measured;
    let lost = load_failures(summary, false).chain([("pending", counts.pending)]);
    let worst = lost.max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
    let mut said = Vec::new();
    if let Some((resource, share)) = busiest {
        let how = if share > 1.0 { "asked for" } else { "used" };
        said.push(format!("{resource} {:.1} % {how}", share * 100.0));
    }
    if let Some((name, count)) = worst {
        #[expect(clippy::cast_precision_loss, reason = "a percentage for readers")]
        let percent = 100.0 * count as f64 / counts.offered.max(1) as f64;
        said.push(format!("{name} {percent:.1} % of payments"));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Summary;
    use crate::prices::Prices;
    use crate::rows::{ResourceRow, Row, Rows, Window};
    use crate::units::{SimDuration, SimTime};

    const CRITERION: Criterion = Criterion { settle: 0.99, drift: 0.01 };

    /// A window of 900 s with these mean times to inclusion and finality by third, and a cycle of 10 s.
    fn probe(included: [f64; 3], finality: [f64; 3], demanded: f64) -> Probe {
        let window = Window { from: SimTime::ZERO, to: SimTime(900_000_000_000) };
        let mut summary = Summary::new(window, Prices::default());
        let (resource, utilisation, demanded) = ("provers", 0.9, Some(demanded));
        summary.record(Row::Resource(&ResourceRow { resource, utilisation, demanded }));
        let mut summary = summary.result();
        let by_third = &mut summary.latency.by_third;
        by_third.payer_known.mean_s = [Some(1.0); 3];
        by_third.included.mean_s = included.map(Some);
        by_third.finality.mean_s = finality.map(Some);
        summary.measured.offered = 1_000;
        summary.measured.settled = 1_000;
        Probe { summary, cycle: Cycle::even(SimDuration::from_secs(10)) }
    }

    #[test]
    fn every_stage_up_to_finality_has_to_stay_level() {
        assert!(probe([5.0; 3], [900.0; 3], 0.98).is_steady(CRITERION));
        // 4 % more than is served: 24 s more after 600 s.
        let late = [900.0, 912.0, 924.0];
        assert!(!probe([5.0; 3], late, 0.98).is_steady(CRITERION));
        assert!(!probe(late, [1e4; 3], 0.98).is_steady(CRITERION));
        let said = probe([5.0; 3], late, 0.98).limited_by(CRITERION);
        assert!(said.contains("provers 98.0 % used; the time to finality grows"), "{said}");
        // Within a batch, and up and down.
        for finality in [[900.0, 904.0, 908.0], [900.0, 950.0, 940.0], [924.0, 912.0, 900.0]] {
            assert!(probe([5.0; 3], finality, 0.98).is_steady(CRITERION), "{finality:?}");
        }
    }

    #[test]
    fn what_is_refused_at_any_load_does_not_count_against_a_load() {
        let lost = |failure: Failure, count| {
            let mut probe = probe([5.0; 3], [900.0; 3], 0.9);
            probe.summary.measured.settled -= count;
            probe.summary.measured.failed += count;
            probe.summary.failures.insert(failure.name(), count);
            (probe.keeps_up(CRITERION), probe.limited_by(CRITERION))
        };
        let (keeps_up, limited_by) = lost(Failure::AmountOutOfRange, 30);
        assert!(keeps_up && !limited_by.contains("amount"), "{limited_by}");
        assert!(lost(Failure::PayerOffline, 300).0 && lost(Failure::Declined, 20).0);
        let (keeps_up, limited_by) = lost(Failure::Capacity, 11);
        assert!(!keeps_up && limited_by.contains("capacity 1.1 %"), "{limited_by}");
        assert!(lost(Failure::Capacity, 10).0 && !lost(Failure::InsufficientFunds, 11).0);
    }

    #[test]
    fn nothing_is_sustained_beyond_a_ceiling_or_while_more_and_more_is_unfinished() {
        let beyond = probe([5.0; 3], [900.0; 3], 1.01);
        assert!(!beyond.is_steady(CRITERION));
        assert!(beyond.limited_by(CRITERION).contains("provers 101.0 % asked for"));
        let mut stuck = probe([5.0; 3], [900.0; 3], 0.9);
        stuck.summary.latency.by_third.finality.unfinished_share = [0.0, 0.01, 0.03].map(Some);
        assert!(!stuck.is_steady(CRITERION));
        // A week that the run does not last says nothing of its load.
        let mut week = probe([5.0; 3], [900.0; 3], 0.9);
        week.summary.latency.by_third.finality =
            TimesByThird { mean_s: [None; 3], unfinished_share: [Some(1.0); 3] };
        assert!(week.is_steady(CRITERION));
        let mut none = probe([5.0; 3], [900.0; 3], 0.9);
        none.summary.latency.by_third.payer_known.mean_s = [Some(1.0), None, Some(1.0)];
        assert!(!none.is_steady(CRITERION));
    }
}
