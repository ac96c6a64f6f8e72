//! Streams the rows of one system into its CSV files.

use std::path::Path;
use std::sync::Arc;

use crate::ids::SystemName;
use crate::metrics::SamplingInterval;
use crate::report::cells::Line;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::folder;
use crate::report::names::Names;
use crate::report::table::{Declared, Named, RowType, Table};
use crate::report::tables::{
    self, attacks, attempts, batches, bitcoin_blocks, channels, closures, ethereum_blocks, losses,
    nodes, payments,
};
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
/// Which files there are depends on the system: [`tables::of_system`]. Rows cannot fail, so the first
/// error is kept: from then on nothing is written, [`Self::failed`] tells whoever watches the run, and
/// [`Self::finish`] returns it.
#[derive(Debug)]
pub struct RunWriter {
    system: SystemName,
    names: Arc<Names>,
    interval: SamplingInterval,
    out: Files,
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
        let begin = |table: &&'static dyn Declared| {
            let name = format!("{system}/{}", table.file());
            let mut file = PartFile::create(run_dir, &name, existing)?;
            file.write(table.header().as_bytes())?;
            Ok::<_, OutputError>((table.heading(), file))
        };
        let wanted = |table: &&&'static dyn Declared| {
            options.attempts || table.heading() != attempts::TABLE.heading
        };
        let tables = tables::of_system(system).iter().filter(wanted);
        let files = tables.map(begin).collect::<Result<_, _>>()?;
        let out = Files { open: files, line: Line::default(), error: None };
        Ok(Self { system, names, interval: SamplingInterval::default(), out })
    }

    /// Whether something could not be written: the run may as well stop.
    pub const fn failed(&self) -> bool {
        self.out.error.is_some()
    }

    /// Removes the unfinished files. Returns the first error, if there was one.
    pub fn abandon(self) -> Option<OutputError> {
        let removed = self.out.open.into_iter().try_for_each(|(_, file)| file.abandon());
        self.out.error.or(removed.err())
    }

    /// Completes the files and gives them their names.
    pub fn finish(self) -> Result<Finished, OutputError> {
        if let Some(error) = self.out.error {
            return Err(error);
        }
        let files = self.out.open.into_iter().map(|(_, file)| file.finish());
        Ok(Finished { files: files.collect::<Result<_, _>>()? })
    }
}

#[deny(clippy::wildcard_enum_match_arm)]
impl Rows for RunWriter {
    fn record(&mut self, row: Row<'_>) {
        let Self { system, names, interval, out } = self;
        match row {
            Row::Offered(_) => interval.offered(),
            Row::Acknowledged(row) => interval.acknowledged(row),
            Row::Payment(row) => {
                interval.payment(row);
                out.put(&payments::TABLE, &Named { row, names });
            }
            Row::Attempt(row) => out.put(&attempts::TABLE, &Named { row, names }),
            Row::Sample(state) => {
                out.put(tables::timeseries_of(*system), &interval.close(state));
            }
            Row::Opened(row) => Arc::make_mut(names).open(row),
            Row::Closure(row) => out.put(&closures::TABLE, &Named { row, names }),
            Row::Loss(row) => out.put(&losses::TABLE, &Named { row, names }),
            Row::Block(row) => out.put(&bitcoin_blocks::TABLE, row),
            Row::EthereumBlock(row) => out.put(&ethereum_blocks::TABLE, row),
            Row::Batch(row) => out.put(&batches::TABLE, row),
            Row::Attack(row) => out.put(&attacks::TABLE, &Named { row, names }),
            Row::Channel(row) => out.put(&channels::TABLE, &Named { row, names }),
            Row::Node(row) => out.put(&nodes::TABLE, &Named { row, names }),
            // The summary only.
            Row::Campaign(_) | Row::Towers(_) | Row::Resource(_) | Row::System(_) => {}
        }
    }
}

