//! Reads the finished CSV files, as far as plots need them.

use std::fs::File;
use std::path::Path;

use csv::{Reader, StringRecord};

use crate::report::error::OutputError;

/// What plots need of a payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payment {
    pub(super) amount_sat: f64,
    pub(super) measured: bool,
    pub(super) settled: bool,
    /// How long its payer waited, if it was settled.
    pub(super) latency_s: Option<f64>,
}

/// What plots need of a sample; counts are over the interval that ends with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeSample {
    pub(super) t_s: f64,
    pub(super) offered: f64,
    pub(super) settled: f64,
    pub(super) channels_open: Option<f64>,
    pub(super) depleted_share: Option<f64>,
    pub(super) imbalance_mean: Option<f64>,
}

/// Hands every payment of the file to `each`, in its order.
pub(super) fn payments(path: &Path, mut each: impl FnMut(Payment)) -> Result<(), OutputError> {
    const COLUMNS: [&str; 5] =
        ["amount_msat", "submitted_s", "measured", "outcome", "payer_known_s"];
    rows(path, COLUMNS, &[], |cells| {
        let [amount, submitted, measured, outcome, known] = cells;
        let settled = outcome == "settled";
        let (submitted, known) = (required(submitted)?, number(known)?);
        each(Payment {
            amount_sat: required(amount)? / 1_000.0,
            measured: measured == "true",
            settled,
            latency_s: known.filter(|_| settled).map(|known| (known - submitted).max(0.0)),
        });
        Ok(())
    })
}

/// How a measured payment ended, for charts with several systems.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) amount_sat: f64,
    /// From submission until the payer knew; settled payments only.
    pub(super) latency_s: Option<f64>,
    /// From submission until it was final; settled payments only.
    pub(super) finality_s: Option<f64>,
    /// What the user was charged.
    pub(super) price_usd: Option<f64>,
}

/// Hands every measured payment of the file to `each`, in its order.
pub(super) fn endings(path: &Path, mut each: impl FnMut(Ending)) -> Result<(), OutputError> {
    const COLUMNS: [&str; 7] = [
        "amount_msat",
        "submitted_s",
        "measured",
        "outcome",
        "payer_known_s",
        "final_s",
        "price_usd",
    ];
    rows(path, COLUMNS, &[], |[amount, submitted, measured, outcome, known, last, price]| {
        if measured != "true" {
            return Ok(());
        }
        let (submitted, settled) = (required(submitted)?, outcome == "settled");
        let since = |cell| {
            let at = number(cell)?.filter(|_| settled);
            Ok::<_, String>(at.map(|at| (at - submitted).max(0.0)))
        };
        each(Ending {
            amount_sat: required(amount)? / 1_000.0,
            latency_s: since(known)?,
            finality_s: since(last)?,
            price_usd: number(price)?,
        });
        Ok(())
    })
}

/// A row of `saturation.csv`, as far as charts need it.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) system: String,
    pub(super) replication: f64,
    pub(super) offered_tps: f64,
    pub(super) settled_tps: f64,
}

/// All rows of `saturation.csv`.
pub(super) fn probes(path: &Path) -> Result<Vec<Probe>, OutputError> {
    let mut found = Vec::new();
    let columns = ["system", "replication", "offered_tps", "settled_tps"];
    rows(path, columns, &[], |[system, replication, offered, settled]| {
        let system = system.to_owned();
        let [replication, offered_tps, settled_tps] =
            [required(replication)?, required(offered)?, required(settled)?];
        found.push(Probe { system, replication, offered_tps, settled_tps });
        Ok(())
    })?;
    Ok(found)
}

/// A row of `capital.csv`, as far as charts need it.
#[derive(Clone, Debug)]
pub(super) struct Least {
    pub(super) system: String,
    pub(super) settled: f64,
    pub(super) capital_usd: Option<f64>,
}

/// All rows of `capital.csv`.
pub(super) fn least_capitals(path: &Path) -> Result<Vec<Least>, OutputError> {
    let mut found = Vec::new();
    rows(path, ["system", "settled", "capital_usd"], &[], |[system, settled, capital]| {
        let (system, settled, capital_usd) =
            (system.to_owned(), required(settled)?, number(capital)?);
        found.push(Least { system, settled, capital_usd });
        Ok(())
    })?;
    Ok(found)
}

/// A row of `architect.csv`, as far as charts need it.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) map: String,
    pub(super) amount_sat: f64,
    pub(super) rate: f64,
    pub(super) option: String,
    pub(super) cost_usd: Option<f64>,
    pub(super) cheapest: bool,
}

