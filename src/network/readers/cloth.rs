//! `CLoTH`'s folder of three CSV files: nodes, channels, edges (marcono/cloth; amounts in msat).
//!
//! Ids are dense, 0, 1, 2 …, in order, as `CLoTH` itself uses them as array indices; they become the
//! names. Channel *c* is [`ChannelId`](crate::ids::ChannelId) *c*; its `edge1_id` is its direction
//! from node 1 to node 2, its `edge2_id` the way back. In files made by `CLoTH` these are 2*c* and
//! 2*c* + 1, so edge *e* is [`DirectedChannel`](crate::ids::DirectedChannel) *e*; where a file numbers
//! them otherwise, they are renumbered so, and a note says how many. Dropping self-loops moves the
//! ids after them. There is no largest HTLC: the capacity.

use crate::network::error::DataError;
use crate::network::readers::build::Builder;
use crate::network::readers::cell::{At, Cell};
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::Source;
use crate::network::readers::table::{Columns, Table};
use crate::network::topology::{Channel, Policy, Stated};
use crate::units::{Msat, Ppm};

/// The columns of the nodes.
pub(super) const NODES: Columns<1> = Columns { names: ["id"], optional: &[], closed: false };

/// The columns of the channels, in input and in output files of `CLoTH`.
pub(super) const CHANNELS: Columns<6> = Columns {
    names: [
        "id",
        "edge1_id|edge1",
        "edge2_id|edge2",
        "node1_id|node1",
        "node2_id|node2",
        "capacity",
    ],
    optional: &[],
    closed: false,
};

/// The columns of the edges.
pub(super) const EDGES: Columns<10> = Columns {
    names: [
        "id",
        "channel_id",
        "counter_edge_id",
        "from_node_id",
        "to_node_id",
        "balance",
        "fee_base",
        "fee_proportional",
        "min_htlc",
        "timelock",
    ],
    optional: &[],
    closed: false,
};

/// One direction of a channel, as written.
struct Edge {
    at: At,
    channel: u64,
    counter: u64,
    ends: [u64; 2],
    balance: Msat,
    policy: Policy,
}

/// Reads edges and nodes, then the channels that join them.
pub(super) fn read(files: &[Source; 3], options: ReadOptions) -> Result<Builder, DataError> {
    let [nodes, channels, edges] = files;
    let mut builder = Builder::new(&channels.path, options);
    let mut table = Table::open(nodes, &NODES)?;
    let mut ids = Dense::default();
    while let Some([id]) = table.next_row()? {
        ids.next(&id)?;
        builder.add_node(id, None)?;
    }
    let edges = Edges { file: edges, list: read_edges(edges)? };
    let mut joined = vec![false; edges.list.len()];
    let mut renumbered = 0;
    let mut table = Table::open(channels, &CHANNELS)?;
    let mut ids = Dense::default();
    while let Some(row) = table.next_row()? {
        let channel = ids.next(&row[0])?;
        let pair = edges.of_channel(&row, channel)?;
        for (side, edge) in pair.into_iter().enumerate() {
            joined[edge] = true;
            renumbered += u64::from(edge != 2 * channel + side);
        }
        add_channel(&mut builder, &row, pair.map(|edge| &edges.list[edge]))?;
    }
    if let Some(loose) = joined.iter().position(|&joined| !joined) {
        return Err(edges.error(loose, "channel_id", "the channel does not name this edge"));
    }
    builder.note(renumbered, "edges renumbered to twice their channel plus direction");
    Ok(builder)
}

/// Ids are array indices in `CLoTH`: each must be the number of rows before it.
#[derive(Default)]
struct Dense {
    seen: Vec<At>,
}

impl Dense {
    /// Checks the id of the next row, and gives it.
    fn next(&mut self, id: &Cell<'_>) -> Result<usize, DataError> {
        let (number, due) = (id.u64()?, self.seen.len());
        if number == due as u64 {
            self.seen.push(id.at);
            return Ok(due);
        }
        let first = usize::try_from(number).ok().and_then(|number| self.seen.get(number));
        let error = match first {
            Some(first) => id.error(format_args!("is already stated in {first}; {due} is due")),
            None => {
                id.error(format_args!("is out of order: ids are 0, 1, 2 ..., and {due} is due"))
            }
        };
        Err(error.help("number the rows from 0 without gaps"))
    }
}

