//! Core Lightning's compressed gossip map, `GOSSMAP_COMPRESSv1` (devtools/gossmap-compress.c).
//!
//! All numbers are `bigsize` (BOLT 1). After the header and a NUL: the number of channels *n*; *n*
//! first nodes; *n* second nodes; the disabled directions as 2·channel + direction, ended by a value
//! of at least 2·*n*; then capacity, smallest and largest HTLC, base fee, ppm and CLTV delta: for each
//! the number of different values, these values, and an index into them per channel (capacity) or
//! per direction. A largest HTLC of 0 means the capacity, of 1 99 % of it. Nodes and channels have no
//! names but their index. A direction without an update is in the list of disabled ones, with zeroes.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::ids::NodeId;
use crate::network::error::DataError;
use crate::network::readers::cell;
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::{LARGEST_FILE, Source, is_gzip};
use crate::network::topology::{Channel, Network, Node, Policy};
use crate::units::{Msat, Ppm, Sat};

/// What the file starts with, once unpacked.
const HEADER: &[u8] = b"GOSSMAP_COMPRESSv1\0";

/// Whether these are the first bytes of a gossip map, packed or not.
pub(super) fn is_gossmap(start: &[u8]) -> bool {
    let mut unpacked = [0; HEADER.len()];
    start.starts_with(HEADER)
        || is_gzip(start)
            && MultiGzDecoder::new(start).read_exact(&mut unpacked).is_ok()
            && unpacked == HEADER
}

/// Reads the whole map; gives the network, and a note if self-loops were dropped.
pub(super) fn read(
    source: &Source,
    options: ReadOptions,
) -> Result<(Network, Vec<String>), DataError> {
    let bytes = unpack(source)?;
    let Some(rest) = bytes.strip_prefix(HEADER) else {
        return Err(DataError::new(&source.path, "this is not a compressed gossip map")
            .help("it would start with GOSSMAP_COMPRESSv1"));
    };
    let mut map = Map { path: &source.path, rest, read: HEADER.len() };
    let channels = map.count("channels")?;
    let ends = read_ends(&mut map, channels)?;
    let disabled = read_disabled(&mut map, channels)?;
    let capacities = read_capacities(&mut map, channels)?;
    let policies = read_policies(&mut map, &capacities, &disabled)?;
    if !map.rest.is_empty() {
        return Err(map.error("end", format!("{} bytes are left over", map.rest.len())));
    }
    build(&map, &ends, &capacities, &policies, options)
}

fn unpack(source: &Source) -> Result<Cow<'_, [u8]>, DataError> {
    if !is_gzip(&source.bytes) {
        return Ok(Cow::Borrowed(&source.bytes));
    }
    let mut bytes = Vec::new();
    MultiGzDecoder::new(&source.bytes[..]).take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(
        |error| {
            DataError::new(&source.path, format!("cannot unpack it as gzip: {error}"))
                .help("the download was cut short or damaged; fetch it again")
        },
    )?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(DataError::new(&source.path, "it unpacks to more than 512 MB")
            .help("no network is that large; is this the right file?"));
    }
    Ok(Cow::Owned(bytes))
}

/// What is left to read.
struct Map<'a> {
    path: &'a Path,
    rest: &'a [u8],
    read: usize,
}