/// All rows of `architect.csv`.
pub(super) fn choices(path: &Path) -> Result<Vec<Choice>, OutputError> {
    const COLUMNS: [&str; 7] =
        ["architect", "map", "amount_sat", "payments_per_s", "option", "cost_usd", "cheapest"];
    let mut found = Vec::new();
    rows(path, COLUMNS, &[], |[name, map, amount, rate, option, cost, cheapest]| {
        found.push(Choice {
            name: name.to_owned(),
            map: map.to_owned(),
            amount_sat: required(amount)?,
            rate: required(rate)?,
            option: option.to_owned(),
            cost_usd: number(cost)?,
            cheapest: cheapest == "true",
        });
        Ok(())
    })?;
    Ok(found)
}

/// A row of `comparison.csv`, as far as charts need it.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) system: String,
    pub(super) success: Option<f64>,
    /// Price, then the parts of the resource cost: L1, operating, capital, setting up.
    pub(super) costs_usd: [Option<f64>; 5],
    pub(super) velocity_per_day: Option<f64>,
    pub(super) locked_usd: Option<f64>,
}

/// All rows of the comparison.
pub(super) fn compared(path: &Path) -> Result<Vec<Compared>, OutputError> {
    const COLUMNS: [&str; 9] = [
        "system",
        "success_ratio",
        "price_mean_usd",
        "resource_l1_usd",
        "resource_operator_usd",
        "resource_capital_usd",
        "resource_setup_usd",
        "capital_velocity_per_day",
        "locked_capital_usd",
    ];
    let mut found = Vec::new();
    rows(
        path,
        COLUMNS,
        &[],
        |[system, success, price, l1, operator, bound, setup, velocity, locked]| {
            let costs = [price, l1, operator, bound, setup].map(number);
            let mut costs_usd = [None; 5];
            for (cost, read) in costs_usd.iter_mut().zip(costs) {
                *cost = read?;
            }
            found.push(Compared {
                system: system.to_owned(),
                success: number(success)?,
                costs_usd,
                velocity_per_day: number(velocity)?,
                locked_usd: number(locked)?,
            });
            Ok(())
        },
    )?;
    Ok(found)
}

/// Hands the time of submission of every payment, and whether it was settled, to `each`.
pub(super) fn submissions(path: &Path, mut each: impl FnMut(f64, bool)) -> Result<(), OutputError> {
    rows(path, ["submitted_s", "outcome"], &[], |[submitted, outcome]| {
        each(required(submitted)?, outcome == "settled");
        Ok(())
    })
}

/// When the first attack began that goes to the chain: with a channel, or a commitment.
pub(super) fn first_on_chain(path: &Path) -> Result<Option<f64>, OutputError> {
    const KINDS: [&str; 3] = ["revoked_broadcast", "flood_and_loot", "mass_exit"];
    let mut first: Option<f64> = None;
    rows(path, ["kind", "start_s"], &[], |[kind, start]| {
        if KINDS.contains(&kind) {
            first = first.into_iter().chain([required(start)?]).reduce(f64::min);
        }
        Ok(())
    })?;
    Ok(first)
}

/// When the attempts of all attacks began.
pub(super) fn attack_starts(path: &Path) -> Result<Vec<f64>, OutputError> {
    let mut starts = Vec::new();
    rows(path, ["start_s"], &[], |[start]| {
        starts.push(required(start)?);
        Ok(())
    })?;
    Ok(starts)
}

/// A revoked commitment that was published.
#[derive(Clone, Debug)]
pub(super) struct Fraud {
    /// From its publication until the victim or its tower saw it.
    pub(super) noticed_after_s: Option<f64>,
    /// Heights of its block, and of the first one in which the cheater can take its money.
    pub(super) confirmed: Option<f64>,
    pub(super) deadline: Option<f64>,
    pub(super) outcome: String,
}

/// All revoked commitments of `attacks.csv`.
pub(super) fn frauds(path: &Path) -> Result<Vec<Fraud>, OutputError> {
    let mut found = Vec::new();
    let columns =
        ["start_s", "number_used", "detected_s", "confirmed_height", "deadline_height", "outcome"];
    rows(path, columns, &[], |[start, used, detected, confirmed, deadline, outcome]| {
        if !used.is_empty() {
            let start = required(start)?;
            let noticed_after_s = number(detected)?.map(|at| at - start);
            let [confirmed, deadline] = [number(confirmed)?, number(deadline)?];
            let outcome = outcome.to_owned();
            found.push(Fraud { noticed_after_s, confirmed, deadline, outcome });
        }
        Ok(())
    })?;
    Ok(found)
}

/// A block of Bitcoin, as far as charts need it; weights in WU, feerates in sat per 1,000 vB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) height: f64,
    pub(super) time_s: f64,
    pub(super) waiting_wu: f64,
    pub(super) own_wu: f64,
    pub(super) lowest: Option<f64>,
    pub(super) median: Option<f64>,
}

