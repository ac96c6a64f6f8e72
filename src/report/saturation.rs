//! The tables of `leyden saturate`.

use std::path::Path;

use crate::report::cells::Line;
use crate::report::columns;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::saturate::{Capital, Load, Sustained};

/// Writes `saturation.csv` and `sustained.csv`.
///
/// # Errors
/// When they cannot be written.
pub fn write_saturation(
    dir: &Path,
    loads: &[Load],
    sustained: &[Sustained],
    force: bool,
) -> Result<[FileMark; 2], OutputError> {
    let probes = table(dir, "saturation.csv", columns::SATURATION, force, loads, |line, load| {
        line.text(load.system.name());
        line.number(u64::from(load.replication));
        line.fraction(load.offered_tps);
        line.fraction(load.settled_tps);
        line.fraction(load.success_ratio);
        line.maybe(load.latency_p95_s, Line::fraction);
        line.flag(load.steady);
    })?;
    let highest =
        table(dir, "sustained.csv", columns::SUSTAINED, force, sustained, |line, row| {
            line.text(row.system.name());
            line.fraction(row.sustained_tps);
            ends(line, row.interval);
            line.text(&row.limited_by);
        })?;
    Ok([probes, highest])
}

/// Writes `capital.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn write_capital(dir: &Path, rows: &[Capital], force: bool) -> Result<FileMark, OutputError> {
    table(dir, "capital.csv", columns::CAPITAL, force, rows, |line, row| {
        line.text(row.system.name());
        line.fraction(row.target);
        line.maybe(row.capital_usd, Line::fraction);
        ends(line, row.interval);
        line.text(&row.limited_by);
    })
}

fn ends(line: &mut Line, interval: Option<[f64; 2]>) {
    line.maybe(interval.map(|[low, _]| low), Line::fraction);
    line.maybe(interval.map(|[_, high]| high), Line::fraction);
}

pub(super) fn table<T>(
    dir: &Path,
    name: &str,
    columns: &[&str],
    force: bool,
    rows: &[T],
    write: impl Fn(&mut Line, &T),
) -> Result<FileMark, OutputError> {
    std::fs::create_dir_all(dir).map_err(|error| OutputError::cannot_create(dir, error))?;
    let existing = if force { Existing::Replace } else { Existing::Refuse };
    let mut file = PartFile::create(dir, name, existing)?;
    file.write(columns::header(columns).as_bytes())?;
    for row in rows {
        let mut line = Line::default();
        write(&mut line, row);
        file.write(line.end())?;
    }
    file.finish()
}
