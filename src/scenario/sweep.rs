//! `[sweep]`: which keys to vary, by which design, how often each point is repeated.
//!
//! The axes themselves are in `sweep_axis`. What this module does not do: lay out the points (that is
//! `crate::sweep`), or look at whether a value fits its key (each point is read as a whole scenario).

use serde::{Deserialize, Serialize};

use crate::declare::form::Form;
use crate::declare::kind::{Fault, Kind, Raw};
use crate::declare::number::{Flag, Number, Whole};
use crate::declare::problem::quoted;
use crate::declare::quantity::grouped;
use crate::declare::text_kinds::{List, Word};
use crate::declare::{Declared, Key, Section, Worded, params, words};
use crate::scenario::sweep_axes::axes;
use crate::scenario::sweep_axis::Axis;

/// Points beyond which a sweep is a mistake.
pub const MOST_POINTS: u32 = 100_000;
/// Runs, points times replications, beyond which a sweep is a mistake.
pub const MOST_RUNS: u64 = 1_000_000;
/// All of them may be of one point.
const MOST_RUNS_OF_A_POINT: u32 = 1_000_000;

params! {
    /// What `[sweep]` asks for.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SweepSpec {
        /// How the points are chosen.
        design: Design = or(Design::Grid, Word::ANY),
        /// How many points to draw, for designs that draw them.
        points: Option<u32> = optional(Whole(1..=MOST_POINTS), "as many as the axes give"),
        /// Runs of each point, or the fewest where `stop` may add some. Source: from 30 on Student's t is
        /// close to the normal, so that an interval is not wide for want of freedom.
        replications: u32 = or(30, Whole(1..=MOST_RUNS_OF_A_POINT)),
        /// Whether replication r of every point draws the same numbers, so that points differ only by what
        /// is varied.
        common_random_numbers: bool = or(true, Flag),
        /// Number of the point that all others are compared with.
        baseline: u32 = or(0, Whole(0..=MOST_POINTS - 1)),
        /// Names of metrics to draw; empty: the usual ones.
        plots: Vec<String> = or(Vec::new(), List(MetricName)),
        /// When to stop adding replications to a point.
        stop: Option<StopRule> =
            optional_table(StopRule, "every point has the same number of replications"),
        /// What is varied: the path of a key, quoted, and its values as a list or as a range.
        axes: Vec<Axis> = with(Vec::new(), axes),
    }
    check check_sweep;
}

words! {
    /// How points are chosen.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Design {
        /// Every combination.
        Grid = "grid",
        /// The first value of every axis together, then the second of every axis, and so on.
        Zip = "zip",
        /// Independent uniform draws.
        Random = "random",
        /// Each axis cut into as many equal parts as there are points, each part used once (`McKay`,
        /// Beckman and Conover, *Technometrics* 21, 1979).
        LatinHypercube = "latin_hypercube",
        /// Saltelli's scheme on a Sobol' sequence: `points` · (axes + 2) points, for sensitivities.
        Sobol = "sobol",
    }
}

impl Design {
    /// Whether the number of points must be given.
    pub const fn is_sampled(self) -> bool {
        matches!(self, Self::Random | Self::LatinHypercube | Self::Sobol)
    }

    /// Its name in a scenario.
    pub fn name(self) -> &'static str {
        self.word()
    }
}

params! {
    /// A point gets more replications until the 95 % interval of one metric is narrow enough.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct StopRule {
        /// The metric: `system.metric`, or the metric of the first system.
        metric: String = required(MetricName),
        /// Half the width of the interval over the mean at which replications stop.
        relative_half_width: f64 = required(Number { low: 0.0, high: 1.0, above: true }),
        /// No more replications than this, however wide the interval is.
        replications_max: u32 = required(Whole(2..=MOST_RUNS_OF_A_POINT)),
    }
}

/// Reads `[sweep]`.
pub(super) fn sweep(s: &mut Section<'_, '_>, key: Key) -> Option<SweepSpec> {
    let spec = s.optional_table(key, "nothing is varied", SweepSpec::read);
    // `--set` fixes every key that the file varies: nothing is left to sweep.
    spec.filter(|spec| !spec.axes.is_empty())
}

fn check_sweep(read: &SweepSpec, s: &mut Section<'_, '_>) {
    check_points(s, read.design, read.points);
    let replications = read.replications;
    if replications == 1 {
        s.warn("replications", || "one run of each point gives no interval".to_owned());
    }
    let most = read.stop.as_ref().map_or(replications, |stop| stop.replications_max);
    s.rule(&["stop.replications_max"], most >= replications, || {
        format!("must be at least `replications`, {replications}, but is {most}")
    });
    check_size(s, read);
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
    fn form(&self) -> Form {
        Form::Text { what: "name of a metric", pattern: "^[A-Za-z0-9_.]{1,200}$" }
    }
}
