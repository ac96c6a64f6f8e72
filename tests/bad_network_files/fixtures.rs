//! Small files of every format, and what a refusal must say.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use leyden::network::{DataError, Loaded, ReadOptions, read};

use crate::busy::busy;

pub(crate) const HALVES: &str =
    "chan,node1,node2,capacity_sat,dir,disabled,htlc_min_msat,htlc_max_msat,base_msat,ppm,cltv\n";

pub(crate) const NODES: &str = "node,software\na,lnd\nb,\nc,cln\n";

pub(crate) const CHANNELS: &str = "channel,node1,node2,capacity_sat,balance1_msat,balance2_msat,fee_base_1_msat,ppm_1,cltv_1,fee_base_2_msat,ppm_2,cltv_2\n";

pub(crate) const EDGES: &str = "id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base,fee_proportional,min_htlc,timelock\n";

pub(crate) const CLOTH_CHANNELS: &str = "id,edge1_id,edge2_id,node1_id,node2_id,capacity\n";

pub(crate) const ALICE: &str = "02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(crate) const BOB: &str = "03bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Files of a case: one with an empty name is the network itself, others make up a folder.
pub(crate) type Files = Vec<(&'static str, Vec<u8>)>;

/// What must be said about it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) files: Files,
    pub(crate) line: Option<u64>,
    pub(crate) column: Option<&'static str>,
    pub(crate) message: &'static str,
}

/// A case; line 0 and an empty column: none is to blame.
pub(crate) fn case(
    name: &'static str,
    files: Files,
    line: u64,
    column: &'static str,
    message: &'static str,
) -> Case {
    Case {
        name,
        files,
        line: Some(line).filter(|&line| line > 0),
        column: Some(column).filter(|column| !column.is_empty()),
        message,
    }
}

/// A single file.
pub(crate) fn file(content: impl Into<Vec<u8>>) -> Files {
    vec![("", content.into())]
}

/// A half-channel CSV with these rows.
pub(crate) fn halves(rows: &str) -> Files {
    file(format!("{HALVES}{rows}"))
}

/// The same with one row, in which the capacity, the smallest HTLC and the base fee are given.
pub(crate) fn numbers(capacity: &str, minimum: &str, base: &str) -> Files {
    halves(&format!("1,a,b,50,0,0,1,2,3,4,5\n2,a,b,{capacity},0,0,{minimum},2,{base},4,5\n"))
}

/// Leyden's folder with these channels.
pub(crate) fn leyden(nodes: &str, channels: &str) -> Files {
    vec![
        ("nodes.csv", nodes.as_bytes().to_vec()),
        ("channels.csv", format!("{CHANNELS}{channels}").into_bytes()),
    ]
}

/// `CLoTH`'s folder of three nodes with these channels and edges.
pub(crate) fn cloth(channels: &str, edges: &str) -> Files {
    vec![
        ("nodes_ln.csv", b"id\n0\n1\n2\n".to_vec()),
        ("channels_ln.csv", format!("{CLOTH_CHANNELS}{channels}").into_bytes()),
        ("edges_ln.csv", format!("{EDGES}{edges}").into_bytes()),
    ]
}

/// lnd's JSON with one edge on lines 3 to 5; the policy of node 1 is on line 4.
pub(crate) fn lnd(node: &str, edge: &str, policy: &str) -> Files {
    file(format!(
        "{{\"nodes\":[{{\"pub_key\":\"{BOB}\"}},\n{{\"pub_key\":\"{node}\"}}],\"edges\":[\n\
         {{\"channel_id\":\"7\",\"node1_pub\":\"{ALICE}\",\"node2_pub\":\"{BOB}\",{edge},\n\
         \"node1_policy\":{{\"time_lock_delta\":80,\"min_htlc\":\"1\",{policy},\"fee_rate_milli_msat\":\"1\"}},\n\
         \"node2_policy\":null}}]}}\n"
    ))
}

/// `content`, packed.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An unpacked gossip map of two channels in which all numbers take one byte.
pub(crate) fn gossmap() -> Vec<u8> {
    let mut map = b"GOSSMAP_COMPRESSv1\0".to_vec();
    map.extend([2, 0, 0, 1, 2]);
    map.extend([1, 4]);
    map.extend([2, 100, 200, 0, 1]);
    for values in [[0, 9], [0, 1], [0, 7], [3, 8], [40, 80]] {
        map.extend([2, values[0], values[1], 0, 1, 1, 0]);
    }
    map
}

/// Reads the files from a fresh folder.
pub(crate) fn read_files(files: &Files, options: ReadOptions) -> Result<Loaded, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network");
    for (name, content) in files {
        if !name.is_empty() {
            fs::create_dir_all(&path).unwrap();
        }
        fs::write(if name.is_empty() { path.clone() } else { path.join(name) }, content).unwrap();
    }
    read_in_time(&path, options)
}

/// Reads `path`, and checks that this takes less than a second.
pub(crate) fn read_in_time(path: &Path, options: ReadOptions) -> Result<Loaded, DataError> {
    let (result, took) = busy(|| read(path, options));
    assert!(took < Duration::from_secs(1), "{} took {took:?}", path.display());
    result
}

/// Checks that each case is refused as it says.
pub(crate) fn check(cases: &[Case]) {
    for case in cases {
        let error = read_files(&case.files, ReadOptions::default()).expect_err(case.name);
        let shown = error.to_string();
        assert_eq!(error.line, case.line, "{}: {shown}", case.name);
        assert_eq!(error.column.as_deref(), case.column, "{}: {shown}", case.name);
        let all = format!("{} {}", error.message, error.help.as_deref().unwrap_or_default());
        assert!(all.contains(case.message), "{}: {shown}", case.name);
        assert!(error.help.is_some(), "{}: no help", case.name);
        assert!(!error.unreadable, "{}: {shown}", case.name);
        assert!(shown.len() < 1_000, "{}: {} bytes of message", case.name, shown.len());
        assert!(!shown.contains('\u{1b}'), "{}: escapes reach the terminal", case.name);
    }
}
