//! Many runs of one scenario with keys varied, and honest statistics over them.
//!
//! `[sweep]` of a scenario becomes a [`Plan`]: numbered points, each a scenario of its own. Every point
//! is run several times ([`execute()`]): replication r of any point uses the draws of replication r, so
//! that points differ only by what is varied. Each run leaves one file in `results/`, named by what it
//! was computed from ([`Store`]); a run whose file is there and intact is never computed again, on this
//! machine or another. [`collect()`] reads the files in the order of the plan: its tables depend neither
//! on who computed what nor on the order.
//!
//! What statistics mean here: a replication is one whole run over the stated horizon, and replications
//! are independent. So intervals are about the *mean over that horizon*, from the stated start. Where a
//! run reaches a steady state they are about that as well; whether it does is judged per metric and
//! reported. Channels deplete: for Lightning the horizon is part of the question.
//!
//! What this module does not do: read scenario files (`crate::scenario` does), draw pictures
//! (`crate::report`), or print and look at the clock (`crate::cli`).

#![expect(
    clippy::cast_precision_loss,
    reason = "counts become f64 for statistics only; 53 bits are plenty"
)]

mod aggregate;
mod collect;
mod design;
mod execute;
mod gathered;
mod manifest;
mod measure;
mod plan;
mod replications;
mod sensitivity;
mod shard;
mod statistic;
mod store;
mod tables;
mod welch;

pub use collect::{Collected, collect, status};
pub use execute::{Execution, FailedRun, FailureCause, Job, Observer, execute, jobs};
pub use manifest::{replace_marks, write_manifest};
pub use measure::{Measured, SystemMeasured, measure};
pub use plan::{InputMark, Plan, PlanError, Point, SHARDS_MAX};
pub use replications::{ReplicatedSystem, replicate, write_replications};
pub use shard::{Shard, ShardError, shard_of_environment};
pub use store::{RunResult, Store, SystemResult};
pub use tables::tables;
