//! The JSON files of a run.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::ids::SystemName;
use crate::metrics::SummaryResult;
use crate::report::error::OutputError;
use crate::report::file::{Existing, FileMark, PartFile};
use crate::report::layout::{MANIFEST, SUMMARY, TIMING};

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
    /// The files that were written, plots and page included; all in the folder but `timing.json`, which tells of the
    /// machine, and this one.
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
    /// Time on the wall, from reading the scenario to the last plot.
    pub wall_s: f64,
    /// Part of it between the first and the last event.
    pub simulated_s: f64,
    /// Processor time of all threads; missing where the platform does not tell.
    pub cpu_s: Option<f64>,
    /// Events handled per second between the first and the last.
    pub events_per_s: f64,
    /// Payments submitted per second between the first and the last event.
    pub payments_per_s: f64,
    /// Mean path searches per payment.
    pub searches_per_payment: f64,
    /// Share of first attempts planned ahead of time that were used; missing on one thread.
    pub look_ahead_hit_rate: Option<f64>,
    /// Most memory held at once; missing where the platform does not tell.
    pub peak_memory_bytes: Option<u64>,
}

/// Writes `summary.json` of one system.
pub fn write_summary(
    run_dir: &Path,
    system: SystemName,
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
    write(run_dir, TIMING, timing)
}

/// Writes what was drawn again into the manifest of a finished run, in place of the files of the same names.
///
/// # Errors
/// When there is no manifest, or it cannot be read or written.
pub fn replace_marks(run_dir: &Path, drawn: Vec<FileMark>) -> Result<(), OutputError> {
    let mut manifest = read_manifest(run_dir)?;
    manifest.files.retain(|old| drawn.iter().all(|new| new.path != old.path));
    manifest.files.extend(drawn);
    write_as(run_dir, MANIFEST, &manifest, Existing::Replace).map(|_mark| ())
}

/// Refuses a folder that is no finished run.
///
/// # Errors
/// When there is no manifest, or it cannot be read.
pub fn refuse_unfinished(run_dir: &Path) -> Result<(), OutputError> {
    read_manifest(run_dir).map(|_manifest| ())
}

/// Reads the manifest of a finished run.
fn read_manifest(run_dir: &Path) -> Result<Manifest, OutputError> {
    let path = run_dir.join(MANIFEST);
    let text = fs::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            OutputError::bad_data(run_dir, "it is no finished run: it has no manifest.json")
        }
        _ => OutputError::io(&path, &error),
    })?;
    serde_json::from_slice(&text).map_err(|error| OutputError::bad_data(&path, error))
}

fn write(run_dir: &Path, name: &str, value: &impl Serialize) -> Result<FileMark, OutputError> {
    write_as(run_dir, name, value, Existing::Refuse)
}

fn write_as(
    run_dir: &Path,
    name: &str,
    value: &impl Serialize,
    existing: Existing,
) -> Result<FileMark, OutputError> {
    let json = serde_json::to_string_pretty(value).expect("plain data with text keys");
    let mut file = PartFile::create(run_dir, name, existing)?;
    file.write(json.as_bytes())?;
    file.write(b"\n")?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::error::OutputErrorKind;

    fn manifest() -> Manifest {
        Manifest {
            scenario: "name = \"x\"\n".to_owned(),
            scenario_blake3: "00".to_owned(),
            seed: 42,
            version: "0.1.0".to_owned(),
            inputs: vec![InputFile { path: "net.json".to_owned(), blake3: "11".to_owned() }],
            fingerprints: [("lightning".to_owned(), "22".to_owned())].into(),
            files: Vec::new(),
        }
    }

    #[test]
    fn a_manifest_read_again_is_the_same_and_is_written_once() {
        let dir = tempfile::tempdir().expect("a folder");
        write_manifest(dir.path(), &manifest()).expect("new");
        let text = fs::read_to_string(dir.path().join(MANIFEST)).expect("written");
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Manifest>(&text).expect("ours"), manifest());
        let error = write_manifest(dir.path(), &manifest()).expect_err("there already");
        assert_eq!(error.kind, OutputErrorKind::CannotCreate);
    }

    #[test]
    fn timing_has_null_where_the_platform_does_not_tell() {
        let dir = tempfile::tempdir().expect("a folder");
        let timing = Timing {
            wall_s: 1.5,
            simulated_s: 0.5,
            look_ahead_hit_rate: None,
            cpu_s: Some(2.0),
            events_per_s: 1e6,
            payments_per_s: 1e4,
            searches_per_payment: 1.25,
            peak_memory_bytes: None,
        };
        write_timing(dir.path(), &timing).expect("new");
        let text = fs::read_to_string(dir.path().join("timing.json")).expect("written");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["wall_s"], 1.5);
        assert!(json["peak_memory_bytes"].is_null());
    }
}
