//! How what the user is told is written.

use crate::units;

/// A count as it stands in what is told to the user.
pub(super) fn grouped(count: usize) -> String {
    units::grouped(count as u64, ',')
}