fn read_edges(file: &Source) -> Result<Vec<Edge>, DataError> {
    let mut table = Table::open(file, &EDGES)?;
    let mut ids = Dense::default();
    let mut edges = Vec::new();
    while let Some(row) = table.next_row()? {
        let [id, channel, counter, from, to, balance, fee_base, ppm, minimum, timelock] = row;
        ids.next(&id)?;
        edges.push(Edge {
            at: id.at,
            channel: channel.u64()?,
            counter: counter.u64()?,
            ends: [from.u64()?, to.u64()?],
            balance: balance.msat()?,
            policy: Policy {
                fee_base_msat: fee_base.u32()?,
                proportional_millionths: Ppm(ppm.u32()?),
                cltv_expiry_delta: timelock.u16()?,
                htlc_minimum: minimum.msat()?,
                // Set to the capacity once the channel is read.
                htlc_maximum: Msat::MAX,
                disabled: false,
            },
        });
    }
    Ok(edges)
}

struct Edges<'a> {
    file: &'a Source,
    list: Vec<Edge>,
}

impl Edges<'_> {
    /// The two edges of a channel: each is of this channel, the other's counter edge, and between
    /// its nodes.
    fn of_channel(&self, row: &[Cell<'_>; 6], channel: usize) -> Result<[usize; 2], DataError> {
        let [_, edge1, edge2, node1, node2, _] = row;
        let len = self.list.len();
        let pair = [edge1.index(len, "edge")?, edge2.index(len, "edge")?];
        let ends = [node1.u64()?, node2.u64()?];
        for (side, &edge) in pair.iter().enumerate() {
            let Edge { channel: of, counter, ends: [from, to], .. } = self.list[edge];
            if of != channel as u64 {
                let message =
                    format!("edge {edge} is of channel {of}, but channel {channel} names it");
                return Err(self.error(edge, "channel_id", &message));
            }
            if counter != pair[1 - side] as u64 {
                let message = format!(
                    "edge {edge} names {counter} as its counter edge, not {}",
                    pair[1 - side]
                );
                return Err(self.error(edge, "counter_edge_id", &message));
            }
            if [from, to] != [ends[side], ends[1 - side]] {
                let message = format!(
                    "edge {edge} goes from node {from} to node {to}, not from {} to {} as channel {channel} says",
                    ends[side],
                    ends[1 - side]
                );
                return Err(self.error(edge, "from_node_id", &message));
            }
        }
        Ok(pair)
    }

    fn error(&self, edge: usize, column: &'static str, message: &str) -> DataError {
        let at = self.list[edge].at;
        let cell = Cell { path: &self.file.path, at, parent: "", column, text: b"" };
        cell.place(DataError::new(&self.file.path, message))
            .help("each channel has two edges, which name it and each other")
    }
}

fn add_channel(
    builder: &mut Builder,
    row: &[Cell<'_>; 6],
    edges: [&Edge; 2],
) -> Result<(), DataError> {
    let [id, _, _, node1, node2, capacity_cell] = row;
    let ends = [builder.known_node(node1)?, builder.known_node(node2)?];
    let capacity = capacity_cell.capacity_msat()?;
    let balances = edges.map(|edge| edge.balance);
    if balances[0].checked_add(balances[1]) != Some(capacity.to_msat()) {
        let [one, two] = balances;
        return Err(capacity_cell
            .error(format_args!(
                "msat is not the sum of both balances, {one} (edges, {}) and {two} (edges, {})",
                edges[0].at, edges[1].at
            ))
            .help("all of these are in msat"));
    }
    let policies =
        edges.map(|edge| Some(Policy { htlc_maximum: capacity.to_msat(), ..edge.policy }));
    let stated = Stated { balances: Some(balances), ..Stated::default() };
    let channel =
        Channel { name: Box::default(), capacity, policies, stated: Some(Box::new(stated)) };
    builder.add_channel(*id, ends, channel)
}
