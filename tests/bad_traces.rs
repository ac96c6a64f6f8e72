//! Bad payments files: every one is refused with its line, its column and the rule; none panics.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use leyden::engine::Seeds;
use leyden::network::{DataError, Network, Node};
use leyden::units::{Msat, SimTime};
use leyden::workload::{Demand, Demands, Source, Stop, WorkloadError, prepare};

const LEYDEN: &str = "id,payer,payee,amount_msat,at_s\n";
const CLOTH: &str = "id,sender_id,receiver_id,amount,start_time\n";

/// Nodes `0` to `9`.
fn network() -> Network {
    let mut network = Network::default();
    for i in 0..10 {
        network.add_node(Node { name: i.to_string().into(), software: None });
    }
    network
}

fn replay(path: &Path) -> Result<Vec<Demand>, DataError> {
    let source = Source::Trace { path: path.to_path_buf() };
    let params = Demands { source, stop: Stop { time: None, payments: None } };
    match prepare(&params, &network(), &[], None, Seeds::new(1, 0)) {
        Ok(prepared) => Ok(prepared.demands.iter().collect()),
        Err(WorkloadError::Data(error)) => Err(error),
        Err(other) => panic!("a trace never breaks a scenario's rule: {other}"),
    }
}

fn replay_bytes(bytes: &[u8]) -> Result<Vec<Demand>, DataError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    replay(file.path())
}

/// A file's content, and what is expected of its error: line, column, words of the message.
type Case = (Vec<u8>, Option<u64>, Option<&'static str>, &'static str);

/// A file under Leyden's header, which is line 1.
fn rows(text: &str, line: u64, column: &'static str, words: &'static str) -> Case {
    let column = (!column.is_empty()).then_some(column);
    ([LEYDEN, text].concat().into_bytes(), Some(line), column, words)
}

/// A file that is wrong from its first bytes on.
fn whole(bytes: impl AsRef<[u8]>, column: Option<&'static str>, words: &'static str) -> Case {
    (bytes.as_ref().to_vec(), Some(1), column, words)
}

/// Headers and files as a whole. Numbers are those of the project's corpus of bad inputs.
fn bad_files() -> Vec<(u32, Case)> {
    let huge_field = format!("{LEYDEN}0,1,2,{},4\n", "9".repeat(50_000_000));
    vec![
        (91, whole("0,1,2,1000,0.5\n1,1,2,1000,0.6\n", None, "not a header")),
        (91, (Vec::new(), None, None, "the file is empty")),
        (
            92,
            whole(
                "id,payer,payee,amount_mst,at_s\n0,1,2,3,4\n",
                Some("amount_msat"),
                "lacks this column",
            ),
        ),
        (
            92,
            whole(
                "id,sender_id,reciever_id,amount,start_time\n",
                Some("receiver_id"),
                "lacks this column",
            ),
        ),
        (92, whole("id,payer,payee,amount_msat\n0,1,2,3\n", Some("at_s"), "lacks this column")),
        (94, whole("id,payer,payee,payee,amount_msat,at_s\n", Some("payee"), "twice")),
        (95, rows("0,1,2,3,4\n1,1,2,3\n", 3, "", "4 fields where the header has 5")),
        (96, rows("0,1,2,3,4,5\n", 2, "", "6 fields where the header has 5")),
        (97, rows("0,1,2,3,4\n1,\"1,2,3,4\n2,1,2,3,4\n", 3, "", "a quote opens")),
        (97, rows("0,\"1\"x,2,3,4\n", 2, "", "text follows a closing quote")),
        (98, (huge_field.into_bytes(), Some(2), None, "longer than 65536 bytes")),
        (100, rows("0,1,2,3,4\n1,1,2", 3, "", "ends in the middle of this row")),
        (101, whole(b"\x1f\x8b\x08\0\0", None, "looks like gzip")),
        (102, whole("<!DOCTYPE html>\n", None, "looks like HTML")),
        (
            103,
            whole(
                "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
                None,
                "LFS pointer",
            ),
        ),
        (103, whole("{\"payments\": []}", None, "looks like JSON")),
        (103, whole(b"\xff\xfei\0d\0", None, "looks like UTF-16")),
        (119, (LEYDEN.into(), None, None, "no payment in the file")),
    ]
}