impl Map<'_> {
    fn error(&self, list: &str, message: impl Into<String>) -> DataError {
        let message = format!("{} (byte {} unpacked)", message.into(), self.read);
        let error = DataError::new(self.path, message).in_column(list);
        error.help("the map is cut short or damaged; fetch it again")
    }

    fn take(&mut self, count: usize, list: &str) -> Result<u64, DataError> {
        let Some((bytes, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.error(list, "the map ends in the middle of this list"));
        };
        self.rest = rest;
        self.read += count;
        Ok(bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    /// A `bigsize` of BOLT 1, big-endian.
    fn number(&mut self, list: &str) -> Result<u64, DataError> {
        match self.take(1, list)? {
            0xfd => self.take(2, list),
            0xfe => self.take(4, list),
            0xff => self.take(8, list),
            small => Ok(small),
        }
    }

    /// The length of a list, each item of which takes at least one byte: nothing is allocated for
    /// lengths that the file cannot hold.
    fn count(&mut self, list: &str) -> Result<usize, DataError> {
        let count = self.number(list)?;
        usize::try_from(count).ok().filter(|&count| count <= self.rest.len()).ok_or_else(|| {
            self.error(list, format!("{count} items cannot follow: the map is shorter"))
        })
    }

    /// `len` numbers, each below `below`.
    fn indices(&mut self, len: usize, below: usize, list: &str) -> Result<Vec<usize>, DataError> {
        (0..len)
            .map(|_| {
                let index = self.number(list)?;
                usize::try_from(index).ok().filter(|&index| index < below).ok_or_else(|| {
                    self.error(list, format!("the index {index} is not below {below}"))
                })
            })
            .collect()
    }

    /// `len` values out of a table of those that occur.
    fn values(&mut self, len: usize, list: &str) -> Result<Vec<u64>, DataError> {
        let count = self.count(list)?;
        let table: Vec<u64> = (0..count).map(|_| self.number(list)).collect::<Result<_, _>>()?;
        let indices = self.indices(len, count, list)?;
        Ok(indices.into_iter().map(|index| table[index]).collect())
    }

    /// The same, for values of fewer bits.
    fn small<T: TryFrom<u64>>(&mut self, len: usize, list: &str) -> Result<Vec<T>, DataError> {
        let values = self.values(len, list)?;
        let narrow = |value: u64| {
            T::try_from(value)
                .map_err(|_| self.error(list, format!("{value} is more than BOLT 7 has room for")))
        };
        values.into_iter().map(narrow).collect()
    }
}

/// Nodes are numbered without gaps, so that there can be at most two per channel.
fn read_ends(map: &mut Map<'_>, channels: usize) -> Result<Vec<[usize; 2]>, DataError> {
    let first = map.indices(channels, 2 * channels, "first nodes")?;
    let second = map.indices(channels, 2 * channels, "second nodes")?;
    Ok(first.into_iter().zip(second).map(|(first, second)| [first, second]).collect())
}

fn read_disabled(map: &mut Map<'_>, channels: usize) -> Result<Vec<bool>, DataError> {
    let mut disabled = vec![false; 2 * channels];
    loop {
        let direction = map.number("disabled")?;
        let place = usize::try_from(direction).ok().and_then(|place| disabled.get_mut(place));
        match place {
            Some(flag) => *flag = true,
            None => return Ok(disabled),
        }
    }
}

fn read_capacities(map: &mut Map<'_>, channels: usize) -> Result<Vec<Sat>, DataError> {
    let check = |sat| cell::capacity(sat).map_err(|rule| format!("{sat} sat {rule}"));
    let capacities: Result<Vec<Sat>, String> =
        map.values(channels, "capacity")?.into_iter().map(check).collect();
    capacities.map_err(|message| map.error("capacity", message))
}

fn read_policies(
    map: &mut Map<'_>,
    capacities: &[Sat],
    disabled: &[bool],
) -> Result<Vec<Policy>, DataError> {
    let halves = disabled.len();
    let minima = map.values(halves, "htlc_minimum_msat")?;
    let maxima = map.values(halves, "htlc_maximum_msat")?;
    let base_fees = map.small::<u32>(halves, "fee_base_msat")?;
    let ppms = map.small::<u32>(halves, "fee_proportional_millionths")?;
    let deltas = map.small::<u16>(halves, "cltv_expiry_delta")?;
    let policy = |half: usize| Policy {
        fee_base_msat: base_fees[half],
        proportional_millionths: Ppm(ppms[half]),
        cltv_expiry_delta: deltas[half],
        htlc_minimum: Msat(minima[half]),
        htlc_maximum: largest_htlc(maxima[half], capacities[half / 2]),
        disabled: disabled[half],
    };
    Ok((0..halves).map(policy).collect())
}

/// 0 and 1 stand for the two usual shares of the capacity.
fn largest_htlc(written: u64, capacity: Sat) -> Msat {
    match written {
        0 => capacity.to_msat(),
        // 99 % of 1,000 msat per sat.
        1 => Msat(capacity.get() * 990),
        msat => Msat(msat),
    }
}

fn build(
    map: &Map<'_>,
    ends: &[[usize; 2]],
    capacities: &[Sat],
    policies: &[Policy],
    options: ReadOptions,
) -> Result<(Network, Vec<String>), DataError> {
    let nodes = ends.iter().flatten().max().map_or(0, |last| last + 1);
    let mut network = Network::with_capacity(nodes, ends.len());
    for node in 0..nodes {
        network.add_node(Node { name: node.to_string().into(), software: None });
    }
    let mut dropped = 0;
    for (channel, &[first, second]) in ends.iter().enumerate() {
        if first == second {
            if !options.drop_self_loops {
                let message = format!("channel {channel} joins node {first} to itself");
                return Err(DataError::new(map.path, message)
                    .in_column("second nodes")
                    .help("`--drop-self-loops` skips such channels"));
            }
            dropped += 1;
            continue;
        }
        let policies = [policies[2 * channel], policies[2 * channel + 1]].map(Some);
        let name = channel.to_string().into();
        let channel = Channel { name, capacity: capacities[channel], policies, stated: None };
        network.add_channel(NodeId::from_index(first), NodeId::from_index(second), channel);
    }
    if network.channel_count() == 0 {
        return Err(DataError::new(map.path, "the map has no channels")
            .help("nothing can be paid over a network without channels"));
    }
    let note = format!("channels of a node with itself dropped: {dropped}");
    Ok((network, if dropped > 0 { vec![note] } else { Vec::new() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_three_five_or_nine_bytes() {
        // Test vectors of BOLT 1, appendix A.
        for (bytes, value) in [
            (&b"\xfc"[..], 252),
            (b"\xfd\x00\xfd", 253),
            (b"\xfe\x00\x01\x00\x00", 65_536),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff", u64::MAX),
        ] {
            let mut map = Map { path: Path::new("x"), rest: bytes, read: 0 };
            assert_eq!((map.number("x"), map.rest.len()), (Ok(value), 0));
            let mut cut = Map { path: Path::new("x"), rest: &bytes[..bytes.len() - 1], read: 0 };
            assert!(cut.number("x").is_err());
        }
    }

    #[test]
    fn the_largest_htlc_has_short_forms_for_all_and_for_99_percent_of_the_capacity() {
        let largest = [0, 1, 2].map(|written| largest_htlc(written, Sat(1_001)));
        assert_eq!(largest, [Msat(1_001_000), Msat(990_990), Msat(2)]);
    }
}
