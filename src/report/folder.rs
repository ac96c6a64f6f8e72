//! The folder of a run: what must not be there before it, and what `--force` clears away.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::ids::SystemName;
use crate::report::error::OutputError;
use crate::report::file::{Existing, is_there, refuse_existing, remove};
use crate::report::json::Manifest;
use crate::report::layout::{MANIFEST, PLOTS, SUMMARY, TOP_LEVEL};
use crate::report::owner::{OwnedFolder, is_real_folder, remove_inside};
use crate::report::tables;

/// Makes the folder of a run, before the folders of its systems.
///
/// Without `force`, anything there that a run would write is refused. With it, what an earlier run
/// wrote is removed, so that no stale file is taken for part of the new one.
///
/// # Errors
/// When the folder cannot be made, or holds an earlier run.
pub fn prepare_folder(run_dir: &Path, force: bool) -> Result<(), OutputError> {
    fs::create_dir_all(run_dir).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => OutputError::cannot_create(run_dir, "it is no folder"),
        _ => OutputError::cannot_create(run_dir, error),
    })?;
    if force {
        remove_listed(run_dir)?;
    }
    for name in TOP_LEVEL {
        clear(&run_dir.join(name), force)?;
    }
    if force { Ok(()) } else { refuse_existing(&run_dir.join(PLOTS)) }
}

/// Takes the folder of a run for this process alone and makes way in it, or refuses it and leaves it as it is.
///
/// # Errors
/// As [`OwnedFolder::take`] and [`prepare_folder`].
pub fn take_folder(
    run_dir: &Path,
    systems: &[SystemName],
    words: &str,
    force: bool,
) -> Result<OwnedFolder, OutputError> {
    let left = if force { Existing::Replace } else { Existing::Refuse };
    let owned = OwnedFolder::take(run_dir, words, left)?;
    match prepare_folder(run_dir, force).and_then(|()| clear_systems(run_dir, systems, force)) {
        Ok(()) => Ok(owned),
        Err(error) => {
            owned.finished()?;
            Err(error)
        }
    }
}

/// Lets go of the folder of a run that failed. Where nothing of it is left, neither is the notice, nor an empty folder.
///
/// # Errors
/// When the notice cannot be removed.
pub fn give_up_folder(owned: OwnedFolder, systems: &[SystemName]) -> Result<(), OutputError> {
    let run_dir = owned.path().to_owned();
    let is_clear = prepare_folder(&run_dir, false)
        .and_then(|()| clear_systems(&run_dir, systems, false))
        .is_ok();
    if !is_clear {
        return Ok(());
    }
    owned.finished()?;
    let folders = systems.iter().map(|system| run_dir.join(system.name()));
    for folder in folders.chain([run_dir.clone()]) {
        // A folder with somebody's files is not removed.
        let _not_empty = fs::remove_dir(folder);
    }
    Ok(())
}

/// Makes way for the files of systems whose folders are there.
fn clear_systems(run_dir: &Path, systems: &[SystemName], force: bool) -> Result<(), OutputError> {
    let there = systems.iter().map(|system| run_dir.join(system.name()));
    there
        .filter(|folder| is_real_folder(folder))
        .try_for_each(|folder| clear_system(&folder, force))
}

/// Makes the folder of one system in the folder of a run; what is there is treated in the same way.
pub(super) fn prepare_system(
    run_dir: &Path,
    system: SystemName,
    force: bool,
) -> Result<(), OutputError> {
    clear_system(&subfolder(run_dir, system.name())?, force)
}

/// Makes way for the files of a system in its folder.
fn clear_system(folder: &Path, force: bool) -> Result<(), OutputError> {
    for table in tables::all() {
        clear(&folder.join(table.file()), force)?;
    }
    clear(&folder.join(SUMMARY), force)
}

/// Makes a folder inside the folder of a run, or takes the one there; a link is refused.
pub(super) fn subfolder(run_dir: &Path, name: &str) -> Result<PathBuf, OutputError> {
    let folder = run_dir.join(name);
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(OutputError::cannot_create(&folder, error));
        }
        _ => {}
    }
    if is_real_folder(&folder) {
        Ok(folder)
    } else {
        Err(OutputError::cannot_create(&folder, "it is not a folder, or a link to one"))
    }
}

/// Makes way for a file: itself, its part file, and the Parquet file made from it.
fn clear(path: &Path, force: bool) -> Result<(), OutputError> {
    let beside = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    for path in [path.to_owned(), beside(".part"), path.with_extension("parquet")] {
        if force { remove(&path)? } else { refuse_existing(&path)? }
    }
    Ok(())
}

/// Removes the files that the manifest of an earlier run lists.
fn remove_listed(run_dir: &Path) -> Result<(), OutputError> {
    let path = run_dir.join(MANIFEST);
    if !is_there(&path) {
        return Ok(());
    }
    let earlier = fs::read(&path).map_err(|error| OutputError::io(&path, &error))?;
    // A manifest of another version may not be readable; then only known names are cleared.
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&earlier) else { return Ok(()) };
    remove_inside(run_dir, manifest.files.iter().map(|mark| mark.path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::error::OutputErrorKind;

    fn prepare(dir: &Path, force: bool) -> Result<(), OutputError> {
        prepare_folder(dir, force)?;
        prepare_system(dir, SystemName::Lightning, force)
    }

    #[test]
    fn a_finished_run_is_refused_and_forcing_clears_what_it_wrote_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        prepare(dir.path(), false).expect("empty");
        let manifest = r#"{"scenario":"","scenario_blake3":"","seed":1,"version":"0",
            "inputs":[],"fingerprints":{},"files":[
            {"path":"card/payments.csv","bytes":1,"blake3":""},
            {"path":"../outside.csv","bytes":1,"blake3":""}]}"#;
        fs::create_dir(dir.path().join("card")).expect("space");
        for (name, text) in [
            (MANIFEST, manifest),
            ("card/payments.csv", "x"),
            ("lightning/attempts.csv", "x"),
            ("notes.txt", "mine"),
        ] {
            fs::write(dir.path().join(name), text).expect("space");
        }
        let error = prepare(dir.path(), false).expect_err("a finished run");
        assert_eq!(error.kind, OutputErrorKind::CannotCreate);
        assert!(error.to_string().contains("--force"), "{error}");

        prepare(dir.path(), true).expect("forced");
        for gone in [MANIFEST, "card/payments.csv", "lightning/attempts.csv"] {
            assert!(!dir.path().join(gone).exists(), "{gone}");
        }
        assert!(dir.path().join("notes.txt").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_a_systems_folder_is_refused() {
        let (dir, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        std::os::unix::fs::symlink(other.path(), dir.path().join("lightning")).expect("a link");
        assert!(prepare(dir.path(), true).is_err());
    }

    #[test]
    fn a_file_in_place_of_the_folder_cannot_be_created() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        fs::write(&file, "x").expect("space");
        let error = prepare(&file, false).expect_err("not a folder");
        assert_eq!(error.kind, OutputErrorKind::CannotCreate);
    }
}
