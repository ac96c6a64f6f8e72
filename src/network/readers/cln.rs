//! Core Lightning's `listchannels` JSON (doc/schemas/listchannels.json): one object per direction.
//!
//! Direction 0 goes from the smaller public key, which is node 1. Dumps of older versions write the
//! capacity as `satoshis` and amounts as `"1000msat"`. A direction without an object is not known.
//! There is no list of nodes: they stand in the order in which channels name them.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::network::error::DataError;
use crate::network::readers::build::{Builder, Half};
use crate::network::readers::cell::Cell;
use crate::network::readers::json::{Document, Element};
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::Source;
use crate::network::topology::Policy;
use crate::units::{Msat, Ppm, Sat};

/// Bit 1 of `channel_flags`: disabled (BOLT 7).
const DISABLED: u64 = 2;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    channels: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    destination: Option<&'a RawValue>,
    #[serde(borrow)]
    short_channel_id: Option<&'a RawValue>,
    #[serde(borrow)]
    direction: Option<&'a RawValue>,
    #[serde(borrow)]
    amount_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    satoshis: Option<&'a RawValue>,
    #[serde(borrow)]
    channel_flags: Option<&'a RawValue>,
    #[serde(borrow)]
    active: Option<&'a RawValue>,
    #[serde(borrow)]
    base_fee_millisatoshi: Option<&'a RawValue>,
    #[serde(borrow)]
    fee_per_millionth: Option<&'a RawValue>,
    #[serde(borrow)]
    delay: Option<&'a RawValue>,
    #[serde(borrow)]
    htlc_minimum_msat: Option<&'a RawValue>,
    #[serde(borrow)]
    htlc_maximum_msat: Option<&'a RawValue>,
}

/// Reads all directions.
pub(super) fn read(source: &Source, options: ReadOptions) -> Result<Builder, DataError> {
    let document = Document::open(source)?;
    let file: File<'_> = document.parse()?;
    let help = "`lightning-cli listchannels` writes `channels`";
    let channels = file.channels.ok_or_else(|| document.lacks("channels", help))?;
    let mut builder = Builder::new(&source.path, options);
    for element in document.elements("channels", &channels) {
        builder.add_half(&read_half(&element)?)?;
    }
    Ok(builder)
}

fn read_half<'a>(element: &Element<'a>) -> Result<Half<'a>, DataError> {
    let entry: Entry<'a> = element.parse()?;
    let source = element.cell("source", entry.source)?.public_key()?;
    let destination = element.cell("destination", entry.destination)?.public_key()?;
    let channel = element.cell("short_channel_id", entry.short_channel_id)?;
    let capacity = read_capacity(element, &entry)?;
    let direction = read_direction(element, &entry, [source, destination])?;
    let ends = if direction == 0 { [source, destination] } else { [destination, source] };
    let policy = read_policy(element, &entry, capacity.1)?;
    Ok(Half { channel, ends, capacity, direction, policy })
}

fn read_capacity<'a>(
    element: &Element<'a>,
    entry: &Entry<'a>,
) -> Result<(Cell<'a>, Sat), DataError> {
    if entry.amount_msat.is_none() && entry.satoshis.is_some() {
        let cell = element.cell("satoshis", entry.satoshis)?;
        return Ok((cell, cell.capacity_sat()?));
    }
    let cell = element.cell("amount_msat", entry.amount_msat)?.without("msat");
    Ok((cell, cell.capacity_msat()?))
}

/// 0 from the smaller key to the larger, as computed; what is stated must agree.
fn read_direction<'a>(
    element: &Element<'a>,
    entry: &Entry<'a>,
    [source, destination]: [Cell<'a>; 2],
) -> Result<usize, DataError> {
    let computed = usize::from(source.text > destination.text);
    let stated = element.cell_or_empty("direction", entry.direction);
    if stated.is_empty() {
        return Ok(computed);
    }
    let direction = usize::from(stated.flag()?);
    if direction != computed && source.text != destination.text {
        return Err(stated.error(format_args!(
            "is not the direction from this source: the smaller key comes first, so it is {computed}"
        )).help("are source and destination exchanged?"));
    }
    Ok(direction)
}

fn read_policy<'a>(
    element: &Element<'a>,
    entry: &Entry<'a>,
    capacity: Sat,
) -> Result<Policy, DataError> {
    let flags = element.cell_or_empty("channel_flags", entry.channel_flags);
    let active = element.cell_or_empty("active", entry.active);
    let flagged = !flags.is_empty() && flags.u64()? & DISABLED != 0;
    let inactive = !active.is_empty() && !active.flag()?;
    let minimum = element.cell_or_empty("htlc_minimum_msat", entry.htlc_minimum_msat);
    let maximum = element.cell_or_empty("htlc_maximum_msat", entry.htlc_maximum_msat);
    let amount_or = |cell: Cell<'_>, absent: Msat| {
        if cell.is_empty() { Ok(absent) } else { cell.without("msat").msat() }
    };
    let base = element.cell("base_fee_millisatoshi", entry.base_fee_millisatoshi)?;
    Ok(Policy {
        fee_base_msat: base.without("msat").u32()?,
        proportional_millionths: Ppm(element
            .cell("fee_per_millionth", entry.fee_per_millionth)?
            .u32()?),
        cltv_expiry_delta: element.cell("delay", entry.delay)?.u16()?,
        htlc_minimum: amount_or(minimum, Msat::ZERO)?,
        htlc_maximum: amount_or(maximum, capacity.to_msat())?,
        disabled: flagged || inactive,
    })
}
