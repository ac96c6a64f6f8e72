//! One owner per output folder: a locked file that says in words what the folder is until it is whole.
//!
//! Whoever writes into a folder holds the lock of its notice (`UNFINISHED.txt`) meanwhile; the system lets go of it when the
//! process ends, however it ends. The file itself is removed only when all is written. So a notice that nobody
//! holds is that of an interrupted process, and says how to go on. It also lists the files whose names cannot be
//! told beforehand, so that starting over removes them, and nothing else.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use crate::report::error::OutputError;
use crate::report::file::{Existing, remove};

/// The file's name.
pub(super) const NOTICE: &str = "UNFINISHED.txt";

/// Longest notice that is read, in bytes; a longer one is none of ours.
const NOTICE_BYTES_MAX: u64 = 1 << 20;

/// What comes before the name of a file in the list.
const BULLET: &str = "- ";

/// A folder that this process alone writes into, until this is dropped.
#[derive(Debug)]
pub struct OwnedFolder {
    dir: PathBuf,
    notice: File,
}

/// How many may hold a folder at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sharing {
    /// One process.
    Alone,
    /// Several that keep out of each other's way, as the shards of a sweep do.
    Together,
}

impl OwnedFolder {
    /// Makes the folder if it is missing and takes it for this process alone. `words` go into the notice: what is being
    /// written, and how to go on after an interruption.
    ///
    /// What an interrupted process left is refused, or replaced: then the files that its notice lists are removed.
    ///
    /// # Errors
    /// When another process has the folder, or had it and was interrupted, or it cannot be written.
    pub fn take(dir: &Path, words: &str, left: Existing) -> Result<Self, OutputError> {
        let (mut owned, text) = Self::hold(dir, Sharing::Alone)?;
        if !text.is_empty() {
            if left == Existing::Refuse {
                let what = "an interrupted process left it unfinished; use --force to start over";
                return Err(OutputError::cannot_create(dir, what));
            }
            let listed = text.lines().filter_map(|line| line.strip_prefix(BULLET));
            remove_inside(dir, listed)?;
        }
        owned.write(words)?;
        Ok(owned)
    }

    /// Takes the folder beside others that do the same; the notice stays as it is, or begins with `words`.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn share(dir: &Path, words: &str) -> Result<Self, OutputError> {
        let (mut owned, text) = Self::hold(dir, Sharing::Together)?;
        if text.is_empty() {
            owned.write(words)?;
        }
        Ok(owned)
    }

    /// Locks the notice; returns it with what stood in it.
    fn hold(dir: &Path, sharing: Sharing) -> Result<(Self, String), OutputError> {
        fs::create_dir_all(dir).map_err(|error| OutputError::cannot_create(dir, error))?;
        let path = dir.join(NOTICE);
        loop {
            if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
                return Err(OutputError::cannot_create(
                    &path,
                    "it is not a file, or a link to one",
                ));
            }
            let mut notice = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(|error| OutputError::cannot_create(&path, error))?;
            let locked = match sharing {
                Sharing::Alone => notice.try_lock(),
                Sharing::Together => notice.try_lock_shared(),
            };
            let text = read(&mut notice).map_err(|error| OutputError::io(&path, &error))?;
            match locked {
                Err(TryLockError::WouldBlock) => return Err(OutputError::in_use(dir, &text)),
                // Some network file systems have no locks: there the folder is as unguarded as it was.
                Err(TryLockError::Error(_)) | Ok(()) => {}
            }
            // Whoever had it may have finished between opening and locking: then this is a removed file.
            if is_still_there(&notice, &path) {
                return Ok((Self { dir: dir.to_owned(), notice }, text));
            }
        }
    }

    fn write(&mut self, words: &str) -> Result<(), OutputError> {
        let text = format!(
            "In use by process {} on {}, or left so when that process was interrupted.\n\
             Until this file is gone, the files beside it are no whole result.\n\n{words}\n\n",
            std::process::id(),
            host()
        );
        let Self { dir, notice } = self;
        let written = notice
            .set_len(0)
            .and_then(|()| notice.seek(SeekFrom::Start(0)))
            .and_then(|_| notice.write_all(text.as_bytes()))
            .and_then(|()| notice.sync_all());
        written.map_err(|error| OutputError::io(&dir.join(NOTICE), &error))
    }

    /// Notes down files, by their paths inside the folder, before they are written.
    ///
    /// # Errors
    /// When the notice cannot be written.
    pub fn will_write<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), OutputError> {
        let mut list = String::new();
        for name in names {
            writeln!(list, "{BULLET}{name}").expect("writing to a string");
        }
        let Self { dir, notice } = self;
        let written = notice
            .seek(SeekFrom::End(0))
            .and_then(|_| notice.write_all(list.as_bytes()))
            .and_then(|()| notice.sync_all());
        written.map_err(|error| OutputError::io(&dir.join(NOTICE), &error))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// All is written: removes the notice, and lets go.
    ///
    /// # Errors
    /// When the notice cannot be removed.
    pub fn finished(self) -> Result<(), OutputError> {
        remove(&self.dir.join(NOTICE))
    }
}

