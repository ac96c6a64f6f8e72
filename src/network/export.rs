//! Writes a network as Leyden's own `nodes.csv` and `channels.csv`; reading them gives it again.
//!
//! Names need no quotes in CSV: see `names.rs`. Empty cells say that nothing is stated.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::ids::{ChannelId, Side};
use crate::network::params::Software;
use crate::network::topology::{Channel, InboundFee, Network};

/// The columns of `nodes.csv`.
pub(super) const NODE_COLUMNS: [&str; 2] = ["node", "software"];

/// The columns of `channels.csv`. 1: what node 1 asks for, or offers, towards node 2.
/// The last four are written only where some node charges for what comes in over a channel.
pub(super) const CHANNEL_COLUMNS: [&str; 26] = [
    "channel",
    "node1",
    "node2",
    "capacity_sat",
    "balance1_msat",
    "balance2_msat",
    "fee_base_1_msat",
    "ppm_1",
    "cltv_1",
    "htlc_min_1_msat",
    "htlc_max_1_msat",
    "disabled_1",
    "max_htlcs_1",
    "max_in_flight_1_msat",
    "fee_base_2_msat",
    "ppm_2",
    "cltv_2",
    "htlc_min_2_msat",
    "htlc_max_2_msat",
    "disabled_2",
    "max_htlcs_2",
    "max_in_flight_2_msat",
    "inbound_base_1_msat",
    "inbound_ppm_1",
    "inbound_base_2_msat",
    "inbound_ppm_2",
];

/// Writes `network` into the folder `dir`, which is made if need be.
///
/// Each file is complete under its name or not there: it is written beside and renamed.
pub fn export(network: &Network, dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    write_file(dir, "nodes.csv", |out| write_nodes(network, out))?;
    write_file(dir, "channels.csv", |out| write_channels(network, out))
}

fn write_file(
    dir: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let part = dir.join(format!("{name}.part"));
    let mut out = BufWriter::new(File::create(&part)?);
    write(&mut out)?;
    // Asked for by hand: dropping a writer would swallow the error of a full disk.
    out.into_inner()?.sync_all()?;
    fs::rename(part, dir.join(name))
}

fn write_nodes(network: &Network, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", NODE_COLUMNS.join(","))?;
    for id in network.node_ids() {
        let node = network.node(id);
        writeln!(out, "{},{}", node.name, node.software.map_or("", Software::name))?;
    }
    Ok(())
}

fn write_channels(network: &Network, out: &mut impl Write) -> io::Result<()> {
    let columns = CHANNEL_COLUMNS.len() - if network.has_inbound_fees() { 0 } else { 4 };
    writeln!(out, "{}", CHANNEL_COLUMNS[..columns].join(","))?;
    network.channel_ids().try_for_each(|id| write_channel(network, id, out))
}

fn write_channel(network: &Network, id: ChannelId, out: &mut impl Write) -> io::Result<()> {
    let channel = network.channel(id);
    let [one, two] = network.ends(id).map(|end| &network.node(end).name);
    write!(out, "{},{one},{two},{}", channel.name, channel.capacity.get())?;
    match channel.stated.as_ref().and_then(|stated| stated.balances) {
        Some([one, two]) => write!(out, ",{},{}", one.get(), two.get())?,
        None => write!(out, ",,")?,
    }
    for side in Side::BOTH {
        write_side(channel, side, out)?;
    }
    if network.has_inbound_fees() {
        for side in Side::BOTH {
            let fee = channel
                .stated
                .as_ref()
                .map_or(InboundFee::default(), |stated| stated.inbound[side.index()]);
            write!(out, ",{},{}", fee.base_msat, fee.ppm)?;
        }
    }
    writeln!(out)
}

fn write_side(channel: &Channel, side: Side, out: &mut impl Write) -> io::Result<()> {
    match &channel.policies[side.index()] {
        Some(policy) => write!(
            out,
            ",{},{},{},{},{},{}",
            policy.fee_base_msat,
            policy.proportional_millionths.0,
            policy.cltv_expiry_delta,
            policy.htlc_minimum.get(),
            policy.htlc_maximum.get(),
            u8::from(policy.disabled)
        )?,
        None => write!(out, ",,,,,,")?,
    }
    match channel.stated.as_ref().and_then(|stated| stated.limits[side.index()]) {
        Some(limits) => {
            write!(out, ",{},{}", limits.max_accepted_htlcs, limits.max_htlc_value_in_flight.get())
        }
        None => write!(out, ",,"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::topology::{Node, Policy, Stated, StatedLimits};
    use crate::units::{Msat, Ppm, Sat};

    #[test]
    fn what_is_not_stated_is_an_empty_cell() {
        let mut network = Network::default();
        let alice = network.add_node(Node { name: "alice".into(), software: Some(Software::Lnd) });
        let bob = network.add_node(Node { name: "bob".into(), software: None });
        let policy = Policy {
            fee_base_msat: 1,
            proportional_millionths: Ppm(2),
            cltv_expiry_delta: 3,
            htlc_minimum: Msat(4),
            htlc_maximum: Msat(5),
            disabled: true,
        };
        let limits = StatedLimits { max_accepted_htlcs: 30, max_htlc_value_in_flight: Msat(600) };
        let channel = |stated| Channel {
            name: "x".into(),
            capacity: Sat(7),
            policies: [None, Some(policy)],
            stated,
        };
        network.add_channel(alice, bob, channel(None));
        let balances = Some([Msat(6_999), Msat(1)]);
        let stated = Stated { balances, limits: [Some(limits), None], ..Stated::default() };
        network.add_channel(bob, alice, channel(Some(Box::new(stated))));

        let mut nodes = Vec::new();
        write_nodes(&network, &mut nodes).unwrap();
        assert_eq!(String::from_utf8(nodes).unwrap(), "node,software\nalice,lnd\nbob,\n");
        let mut channels = Vec::new();
        write_channels(&network, &mut channels).unwrap();
        let channels = String::from_utf8(channels).unwrap();
        let rows: Vec<_> = channels.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "x,alice,bob,7,,,,,,,,,,,1,2,3,4,5,1,,",
                "x,bob,alice,7,6999,1,,,,,,,30,600,1,2,3,4,5,1,,"
            ]
        );
    }
}
