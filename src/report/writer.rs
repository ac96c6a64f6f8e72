//! Streams the rows of one system into its CSV files.

use std::path::Path;
use std::sync::Arc;

use crate::ids::SystemName;
use crate::metrics::Interval;
use crate::report::cells::Line;
use crate::report::columns::{self, Table};
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::folder;
use crate::report::names::Names;
use crate::report::tables;
use crate::rows::{Row, Rows};

/// What to write, and over what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterOptions {
    /// Also write `attempts.csv`.
    pub attempts: bool,
    /// Replace an earlier run in the same folder.
    pub force: bool,
}

/// The files that a writer finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// In a fixed order.
    pub files: Vec<FileMark>,
}

/// Takes rows and writes them down.
///
/// Which files there are depends on the system: [`columns::tables`]. Rows cannot fail, so the first
/// error is kept: from then on nothing is written, [`Self::failed`] tells whoever watches the run, and
/// [`Self::finish`] returns it.
#[derive(Debug)]
pub struct RunWriter {
    system: SystemName,
    names: Arc<Names>,
    interval: Interval,
    line: Line,
    /// In the order of [`columns::tables`].
    files: Vec<(Table, PartFile)>,
    error: Option<OutputError>,
}

impl RunWriter {
    /// Makes the folder of the system in a run's folder that [`prepare_folder`](super::prepare_folder)
    /// has made, and begins its files, so that a bad place fails before the run and not after it.
    pub fn create(
        run_dir: &Path,
        system: SystemName,
        names: Arc<Names>,
        options: WriterOptions,
    ) -> Result<Self, OutputError> {
        folder::prepare_system(run_dir, system, options.force)?;
        let existing = if options.force { Existing::Replace } else { Existing::Refuse };
        let begin = |table: Table| {
            let name = format!("{system}/{}", table.file());
            let mut file = PartFile::create(run_dir, &name, existing)?;
            file.write(columns::header(table.columns(system)).as_bytes())?;
            Ok::<_, OutputError>((table, file))
        };
        let wanted = |table: &Table| options.attempts || *table != Table::Attempts;
        let tables = columns::tables(system).iter().copied().filter(wanted);
        Ok(Self {
            system,
            names,
            interval: Interval::default(),
            line: Line::default(),
            files: tables.map(begin).collect::<Result<_, _>>()?,
            error: None,
        })
    }

    /// Whether something could not be written: the run may as well stop.
    pub const fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Removes the unfinished files. Returns the first error, if there was one.
    pub fn abandon(self) -> Option<OutputError> {
        let removed = self.files.into_iter().try_for_each(|(_, file)| file.abandon());
        self.error.or(removed.err())
    }

    /// Completes the files and gives them their names.
    pub fn finish(self) -> Result<Finished, OutputError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let files = self.files.into_iter().map(|(_, file)| file.finish());
        Ok(Finished { files: files.collect::<Result<_, _>>()? })
    }

    /// Writes one line of a table, if this system has it, and keeps the error.
    fn put(&mut self, table: Table, write: impl FnOnce(&mut Line, &Names)) {
        let Some((_, file)) = self.files.iter_mut().find(|(other, _)| *other == table) else {
            return;
        };
        if self.error.is_none() {
            self.line.begin();
            write(&mut self.line, &self.names);
            self.error = file.write(self.line.end()).err();
        }
    }
}

