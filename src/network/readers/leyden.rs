//! Leyden's own folder of `nodes.csv` and `channels.csv`; `export` writes it.
//!
//! An empty cell says that nothing is stated. A direction has a policy when its `fee_base`, `ppm` and
//! `cltv` are given; then an empty `htlc_min` is 0, an empty `htlc_max` the capacity, an empty
//! `disabled` 0. Balances, and limits, are given for both or for none of their two cells. Columns that
//! need not be filled may be left out; unknown columns are refused.

use crate::network::error::DataError;
use crate::network::export::{CHANNEL_COLUMNS, NODE_COLUMNS};
use crate::network::params::Software;
use crate::network::readers::build::Builder;
use crate::network::readers::cell::Cell;
use crate::network::readers::options::ReadOptions;
use crate::network::readers::source::Source;
use crate::network::readers::table::{Columns, Table};
use crate::network::topology::{Channel, InboundFee, Policy, Stated, StatedLimits};
use crate::units::{Msat, Ppm, Sat};

/// The columns of `nodes.csv`.
pub(super) const NODES: Columns<2> =
    Columns { names: NODE_COLUMNS, optional: &["software"], closed: true };

/// The columns of `channels.csv`.
pub(super) const CHANNELS: Columns<26> = Columns {
    names: CHANNEL_COLUMNS,
    optional: &[
        "balance1_msat",
        "balance2_msat",
        "htlc_min_1_msat",
        "htlc_max_1_msat",
        "disabled_1",
        "max_htlcs_1",
        "max_in_flight_1_msat",
        "htlc_min_2_msat",
        "htlc_max_2_msat",
        "disabled_2",
        "max_htlcs_2",
        "max_in_flight_2_msat",
        "inbound_base_1_msat",
        "inbound_ppm_1",
        "inbound_base_2_msat",
        "inbound_ppm_2",
    ],
    closed: true,
};

/// Reads the nodes, then the channels.
pub(super) fn read(
    nodes: &Source,
    channels: &Source,
    options: ReadOptions,
) -> Result<Builder, DataError> {
    let mut builder = Builder::new(&channels.path, options);
    let mut table = Table::open(nodes, &NODES)?;
    while let Some([name, software]) = table.next_row()? {
        builder.add_node(name, read_software(&software)?)?;
    }
    let mut table = Table::open(channels, &CHANNELS)?;
    while let Some(row) = table.next_row()? {
        read_channel(&mut builder, &row)?;
    }
    Ok(builder)
}

fn read_software(cell: &Cell<'_>) -> Result<Option<Software>, DataError> {
    if cell.is_empty() {
        return Ok(None);
    }
    let named = |software: &Software| software.name().as_bytes() == cell.text;
    Software::ALL.into_iter().find(named).map(Some).ok_or_else(|| {
        let known = Software::ALL.map(Software::name).join(", ");
        cell.error(format_args!("is not a software: {known}")).help("or leave it empty")
    })
}

fn read_channel(builder: &mut Builder, row: &[Cell<'_>; 26]) -> Result<(), DataError> {
    let [name, node1, node2, capacity, balance1, balance2, sides @ ..] = *row;
    let [fee1, ppm1, cltv1, min1, max1, off1, htlcs1, flight1, sides @ ..] = sides;
    let [fee2, ppm2, cltv2, min2, max2, off2, htlcs2, flight2, inbound @ ..] = sides;
    let [base_in1, ppm_in1, base_in2, ppm_in2] = inbound;
    let ends = [builder.known_node(&node1)?, builder.known_node(&node2)?];
    let capacity = capacity.capacity_sat()?;
    let stated = Stated {
        inbound: [read_inbound([base_in1, ppm_in1])?, read_inbound([base_in2, ppm_in2])?],
        balances: read_balances([balance1, balance2], capacity)?,
        limits: [read_limits([htlcs1, flight1])?, read_limits([htlcs2, flight2])?],
    };
    let channel = Channel {
        name: Box::default(),
        capacity,
        policies: [
            read_policy(&[fee1, ppm1, cltv1, min1, max1, off1], capacity)?,
            read_policy(&[fee2, ppm2, cltv2, min2, max2, off2], capacity)?,
        ],
        stated: (stated != Stated::default()).then(|| Box::new(stated)),
    };
    builder.add_channel(name, ends, channel)
}

fn read_balances(cells: [Cell<'_>; 2], capacity: Sat) -> Result<Option<[Msat; 2]>, DataError> {
    if !all_or_none(&cells)? {
        return Ok(None);
    }
    let [one, two] = [cells[0].msat()?, cells[1].msat()?];
    if one.checked_add(two) != Some(capacity.to_msat()) {
        let whole = capacity.to_msat();
        return Err(cells[0]
            .error(format_args!(
                "msat and {two} on the other side do not sum up to the capacity, {whole}"
            ))
            .help("correct them, or leave both empty"));
    }
    Ok(Some([one, two]))
}

fn read_limits(cells: [Cell<'_>; 2]) -> Result<Option<StatedLimits>, DataError> {
    if !all_or_none(&cells)? {
        return Ok(None);
    }
    Ok(Some(StatedLimits {
        max_accepted_htlcs: cells[0].htlc_count()?,
        max_htlc_value_in_flight: cells[1].msat()?,
    }))
}

/// Empty cells are 0: hardly anybody charges for what comes in.
fn read_inbound([base, ppm]: [Cell<'_>; 2]) -> Result<InboundFee, DataError> {
    let number = |cell: Cell<'_>| if cell.is_empty() { Ok(0) } else { cell.i32() };
    Ok(InboundFee { base_msat: number(base)?, ppm: number(ppm)? })
}

fn read_policy(cells: &[Cell<'_>; 6], capacity: Sat) -> Result<Option<Policy>, DataError> {
    let [fee_base, ppm, cltv, minimum, maximum, disabled] = *cells;
    if !all_or_none(&[fee_base, ppm, cltv])? {
        let extra = [minimum, maximum, disabled].into_iter().find(|cell| !cell.is_empty());
        return extra.map_or(Ok(None), |cell| {
            Err(cell
                .error(format_args!("is given without `{}`", fee_base.column))
                .help("a policy needs fee_base, ppm and cltv"))
        });
    }
    Ok(Some(Policy {
        fee_base_msat: fee_base.u32()?,
        proportional_millionths: Ppm(ppm.u32()?),
        cltv_expiry_delta: cltv.u16()?,
        htlc_minimum: if minimum.is_empty() { Msat::ZERO } else { minimum.msat()? },
        htlc_maximum: if maximum.is_empty() { capacity.to_msat() } else { maximum.msat()? },
        disabled: !disabled.is_empty() && disabled.flag()?,
    }))
}

/// Whether all cells are given; an error where some are and some are not.
fn all_or_none(cells: &[Cell<'_>]) -> Result<bool, DataError> {
    let (given, empty): (Vec<&Cell<'_>>, Vec<_>) = cells.iter().partition(|cell| !cell.is_empty());
    match (given.first(), empty.first()) {
        (Some(given), Some(empty)) => Err(empty
            .error(format_args!("while `{}` is given: both or neither", given.column))
            .help("fill it, or leave the other empty too")),
        (given, _) => Ok(given.is_some()),
    }
}
