//! One output file on its way: `NAME.part` until it is complete.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::report::error::OutputError;

/// Bytes gathered before they go to the system and into the hash.
const BUFFER: usize = 1 << 18;

/// A finished file: where, how long, and its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// Path inside the run's folder, with `/`.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// BLAKE3 of the content, hexadecimal.
    pub blake3: String,
}

impl FileMark {
    /// That of the finished file `name` (a path with `/`) in `run_dir`.
    pub(super) fn of(run_dir: &Path, name: String) -> Result<Self, OutputError> {
        let target = run_dir.join(&name);
        let mut hasher = blake3::Hasher::new();
        let bytes = File::open(&target)
            .and_then(|mut file| io::copy(&mut file, &mut hasher))
            .map_err(|error| OutputError::io(&target, &error))?;
        Ok(Self { path: name, bytes, blake3: hasher.finalize().to_hex().to_string() })
    }
}

/// What to do about a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it, and fail.
    Refuse,
    /// Replace it.
    Replace,
}

/// A file being written.
#[derive(Debug)]
pub(crate) struct PartFile {
    name: String,
    target: PathBuf,
    part: PathBuf,
    existing: Existing,
    out: BufWriter<Hashed>,
}

impl PartFile {
    /// Begins the file `name` (a path with `/`) inside `run_dir`.
    ///
    /// The part file is created exclusively: this neither follows a link nor touches a file that
    /// another run, or an interrupted one, has there.
    pub(crate) fn create(
        run_dir: &Path,
        name: &str,
        existing: Existing,
    ) -> Result<Self, OutputError> {
        let (target, part) = (run_dir.join(name), run_dir.join(format!("{name}.part")));
        make_way(&part, existing)?;
        if existing == Existing::Refuse {
            refuse_existing(&target)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&part)
            .map_err(|error| OutputError::cannot_create(&part, error))?;
        let hashed = Hashed { file, hasher: blake3::Hasher::new(), bytes: 0 };
        let out = BufWriter::with_capacity(BUFFER, hashed);
        Ok(Self { name: name.to_owned(), target, part, existing, out })
    }

    /// Appends bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.out.write_all(bytes).map_err(|error| OutputError::io(&self.part, &error))
    }

    /// Sends the bytes elsewhere, to test what a full disk does.
    #[cfg(test)]
    pub(super) fn replace_target(&mut self, file: File) {
        self.out.get_mut().file = file;
    }

    /// Removes what was written.
    pub(super) fn abandon(self) -> Result<(), OutputError> {
        remove(&self.part)
    }

    /// Flushes, syncs and renames.
    pub(crate) fn finish(mut self) -> Result<FileMark, OutputError> {
        let failed = |error: &io::Error| OutputError::io(&self.part, error);
        // By hand: dropping the buffer would lose the error of the last write.
        self.out.flush().map_err(|error| failed(&error))?;
        let hashed = self.out.get_ref();
        hashed.file.sync_all().map_err(|error| failed(&error))?;
        let (bytes, blake3) = (hashed.bytes, hashed.hasher.finalize().to_hex().to_string());
        move_into_place(&self.part, &self.target, self.existing)?;
        Ok(FileMark { path: self.name, bytes, blake3 })
    }
}

/// Renames a complete part file, and makes the new name durable.
pub(super) fn move_into_place(
    part: &Path,
    target: &Path,
    existing: Existing,
) -> Result<(), OutputError> {
    if existing == Existing::Refuse {
        refuse_existing(target)?;
    }
    let sync_folder = || match target.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    };
    fs::rename(part, target)
        .and_then(|()| sync_folder())
        .map_err(|error| OutputError::io(target, &error))
}

/// Removes a part file left behind if that is asked for.
pub(super) fn make_way(part: &Path, existing: Existing) -> Result<(), OutputError> {
    match existing {
        Existing::Replace => remove(part),
        Existing::Refuse if is_there(part) => Err(OutputError::cannot_create(
            part,
            "another run is writing it, or was interrupted; use --force to start over",
        )),
        Existing::Refuse => Ok(()),
    }
}

/// Removes a file, or the link itself; a missing one is fine.
pub(super) fn remove(path: &Path) -> Result<(), OutputError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(OutputError::cannot_create(path, error))
        }
        _ => Ok(()),
    }
}

/// Fails when something of this name is there, be it a dangling link.
pub(super) fn refuse_existing(path: &Path) -> Result<(), OutputError> {
    if is_there(path) { Err(OutputError::exists(path)) } else { Ok(()) }
}

/// Whether a name is taken, without following links.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Counts and hashes what passes.
#[derive(Debug)]
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::error::OutputErrorKind;

    #[test]
    fn a_finished_file_has_its_name_its_length_and_its_hash() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut file = PartFile::create(dir.path(), "a.csv", Existing::Refuse).expect("new");
        file.write(b"abc").expect("space");
        assert!(dir.path().join("a.csv.part").exists() && !dir.path().join("a.csv").exists());
        let mark = file.finish().expect("space");
        assert_eq!((mark.path.as_str(), mark.bytes), ("a.csv", 3));
        assert_eq!(mark.blake3, blake3::hash(b"abc").to_hex().to_string());
        assert_eq!(fs::read(dir.path().join("a.csv")).expect("renamed"), b"abc");
        assert!(!dir.path().join("a.csv.part").exists());
    }

    #[test]
    fn existing_files_and_part_files_are_refused_unless_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["a.csv", "b.csv.part"] {
            fs::write(dir.path().join(name), "mine").expect("space");
        }
        for name in ["a.csv", "b.csv"] {
            let error = PartFile::create(dir.path(), name, Existing::Refuse).expect_err("taken");
            assert_eq!(error.kind, OutputErrorKind::CannotCreate);
            let file = PartFile::create(dir.path(), name, Existing::Replace).expect("forced");
            file.finish().expect("space");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_its_target_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let victim = dir.path().join("victim");
        fs::write(&victim, "mine").expect("space");
        for name in ["a.csv", "a.csv.part"] {
            std::os::unix::fs::symlink(&victim, dir.path().join(name)).expect("a link");
        }
        assert!(PartFile::create(dir.path(), "a.csv", Existing::Refuse).is_err());
        let mut file = PartFile::create(dir.path(), "a.csv", Existing::Replace).expect("forced");
        file.write(b"new").expect("space");
        file.finish().expect("space");
        assert_eq!(fs::read(&victim).expect("still there"), b"mine");
        assert_eq!(fs::read(dir.path().join("a.csv")).expect("renamed"), b"new");
    }
}
