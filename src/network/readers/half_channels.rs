//! The half-channel CSV: one row per channel and direction, as the public network of February 2026
//! was published from Core Lightning's gossip map.
//!
//! `dir` 0 is node 1 to node 2; both rows of a channel name the same node 1. A missing row is a
//! direction of which nothing is known. `disabled` = 1 says that the flag is set *or* that no update
//! is known (then the policy is zeroed): both become a disabled [`Policy`], because the file does not
//! tell them apart. The gossip map's reader does the same, so both give the same network. Nodes that
//! are numbered stand in the order of their numbers, others in the order of their first row.

use crate::network::error::DataError;
use crate::network::readers::build::{Builder, Half};
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::Source;
use crate::network::readers::table::{Columns, Table};
use crate::network::topology::Policy;
use crate::units::Ppm;

/// The columns.
pub(super) const COLUMNS: Columns<11> = Columns {
    names: [
        "chan",
        "node1",
        "node2",
        "capacity_sat",
        "dir",
        "disabled",
        "htlc_min_msat",
        "htlc_max_msat",
        "base_msat",
        "ppm",
        "cltv",
    ],
    optional: &[],
    closed: false,
};

/// Reads all rows.
pub(super) fn read(source: &Source, options: ReadOptions) -> Result<Builder, DataError> {
    let mut builder = Builder::new(&source.path, options);
    let mut table = Table::open(source, &COLUMNS)?;
    while let Some(row) = table.next_row()? {
        let [channel, node1, node2, capacity, dir, disabled, minimum, maximum, base, ppm, cltv] =
            row;
        builder.add_half(&Half {
            channel,
            ends: [node1, node2],
            capacity: (capacity, capacity.capacity_sat()?),
            direction: usize::from(dir.flag()?),
            policy: Policy {
                fee_base_msat: base.u32()?,
                proportional_millionths: Ppm(ppm.u32()?),
                cltv_expiry_delta: cltv.u16()?,
                htlc_minimum: minimum.msat()?,
                htlc_maximum: maximum.msat()?,
                disabled: disabled.flag()?,
            },
        })?;
    }
    builder.sort_numbered_nodes();
    Ok(builder)
}
