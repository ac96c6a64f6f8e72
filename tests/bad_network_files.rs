//! Network files that are wrong: each is refused with its line, its key and the rule it breaks, in
//! under a second, and none makes the reader panic.
//!
//! Numbers in the names are those of the project's list of bad inputs.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]
#![expect(clippy::disallowed_types, reason = "the time that a refusal takes is measured here")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use leyden::network::{DataError, FileFormat, Loaded, ReadOptions, read};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const HALVES: &str =
    "chan,node1,node2,capacity_sat,dir,disabled,htlc_min_msat,htlc_max_msat,base_msat,ppm,cltv\n";
const NODES: &str = "node,software\na,lnd\nb,\nc,cln\n";
const CHANNELS: &str = "channel,node1,node2,capacity_sat,balance1_msat,balance2_msat,fee_base_1_msat,ppm_1,cltv_1,fee_base_2_msat,ppm_2,cltv_2\n";
const EDGES: &str = "id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base,fee_proportional,min_htlc,timelock\n";
const CLOTH_CHANNELS: &str = "id,edge1_id,edge2_id,node1_id,node2_id,capacity\n";
const ALICE: &str = "02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOB: &str = "03bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Files of a case: one with an empty name is the network itself, others make up a folder.
type Files = Vec<(&'static str, Vec<u8>)>;

/// What must be said about it.
struct Case {
    name: &'static str,
    files: Files,
    line: Option<u64>,
    column: Option<&'static str>,
    message: &'static str,
}

fn case(
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

fn file(content: impl Into<Vec<u8>>) -> Files {
    vec![("", content.into())]
}

/// A half-channel CSV with these rows.
fn halves(rows: &str) -> Files {
    file(format!("{HALVES}{rows}"))
}

/// The same with one row, in which the capacity, the smallest HTLC and the base fee are given.
fn numbers(capacity: &str, minimum: &str, base: &str) -> Files {
    halves(&format!("1,a,b,50,0,0,1,2,3,4,5\n2,a,b,{capacity},0,0,{minimum},2,{base},4,5\n"))
}

/// Leyden's folder with these channels.
fn leyden(nodes: &str, channels: &str) -> Files {
    vec![
        ("nodes.csv", nodes.as_bytes().to_vec()),
        ("channels.csv", format!("{CHANNELS}{channels}").into_bytes()),
    ]
}

/// `CLoTH`'s folder of three nodes with these channels and edges.
fn cloth(channels: &str, edges: &str) -> Files {
    vec![
        ("nodes_ln.csv", b"id\n0\n1\n2\n".to_vec()),
        ("channels_ln.csv", format!("{CLOTH_CHANNELS}{channels}").into_bytes()),
        ("edges_ln.csv", format!("{EDGES}{edges}").into_bytes()),
    ]
}

/// lnd's JSON with one edge on lines 3 to 5; the policy of node 1 is on line 4.
fn lnd(node: &str, edge: &str, policy: &str) -> Files {
    file(format!(
        "{{\"nodes\":[{{\"pub_key\":\"{BOB}\"}},\n{{\"pub_key\":\"{node}\"}}],\"edges\":[\n\
         {{\"channel_id\":\"7\",\"node1_pub\":\"{ALICE}\",\"node2_pub\":\"{BOB}\",{edge},\n\
         \"node1_policy\":{{\"time_lock_delta\":80,\"min_htlc\":\"1\",{policy},\"fee_rate_milli_msat\":\"1\"}},\n\
         \"node2_policy\":null}}]}}\n"
    ))
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An unpacked gossip map of two channels in which all numbers take one byte.
fn gossmap() -> Vec<u8> {
    let mut map = b"GOSSMAP_COMPRESSv1\0".to_vec();
    map.extend([2, 0, 0, 1, 2]);
    map.extend([1, 4]);
    map.extend([2, 100, 200, 0, 1]);
    for values in [[0, 9], [0, 1], [0, 7], [3, 8], [40, 80]] {
        map.extend([2, values[0], values[1], 0, 1, 1, 0]);
    }
    map
}

/// Reads the case from a fresh folder, and checks that this takes less than a second.
fn read_files(files: &Files, options: ReadOptions) -> Result<Loaded, DataError> {
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

fn read_in_time(path: &Path, options: ReadOptions) -> Result<Loaded, DataError> {
    let start = Instant::now();
    let result = read(path, options);
    assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    result
}

fn check(cases: &[Case]) {
    for case in cases {
        let error = read_files(&case.files, ReadOptions::default()).expect_err(case.name);
        let shown = error.to_string();
        assert_eq!(error.line, case.line, "{}: {shown}", case.name);
        assert_eq!(error.column.as_deref(), case.column, "{}: {shown}", case.name);
        let all = format!("{} {}", error.message, error.help.as_deref().unwrap_or_default());
        assert!(all.contains(case.message), "{}: {shown}", case.name);
        assert!(!error.unreadable, "{}: {shown}", case.name);
        assert!(shown.len() < 1_000, "{}: {} bytes of message", case.name, shown.len());
        assert!(!shown.contains('\u{1b}'), "{}: escapes reach the terminal", case.name);
    }
}

#[test]
fn wrong_headers_and_rows_are_refused_where_they_are() {
    let one = "1,a,b,50,0,0,1,2,3,4,5\n";
    check(&[
        case("091 header missing", file(one), 1, "", "`1,a,b,50,0,0,1,2,3,4,5` starts no known"),
        case(
            "092 header misspelt",
            file(format!("{}{one}", HALVES.replace("capacity_sat", "capacity_sta"))),
            1,
            "capacity_sat",
            "did you mean it by `capacity_sta`?",
        ),
        case(
            "092 optional column misspelt",
            vec![
                ("nodes.csv", NODES.into()),
                ("channels.csv", CHANNELS.replace("balance1", "ballance1").into()),
            ],
            1,
            "ballance1_msat",
            "did you mean `balance1_msat`?",
        ),
        case(
            "092 nodes misspelt",
            leyden("nod\na\n", ""),
            0,
            "node",
            "no nodes of the format leyden",
        ),
        case(
            "094 duplicate column",
            file(format!("{}{one}", HALVES.replace("cltv", "cltv,ppm"))),
            1,
            "ppm",
            "this column twice",
        ),
        case("095 row short", halves(&format!("{one}2,a,b\n{one}")), 3, "", "row 2 has 3 fields"),
        case("096 row long", halves("1,a,b,50,0,0,1,2,3,4,5,6\n"), 2, "", "row 1 has 12 fields"),
        case(
            "097 unterminated quote",
            halves(&format!("{one}2,\"a\",\"b,50,0,0,1,2,3,4,5\n{one}{one}")),
            3,
            "",
            "a quote opens here and is never closed",
        ),
        case(
            "098 field of 50 MB",
            halves(&format!("1,{},b,50,0,0,1,2,3,4,5\n", "a".repeat(50_000_000))),
            2,
            "node1",
            "longer than 1 MB",
        ),
        case(
            "100 cut in mid-row",
            halves("1,a,b,50,0,0,1,2,3,4,5\n2,a,b"),
            3,
            "",
            "in the middle of row 2",
        ),
        case(
            "carriage returns alone",
            file(HALVES.replace('\n', "\r") + one),
            1,
            "",
            "carriage return",
        ),
        case(
            "blank lines count",
            halves(&format!("\n{one}\r\n\n2,a\n")),
            6,
            "",
            "row 2 has 2 fields",
        ),
        case("119 zero channels", halves(""), 0, "", "no channels"),
        case("119 zero channels, leyden", leyden(NODES, ""), 0, "", "no channels"),
    ]);
}

#[test]
fn files_that_are_something_else_are_called_what_they_are() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";
    check(&[
        case("101 gzip", file(gzip(HALVES.as_bytes())), 1, "", "looks like gzip"),
        case("102 HTML", file("\n<!DOCTYPE html><html>404"), 1, "", "looks like HTML"),
        case("103 LFS pointer", file(pointer), 1, "", "this is an LFS pointer"),
        case("empty", file(""), 1, "", "the file is empty"),
        case("UTF-16", file(b"\xff\xfe{\0".to_vec()), 1, "", "UTF-16"),
        case(
            "not UTF-8",
            file(b"{\n\"channels\":\"\xff\"}".to_vec()),
            2,
            "",
            "not UTF-8 at byte 14",
        ),
        case("other JSON", file("{\"a\":1}"), 0, "", "no known network file"),
        case("ambiguous JSON", file("{\"edges\":[],\"channels\":[]}"), 0, "", "several formats"),
        case("a part of a folder", file(EDGES), 1, "", "the edges of the format cloth"),
        case(
            "two kinds of the same",
            {
                let mut files = cloth("", "");
                files.push(("nodes_output.csv", b"id\n0\n".to_vec()));
                files
            },
            0,
            "",
            "two files could be the nodes",
        ),
        case("no edges", cloth("", "")[..2].to_vec(), 0, "id", "no edges of the format cloth"),
        case(
            "83 folder of other things",
            vec![("x.txt", b"hello".to_vec())],
            0,
            "",
            "no network file",
        ),
    ]);
}

#[test]
fn numbers_are_digits_within_their_range() {
    let rule = "is not a whole number";
    check(&[
        case("104 NaN", numbers("NaN", "1", "3"), 3, "capacity_sat", rule),
        case("105 1e999", numbers("1", "1e999", "3"), 3, "htlc_min_msat", rule),
        case("106 decimal comma", numbers("\"1,5\"", "1", "3"), 3, "capacity_sat", "`1,5` is not"),
        case("107 blanks", numbers(" 12", "1", "3"), 3, "capacity_sat", rule),
        case("108 hexadecimal", numbers("0x10", "1", "3"), 3, "capacity_sat", rule),
        case("109 other digits", numbers("٣", "1", "3"), 3, "capacity_sat", "`\\u{663}` is not"),
        case("a plus sign", numbers("+1", "1", "3"), 3, "capacity_sat", rule),
        case("an empty cell", numbers("1", "1", ""), 3, "base_msat", "an empty value is not"),
        case("110 negative", numbers("-5", "1", "3"), 3, "capacity_sat", rule),
        case(
            "111 over 64 bits",
            numbers("18446744073709551616", "1", "3"),
            3,
            "capacity_sat",
            "largest",
        ),
        case("51 no capacity", numbers("0", "1", "3"), 3, "capacity_sat", "at least 1 sat"),
        case(
            "52 over the supply",
            numbers("2100000000000001", "1", "3"),
            3,
            "capacity_sat",
            "21 million",
        ),
        case("54 base fee", numbers("1", "1", "-1"), 3, "base_msat", rule),
        case(
            "139 fee 2^63",
            numbers("1", "1", "9223372036854775808"),
            3,
            "base_msat",
            "4294967295",
        ),
        case("flag", halves("1,a,b,50,2,0,1,2,3,4,5\n"), 2, "dir", "`2` is not a flag"),
        case("CLTV", halves("1,a,b,50,0,0,1,2,3,4,65536\n"), 2, "cltv", "65535"),
        case(
            "112 balances",
            leyden(NODES, "x,a,b,5,3000,2001,1,1,1,1,1,1\n"),
            2,
            "balance1_msat",
            "`3000` msat and 2001 msat on the other side do not sum up to the capacity, 5000 msat",
        ),
        case(
            "one balance",
            leyden(NODES, "x,a,b,5,3000,,1,1,1,1,1,1\n"),
            2,
            "balance2_msat",
            "both",
        ),
        case(
            "half a policy",
            leyden(NODES, "x,a,b,5,,,1,,1,1,1,1\n"),
            2,
            "ppm_1",
            "both or neither",
        ),
        case(
            "software",
            leyden("node,software\na,LND\n", ""),
            2,
            "software",
            "lnd, cln, ldk, eclair",
        ),
    ]);
}

#[test]
fn ends_and_duplicates_are_refused_with_both_lines() {
    let dir = "1,a,b,50,0,0,1,2,3,4,5\n";
    let row = "x,a,b,5,,,1,1,1,1,1,1\n";
    check(&[
        case(
            "113 half twice",
            halves(&format!("{dir}{dir}")),
            3,
            "chan",
            "direction 0 is also in line 2",
        ),
        case(
            "113 channel twice",
            leyden(NODES, &format!("{row}{row}")),
            3,
            "channel",
            "already stated in line 2",
        ),
        case(
            "114 node twice",
            leyden("node\na\nb\na\n", row),
            4,
            "node",
            "already stated in line 2",
        ),
        case("115 case", leyden("node\na\nb\nA\n", row), 4, "node", "from the node `a` in line 2"),
        case(
            "115 case of an end",
            leyden(NODES, "x,a,B,5,,,1,1,1,1,1,1\n"),
            2,
            "node2",
            "from the node `b` in line 3",
        ),
        case(
            "116 self-loops",
            halves(&format!("{dir}2,c,c,50,0,0,1,2,3,4,5\n3,c,c,50,0,0,1,2,3,4,5\n")),
            3,
            "",
            "2 such (line 3, line 4); `--drop-self-loops` skips them",
        ),
        case(
            "117 unknown node",
            leyden(NODES, &format!("{row}y,a,d,5,,,1,1,1,1,1,1\n")),
            3,
            "node2",
            "`d` is not a node",
        ),
        case(
            "halves with other ends",
            halves(&format!("{dir}1,b,a,50,1,0,1,2,3,4,5\n")),
            3,
            "chan",
            "other nodes than its other direction in line 2",
        ),
        case(
            "halves with other capacities",
            halves(&format!("{dir}1,a,b,51,1,0,1,2,3,4,5\n")),
            3,
            "capacity_sat",
            "is not 50 sat",
        ),
    ]);
}

#[test]
fn cloths_edges_must_name_each_other() {
    let edges = "0,0,1,0,1,40,1,1,1,144\n1,0,0,1,0,4960,1,1,1,144\n";
    let channel = "0,0,1,0,1,5000\n";
    let with = |from: &str, to: &str| cloth(channel, &edges.replacen(from, to, 1));
    check(&[
        case(
            "118 counter edge",
            with("1,0,0,1,0", "1,0,1,1,0"),
            3,
            "counter_edge_id",
            "names 1 as its counter edge, not 0",
        ),
        case("118 missing", cloth(channel, &edges[..23]), 2, "edge2_id", "there are 1, from 0"),
        case(
            "other channel",
            with("1,0,0,1,0", "1,7,0,1,0"),
            3,
            "channel_id",
            "edge 1 is of channel 7",
        ),
        case(
            "other nodes",
            with("0,0,1,0,1", "0,0,1,2,1"),
            2,
            "from_node_id",
            "from node 2 to node 1, not from 0 to 1",
        ),
        case(
            "loose edge",
            cloth(channel, &format!("{edges}2,0,1,0,1,40,1,1,1,144\n")),
            4,
            "channel_id",
            "does not name this edge",
        ),
        case(
            "112 balances",
            with("4960", "4961"),
            2,
            "capacity",
            "not the sum of both balances, 40 msat",
        ),
        case(
            "not whole",
            cloth("0,0,1,0,1,5001\n", edges),
            2,
            "capacity",
            "whole number of satoshis",
        ),
        case(
            "117 unknown node",
            cloth(
                "0,0,1,0,3,5000\n",
                &edges.replace(",0,1,4", ",0,3,4").replace("0,1,0,4", "0,3,0,4"),
            ),
            2,
            "node2_id",
            "`3` is not a node",
        ),
        case(
            "113 id twice",
            cloth(&format!("{channel}{channel}"), edges),
            3,
            "id",
            "already stated in line 2",
        ),
        case("gap", cloth("1,0,1,0,1,5000\n", edges), 2, "id", "out of order"),
    ]);
}

#[test]
fn names_that_could_do_harm_are_refused() {
    let named = |name: &str| halves(&format!("1,{name},b,50,0,0,1,2,3,4,5\n"));
    let rule = "is not a name";
    check(&[
        case(
            "129 formula",
            named("=cmd|'/c calc'!A1"),
            2,
            "node1",
            "`=cmd|'/c calc'!A1` is not a name",
        ),
        case("130 script", named("<script>"), 2, "node1", rule),
        case("131 escape", named("\u{1b}[2J"), 2, "node1", "`\\u{1b}[2J`"),
        case("132 right to left", named("a\u{202e}b"), 2, "node1", "`a\\u{202e}b`"),
        case(
            "133 name of 1 MB",
            named(&"a".repeat(1_000_000)),
            2,
            "node1",
            "aaa...` is not a name",
        ),
        case("a dash at the start", named("-rf"), 2, "node1", rule),
        case("an empty name", named(""), 2, "node1", rule),
        case("a new line", named("\"a\nb\""), 2, "node1", "`a\\nb`"),
    ]);
}

#[test]
fn json_is_refused_by_line_and_key() {
    let good = "\"fee_base_msat\":\"1\"";
    let lnd_with = |edge: &str| lnd(ALICE, edge, good);
    let deep = "[".repeat(100_000);
    let nested =
        lnd_with(&format!("\"capacity\":\"5\",\n\"x\":{}1{}", "[".repeat(200), "]".repeat(200)));
    let half = |scid: &str, to: &str, more: &str| {
        format!(
            "{{\"source\":\"{ALICE}\",\"destination\":\"{to}\",\"short_channel_id\":\"{scid}\",\"amount_msat\":5000,\
                 \"base_fee_millisatoshi\":1,\"fee_per_millionth\":2,\"delay\":3{more}}}"
        )
    };
    let cln = |halves: &[String]| file(format!("{{\"channels\":[\n{}]}}", halves.join(",\n")));
    check(&[
        case("134 depth 1e5", file(deep), 1, "", "nested more than 128 deep"),
        case("134 depth in a value", nested, 4, "", "nested more than 128 deep"),
        case(
            "135 duplicate keys",
            lnd_with("\"capacity\":\"5\",\"capacity\":\"6\""),
            3,
            "capacity",
            "duplicate field",
        ),
        case(
            "135 duplicate list",
            file("{\"edges\":[],\n\"edges\":[]}"),
            2,
            "edges",
            "duplicate field",
        ),
        case(
            "139 fee 2^63",
            lnd(ALICE, "\"capacity\":\"5\"", "\"fee_base_msat\":\"9223372036854775808\""),
            4,
            "edges[0].node1_policy.fee_base_msat",
            "4294967295",
        ),
        case(
            "140 public key",
            lnd(&ALICE[1..], "\"capacity\":\"5\"", good),
            2,
            "nodes[1].pub_key",
            "this has 65",
        ),
        case(
            "140 not hexadecimal",
            lnd(&ALICE.replace("aa", "ag"), "\"capacity\":\"5\"", good),
            2,
            "nodes[1].pub_key",
            "hexadecimal",
        ),
        case(
            "117 unknown node",
            lnd(BOB, "\"capacity\":\"5\"", good),
            2,
            "nodes[1].pub_key",
            "already stated in line 1 (`nodes[0]`)",
        ),
        case("no capacity", lnd_with("\"x\":1"), 3, "edges[0].capacity", "missing"),
        case(
            "a fraction",
            lnd_with("\"capacity\":5.0"),
            3,
            "edges[0].capacity",
            "`5.0` is not a whole number",
        ),
        case("a list", lnd_with("\"capacity\":[5]"), 3, "edges[0].capacity", "`[5]` is not"),
        case(
            "135 duplicate policy",
            lnd_with("\"capacity\":5,\"node2_policy\":\n7"),
            6,
            "node2_policy",
            "duplicate",
        ),
        case("no object", file("{\"edges\":[],\"nodes\":[\n7]}"), 2, "", "expected struct"),
        case("cut short", file("{\"edges\":[\n{\"channel_id\":\"1"), 2, "", "ends in the middle"),
        case("no nodes", file("{\"edges\":[]}"), 0, "nodes", "lacks this key"),
        case(
            "113 direction twice",
            cln(&[half("1x1x1", BOB, ""), half("1x1x1", BOB, "")]),
            3,
            "channels[1].short_channel_id",
            "direction 0 is also in line 2 (`channels[0]`)",
        ),
        case(
            "wrong direction",
            cln(&[half("1x1x1", BOB, ",\"direction\":1")]),
            2,
            "channels[0].direction",
            "it is 0",
        ),
        case(
            "116 self-loop",
            cln(&[half("1x1x1", ALICE, "")]),
            2,
            "",
            "a channel joins a node to itself",
        ),
        case(
            "57 slots",
            file(format!(
                "{{\"sim_network\":[{{\"scid\":1,\"capacity_msat\":5000,\"node_1\":{{\"pubkey\":\"{ALICE}\",\"max_htlc_count\":484,\n\
             \"max_in_flight_msat\":1,\"min_htlc_size_msat\":1,\"max_htlc_size_msat\":1,\"cltv_expiry_delta\":1,\"base_fee\":1,\"fee_rate_prop\":1}}}}]}}"
            )),
            1,
            "sim_network[0].node_1.max_htlc_count",
            "1 to 483 (BOLT 2)",
        ),
    ]);
}

#[test]
fn gossip_maps_are_refused_at_every_cut_and_never_believed() {
    let whole = gossmap();
    let loaded = read_files(&file(gzip(&whole)), ReadOptions::default()).unwrap();
    assert_eq!((loaded.format, loaded.network.channel_count()), (FileFormat::ClnGossmap, 2));
    for cut in 19..whole.len() {
        let error = read_files(&file(&whole[..cut]), ReadOptions::default()).unwrap_err();
        assert!(error.column.is_some(), "cut at {cut}: {error}");
    }
    let packed = gzip(&whole);
    let error = read_files(&file(&packed[..packed.len() - 6]), ReadOptions::default());
    assert!(error.unwrap_err().message.contains("gzip"));
    let changed = |place: usize, bytes: &[u8]| {
        let mut map = whole[..place].to_vec();
        map.extend(bytes);
        map.extend(&whole[place + 1..]);
        file(map)
    };
    check(&[
        case(
            "144 length 2^63",
            changed(19, b"\xff\x80\0\0\0\0\0\0\0"),
            0,
            "channels",
            "the map is shorter",
        ),
        case(
            "116 self-loop",
            changed(22, &[0]),
            0,
            "second nodes",
            "channel 0 joins node 0 to itself",
        ),
        case("node out of range", changed(22, &[4]), 0, "second nodes", "4 is not below 4"),
        case("no capacity", changed(27, &[0]), 0, "capacity", "0 sat is not a capacity"),
        case("bytes left over", changed(64, &[0, 0]), 0, "end", "1 bytes are left over"),
    ]);
}

#[test]
fn odd_but_usable_files_are_read() {
    let dir = "1,a,b,50,0,0,1,2,3,4,5";
    let reversed: Vec<_> = HALVES.trim().rsplit(',').collect();
    let cells: Vec<_> = dir.rsplit(',').collect();
    for (name, files, channels, note) in [
        ("093 other order", file(format!("{}\n{}\n", reversed.join(","), cells.join(","))), 1, ""),
        ("099 last line without newline", halves(dir), 1, ""),
        (
            "120 disconnected",
            halves(&format!("{dir}\n2,c,d,50,0,0,1,2,3,4,5\n")),
            2,
            "2, of 2, 2 nodes",
        ),
        (
            "121 parallel channels",
            halves(&format!("{dir}\n2,b,a,50,0,0,1,2,3,4,5\n")),
            2,
            "parallel",
        ),
        (
            "136 capacity as a string",
            lnd(ALICE, "\"capacity\":\"5\"", "\"fee_base_msat\":1"),
            1,
            "",
        ),
        (
            "137 one-sided, 138 disabled",
            lnd(ALICE, "\"capacity\":5", "\"disabled\":true,\"fee_base_msat\":1"),
            1,
            "one direction only: 1",
        ),
        ("56 dear", halves("1,a,b,2100000000000000,0,0,1,2,3,4294967295,5\n"), 1, ""),
    ] {
        let loaded = read_files(&files, ReadOptions::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(loaded.network.channel_count(), channels, "{name}");
        assert!(
            loaded.notes.iter().any(|line| line.contains(note)) || note.is_empty(),
            "{name}: {:?}",
            loaded.notes
        );
    }
}

#[test]
fn a_star_of_many_channels_takes_little_time() {
    use std::fmt::Write;
    let mut rows = String::new();
    for node in 1..=100_000 {
        writeln!(rows, "{node},0,{node},50,0,0,1,2,3,4,5").unwrap();
    }
    let loaded = read_files(&halves(&rows), ReadOptions::default()).unwrap();
    assert_eq!(loaded.network.node_count(), 100_001);
}

#[test]
fn paths_that_are_no_files_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink(path("loop"), path("loop")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap();
    assert!(made.success());
    fs::write(path("secret"), HALVES).unwrap();
    fs::set_permissions(path("secret"), std::os::unix::fs::PermissionsExt::from_mode(0)).unwrap();
    // Those who may read everything cannot be refused.
    let all_powerful = fs::read(path("secret")).is_ok();
    for (name, path, message) in [
        ("082 missing", path("missing"), "No such file"),
        ("084 named pipe", path("pipe"), "not a regular file"),
        ("085 symlink loop", path("loop"), "symbolic link"),
        ("086 no permission", path("secret"), "ermission denied"),
        ("087 /dev/zero", Path::new("/dev/zero").to_path_buf(), "not a regular file"),
    ] {
        if name.starts_with("086") && all_powerful {
            continue;
        }
        let error = read_in_time(&path, ReadOptions::default()).unwrap_err();
        assert!(error.unreadable && error.message.contains(message), "{name}: {error}");
    }
    let huge = fs::File::create(path("huge")).unwrap();
    huge.set_len(600 << 20).unwrap();
    let error = read_in_time(&path("huge"), ReadOptions::default()).unwrap_err();
    assert!(error.message.contains("larger than 512 MB"), "{error}");
}

#[test]
fn a_format_that_is_asked_for_is_not_guessed() {
    let wanted = |format, files: &Files| {
        read_files(files, ReadOptions { format: Some(format), ..ReadOptions::default() })
    };
    let error = wanted(FileFormat::Cln, &file("{\"edges\":[]}")).unwrap_err();
    assert_eq!(error.column.as_deref(), Some("channels"));
    let error = wanted(FileFormat::Leyden, &halves("")).unwrap_err();
    assert!(error.message.contains("one file"), "{error}");
    let error = wanted(FileFormat::Lnd, &leyden(NODES, "")).unwrap_err();
    assert!(error.message.contains("this is a folder"), "{error}");
    let error = wanted(FileFormat::ClnGossmap, &halves("")).unwrap_err();
    assert!(error.message.contains("not a compressed gossip map"), "{error}");
    let error = wanted(FileFormat::HalfChannels, &file("a,b\n")).unwrap_err();
    assert_eq!((error.line, error.column.as_deref()), (Some(1), Some("chan")));
}

#[test]
fn damaged_files_never_make_the_reader_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(2026);
    let originals = [
        halves("1,a,\"b\",50,0,0,1,2,3,4,5\n1,a,b,50,1,0,1,2,3,4,5\n"),
        leyden(NODES, "x,a,b,5,3000,2000,1,1,1,1,1,1\n"),
        cloth("0,0,1,0,1,5000\n", "0,0,1,0,1,40,1,1,1,144\n1,0,0,1,0,4960,1,1,1,144\n"),
        lnd(ALICE, "\"capacity\":5", "\"fee_base_msat\":1"),
        file(gossmap()),
        file(gzip(&gossmap())),
    ];
    let mut refused = 0;
    for round in 0..3_000 {
        let mut files = originals[round % originals.len()].clone();
        let which = rng.random_range(0..files.len());
        damage(&mut files[which].1, &mut rng);
        refused += u32::from(read_files(&files, ReadOptions::default()).is_err());
    }
    assert!(refused > 1_500, "only {refused} refused: the damage is too small to test anything");
}

/// Flips, cuts, doubles or inserts something somewhere.
fn damage(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    const WORDS: [&[u8]; 8] =
        [b"\"", b",", b"\n", b"{", b"null", b"-1", b"99999999999999999999", b"\xff"];
    for _ in 0..rng.random_range(1..4) {
        let place = rng.random_range(0..bytes.len().max(1)).min(bytes.len());
        match rng.next_u32() % 4 {
            0 if place < bytes.len() => bytes[place] ^= 1 << (rng.next_u32() % 8),
            1 => bytes.truncate(place),
            2 => bytes.extend_from_within(place..),
            _ => {
                let word = WORDS[rng.next_u32() as usize % WORDS.len()];
                bytes.splice(place..place, word.iter().copied());
            }
        }
    }
}
