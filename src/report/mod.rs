//! Rows to files: CSV, JSON, plots, a page.
//!
//! [`RunWriter`] streams the rows of one system into CSV files. When the run is over,
//! [`write_summary`] and [`write_comparison`] write what the metrics found, [`draw_plots`] and
//! [`write_html`] make pictures and a page from the finished files alone, and [`write_manifest`]
//! comes last: its presence means that the run is complete. Nothing here computes a result. An
//! [`OwnedFolder`] keeps other processes out meanwhile.
//!
//! Every file is written as `NAME.part`, synced, and renamed. A finished run is never overwritten
//! unless asked for, and nothing is written through a symbolic link inside the run's folder.

#![expect(
    clippy::cast_precision_loss,
    reason = "plots need coordinates, whose 53 bits are plenty for counts"
)]

pub mod tables;

mod cells;
mod comparison;
mod error;
mod escape;
mod file;
mod folder;
mod json;
mod layout;
mod names;
mod owner;
mod page;
#[cfg(feature = "parquet")]
mod parquet;
mod plots;
mod table;
mod table_file;
#[cfg(test)]
mod test_run;
#[cfg(test)]
pub(crate) mod testing;
mod trace;
mod writer;

pub(crate) use cells::Line;
pub use comparison::write_comparison;
pub use error::{OutputError, OutputErrorKind};
pub(crate) use file::PartFile;
pub use file::{Existing, FileMark};
pub use folder::{give_up_folder, prepare_folder, take_folder};
pub use json::{
    InputFile, Manifest, Timing, refuse_unfinished, replace_marks, write_manifest, write_summary,
    write_timing,
};
#[cfg(test)]
pub(crate) use layout::TOP_LEVEL;
pub use names::Names;
pub use owner::OwnedFolder;
pub(crate) use owner::remove_inside;
pub use page::{SweepFacts, write_html, write_sweep_html};
#[cfg(feature = "parquet")]
pub use parquet::write_parquet;
pub use plots::{draw_capital, draw_overlay, draw_plots, draw_saturation, draw_sweep};
pub use table::{Column, Declared, Described, Kind, Named, Plain, RowType, Table, WithNames};
pub(crate) use table_file::{TableFile, write_table};
pub use trace::Trace;
pub use writer::{Finished, RunWriter, WriterOptions};