#[deny(clippy::wildcard_enum_match_arm)]
impl Rows for RunWriter {
    fn record(&mut self, row: Row<'_>) {
        match row {
            Row::Offered(_) => self.interval.offered(),
            Row::Acknowledged(row) => self.interval.acknowledged(row),
            Row::Payment(row) => {
                self.interval.payment(row);
                self.put(Table::Payments, |line, names| tables::payment(line, names, row));
            }
            Row::Attempt(row) => {
                self.put(Table::Attempts, |line, names| tables::attempt(line, names, row));
            }
            Row::Sample(state) => {
                let (row, system) = (self.interval.close(state), self.system);
                self.put(Table::TimeSeries, |line, _| tables::time(line, &row, system));
            }
            Row::Opened(row) => Arc::make_mut(&mut self.names).open(row),
            Row::Closure(row) => {
                self.put(Table::Closures, |line, names| tables::closure(line, names, row));
            }
            Row::Loss(row) => {
                self.put(Table::Losses, |line, names| tables::loss(line, names, row));
            }
            Row::Block(row) => self.put(Table::Blocks, |line, _| tables::block(line, row)),
            Row::EthereumBlock(row) => {
                self.put(Table::EthereumBlocks, |line, _| tables::ethereum_block(line, row));
            }
            Row::Batch(row) => self.put(Table::Batches, |line, _| tables::batch(line, row)),
            Row::Attack(row) => {
                self.put(Table::Attacks, |line, names| tables::attack(line, names, row));
            }
            Row::Channel(row) => {
                self.put(Table::Channels, |line, names| tables::channel(line, names, row));
            }
            Row::Node(row) => self.put(Table::Nodes, |line, names| tables::node(line, names, row)),
            // The summary only.
            Row::Towers(_) | Row::Resource(_) | Row::System(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::metrics::{Summary, Window};
    use crate::report::test_run;
    use crate::units::SimTime;

    #[test]
    fn each_row_becomes_the_line_written_by_hand() {
        let dir = tempfile::tempdir().expect("a folder");
        let options = WriterOptions { attempts: true, force: false };
        let (system, names) = (SystemName::Lightning, Arc::new(test_run::names()));
        let mut writer = RunWriter::create(dir.path(), system, names, options).expect("new");
        test_run::one_of_each(&mut writer);
        let finished = writer.finish().expect("space");
        let paths: Vec<_> = finished.files.iter().map(|mark| mark.path.as_str()).collect();
        assert_eq!(paths.len(), 9);
        for (name, expected) in [
            (
                "payments.csv",
                "7,alice,bob,5000,1.000000000,true,settled,,,1.500000000,1.500000001,\
                 2.000000000,2.000000000,1,2,1,1,9,,0.25,,",
            ),
            ("timeseries.csv", "60.000000000,1,1,0,0,5000,0.500000001,3,900,1,,2,0.5,0.25,0,,,"),
            (
                "attempts.csv",
                "7,0,1,1.000000000,,5000,9,80,a-b a-b,failed,temporary_channel_failure,1",
            ),
            (
                "channels.csv",
                "a-b,alice,bob,100,,3.000000000,60000,40000,50000,50000,1,2,3,4,5,6,7,8,9",
            ),
            ("nodes.csv", "bob,cln,1,100,1,1,2,3,4,5,6,,,50000,40000,7,8"),
            (
                "attacks.csv",
                "thieves,slow_jamming,3,bob,alice,a-b,1.000000000,7,8,9,10,11,true,true,false,,\
                 2.000000000,node,,12,,13,partly,refused,-5,5,14,15,16,0.5",
            ),
        ] {
            let text = fs::read_to_string(dir.path().join("lightning").join(name)).expect("there");
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines[1..], [expected], "{name}");
            assert!(text.ends_with('\n'));
            assert_eq!(lines[0].split(',').count(), expected.split(',').count(), "{name}");
        }
    }

    #[test]
    fn the_first_error_is_kept_and_returned_at_the_end() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut writer = test_run::writer(dir.path());
        test_run::one_of_each(&mut writer);
        assert!(!writer.failed());
        // Somebody removes the folder under the run: the last step cannot succeed.
        fs::remove_dir_all(dir.path().join("lightning")).expect("ours");
        assert!(writer.finish().is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_noticed_even_with_few_bytes() {
        use crate::report::file::Existing;
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let dir = tempfile::tempdir().expect("a folder");
        let mut file = PartFile::create(dir.path(), "a.csv", Existing::Refuse).expect("new");
        file.replace_target(full);
        file.write(b"few").expect("still in the buffer");
        assert!(file.finish().is_err());
    }

    #[test]
    fn the_written_payments_read_again_give_the_same_shares() {
        let dir = tempfile::tempdir().expect("a folder");
        let result = test_run::write(dir.path(), 2_000);
        let mut reader =
            csv::Reader::from_path(dir.path().join("lightning/payments.csv")).expect("there");
        let (mut measured, mut settled) = (0_u32, 0_u32);
        for record in reader.records() {
            let record = record.expect("as many cells as columns");
            if &record[5] == "true" {
                measured += 1;
                settled += u32::from(&record[6] == "settled");
            }
        }
        let share = f64::from(settled) / f64::from(measured);
        assert_eq!(result.success.success_ratio.value, Some(share));
        assert_eq!(result.measured.offered, u64::from(measured));
    }

    #[test]
    fn a_summary_takes_the_same_rows() {
        let mut summary = Summary::new(
            Window { from: SimTime(0), to: SimTime(60_000_000_000) },
            crate::units::Prices::default(),
        );
        test_run::one_of_each(&mut summary);
        let result = summary.result();
        assert_eq!((result.totals.offered, result.totals.settled), (1, 1));
        assert_eq!(result.final_state.htlcs_failed, 5 + 6);
        assert_eq!(result.channels.imbalance_mean.n, 0, "the sample is at the end of the window");
    }
}
