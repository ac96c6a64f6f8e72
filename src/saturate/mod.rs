//! The highest load that a system sustains, and the least capital with which it carries a workload.
//!
//! [`loads`] raises the offered load of a scenario: a system keeps up as long as it settles a given share of what is
//! offered, asks for no more of anything than there is, and payments do not take longer and longer to be settled,
//! included and final. Windows have many blocks or batches as far as the most payments allow. The load is scaled by
//! dividing the unit-exponential gaps of the arrivals, so a higher load is the same payments, denser.
//! [`capitals`] scales what channels and accounts hold in the same way.
//!
//! Each replication has seeds of its own and is searched by itself; the interval of a result is over
//! replications. Searches share the rayon pool that they are called from. [`write_saturation`] and
//! [`write_capital`] write the tables.

mod capital;
mod cycle;
mod load;
mod parallel;
mod probe;
mod search;
mod tables;

pub use capital::{Capital, capitals};
pub(crate) use cycle::Cycle;
pub use load::{LoadProbe, Sustained, loads};
pub(crate) use parallel::each;
pub use probe::{Criterion, SearchLimits};
pub(crate) use probe::{Probe, binding};
pub use tables::{tables, write_capital, write_saturation};
