//! Reads network files: one file per format, all into the same [`Network`].
//!
//! Files are untrusted: of bounded size, never executed, never waited for, every row checked, every
//! refusal with line, key, value and rule. What is odd but usable is counted and handed back as notes.
//! Balances and limits are kept only where a file states them; no default is filled in here.

mod build;
mod cell;
mod cln;
mod cloth;
mod detect;
mod gossmap;
mod half_channels;
mod json;
mod leyden;
mod lnd;
mod notes;
mod options;
mod simln;
mod source;
mod table;

use std::path::Path;

use crate::network::error::DataError;
use crate::network::params::FileFormat;
use crate::network::topology::Network;
use build::Builder;
use source::Source;

pub use options::ReadOptions;

/// A network and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The network.
    pub network: Network,
    /// The format that it was read in.
    pub format: FileFormat,
    /// Counted oddities, one per line, for the user to know.
    pub notes: Vec<String>,
    /// blake3 of the file in hexadecimal; of several files, of their hashes one after the other.
    pub input_hash: String,
}

/// Reads the network file, or the folder of network files, at `path`.
pub fn read(path: &Path, options: ReadOptions) -> Result<Loaded, DataError> {
    let (format, files) = if source::is_folder(path)? {
        let (format, paths) = detect::format_of_folder(path, options.format)?;
        (format, paths.iter().map(|path| Source::load(path)).collect::<Result<Vec<_>, _>>()?)
    } else {
        let file = Source::load(path)?;
        let format = match options.format {
            Some(format) => format,
            None => detect::format_of_file(&file)?,
        };
        (format, vec![file])
    };
    let input_hash = hash(&files);
    let (network, mut notes) = read_format(path, format, files, options)?;
    notes.extend(notes::notes(&network));
    Ok(Loaded { network, format, notes, input_hash })
}

/// Hands the files to the reader of their format.
fn read_format(
    path: &Path,
    format: FileFormat,
    files: Vec<Source>,
    options: ReadOptions,
) -> Result<(Network, Vec<String>), DataError> {
    let one = |read: fn(&Source, ReadOptions) -> Result<Builder, DataError>| match &files[..] {
        [file] => read(file, options)?.finish(),
        _ => Err(wrong_kind(path, format, "a folder", "one file")),
    };
    match format {
        FileFormat::Lnd => one(lnd::read),
        FileFormat::Cln => one(cln::read),
        FileFormat::Simln => one(simln::read),
        FileFormat::HalfChannels => one(half_channels::read),
        FileFormat::ClnGossmap => gossmap::read(&files[0], options),
        FileFormat::Cloth => match <[Source; 3]>::try_from(files) {
            Ok(files) => cloth::read(&files, options)?.finish(),
            Err(_) => Err(wrong_kind(path, format, "one file", "a folder of three")),
        },
        FileFormat::Leyden => match <[Source; 2]>::try_from(files) {
            Ok([nodes, channels]) => leyden::read(&nodes, &channels, options)?.finish(),
            Err(_) => Err(wrong_kind(path, format, "one file", "a folder of two")),
        },
    }
}

fn wrong_kind(path: &Path, format: FileFormat, is: &str, wanted: &str) -> DataError {
    DataError::new(path, format!("this is {is}, and the format {} is {wanted}", format.name()))
        .help(format!("give {wanted}"))
}

fn hash(files: &[Source]) -> String {
    if let [file] = files {
        return file.hash.to_hex().to_string();
    }
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(file.hash.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
