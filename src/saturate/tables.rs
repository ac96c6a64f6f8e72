//! The tables of `leyden saturate`.

use std::path::Path;

use crate::report::{FileMark, Line, OutputError, columns, write_small_table};
use crate::saturate::capital::Capital;
use crate::saturate::load::{LoadProbe, Sustained};

/// Writes `saturation.csv` and `sustained.csv`.
///
/// # Errors
/// When they cannot be written.
pub fn write_saturation(
    dir: &Path,
    loads: &[LoadProbe],
    sustained: &[Sustained],
    force: bool,
) -> Result<[FileMark; 2], OutputError> {
    let probes = write_small_table(
        dir,
        "saturation.csv",
        columns::SATURATION,
        force,
        loads,
        |line, load| {
            line.text(load.system.name());
            line.number(u64::from(load.replication));
            line.fraction(load.offered_tps);
            line.fraction(load.settled_tps);
            line.fraction(load.success_ratio);
            line.maybe(load.latency_p95_s, Line::fraction);
            line.flag(load.steady);
        },
    )?;
    let highest = write_small_table(
        dir,
        "sustained.csv",
        columns::SUSTAINED,
        force,
        sustained,
        |line, row| {
            line.text(row.system.name());
            line.fraction(row.sustained_tps);
            line.interval(row.interval);
            line.text(&row.limited_by);
        },
    )?;
    Ok([probes, highest])
}

/// Writes `capital.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn write_capital(dir: &Path, rows: &[Capital], force: bool) -> Result<FileMark, OutputError> {
    write_small_table(dir, "capital.csv", columns::CAPITAL, force, rows, |line, row| {
        line.text(row.system.name());
        line.fraction(row.target);
        line.maybe(row.capital_usd, Line::fraction);
        line.interval(row.interval);
        line.text(&row.limited_by);
    })
}