/// Single values.
fn bad_rows() -> Vec<(u32, Case)> {
    let long_name = format!("0,{},2,3,4\n", "a".repeat(60_000));
    vec![
        (104, rows("0,1,2,NaN,4\n", 2, "amount_msat", "`NaN` is not a whole number")),
        (104, rows("0,1,2,3,NaN\n", 2, "at_s", "`NaN` is not a time")),
        (105, rows("0,1,2,1e999,4\n", 2, "amount_msat", "`1e999` is not a whole number")),
        (105, rows("0,1,2,3,1e9\n", 2, "at_s", "`1e9` is not a time")),
        (106, rows("0,1,2,\"1,5\",4\n", 2, "amount_msat", "`1,5` is not a whole number")),
        (107, rows("0,1,2, 12,4\n", 2, "amount_msat", "` 12` is not a whole number")),
        (107, rows("0,1, 2,12,4\n", 2, "payee", "no node is called ` 2`")),
        (107, rows("0,1,2,12,4 \n", 2, "at_s", "`4 ` is not a time")),
        (108, rows("0x10,1,2,3,4\n", 2, "id", "`0x10` is not a whole number")),
        (108, rows("0,1,2,+3,4\n", 2, "amount_msat", "`+3` is not a whole number")),
        (109, rows("0,1,2,٣,4\n", 2, "amount_msat", "is not a whole number")),
        (111, rows("0,1,2,18446744073709551616,4\n", 2, "amount_msat", "below 2^64")),
        (111, rows("0,1,2,2100000000000000001,4\n", 2, "amount_msat", "more than all bitcoin")),
        (113, rows("7,1,2,3,4\n8,1,2,3,4\n7,1,2,3,5\n", 4, "id", "id 7 stands on line 2")),
        (123, rows("0,1,1,3,4\n", 2, "payee", "`1` pays itself")),
        (124, rows("0,1,2,3,4\n1,99,2,3,4\n", 3, "payer", "no node is called `99`")),
        (125, rows("0,1,2,0,4\n", 2, "amount_msat", "the amount is 0")),
        (
            126,
            rows(
                "0,1,2,3,4.5\n\n1,1,2,3,4.25\n",
                4,
                "at_s",
                "4.250000000 s lies before 4.500000000 s of line 2",
            ),
        ),
        (
            126,
            (
                [CLOTH, "0,1,2,3,20\n1,2,1,3,19\n"].concat().into(),
                Some(3),
                Some("start_time"),
                "of line 2",
            ),
        ),
        (127, rows("0,1,2,3,18446744073.709551616\n", 2, "at_s", "is not a time")),
        (128, rows("0,1,2,3,-1\n", 2, "at_s", "`-1` is not a time")),
        (128, ([CLOTH, "0,1,2,3,1.5\n"].concat().into(), Some(2), Some("start_time"), "`1.5`")),
        (129, rows("0,=cmd|'/c calc'!A1,2,3,4\n", 2, "payer", "no node is called")),
        (130, rows("0,1,<script>,3,4\n", 2, "payee", "no node is called `<script>`")),
        (131, rows("0,1,\u{1b}[2J,3,4\n", 2, "payee", "`\\x1b[2J`")),
        (132, rows("0,1,\u{202e}2,3,4\n", 2, "payee", "`\\xe2\\x80\\xae2`")),
        (133, rows(&long_name, 2, "payer", "aaa...`")),
    ]
}

