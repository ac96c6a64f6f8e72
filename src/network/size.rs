//! How much memory a network will need, estimated before it is made.
//!
//! What senders learn is left out: it grows with the payments made, up to `beliefs_per_sender`.

use crate::declare::Section;
use crate::declare::quantity::grouped;
use crate::units::{SUPPLY, Sat};

/// Bytes per node: 64 of state, 48 of search labels, 144 of topology with its name.
const NODE_BYTES: u128 = 256;
/// Bytes per channel: 64 of balances, 112 of terms, 64 of policies, 128 for its four edges in the
/// search view, 192 of topology with its name.
const CHANNEL_BYTES: u128 = 560;
/// What a run may take: 80 % of 16 GB.
const LIMIT: u128 = 12_800_000_000;

/// Refuses a network that would not fit in memory, or that holds more than all bitcoin.
pub(super) fn check(
    s: &mut Section<'_, '_>,
    keys: &[&str],
    nodes: u64,
    channels: u128,
    capacity: Sat,
) {
    let bytes = u128::from(nodes) * NODE_BYTES + channels * CHANNEL_BYTES;
    s.rule(keys, bytes <= LIMIT, || {
        // Tenths of a GB, rounded up.
        let tenths = bytes.div_ceil(100_000_000);
        format!(
            "this scenario would need about {}.{} GB ({} nodes and {channels} channels); the limit is 12.8 GB",
            tenths / 10,
            tenths % 10,
            grouped(nodes)
        )
    });
    let money = channels * u128::from(capacity.get());
    s.rule(&["capacity"], money <= u128::from(SUPPLY.get()), || {
        format!(
            "{channels} channels of {capacity} hold more than the 21_000_000 btc that can exist"
        )
    });
}
