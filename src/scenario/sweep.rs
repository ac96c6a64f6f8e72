//! `[sweep]`: which keys to vary, by which design, how often each point is repeated.
//!
//! The axes themselves are in `sweep_axis`. What this module does not do: lay out the points (that is
//! `crate::sweep`), or look at whether a value fits its key (each point is read as a whole scenario).

use serde::{Deserialize, Serialize};

use crate::scenario::kind::{Fault, Kind, Raw};
use crate::scenario::number::{Flag, Number, Whole};
use crate::scenario::problem::quoted;
use crate::scenario::quantity::grouped;
use crate::scenario::section::Section;
use crate::scenario::sweep_axis::{self, Axis};
use crate::scenario::word::{List, Word};

/// Points beyond which a sweep is a mistake.
pub const MOST_POINTS: u32 = 100_000;
/// Runs, points times replications, beyond which a sweep is a mistake.
pub const MOST_RUNS: u64 = 1_000_000;

/// What `[sweep]` asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepSpec {
    /// How points are chosen.
    pub design: Design,
    /// How many, for designs that do not follow from the axes.
    pub points: Option<u32>,
    /// Runs of each point, or the fewest where `stop` may add some. Default 30: from there on
    /// Student's t is close to the normal, so that an interval is not wide for want of freedom.
    pub replications: u32,
    /// Whether replication r of every point draws the same numbers, so that points differ only by
    /// what is varied.
    pub common_random_numbers: bool,
    /// The point that all others are compared with.
    pub baseline: u32,
    /// When to stop adding replications to a point.
    pub stop: Option<StopRule>,
    /// Names of metrics to draw; empty: the usual ones.
    pub plots: Vec<String>,
    /// What is varied, in the order written.
    pub axes: Vec<Axis>,
}

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// Every combination.
    Grid,
    /// The first value of every axis together, then the second of every axis, and so on.
    Zip,
    /// Independent uniform draws.
    Random,
    /// Each axis cut into as many equal parts as there are points, each part used once (`McKay`,
    /// Beckman and Conover, *Technometrics* 21, 1979).
    LatinHypercube,
    /// Saltelli's scheme on a Sobol' sequence: `points` · (axes + 2) points, for sensitivities.
    Sobol,
}

const DESIGNS: [(&str, Design); 5] = [
    ("grid", Design::Grid),
    ("zip", Design::Zip),
    ("random", Design::Random),
    ("latin_hypercube", Design::LatinHypercube),
    ("sobol", Design::Sobol),
];

impl Design {
    /// Whether the number of points must be given.
    pub const fn is_sampled(self) -> bool {
        matches!(self, Self::Random | Self::LatinHypercube | Self::Sobol)
    }

    /// Its name in a scenario.
    pub fn name(self) -> &'static str {
        DESIGNS.iter().find(|(_, design)| *design == self).map_or("", |(name, _)| name)
    }
}

/// A point gets more replications until the 95 % interval of one metric is narrow enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopRule {
    /// `system.metric`, or the metric of the first system.
    pub metric: String,
    /// Half the width of the interval over the mean.
    pub relative_half_width: f64,
    /// No more replications than this, however wide the interval is.
    pub replications_max: u32,
}

/// Reads `[sweep]`.
pub(super) fn sweep(s: &mut Section<'_, '_>) -> Option<SweepSpec> {
    if !s.is_written() {
        return None;
    }
    let most = u32::try_from(MOST_RUNS).unwrap_or(u32::MAX);
    let design = s.or("design", &Word(&DESIGNS), Design::Grid);
    let points = s.optional("points", &Whole(1..=MOST_POINTS), "as many as the axes give");
    check_points(s, design, points);
    let replications = s.or("replications", &Whole(1..=most), 30);
    if replications == 1 {
        s.doubt("replications", || "one run of each point gives no interval".to_owned());
    }
    let common_random_numbers = s.or("common_random_numbers", &Flag, true);
    let baseline = s.or("baseline", &Whole(0..=MOST_POINTS - 1), 0);
    let plots = s.or("plots", &List(MetricName), Vec::new());
    let stop = s.table("stop", stop);
    let most_replications = stop.as_ref().map_or(replications, |stop| stop.replications_max);
    s.rule(&["stop.replications_max"], most_replications >= replications, || {
        format!("must be at least `replications`, {replications}, but is {most_replications}")
    });
    let axes = sweep_axis::axes(s);
    if axes.is_empty() {
        // `--set` fixes every key that the file varies: nothing is left to sweep.
        return None;
    }
    let spec = SweepSpec {
        design,
        points,
        replications,
        common_random_numbers,
        baseline,
        stop,
        plots,
        axes,
    };
    check_size(s, &spec);
    Some(spec)
}

