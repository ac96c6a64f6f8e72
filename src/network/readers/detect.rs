//! Which format a file or folder is in, found from its content and never from its name.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::network::error::DataError;
use crate::network::params::FileFormat;
use crate::network::readers::json::Document;
use crate::network::readers::source::{Source, files_in, is_gzip, peek};
use crate::network::readers::table::{first_header, is_called};
use crate::network::readers::{cell, cloth, gossmap, half_channels, leyden};

/// Top-level keys of the JSON formats.
#[derive(Deserialize)]
struct Keys {
    edges: Option<IgnoredAny>,
    channels: Option<IgnoredAny>,
    sim_network: Option<IgnoredAny>,
}

/// A table of a format that is a folder.
struct Part {
    format: FileFormat,
    /// What it is, for messages.
    what: &'static str,
    columns: &'static [&'static str],
    /// Those of them that may be missing.
    optional: &'static [&'static str],
    /// Whether other columns make it something else: with one or two columns of common names, a
    /// table is known by what it does not have.
    alone: bool,
}

/// All parts, in the order in which their readers take them.
static PARTS: [Part; 5] = [
    Part {
        format: FileFormat::Leyden,
        what: "nodes",
        columns: &leyden::NODES.names,
        optional: leyden::NODES.optional,
        alone: true,
    },
    Part {
        format: FileFormat::Leyden,
        what: "channels",
        columns: &leyden::CHANNELS.names,
        optional: leyden::CHANNELS.optional,
        alone: false,
    },
    Part {
        format: FileFormat::Cloth,
        what: "nodes",
        columns: &["id", "open_edges"],
        optional: &["open_edges"],
        alone: true,
    },
    Part {
        format: FileFormat::Cloth,
        what: "channels",
        columns: &cloth::CHANNELS.names,
        optional: &[],
        alone: false,
    },
    Part {
        format: FileFormat::Cloth,
        what: "edges",
        columns: &cloth::EDGES.names,
        optional: &[],
        alone: false,
    },
];

/// The format of a single file.
pub(super) fn format_of_file(source: &Source) -> Result<FileFormat, DataError> {
    if gossmap::is_gossmap(&source.bytes) {
        return Ok(FileFormat::ClnGossmap);
    }
    source.expect_text()?;
    let text = source.bytes.trim_ascii_start();
    if text.starts_with(b"{") || text.starts_with(b"[") {
        return format_of_json(source);
    }
    let header = first_header(&source.bytes);
    if matches(&header, &half_channels::COLUMNS.names, &[]) {
        return Ok(FileFormat::HalfChannels);
    }
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let shown = cell::quoted(line.trim_ascii_end());
    let error = DataError::new(&source.path, format!("{shown} starts no known network file"));
    Err(error.at_line(1).help(match part_of(&header) {
        Some(part) => format!(
            "it looks like the {} of the format {}: give the folder that holds all its files",
            part.what,
            part.format.name()
        ),
        None => format!("a CSV must start with its header; {}", known_formats()),
    }))
}

fn format_of_json(source: &Source) -> Result<FileFormat, DataError> {
    let keys: Keys = Document::open(source)?.parse()?;
    match (keys.edges, keys.channels, keys.sim_network) {
        (Some(_), None, None) => Ok(FileFormat::Lnd),
        (None, Some(_), None) => Ok(FileFormat::Cln),
        (None, None, Some(_)) => Ok(FileFormat::Simln),
        (None, None, None) => {
            Err(DataError::new(&source.path, "this JSON is no known network file").help(
                "lnd's has the key `edges`, Core Lightning's `channels`, SimLN's `sim_network`",
            ))
        }
        _ => Err(DataError::new(&source.path, "this JSON has the keys of several formats")
            .help("say which it is with `format`")),
    }
}

/// The format of a folder, and its files in the order of the format's reader.
///
/// `wanted`: only this format.
pub(super) fn format_of_folder(
    folder: &Path,
    wanted: Option<FileFormat>,
) -> Result<(FileFormat, Vec<PathBuf>), DataError> {
    let mut found: [Vec<PathBuf>; 5] = Default::default();
    for path in files_in(folder)? {
        let start = peek(&path)?;
        if is_gzip(&start) {
            continue;
        }
        if let Some(part) = part_of(&first_header(&start)) {
            let place = PARTS.iter().position(|known| std::ptr::eq(known, part));
            found[place.unwrap_or_default()].push(path);
        }
    }
    let formats = [FileFormat::Leyden, FileFormat::Cloth];
    let count = |format| {
        PARTS
            .iter()
            .zip(&found)
            .filter(|(part, files)| part.format == format && !files.is_empty())
            .count()
    };
    let format = match wanted {
        Some(format) if formats.contains(&format) => format,
        Some(format) => {
            let message = format!("this is a folder, and the format {} is one file", format.name());
            return Err(DataError::new(folder, message).help("give the file"));
        }
        None if formats.into_iter().all(|format| count(format) == 0) => {
            return Err(DataError::new(folder, "no network file is in this folder")
                .help(format!("a folder holds the CSVs of leyden or cloth; {}", known_formats())));
        }
        None => formats.into_iter().max_by_key(|&format| count(format)).unwrap_or(formats[0]),
    };
    let files = PARTS
        .iter()
        .zip(found)
        .filter(|(part, _)| part.format == format)
        .map(|(part, files)| only_file(folder, part, files))
        .collect::<Result<_, _>>()?;
    Ok((format, files))
}

fn only_file(folder: &Path, part: &Part, files: Vec<PathBuf>) -> Result<PathBuf, DataError> {
    match <[PathBuf; 1]>::try_from(files) {
        Ok([file]) => Ok(file),
        Err(files) if files.is_empty() => {
            let message =
                format!("there are no {} of the format {} here", part.what, part.format.name());
            Err(DataError::new(folder, message)
                .in_column(part.columns[0])
                .help(format!("its header would be {}", part.columns.join(","))))
        }
        Err(files) => {
            let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
            let message = format!("two files could be the {}: {}", part.what, names.join(", "));
            Err(DataError::new(folder, message).help("keep one of them in the folder"))
        }
    }
}

/// The part that a file with this header is: it has most of the columns.
fn part_of(header: &[String]) -> Option<&'static Part> {
    PARTS.iter().find(|part| {
        if part.alone {
            let known = |name: &String| part.columns.iter().any(|column| is_called(column, name));
            header.iter().any(|name| is_called(part.columns[0], name)) && header.iter().all(known)
        } else {
            matches(header, part.columns, part.optional)
        }
    })
}

/// Whether a header has more than half of the columns that it must have: if it misspells the others,
/// the format's reader says so by name.
fn matches(header: &[String], columns: &[&str], optional: &[&str]) -> bool {
    let needed: Vec<_> = columns.iter().filter(|column| !optional.contains(column)).collect();
    let has = |column: &&&&str| header.iter().any(|name| is_called(column, name));
    2 * needed.iter().filter(has).count() > needed.len()
}

fn known_formats() -> String {
    format!("known formats: {}", FileFormat::ALL.map(FileFormat::name).join(", "))
}
