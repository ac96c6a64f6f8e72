//! `SimLN`'s simulation file with `sim_network` (sim-ln README, "Simulated network").
//!
//! Both directions always have a policy, and limits on HTLCs that go into
//! [`StatedLimits`]. Balances are not stated: `SimLN` always starts at half each, which the scenario
//! can ask for. Activity and exclusions are not read. Nodes stand in the order in which channels
//! name them.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::network::error::DataError;
use crate::network::readers::build::Builder;
use crate::network::readers::cell::Cell;
use crate::network::readers::json::{Document, Element};
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::Source;
use crate::network::topology::{Channel, Policy, Stated, StatedLimits};
use crate::units::Ppm;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    sim_network: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    scid: Option<&'a RawValue>,
    #[serde(borrow)]
    capacity_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    node_1: Option<&'a RawValue>,
    #[serde(borrow)]
    node_2: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct SideEntry<'a> {
    #[serde(borrow)]
    pubkey: Option<&'a RawValue>,
    #[serde(borrow)]
    max_htlc_count: Option<&'a RawValue>,
    #[serde(borrow)]
    max_in_flight_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    min_htlc_size_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    max_htlc_size_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    cltv_expiry_delta: Option<&'a RawValue>,
    #[serde(borrow)]
    base_fee: Option<&'a RawValue>,
    #[serde(borrow)]
    fee_rate_prop: Option<&'a RawValue>,
}

/// What a file says about one side of a channel.
struct Side<'a> {
    node: Cell<'a>,
    policy: Policy,
    limits: StatedLimits,
}

/// Reads all channels.
pub(super) fn read(source: &Source, options: ReadOptions) -> Result<Builder, DataError> {
    let document = Document::open(source)?;
    let file: File<'_> = document.parse()?;
    let help = "only simulation files with a simulated network hold channels";
    let channels = file.sim_network.ok_or_else(|| document.lacks("sim_network", help))?;
    let mut builder = Builder::new(&source.path, options);
    for element in document.elements("sim_network", &channels) {
        let entry: Entry<'_> = element.parse()?;
        let name = element.cell("scid", entry.scid)?;
        let capacity = element.cell("capacity_msat", entry.capacity_msat)?.capacity_msat()?;
        let one = read_side(&element, "node_1", entry.node_1)?;
        let two = read_side(&element, "node_2", entry.node_2)?;
        let ends = builder.implied_ends([one.node, two.node])?;
        let limits = [Some(one.limits), Some(two.limits)];
        let channel = Channel {
            name: Box::default(),
            capacity,
            policies: [Some(one.policy), Some(two.policy)],
            stated: Some(Box::new(Stated { limits, ..Stated::default() })),
        };
        builder.add_channel(name, ends, channel)?;
    }
    Ok(builder)
}

fn read_side<'a>(
    element: &Element<'a>,
    key: &'static str,
    raw: Option<&'a RawValue>,
) -> Result<Side<'a>, DataError> {
    let missing = element.cell_or_empty(key, raw);
    let raw = raw.ok_or_else(|| {
        missing.error("is no side of a channel").help("each channel has `node_1` and `node_2`")
    })?;
    let part = element.part(key, raw);
    let side: SideEntry<'a> = part.parse()?;
    Ok(Side {
        node: part.cell("pubkey", side.pubkey)?.public_key()?,
        policy: Policy {
            fee_base_msat: part.cell("base_fee", side.base_fee)?.u32()?,
            proportional_millionths: Ppm(part.cell("fee_rate_prop", side.fee_rate_prop)?.u32()?),
            cltv_expiry_delta: part.cell("cltv_expiry_delta", side.cltv_expiry_delta)?.u16()?,
            htlc_minimum: part.cell("min_htlc_size_msat", side.min_htlc_size_msat)?.msat()?,
            htlc_maximum: part.cell("max_htlc_size_msat", side.max_htlc_size_msat)?.msat()?,
            disabled: false,
        },
        limits: StatedLimits {
            max_accepted_htlcs: part.cell("max_htlc_count", side.max_htlc_count)?.htlc_count()?,
            max_htlc_value_in_flight: part
                .cell("max_in_flight_msat", side.max_in_flight_msat)?
                .msat()?,
        },
    })
}