fn stop(s: &mut Section<'_, '_>) -> Option<StopRule> {
    if !s.is_written() {
        return None;
    }
    let share = Number { low: 0.0, high: 1.0, above: true };
    let most = u32::try_from(MOST_RUNS).unwrap_or(u32::MAX);
    Some(StopRule {
        metric: s.required("metric", &MetricName),
        relative_half_width: s.required("relative_half_width", &share),
        replications_max: s.required("replications_max", &Whole(2..=most)),
    })
}

fn check_points(s: &mut Section<'_, '_>, design: Design, points: Option<u32>) {
    if design.is_sampled() && points.is_none() && !s.has("points") {
        s.missing(&["points"], Some("say how many points to draw, e.g. points = 100"));
    }
    s.rule(&["points", "design"], design.is_sampled() || points.is_none(), || {
        format!("the design `{}` has as many points as its axes give; leave it out", design.name())
    });
}

/// Refuses what would never end.
fn check_size(s: &mut Section<'_, '_>, spec: &SweepSpec) {
    if spec.axes.is_empty() || s.is_bad("axes") || s.is_bad("points") {
        return;
    }
    let lengths: Vec<u64> = spec.axes.iter().filter_map(Axis::length).collect();
    if spec.design == Design::Zip {
        let equal = lengths.windows(2).all(|two| two[0] == two[1]);
        s.rule(&["axes"], equal, || {
            let lengths: Vec<_> = lengths.iter().map(u64::to_string).collect();
            format!("zip needs axes of equal length, but they have {}", lengths.join(", "))
        });
    }
    let (count, how) = size(spec, &lengths);
    s.rule(&["axes", "points"], count <= u128::from(MOST_POINTS), || {
        let most = grouped(u64::from(MOST_POINTS));
        format!("would make {count} points ({how}); at most {most} are allowed")
    });
    if count > u128::from(MOST_POINTS) {
        return;
    }
    let runs = count * u128::from(spec.replications);
    s.rule(&["replications"], runs <= u128::from(MOST_RUNS), || {
        let most = grouped(MOST_RUNS);
        format!("would make {runs} runs of {count} points; at most {most} are allowed")
    });
    s.rule(&["baseline"], u128::from(spec.baseline) < count, || {
        format!("there is no point {}; they are numbered 0 to {}", spec.baseline, count - 1)
    });
}

/// The number of points, and where it comes from.
fn size(spec: &SweepSpec, lengths: &[u64]) -> (u128, String) {
    let given = u128::from(spec.points.unwrap_or(1));
    match spec.design {
        Design::Grid => {
            let factors: Vec<_> = lengths.iter().map(u64::to_string).collect();
            let product = lengths
                .iter()
                .try_fold(1_u128, |product, length| product.checked_mul(u128::from(*length)));
            (product.unwrap_or(u128::MAX), factors.join(" × "))
        }
        Design::Zip => (lengths.first().map_or(1, |n| u128::from(*n)), "zip".to_owned()),
        Design::Random | Design::LatinHypercube => (given, "as asked for".to_owned()),
        Design::Sobol => {
            let each = spec.axes.len() as u128 + 2;
            (given * each, format!("{given} × {each}, the number of axes and two"))
        }
    }
}

/// The name of a metric: words of letters, digits and underscores with dots between them.
pub(super) struct MetricName;

impl Kind for MetricName {
    type Out = String;
    fn parse(&self, raw: Raw<'_>) -> Result<String, Fault> {
        let text = raw.text().ok_or_else(|| raw.expected("string"))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if !text.is_empty() && text.len() <= 200 && text.chars().all(fits) {
            return Ok(text.to_owned());
        }
        Err(Fault::new(format!("`{}` is not the name of a metric", quoted(text)))
            .help("e.g. \"success.success_ratio\", as in the columns of points.csv"))
    }
    fn show(&self, value: &String) -> String {
        format!("\"{value}\"")
    }
    fn stand_in(&self) -> String {
        "success.success_ratio".to_owned()
    }
}