/// All blocks of the file.
pub(super) fn blocks(path: &Path) -> Result<Vec<Block>, OutputError> {
    const COLUMNS: [&str; 6] = [
        "height",
        "time_s",
        "waiting_wu",
        "own_weight_wu",
        "lowest_feerate_sat_kvb",
        "median_feerate_sat_kvb",
    ];
    let mut found = Vec::new();
    rows(path, COLUMNS, &[], |[height, time, waiting, own, lowest, median]| {
        found.push(Block {
            height: required(height)?,
            time_s: required(time)?,
            waiting_wu: required(waiting)?,
            own_wu: required(own)?,
            lowest: number(lowest)?,
            median: number(median)?,
        });
        Ok(())
    })?;
    Ok(found)
}

/// A row of `closures.csv`, as far as charts need it.
#[derive(Clone, Debug)]
pub(super) struct Closure {
    pub(super) decided_s: f64,
    pub(super) kind: String,
    pub(super) cause: String,
}

/// All rows of `closures.csv`.
pub(super) fn closures(path: &Path) -> Result<Vec<Closure>, OutputError> {
    let mut found = Vec::new();
    rows(path, ["decided_s", "kind", "cause"], &[], |[decided, kind, cause]| {
        let decided_s = required(decided)?;
        found.push(Closure { decided_s, kind: kind.to_owned(), cause: cause.to_owned() });
        Ok(())
    })?;
    Ok(found)
}

/// All samples of the file.
pub(super) fn samples(path: &Path) -> Result<Vec<TimeSample>, OutputError> {
    const COLUMNS: [&str; 6] =
        ["t_s", "offered", "settled", "channels_open", "depleted_share", "imbalance_mean"];
    let of_channels = &COLUMNS[3..];
    let mut samples = Vec::new();
    rows(path, COLUMNS, of_channels, |[t, offered, settled, open, depleted, imbalance]| {
        samples.push(TimeSample {
            t_s: required(t)?,
            offered: required(offered)?,
            settled: required(settled)?,
            channels_open: number(open)?,
            depleted_share: number(depleted)?,
            imbalance_mean: number(imbalance)?,
        });
        Ok(())
    })?;
    Ok(samples)
}

/// Hands the cells of `columns` to `each`, row by row; what it refuses is reported with the line.
/// The cells of an optional column that the file does not have are empty.
fn rows<const N: usize>(
    path: &Path,
    columns: [&str; N],
    optional: &[&str],
    mut each: impl FnMut([&str; N]) -> Result<(), String>,
) -> Result<(), OutputError> {
    let file = File::open(path).map_err(|error| OutputError::io(path, &error))?;
    let mut reader = Reader::from_reader(file);
    let header = reader.headers().map_err(|error| OutputError::bad_data(path, error))?;
    let mut places = [None; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = header.iter().position(|name| name == column);
        if place.is_none() && !optional.contains(&column) {
            return Err(OutputError::bad_data(path, format!("it has no column {column}")));
        }
    }
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| OutputError::bad_data(path, error))? {
        let cells = places.map(|place| place.and_then(|at| record.get(at)).unwrap_or_default());
        each(cells).map_err(|what| {
            let line = record.position().map_or(0, csv::Position::line);
            OutputError::bad_data(path, format!("line {line}: {what}"))
        })?;
    }
    Ok(())
}

/// The number in a cell; an empty one has none.
fn number(cell: &str) -> Result<Option<f64>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(format!("`{cell}` is not a number")),
    }
}

fn required(cell: &str) -> Result<f64, String> {
    number(cell)?.ok_or_else(|| "a cell is empty that must not be".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::OutputErrorKind;

    fn read(text: &str) -> Result<Vec<TimeSample>, OutputError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("space");
        samples(file.path())
    }

    #[test]
    fn columns_are_found_by_name_and_empty_cells_stay_empty() {
        let text = "new,imbalance_mean,depleted_share,channels_open,settled,offered,t_s\n\
                    x,0.5,,7,2,3,60.000000000\n";
        let samples = read(text).expect("good");
        assert_eq!(samples.len(), 1);
        assert_eq!(samples[0].depleted_share, None);
        assert_eq!((samples[0].channels_open, samples[0].imbalance_mean), (Some(7.0), Some(0.5)));
    }

    #[test]
    fn damage_is_reported_with_its_line() {
        let header = "t_s,offered,settled,channels_open,depleted_share,imbalance_mean\n";
        let error = read(&format!("{header}1,2,3,,,\n2,x,3,,,\n")).expect_err("x");
        assert_eq!(error.kind, OutputErrorKind::BadData);
        assert!(error.what.contains("line 3") && error.what.contains("`x`"), "{error}");
        assert!(read("t_s\n1\n").expect_err("a column").what.contains("offered"));
    }
}
