//! Kinds of metrics: what decides how an interval over replications is made, and which are right within a run.

use crate::metrics::estimate::Method;

/// What kind of figure a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Successes over trials.
    Ratio,
    /// A sum over a larger one that contains it, such as amounts settled over amounts offered.
    Share,
    /// A mean per payment, or another sum over a sum.
    Mean,
    /// A quantile of single observations.
    Quantile,
    /// Events or value per time.
    Rate,
    /// A level, averaged over time.
    TimeAverage,
    /// How often something happened.
    Count,
    /// A sum of what is never negative.
    Total,
    /// A sum of gains and losses.
    Net,
    /// No result: it describes the run.
    Describing,
}

impl Kind {
    /// How intervals of the kind may be made within one run; none for plain sums. Folds are held to it by a test.
    pub const fn methods(self) -> &'static [Method] {
        match self {
            Self::Ratio => &[Method::Wilson, Method::WilsonEffectiveN],
            Self::Share | Self::Mean | Self::Rate | Self::TimeAverage => &[Method::BatchMeans],
            Self::Quantile => &[Method::BatchQuantile],
            Self::Count | Self::Total | Self::Net | Self::Describing => &[],
        }
    }
}

/// What a metric can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Any number.
    Any,
    /// At least 0.
    NotNegative,
    /// From 0 to 1.
    Share,
}

impl Range {
    /// The part of an interval that the metric can be in.
    pub fn clip(self, [low, high]: [f64; 2]) -> [f64; 2] {
        match self {
            Self::Any => [low, high],
            Self::NotNegative => [low.max(0.0), high],
            Self::Share => [low.max(0.0), high.min(1.0)],
        }
    }
}

/// Where a metric is shown, beside `summary.json` and the tables of sweeps, where all stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nowhere else.
    Nowhere,
    /// On the page.
    Page,
    /// On the page, and on the terminal of every system.
    Terminal,
    /// On the page, and on Lightning's terminal.
    Lightning,
    /// On the page, and on the terminal of all systems but Lightning.
    Others,
}

impl Shown {
    /// Whether it stands on the page of a run.
    pub fn on_page(self) -> bool {
        self != Self::Nowhere
    }

    /// Whether it stands on the terminal, for Lightning or for another system.
    pub const fn on_terminal(self, is_lightning: bool) -> bool {
        match self {
            Self::Terminal => true,
            Self::Lightning => is_lightning,
            Self::Others => !is_lightning,
            Self::Nowhere | Self::Page => false,
        }
    }
}
