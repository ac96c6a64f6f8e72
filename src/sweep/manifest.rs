//! `sweep.json`: what a sweep wrote. Written last: its presence means that tables and plots are complete.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::{Existing, FileMark, OutputError, PartFile, remove_inside};
use crate::sweep::plan::Plan;

/// The file's name.
const FILE: &str = "sweep.json";

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: String,
    name: String,
    seed: u64,
    scenario: String,
    design: String,
    points: u32,
    runs: u64,
    files: Vec<FileMark>,
}

/// Writes the manifest of a sweep: its tables over so many runs, plots and page.
///
/// # Errors
/// When it cannot be written.
pub fn write_manifest(
    plan: &Plan,
    dir: &Path,
    runs: u64,
    files: Vec<FileMark>,
) -> Result<(), OutputError> {
    let manifest = Manifest {
        version: plan.version.clone(),
        name: plan.name.clone(),
        seed: plan.seed,
        scenario: plan.resolved.clone(),
        design: plan.spec.design.name().to_owned(),
        points: plan.count(),
        runs,
        files,
    };
    write(dir, &manifest)
}

/// Writes what was drawn again into the manifest, in place of the files of the same names.
///
/// # Errors
/// When there is no manifest, or it cannot be read or written.
pub fn replace_marks(dir: &Path, drawn: Vec<FileMark>) -> Result<(), OutputError> {
    let mut manifest = read(dir)?.ok_or_else(|| {
        OutputError::bad_data(dir, "its tables are not written; `leyden sweep collect` writes them")
    })?;
    manifest.files.retain(|old| drawn.iter().all(|new| new.path != old.path));
    manifest.files.extend(drawn);
    write(dir, &manifest)
}

/// Removes the files that the manifest lists, and the manifest.
pub(super) fn clear_listed(dir: &Path) -> Result<(), OutputError> {
    let Some(manifest) = read(dir)? else { return Ok(()) };
    remove_inside(dir, [FILE])?;
    remove_inside(dir, manifest.files.iter().map(|mark| mark.path.as_str()))
}

fn read(dir: &Path) -> Result<Option<Manifest>, OutputError> {
    let path = dir.join(FILE);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| OutputError::bad_data(&path, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OutputError::io(&path, &error)),
    }
}

fn write(dir: &Path, manifest: &Manifest) -> Result<(), OutputError> {
    let mut json = serde_json::to_string_pretty(manifest).expect("plain data with text keys");
    json.push('\n');
    let mut file = PartFile::create(dir, FILE, Existing::Replace)?;
    file.write(json.as_bytes())?;
    file.finish().map(|_mark| ())
}
