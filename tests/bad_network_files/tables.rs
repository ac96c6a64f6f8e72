//! CSV: headers, rows, numbers, names and what must agree between rows.

use crate::fixtures::{CHANNELS, HALVES, NODES, case, check, cloth, file, halves, leyden, numbers};

#[test]
fn wrong_headers_are_refused_where_they_are() {
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
    ]);
}

#[test]
fn rows_of_another_shape_are_refused_where_they_are() {
    let one = "1,a,b,50,0,0,1,2,3,4,5\n";
    check(&[
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