/// The files of a system, and the first error.
#[derive(Debug)]
struct Files {
    /// By the headings of their tables.
    open: Vec<(&'static str, PartFile)>,
    line: Line,
    error: Option<OutputError>,
}

impl Files {
    /// Writes one line of a table, if this system has it, and keeps the error.
    fn put<R: RowType>(&mut self, table: &Table<R>, row: &R::Of<'_>) {
        let file = self.open.iter_mut().find(|(heading, _)| *heading == table.heading);
        let Some((_, file)) = file.filter(|_| self.error.is_none()) else { return };
        self.line.begin();
        table.write(row, &mut self.line);
        self.error = file.write(self.line.end()).err();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::metrics::Summary;
    use crate::prices::Prices;
    use crate::report::test_run;
    use crate::rows::Window;
    use crate::rows::testing;
    use crate::units::SimTime;

    /// What `rows` become: the files of every system, and the summary.
    fn taken(rows: &mut dyn FnMut(&mut dyn Rows)) -> (Vec<String>, String) {
        let dir = tempfile::tempdir().expect("a folder");
        let options = WriterOptions { attempts: true, force: false };
        let mut files = Vec::new();
        for system in SystemName::ALL {
            let names = Arc::new(test_run::names());
            let mut writer = RunWriter::create(dir.path(), *system, names, options).expect("new");
            rows(&mut writer);
            for mark in writer.finish().expect("space").files {
                files.push(fs::read_to_string(dir.path().join(mark.path)).expect("there"));
            }
        }
        let window = Window { from: SimTime(0), to: SimTime(120_000_000_000) };
        let mut summary = Summary::new(window, Prices::default());
        rows(&mut summary);
        (files, serde_json::to_string(&summary.result()).expect("plain data"))
    }

    /// Passes on all rows but those of one kind, and remembers which kinds it saw.
    struct AllBut<'a> {
        kind: &'static str,
        to: &'a mut dyn Rows,
        seen: &'a mut Vec<&'static str>,
    }

    impl Rows for AllBut<'_> {
        fn record(&mut self, row: Row<'_>) {
            self.seen.push(row.kind());
            if row.kind() != self.kind {
                self.to.record(row);
            }
        }
    }

    #[test]
    fn every_kind_of_row_reaches_a_table_or_the_summary_or_both() {
        /// Kinds that the summary does not take, and those that no table takes.
        const TABLES_ONLY: [&str; 6] =
            ["Acknowledged", "Attempt", "Opened", "Block", "EthereumBlock", "Batch"];
        const SUMMARY_ONLY: [&str; 4] = ["Campaign", "Towers", "Resource", "System"];
        let (files, summary) = taken(&mut |rows| testing::one_of_each(rows));
        for kind in Row::KINDS {
            let mut seen = Vec::new();
            let (other_files, other_summary) = taken(&mut |to| {
                seen.clear();
                testing::one_of_each(&mut AllBut { kind, to, seen: &mut seen });
            });
            assert!(seen.contains(kind), "one_of_each has no {kind}");
            assert_eq!(files != other_files, !SUMMARY_ONLY.contains(kind), "tables and {kind}");
            assert_eq!(summary != other_summary, !TABLES_ONLY.contains(kind), "summary and {kind}");
        }
    }

    #[test]
    fn a_file_has_its_header_and_a_line_per_row_of_its_kind() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut writer = test_run::writer(dir.path());
        testing::one_of_each(&mut writer);
        let finished = writer.finish().expect("space");
        let names: Vec<_> = finished.files.iter().map(|mark| mark.path.as_str()).collect();
        assert_eq!(names.len(), 8, "no attempts unless asked for: {names:?}");
        for name in names {
            let text = fs::read_to_string(dir.path().join(name)).expect("there");
            let cells: Vec<_> = text.lines().map(|line| line.split(',').count()).collect();
            assert!(cells.len() == 2 && cells[0] == cells[1], "{name}: {text}");
            assert!(text.ends_with('\n'));
        }
    }

    #[test]
    fn the_first_error_is_kept_and_returned_at_the_end() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut writer = test_run::writer(dir.path());
        testing::one_of_each(&mut writer);
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
}
