//! Files as bytes: opened without hanging, of bounded size, and not obviously something else.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::network::error::DataError;

/// Largest file, in bytes, packed or not: a hundred times the public network of 2026.
pub(super) const LARGEST_FILE: u64 = 512 * 1024 * 1024;

/// Bytes of a file that are looked at to find out what it is.
const PEEK: u64 = 64 * 1024;

/// A file and its content.
#[derive(Debug)]
pub(super) struct Source {
    /// Where it was.
    pub path: PathBuf,
    /// All of it, without a byte order mark.
    pub bytes: Vec<u8>,
    /// blake3 of the file as it was.
    pub hash: blake3::Hash,
}

impl Source {
    /// Reads a whole file.
    pub(super) fn load(path: &Path) -> Result<Self, DataError> {
        let (file, size) = open(path)?;
        if size > LARGEST_FILE {
            return Err(DataError::new(
                path,
                format!("the file is larger than 512 MB ({size} bytes)"),
            )
            .help("no network is that large; is this the right file?"));
        }
        let mut bytes = read_at_most(file, LARGEST_FILE, path)?;
        let hash = blake3::hash(&bytes);
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Self { path: path.to_path_buf(), bytes, hash })
    }

    /// Refuses what is not text at all, by name where it is known.
    pub(super) fn expect_text(&self) -> Result<(), DataError> {
        let refuse = |message: &str, help: &str| {
            Err(DataError::new(&self.path, message).at_line(1).help(help))
        };
        let text = self.bytes.trim_ascii_start();
        if text.is_empty() {
            return refuse("the file is empty", "was the download cut short?");
        }
        if is_gzip(&self.bytes) {
            return refuse("this looks like gzip, not text", "unpack it first (gunzip)");
        }
        if text.starts_with(b"<") {
            return refuse(
                "this looks like HTML, not data",
                "download the file itself, not the page that shows it",
            );
        }
        if text.starts_with(b"version https://git-lfs") {
            return refuse(
                "this is an LFS pointer, not the file",
                "fetch the file itself (git lfs pull)",
            );
        }
        if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
            return refuse("this looks like UTF-16", "save it as UTF-8");
        }
        Ok(())
    }
}

/// Whether `bytes` start like a gzip file (RFC 1952).
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b")
}

/// The first bytes of a file.
pub(super) fn peek(path: &Path) -> Result<Vec<u8>, DataError> {
    read_at_most(open(path)?.0, PEEK, path)
}

/// The regular files of a folder, by name.
pub(super) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<_> = entries
        .map_err(|error| unreadable(folder, &error.to_string()))?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort_unstable();
    Ok(paths)
}

/// Whether `path` is a folder.
pub(super) fn is_folder(path: &Path) -> Result<bool, DataError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error.to_string()))?;
    Ok(metadata.is_dir())
}

/// A reader of a regular file, and its size.
fn open(path: &Path) -> Result<(File, u64), DataError> {
    // Asked before opening: opening a named pipe would wait for a writer, for ever.
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable(path, "it is not a regular file")
            .help("copy what it gives into a file, and read that"));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
    Ok((file, metadata.len()))
}

fn read_at_most(file: File, limit: u64, path: &Path) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error.to_string()))?;
    Ok(bytes)
}

fn unreadable(path: &Path, why: &str) -> DataError {
    let error = DataError::new(path, format!("cannot read: {why}"));
    DataError { unreadable: true, ..error.help("is this the path that you meant?") }
}
