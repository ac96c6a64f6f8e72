//! Things that are no network files, gossip maps, paths, and files that are odd but right.

use std::fs;
use std::path::Path;

use leyden::network::{FileFormat, ReadOptions};

use crate::fixtures::{
    ALICE, EDGES, Files, HALVES, NODES, case, check, cloth, file, gossmap, gzip, halves, leyden,
    lnd, read_files, read_in_time,
};

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
            "2, of 2; 2 nodes",
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
    for node in 1..=50_000 {
        writeln!(rows, "{node},0,{node},50,0,0,1,2,3,4,5").unwrap();
    }
    let loaded = read_files(&halves(&rows), ReadOptions::default()).unwrap();
    assert_eq!(loaded.network.node_count(), 50_001);
}

#[test]
fn paths_that_are_no_files_are_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink(path("loop"), path("loop")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap();
    assert!(made.success());
    fs::write(path("secret"), HALVES).unwrap();
    fs::set_permissions(path("secret"), std::os::unix::fs::PermissionsExt::from_mode(0o000))
        .unwrap();
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
