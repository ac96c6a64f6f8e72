//! The JSON files of a run.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::metrics::SummaryResult;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::folder::{MANIFEST, SUMMARY};

/// Where a run comes from and what it wrote; nothing that depends on clock or machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The scenario as resolved, every default written out.
    pub scenario: String,
    /// BLAKE3 of it, hexadecimal.
    pub scenario_blake3: String,
    /// The seed.
    pub seed: u64,
    /// The version of the program.
    pub version: String,
    /// The files that were read.
    pub inputs: Vec<InputFile>,
    /// System to fingerprint.
    pub fingerprints: BTreeMap<String, String>,
    /// The files that were written. Plots and the page are left out: their pixels follow from the
    /// files listed, by way of the platform's floating point.
    pub files: Vec<FileMark>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Its path as the scenario writes it.
    pub path: String,
    /// BLAKE3 of its content, hexadecimal.
    pub blake3: String,
}

/// What a run took: the only file that may differ between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// Time on the wall.
    pub wall_s: f64,
    /// Processor time of all threads.
    pub cpu_s: f64,
    /// Events handled per second on the wall.
    pub events_per_s: f64,
    /// Payments per second on the wall.
    pub payments_per_s: f64,
    /// Mean path searches per payment.
    pub searches_per_payment: f64,
    /// Most memory held at once; missing where the platform does not tell.
    pub peak_memory_bytes: Option<u64>,
}

/// Writes `summary.json` of one system.
pub fn write_summary(
    run_dir: &Path,
    system: &str,
    result: &SummaryResult,
) -> Result<FileMark, OutputError> {
    write(run_dir, &format!("{system}/{SUMMARY}"), result)
}

/// Writes `manifest.json`. To be called last: its presence means that the run is complete.
pub fn write_manifest(run_dir: &Path, manifest: &Manifest) -> Result<FileMark, OutputError> {
    write(run_dir, MANIFEST, manifest)
}

/// Writes `timing.json`.
pub fn write_timing(run_dir: &Path, timing: &Timing) -> Result<FileMark, OutputError> {
    write(run_dir, "timing.json", timing)
}

fn write(run_dir: &Path, name: &str, value: &impl Serialize) -> Result<FileMark, OutputError> {
    let json = serde_json::to_string_pretty(value).expect("plain data with text keys");
    let mut file = PartFile::create(run_dir, name, Existing::Refuse)?;
    file.write(json.as_bytes())?;
    file.write(b"\n")?;
    file.finish()
}