#[test]
fn every_bad_file_is_refused_with_line_column_and_rule() {
    let mut wrong = String::new();
    for (number, (bytes, line, column, words)) in bad_files().into_iter().chain(bad_rows()) {
        match replay_bytes(&bytes) {
            Ok(demands) => writeln!(wrong, "{number}: taken as {demands:?}").unwrap(),
            Err(error) => {
                let found = (error.line, error.column.as_deref(), error.message.contains(words));
                if found != (line, column, true) || error.unreadable {
                    writeln!(wrong, "{number}: expected {line:?} {column:?} {words}; got {error}")
                        .unwrap();
                }
                let printed = error.to_string();
                let plain = printed.chars().all(|c| c == '\n' || !c.is_control());
                assert!(plain && printed.len() < 500, "{number}: {printed:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn unusual_but_right_files_are_taken() {
    let expected = Demand {
        id: 5,
        payer: leyden::ids::NodeId(1),
        payee: leyden::ids::NodeId(2),
        amount: Msat(3_000),
        at: SimTime(40_000_000),
    };
    for (number, text) in [
        (0, [LEYDEN, "5,1,2,3000,0.04\n"].concat()),
        (3, ["\u{feff}", LEYDEN, "5,1,2,3000,0.04\n"].concat()),
        (4, [LEYDEN, "5,1,2,3000,0.04\n"].concat().replace('\n', "\r\n")),
        (93, "at_s,note,amount_msat,payee,payer,id\n0.040,x,3000,2,1,5\n".to_owned()),
        (99, [LEYDEN, "5,1,2,3000,0.04"].concat()),
        (0, [LEYDEN, "\"5\",1,\"2\",3000,00.040000000\n\n"].concat()),
        (0, [CLOTH, "5,1,2,3000,40\n"].concat()),
    ] {
        assert_eq!(replay_bytes(text.as_bytes()), Ok(vec![expected]), "{number}: {text}");
    }
}

#[test]
fn what_is_no_readable_file_says_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    for path in [missing.as_path(), folder.path(), Path::new("/dev/zero")] {
        let error = replay(path).unwrap_err();
        assert!(error.unreadable, "{error}");
        assert_eq!(error.path, path);
    }
}

#[test]
fn no_mutation_of_a_right_file_panics_or_is_taken_wrongly() {
    let right = [LEYDEN, "0,1,2,3000,0.5\n1,3,4,5000,0.75\n2,4,3,7,1.125\n"].concat();
    let dictionary: [&[u8]; 10] =
        [b"\"", b",", b"\n", b"\r", b"\0", b"-", b".", b"\xff", b"99999999999999999999", b"id"];
    let mut draws = Seeds::new(3, 0).stream("mutations");
    let mut pick = |bound: usize| usize::try_from(draws.below(bound as u64)).unwrap();
    for _ in 0..2_000 {
        let mut bytes = right.clone().into_bytes();
        for _ in 0..=pick(3) {
            let place = pick(bytes.len());
            match pick(3) {
                0 => bytes[place] ^= 1 << pick(8),
                1 => bytes.truncate(place + 1),
                _ => drop(bytes.splice(place..place, dictionary[pick(10)].iter().copied())),
            }
        }
        if let Ok(demands) = replay_bytes(&bytes) {
            assert!(demands.is_sorted_by_key(|demand| demand.at));
            assert!(demands.iter().all(|d| d.payer != d.payee && d.amount > Msat(0)));
        }
    }
}

#[test]
fn the_reference_payments_of_cloth_load_exactly() {
    let test = "the_reference_payments_of_cloth_load_exactly";
    let Some(folder) = std::env::var_os("LEYDEN_DATA").map(PathBuf::from) else {
        eprintln!("skipped: {test}: LEYDEN_DATA is not set");
        return;
    };
    let mut network = Network::default();
    for i in 0..6_006 {
        network.add_node(Node { name: i.to_string().into(), software: None });
    }
    for mean_sat in [1_000, 100_000] {
        // What CLoTH was given, and what it answered, whose further columns do not matter.
        let [prepared, answered] = ["payments", "output"].map(|kind| {
            let name = format!("cloth-reference/mean-{mean_sat}-sat-{kind}.csv");
            let source = Source::Trace { path: folder.join(name) };
            let params = Demands { source, stop: Stop { time: None, payments: None } };
            prepare(&params, &network, &[], None, Seeds::new(1, 0)).unwrap()
        });
        assert!(prepared.demands.iter().eq(answered.demands.iter()));
        let demands: Vec<Demand> = prepared.demands.iter().collect();
        assert_eq!(demands.len(), 1_000);
        let first = Demand {
            id: 0,
            payer: leyden::ids::NodeId(5166),
            payee: leyden::ids::NodeId(5415),
            amount: Msat(mean_sat * 1_000 + 1_867),
            at: SimTime::ZERO + leyden::units::SimDuration::from_millis(1_280),
        };
        assert_eq!(demands[0], first);
        assert_eq!(prepared.end_of_arrivals, demands.last().map(|demand| demand.at));
    }
}
