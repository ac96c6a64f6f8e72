//! The tables of `leyden saturate`, one file each.

mod capital;
mod saturation;
mod sustained;

use std::path::Path;

use crate::report::{Declared, Existing, FileMark, OutputError, write_table};
use crate::saturate::capital::Capital;
use crate::saturate::load::{LoadProbe, Sustained};

/// The tables, in the order in which `output/README.md` has them.
pub fn tables() -> Vec<&'static dyn Declared> {
    vec![&saturation::TABLE, &sustained::TABLE, &capital::TABLE]
}

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
    let probes = write_table(dir, &saturation::TABLE, existing(force), loads)?;
    let highest = write_table(dir, &sustained::TABLE, existing(force), sustained)?;
    Ok([probes, highest])
}

/// Writes `capital.csv`.
///
/// # Errors
/// When it cannot be written.
pub fn write_capital(dir: &Path, rows: &[Capital], force: bool) -> Result<FileMark, OutputError> {
    write_table(dir, &capital::TABLE, existing(force), rows)
}

/// What becomes of an earlier table.
const fn existing(force: bool) -> Existing {
    if force { Existing::Replace } else { Existing::Refuse }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SystemName;
    use crate::report::testing::filled;

    #[test]
    fn every_value_stands_under_its_header() {
        let none = |_: &str| Vec::new();
        let (system, limited_by) = (SystemName::Card, "switch".to_owned());
        let load = LoadProbe {
            system,
            replication: 1,
            offered_tps: 2.0,
            settled_tps: 3.0,
            success_ratio: 0.5,
            latency_p95_s: Some(4.0),
            steady: true,
        };
        assert_eq!(
            filled(&saturation::TABLE, &load, none),
            "system=card replication=1 offered_tps=2 settled_tps=3 success_ratio=0.5 \
             latency_p95_s=4 steady=true"
        );
        let interval = Some([1.0, 3.0]);
        let row = Sustained {
            system,
            sustained_tps: 2.0,
            interval,
            limited_by: limited_by.clone(),
            too_much_tps: Some(3.0),
        };
        assert_eq!(
            filled(&sustained::TABLE, &row, none),
            "system=card sustained_tps=2 low=1 high=3 limited_by=switch"
        );
        let row = Capital { system, target: 0.95, capital_usd: Some(2.0), interval, limited_by };
        assert_eq!(
            filled(&capital::TABLE, &row, none),
            "system=card settled=0.95 capital_usd=2 low=1 high=3 limited_by=switch"
        );
        let row = Capital { capital_usd: None, interval: None, limited_by: String::new(), ..row };
        assert_eq!(
            filled(&capital::TABLE, &row, none),
            "system=card settled=0.95 capital_usd= low= high= limited_by="
        );
    }
}
