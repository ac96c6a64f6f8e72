//! The load that Lightning sustains over the size of its network, and the power law through it.

use crate::ids::SystemName;
use crate::saturate::{self, Criterion, SearchLimits};
use crate::scenario::{ScalingSpec, Scenario, Sets, StudySpec};
use crate::study::figure::Figure;
use crate::study::ladder::slot_ceiling;
use crate::study::power_law_fit::PowerLawFit;
use crate::study::runner::{Runner, StudyError};

/// What a network of one size sustains (`scaling.csv`).
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingPoint {
    /// The study.
    pub name: String,
    /// The value of the key that is the size.
    pub size: u64,
    /// Channels of the network.
    pub channels: u64,
    /// Payments per second sustained, mean over replications.
    pub sustained: Figure,
    /// Payments per second at which all HTLC slots would be taken, from how long a payment took slots at
    /// the load at which the search began; `None`: no slots are simulated.
    pub slot_ceiling_tps: Option<f64>,
    /// What stood against more.
    pub limited_by: String,
}

pub(super) fn check(runner: &Runner<'_>, studies: &[ScalingSpec]) -> Result<(), StudyError> {
    for study in studies {
        for size in &study.sizes {
            runner.variant(&at(study, *size))?;
        }
    }
    Ok(())
}

/// The scenario at one size, with the load at which the search begins.
fn at(study: &ScalingSpec, size: u64) -> Sets {
    #[expect(clippy::cast_precision_loss, reason = "sizes of networks")]
    let rate = study.rate_per_node * size as f64;
    study
        .set
        .with(&study.key, &size.to_string())
        .with("workload.arrivals.poisson.rate", &format!("{rate} /s"))
}

/// Searches what every size sustains.
///
/// # Errors
/// When a variant is no good scenario, or a run does not end well.
pub fn scaling(
    runner: &Runner<'_>,
    spec: &StudySpec,
) -> Result<(Vec<ScalingPoint>, Vec<PowerLawFit>), StudyError> {
    let mut all = Vec::new();
    let mut fits = Vec::new();
    for study in &spec.scaling {
        let sizes = saturate::each(&study.sizes, |size| one(runner, spec, study, *size))?;
        #[expect(clippy::cast_precision_loss, reason = "sizes of networks")]
        let points: Vec<_> = sizes
            .iter()
            .filter_map(|sized| Some((sized.size as f64, sized.sustained.value?)))
            .filter(|(_, tps)| *tps > 0.0)
            .collect();
        fits.extend(PowerLawFit::through(&study.name, &points, study.target));
        all.extend(sizes);
    }
    Ok((all, fits))
}

fn one(
    runner: &Runner<'_>,
    spec: &StudySpec,
    study: &ScalingSpec,
    size: u64,
) -> Result<ScalingPoint, StudyError> {
    let mut scenario: Scenario = runner.variant(&at(study, size))?;
    scenario.systems = vec![SystemName::Lightning];
    let (ground, summary) = runner.run(&scenario, SystemName::Lightning, 0, 1)?;
    let criterion = Criterion { settle: spec.settle, ..Criterion::default() };
    let limits = SearchLimits {
        replications: spec.replications,
        tolerance: spec.tolerance,
        payments: spec.most_payments,
    };
    let watch = |_, _, _| runner.control();
    let (_, sustained) = saturate::loads(&scenario, criterion, limits, &watch)?;
    let found = sustained.into_iter().next().expect("one system was asked for");
    Ok(ScalingPoint {
        name: study.name.clone(),
        size,
        channels: ground.channels,
        sustained: Figure { value: Some(found.sustained_tps), ends: found.interval },
        slot_ceiling_tps: slot_ceiling(&summary),
        limited_by: found.limited_by,
    })
}
