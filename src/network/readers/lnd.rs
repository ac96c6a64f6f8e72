//! lnd's `describegraph` JSON (lnrpc/lightning.proto).
//!
//! `node1_policy` is what node 1 asks for forwarding to node 2; `null` or missing: none is known, and
//! that direction carries nothing. `max_htlc_msat` of 0 or missing means the capacity. A node's inbound fees stand
//! in its own policy of the channel; missing means none.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::network::error::DataError;
use crate::network::readers::build::Builder;
use crate::network::readers::json::{Document, Element};
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::Source;
use crate::network::topology::{Channel, InboundFee, Policy, Stated};
use crate::units::{Msat, Ppm, Sat};

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    nodes: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    edges: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct NodeEntry<'a> {
    #[serde(borrow)]
    pub_key: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Edge<'a> {
    #[serde(borrow)]
    channel_id: Option<&'a RawValue>,
    #[serde(borrow)]
    node1_pub: Option<&'a RawValue>,
    #[serde(borrow)]
    node2_pub: Option<&'a RawValue>,
    #[serde(borrow)]
    capacity: Option<&'a RawValue>,
    #[serde(borrow)]
    node1_policy: Option<&'a RawValue>,
    #[serde(borrow)]
    node2_policy: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct PolicyEntry<'a> {
    #[serde(borrow)]
    time_lock_delta: Option<&'a RawValue>,
    #[serde(borrow)]
    min_htlc: Option<&'a RawValue>,
    #[serde(borrow)]
    fee_base_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    fee_rate_milli_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    disabled: Option<&'a RawValue>,
    #[serde(borrow)]
    max_htlc_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    inbound_fee_base_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    inbound_fee_rate_milli_msat: Option<&'a RawValue>,
}

/// Reads all nodes, then all edges.
pub(super) fn read(source: &Source, options: ReadOptions) -> Result<Builder, DataError> {
    let document = Document::open(source)?;
    let file: File<'_> = document.parse()?;
    let help = "`lncli describegraph` writes `nodes` and `edges`";
    let nodes = file.nodes.ok_or_else(|| document.lacks("nodes", help))?;
    let edges = file.edges.ok_or_else(|| document.lacks("edges", help))?;

    let mut builder = Builder::new(&source.path, options);
    for element in document.elements("nodes", &nodes) {
        let node: NodeEntry<'_> = element.parse()?;
        builder.add_node(element.cell("pub_key", node.pub_key)?.public_key()?, None)?;
    }
    for element in document.elements("edges", &edges) {
        read_edge(&mut builder, &element)?;
    }
    Ok(builder)
}

/// Adds one channel.
fn read_edge(builder: &mut Builder, element: &Element<'_>) -> Result<(), DataError> {
    let edge: Edge<'_> = element.parse()?;
    let one = builder.known_node(&element.cell("node1_pub", edge.node1_pub)?.public_key()?)?;
    let two = builder.known_node(&element.cell("node2_pub", edge.node2_pub)?.public_key()?)?;
    let capacity = element.cell("capacity", edge.capacity)?.capacity_sat()?;

    let mut stated = Stated::default();
    let mut policies = [None; 2];
    let entries = [("node1_policy", edge.node1_policy), ("node2_policy", edge.node2_policy)];
    let sides = policies.iter_mut().zip(&mut stated.inbound);
    for ((policy, inbound), (key, raw)) in sides.zip(entries) {
        let Some(raw) = raw else { continue };
        let part = element.part(key, raw);
        let entry: PolicyEntry<'_> = part.parse()?;
        *policy = Some(read_policy(&part, &entry, capacity)?);
        *inbound = read_inbound(&part, &entry)?;
    }
    let name = element.cell("channel_id", edge.channel_id)?;
    let stated = (stated != Stated::default()).then(|| Box::new(stated));
    let channel = Channel { name: Box::default(), capacity, policies, stated };
    builder.add_channel(name, [one, two], channel)
}

fn read_inbound<'a>(
    element: &Element<'a>,
    entry: &PolicyEntry<'a>,
) -> Result<InboundFee, DataError> {
    let number = |key, raw| {
        let cell = element.cell_or_empty(key, raw);
        if cell.is_empty() { Ok(0) } else { cell.i32() }
    };
    Ok(InboundFee {
        base_msat: number("inbound_fee_base_msat", entry.inbound_fee_base_msat)?,
        ppm: number("inbound_fee_rate_milli_msat", entry.inbound_fee_rate_milli_msat)?,
    })
}

fn read_policy<'a>(
    element: &Element<'a>,
    entry: &PolicyEntry<'a>,
    capacity: Sat,
) -> Result<Policy, DataError> {
    let disabled = element.cell_or_empty("disabled", entry.disabled);
    let maximum = element.cell_or_empty("max_htlc_msat", entry.max_htlc_msat);
    let maximum = if maximum.is_empty() { Msat::ZERO } else { maximum.msat()? };
    Ok(Policy {
        fee_base_msat: element.cell("fee_base_msat", entry.fee_base_msat)?.u32()?,
        proportional_millionths: Ppm(element
            .cell("fee_rate_milli_msat", entry.fee_rate_milli_msat)?
            .u32()?),
        cltv_expiry_delta: element.cell("time_lock_delta", entry.time_lock_delta)?.u16()?,
        htlc_minimum: element.cell("min_htlc", entry.min_htlc)?.msat()?,
        htlc_maximum: if maximum == Msat::ZERO { capacity.to_msat() } else { maximum },
        disabled: !disabled.is_empty() && disabled.flag()?,
    })
}
