//! JSON: lines, keys and values.

use crate::fixtures::{ALICE, BOB, case, check, file, lnd};

#[test]
fn lnds_json_is_refused_by_line_and_key() {
    let good = "\"fee_base_msat\":\"1\"";
    let lnd_with = |edge: &str| lnd(ALICE, edge, good);
    let nested =
        lnd_with(&format!("\"capacity\":\"5\",\n\"x\":{}1{}", "[".repeat(200), "]".repeat(200)));
    check(&[
        case("134 depth in a value", nested, 4, "", "nested more than 128 deep"),
        case(
            "135 duplicate keys",
            lnd_with("\"capacity\":\"5\",\"capacity\":\"6\""),
            3,
            "capacity",
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
            "114 node twice",
            lnd(BOB, "\"capacity\":\"5\"", good),
            2,
            "nodes[1].pub_key",
            "already stated in line 1 (`nodes[0]`)",
        ),
        case(
            "117 unknown node",
            lnd(&ALICE.replace("aa", "cc"), "\"capacity\":\"5\"", good),
            3,
            "edges[0].node1_pub",
            "is not a node of this network",
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
    ]);
}

#[test]
fn channels_in_other_json_are_refused_by_line_and_key() {
    let half = |scid: &str, to: &str, more: &str| {
        format!(
            "{{\"source\":\"{ALICE}\",\"destination\":\"{to}\",\"short_channel_id\":\"{scid}\",\"amount_msat\":5000,\
                 \"base_fee_millisatoshi\":1,\"fee_per_millionth\":2,\"delay\":3{more}}}"
        )
    };
    let cln = |halves: &[String]| file(format!("{{\"channels\":[\n{}]}}", halves.join(",\n")));
    check(&[
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
            "channel `1x1x1` joins node `02aaaaaa",
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
fn json_that_is_no_network_is_refused_by_line() {
    let deep = "[".repeat(100_000);
    check(&[
        case("134 depth 1e5", file(deep), 1, "", "nested more than 128 deep"),
        case(
            "135 duplicate list",
            file("{\"edges\":[],\n\"edges\":[]}"),
            2,
            "edges",
            "duplicate field",
        ),
        case("no object", file("{\"edges\":[],\"nodes\":[\n7]}"), 2, "", "expected struct"),
        case("cut short", file("{\"edges\":[\n{\"channel_id\":\"1"), 2, "", "ends in the middle"),
        case("no nodes", file("{\"edges\":[]}"), 0, "nodes", "lacks this key"),
    ]);
}
