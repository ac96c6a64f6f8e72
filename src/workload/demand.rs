//! One payment of a workload.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::units::{Msat, SimTime};

/// One payment that somebody wants to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Its number in output files: the trace's own in a replay, else 0, 1, 2…
    pub id: u64,
    /// Who pays.
    pub payer: NodeId,
    /// Who is paid; never the payer.
    pub payee: NodeId,
    /// What the payee is to receive; never 0.
    pub amount: Msat,
    /// When.
    pub at: SimTime,
}