/// Removes files inside a folder, by their paths in it. What lies outside, or behind a link, stays.
pub(crate) fn remove_inside<'a>(
    dir: &Path,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), OutputError> {
    for name in names.into_iter().map(Path::new) {
        let is_plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        if is_plain && has_real_folders(dir, name) {
            remove(&dir.join(name))?;
        }
    }
    Ok(())
}

/// Whether every folder on the way to a file inside `dir` is one, and no link.
fn has_real_folders(dir: &Path, name: &Path) -> bool {
    let mut inside = name.ancestors().skip(1).filter(|part| !part.as_os_str().is_empty());
    inside.all(|part| is_real_folder(&dir.join(part)))
}

/// Whether it is a folder, and no link to one.
pub(super) fn is_real_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn read(notice: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    notice.take(NOTICE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of this machine, where the system tells.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "this machine".to_owned() } else { name.to_owned() }
}

#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(opened), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (opened.dev(), opened.ino()) == (there.dev(), there.ino())
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
const fn is_still_there(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::error::OutputErrorKind;

    const WORDS: &str = "A run of `x` with seed 1.";

    fn take(dir: &Path, left: Existing) -> Result<OwnedFolder, OutputError> {
        OwnedFolder::take(dir, WORDS, left)
    }

    #[test]
    fn a_second_owner_is_refused_and_told_who_has_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = take(dir.path(), Existing::Replace).expect("free");
        for left in [Existing::Refuse, Existing::Replace] {
            let error = take(dir.path(), left).expect_err("taken");
            assert_eq!(error.kind, OutputErrorKind::CannotCreate);
            let process = format!("in use by process {}", std::process::id());
            assert!(error.to_string().contains(&process), "{error}");
        }
        first.finished().expect("ours");
        assert!(!dir.path().join(NOTICE).exists());
        take(dir.path(), Existing::Refuse).expect("free again");
    }

    #[test]
    fn an_interrupted_owner_leaves_words_and_starting_over_removes_what_it_listed() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("plots")).expect("space");
        let other = tempfile::tempdir().expect("another");
        for path in ["plots/a.png", "plots/mine.png"] {
            fs::write(dir.path().join(path), "x").expect("space");
        }
        fs::write(other.path().join("b.png"), "x").expect("space");
        let mut interrupted = take(dir.path(), Existing::Refuse).expect("free");
        let outside = format!("{}/b.png", other.path().display());
        interrupted.will_write(["plots/a.png", "../b.png", &outside]).expect("space");
        drop(interrupted);
        let text = fs::read_to_string(dir.path().join(NOTICE)).expect("left");
        assert!(text.contains(WORDS) && text.contains("no whole result"), "{text}");

        let error = take(dir.path(), Existing::Refuse).expect_err("unfinished");
        assert!(error.to_string().contains("--force"), "{error}");
        take(dir.path(), Existing::Replace).expect("forced");
        assert!(!dir.path().join("plots/a.png").exists());
        assert!(dir.path().join("plots/mine.png").exists() && other.path().join("b.png").exists());
    }

    #[test]
    fn shards_hold_a_folder_together_and_keep_others_out() {
        let dir = tempfile::tempdir().expect("a folder");
        let one = OwnedFolder::share(dir.path(), WORDS).expect("free");
        let two = OwnedFolder::share(dir.path(), WORDS).expect("shared");
        assert!(take(dir.path(), Existing::Replace).is_err());
        drop((one, two));
        take(dir.path(), Existing::Replace).expect("free");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_removed_or_written_through_a_link() {
        let (dir, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        fs::create_dir(other.path().join("sub")).expect("space");
        fs::write(other.path().join("sub/file"), "x").expect("space");
        std::os::unix::fs::symlink(other.path(), dir.path().join("a")).expect("a link");
        remove_inside(dir.path(), ["a/sub/file"]).expect("nothing to do");
        assert!(other.path().join("sub/file").exists());
        let target = other.path().join("notice");
        std::os::unix::fs::symlink(&target, dir.path().join(NOTICE)).expect("a link");
        assert!(take(dir.path(), Existing::Replace).is_err());
        assert!(!target.exists());
    }
}
