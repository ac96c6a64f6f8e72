//! Summaries as folds over rows.
//!
//! [`Summary`] folds a whole run into the metrics of `summary.json`, [`SamplingInterval`] one sampling
//! interval into a row of the time series. Both need memory that does not grow with the run. Since
//! they see rows only, the written CSV read again gives the same figures. Nothing here writes files.
//!
//! Every metric is declared once, in [`METRICS`]. Its kind decides how intervals over replications are made, wherever
//! they are shown; within a run its interval is made by the type of its fold, and a test holds the two to each other
//! ([`Kind::methods`]). A new metric is a fold, a field of the result and a declaration.
//!
//! Within a run a metric is an [`Estimate`]: a value with a 95 % interval, or with the reason why there is
//! none. Payments of one run are not independent, so intervals come from batches (20 to 30, with a
//! test that neighbouring batches are uncorrelated), never from single payments. Over replications of
//! a whole run, which are independent, they come from [`Metric::over`].

#![expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds become f64 for statistics only; 53 bits are plenty"
)]

mod batches;
mod by_name;
mod catalogue;
mod cost;
mod estimate;
mod histogram;
mod kind;
mod quantile;
#[cfg(test)]
mod queue_tests;
mod rate;
mod ratio;
mod replications;
#[cfg(test)]
mod replications_tests;
mod result;
mod sampling_interval;
mod security;
mod stationarity;
mod student;
mod summary;
#[cfg(test)]
pub(crate) mod test_numbers;
mod warmup;

pub use by_name::{Figure, figures, nothing};
pub use catalogue::{METRICS, Metric};
pub use estimate::{Estimate, Method, NoInterval, wilson_95};
pub use histogram::Histogram;
pub use kind::{Kind, Range, Shown};
pub use replications::{Compared, Replicated, ReplicationMethod, compared, paired, replicated};
pub use result::{Counts, OverReplications, SummaryResult, TimesByThird};
pub use sampling_interval::{SamplingInterval, TimeRow};
pub use security::SecurityResult;
pub use stationarity::Verdict;
pub(crate) use student::{t_975, t_within};
pub use summary::Summary;
pub use warmup::{Course, WarmUp, mser5};
