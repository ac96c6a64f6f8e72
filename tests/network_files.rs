//! Network files of every format: hand-written small ones, and real ones where `LEYDEN_DATA` names
//! the folder that holds them.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use leyden::ids::{ChannelId, DirectedChannel, NodeId, Side};
use leyden::network::{
    Channel, FileFormat, InboundFee, Loaded, Network, Policy, ReadOptions, Software, Stated,
    StatedLimits, export, read,
};
use leyden::units::{Msat, Ppm, Sat};

/// A folder under test and the network read from `content` in it.
fn load_text(content: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network");
    fs::write(&path, content).unwrap();
    load(&path)
}

fn load(path: &Path) -> Loaded {
    read(path, ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The real file or folder `name`, or `None` with a line that says that `test` was skipped.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn real(test: &str, name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LEYDEN_DATA");
    if folder.is_none() {
        eprintln!("skipped: {test}: LEYDEN_DATA is not set");
    }
    Some(PathBuf::from(folder?).join(name))
}

fn assert_equal(one: &Network, two: &Network) {
    assert_eq!(one.node_count(), two.node_count());
    assert_eq!(one.channel_count(), two.channel_count());
    for id in one.node_ids() {
        assert_eq!(one.node(id), two.node(id));
    }
    for id in one.channel_ids() {
        assert_eq!(one.ends(id), two.ends(id), "ends of {id:?}");
        assert_eq!(one.channel(id), two.channel(id), "{id:?}");
    }
}

/// Asserts that the network is the same once exported and read again.
fn assert_survives_export(network: &Network) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("made/by/export");
    export(network, &target).unwrap();
    let again = load(&target);
    assert_eq!(again.format, FileFormat::Leyden);
    assert_equal(network, &again.network);
    let mut names: Vec<_> =
        fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["channels.csv", "nodes.csv"], "nothing is left over");
}

#[expect(clippy::unnecessary_wraps, reason = "channels hold optional policies")]
fn policy(fees: [u32; 2], cltv: u16, htlcs: [u64; 2], disabled: bool) -> Option<Policy> {
    Some(Policy {
        fee_base_msat: fees[0],
        proportional_millionths: Ppm(fees[1]),
        cltv_expiry_delta: cltv,
        htlc_minimum: Msat(htlcs[0]),
        htlc_maximum: Msat(htlcs[1]),
        disabled,
    })
}

fn total_capacity(network: &Network) -> Sat {
    network.channel_ids().map(|id| network.channel(id).capacity).sum()
}

/// Disabled directions.
fn disabled(network: &Network) -> usize {
    let halves = network.channel_ids().flat_map(|id| network.channel(id).policies);
    halves.flatten().filter(|half| half.disabled).count()
}

const ALICE: &str = "02aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const BOB: &str = "03bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[test]
fn lnd_files_may_write_numbers_as_strings_and_leave_out_a_policy() {
    let text = format!(
        r#"{{"nodes":[{{"pub_key":"{BOB}","alias":"\"b\"","features":{{"1":{{}}}}}},{{"pub_key":"{ALICE}"}}],
        "edges":[{{"channel_id":"880000000001048577","node1_pub":"{ALICE}","node2_pub":"{BOB}","capacity":"1000000",
        "node1_policy":{{"time_lock_delta":80,"min_htlc":"1000","fee_base_msat":1000,"fee_rate_milli_msat":"1",
        "disabled":true,"max_htlc_msat":"0","inbound_fee_base_msat":-5}},"node2_policy":null,"custom_records":{{}}}}]}}"#
    );
    let loaded = load_text(&text);
    assert_eq!(loaded.format, FileFormat::Lnd);
    let channel = loaded.network.channel(ChannelId(0));
    assert_eq!((&*channel.name, channel.capacity), ("880000000001048577", Sat(1_000_000)));
    assert_eq!(channel.policies, [policy([1_000, 1], 80, [1_000, 1_000_000_000], true), None]);
    let inbound = loaded.network.inbound_fee(DirectedChannel(0));
    assert_eq!(inbound, InboundFee { base_msat: -5, ppm: 0 }, "of the node whose policy it is");
    assert_eq!(loaded.network.inbound_fee(DirectedChannel(1)), InboundFee::default());
    assert_eq!(loaded.network.ends(ChannelId(0)), [NodeId(1), NodeId(0)]);
    assert_eq!(&*loaded.network.node(NodeId(1)).name, ALICE);
    assert_eq!(
        loaded.notes,
        ["channels with a policy in one direction only: 1", "disabled half-channels: 1"]
    );
    assert_survives_export(&loaded.network);
}

#[test]
fn cln_files_are_joined_from_their_directions_old_and_new() {
    let text = format!(
        r#"{{"channels":[
        {{"source":"{BOB}","destination":"{ALICE}","short_channel_id":"1x2x3","direction":1,"amount_msat":5000000,
        "channel_flags":3,"active":false,"base_fee_millisatoshi":1,"fee_per_millionth":2,"delay":34,"htlc_minimum_msat":"7msat"}},
        {{"source":"{ALICE}","destination":"{BOB}","short_channel_id":"4x5x6","satoshis":9,"amount_msat":"9000msat",
        "active":true,"base_fee_millisatoshi":3,"fee_per_millionth":4,"delay":5,"htlc_maximum_msat":"8000msat"}},
        {{"source":"{ALICE}","destination":"{BOB}","short_channel_id":"1x2x3","satoshis":5000,
        "channel_flags":0,"base_fee_millisatoshi":0,"fee_per_millionth":100,"delay":40}}]}}"#
    );
    let Loaded { network, format, notes, .. } = load_text(&text);
    assert_eq!(format, FileFormat::Cln);
    assert_eq!((network.node_count(), network.channel_count()), (2, 2));
    let first = network.channel(ChannelId(0));
    assert_eq!((&*first.name, first.capacity), ("1x2x3", Sat(5_000)));
    assert_eq!(
        first.policies,
        [policy([0, 100], 40, [0, 5_000_000], false), policy([1, 2], 34, [7, 5_000_000], true)]
    );
    let second = network.channel(ChannelId(1));
    assert_eq!(second.policies, [policy([3, 4], 5, [0, 8_000], false), None]);
    assert_eq!(&*network.node(network.source(DirectedChannel(0))).name, ALICE);
    assert!(notes.contains(&"channels parallel to another: 1".to_owned()), "{notes:?}");
    assert_survives_export(&network);
}

#[test]
fn simln_files_keep_limits_and_state_no_balances() {
    let side = |key: &str, count: u16| {
        format!(
            r#"{{"pubkey":"{key}","alias":"x y","max_htlc_count":{count},"max_in_flight_msat":200000,"min_htlc_size_msat":1,
            "max_htlc_size_msat":100000,"cltv_expiry_delta":40,"base_fee":1000,"fee_rate_prop":100}}"#
        )
    };
    let text = format!(
        r#"{{"nodes":[],"sim_network":[{{"scid":1,"capacity_msat":250000,"node_1":{},"node_2":{}}}],"exclude":[]}}"#,
        side(BOB, 483),
        side(ALICE, 15)
    );
    let Loaded { network, format, .. } = load_text(&text);
    assert_eq!(format, FileFormat::Simln);
    let channel = network.channel(ChannelId(0));
    let limits = |max_accepted_htlcs| {
        Some(StatedLimits { max_accepted_htlcs, max_htlc_value_in_flight: Msat(200_000) })
    };
    assert_eq!(
        *channel,
        Channel {
            name: "1".into(),
            capacity: Sat(250),
            policies: [policy([1_000, 100], 40, [1, 100_000], false); 2],
            stated: Some(Box::new(Stated {
                limits: [limits(483), limits(15)],
                ..Stated::default()
            })),
        }
    );
    assert_eq!(&*network.node(NodeId(0)).name, BOB, "nodes stand in the order of their channels");
    assert_survives_export(&network);
}

const HALVES: &str =
    "chan,node1,node2,capacity_sat,dir,disabled,htlc_min_msat,htlc_max_msat,base_msat,ppm,cltv\n";

#[test]
fn half_channels_in_any_order_become_channels_between_nodes_in_order_of_number() {
    let rows = "7,10,2,50,1,1,0,50000,0,0,0\n8,2,10,60,0,0,1,2,3,4,5\n7,10,2,50,0,0,1,40000,1000,11000,34\n";
    let Loaded { network, format, .. } = load_text(&format!("{HALVES}{rows}"));
    assert_eq!(format, FileFormat::HalfChannels);
    assert_eq!(&*network.node(NodeId(0)).name, "2");
    assert_eq!(network.ends(ChannelId(0)), [NodeId(1), NodeId(0)]);
    assert_eq!(
        network.channel(ChannelId(0)).policies,
        [policy([1_000, 11_000], 34, [1, 40_000], false), policy([0, 0], 0, [0, 50_000], true)]
    );
    assert_eq!(network.channel(ChannelId(1)).policies, [policy([3, 4], 5, [1, 2], false), None]);
    assert_survives_export(&network);
}

fn write_folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[test]
fn cloth_edges_become_the_directions_of_their_channel() {
    let edges = "id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base,fee_proportional,min_htlc,timelock\n\
                 0,0,1,0,1,4000,1000,1,1000,144\n1,0,0,1,0,1000,7,100000000,1,40\n";
    let folder = write_folder(&[
        ("a.csv", "id\r\n0\r\n1\r\n"),
        ("b.csv", "id,edge1_id,edge2_id,node1_id,node2_id,capacity(millisat)\n0,0,1,0,1,5000\n"),
        ("c.csv", edges),
        ("README.md", "# not a table"),
    ]);
    let Loaded { network, format, notes, .. } = load(folder.path());
    assert_eq!((format, notes), (FileFormat::Cloth, Vec::new()));
    let channel = network.channel(ChannelId(0));
    assert_eq!(channel.stated.as_ref().unwrap().balances, Some([Msat(4_000), Msat(1_000)]));
    assert_eq!(network.source(DirectedChannel(1)), NodeId(1));
    assert_eq!(
        network.policy(DirectedChannel::new(ChannelId(0), Side::Two)),
        policy([7, 100_000_000], 40, [1, 5_000], false).as_ref()
    );
    assert_survives_export(&network);
}

#[test]
fn cloth_edges_numbered_otherwise_are_counted() {
    let edges = "id,channel_id,counter_edge_id,from_node_id,to_node_id,balance,fee_base,fee_proportional,min_htlc,timelock,is_closed,tot_flows\n\
                 0,0,1,1,0,1000,7,0,1,40,0,0\n1,0,0,0,1,4000,9,0,1,40,0,0\n";
    let folder = write_folder(&[
        ("nodes_output.csv", "id,open_edges\n0,0\n1,1\n"),
        (
            "channels_output.csv",
            "id,edge1,edge2,node1,node2,capacity,is_closed\n0,1,0,0,1,5000,0\n",
        ),
        ("edges_output.csv", edges),
    ]);
    let Loaded { network, notes, .. } = load(folder.path());
    assert_eq!(notes, ["edges renumbered to twice their channel plus direction: 2"]);
    assert_eq!(network.policy(DirectedChannel(0)).unwrap().fee_base_msat, 9);
}

#[test]
fn leydens_own_files_state_only_what_their_cells_hold() {
    let header = "node1,node2,channel,capacity_sat,fee_base_1_msat,ppm_1,cltv_1,fee_base_2_msat,ppm_2,cltv_2,max_in_flight_2_msat,max_htlcs_2";
    let folder = write_folder(&[
        ("nodes.csv", "\u{feff}node,software\nalice,lnd\n\"bob\",\ncarol,eclair"),
        (
            "channels.csv",
            &format!("{header}\nalice,bob,x,7,1,2,3,,,,400,30\n\ncarol,bob,y,8,,,,,,,,"),
        ),
    ]);
    let Loaded { network, format, input_hash, .. } = load(folder.path());
    assert_eq!((format, input_hash.len()), (FileFormat::Leyden, 64));
    assert_eq!(network.node(NodeId(0)).software, Some(Software::Lnd));
    assert_eq!(network.node(NodeId(1)).software, None);
    let channel = network.channel(ChannelId(0));
    assert_eq!(channel.policies, [policy([1, 2], 3, [0, 7_000], false), None]);
    let limits = StatedLimits { max_accepted_htlcs: 30, max_htlc_value_in_flight: Msat(400) };
    assert_eq!(channel.stated.as_ref().unwrap().limits, [None, Some(limits)]);
    assert_eq!(network.channel(ChannelId(1)).stated, None);
    assert_survives_export(&network);
}

#[test]
fn inbound_fees_are_four_more_columns_where_there_are_any() {
    let header = "node1,node2,channel,capacity_sat,fee_base_1_msat,ppm_1,cltv_1,fee_base_2_msat,ppm_2,cltv_2";
    let inbound = "inbound_base_1_msat,inbound_ppm_1,inbound_base_2_msat,inbound_ppm_2";
    let nodes = ("nodes.csv", "node,software\na,\nb,\n");
    let rows =
        "a,b,x,9,1,2,3,4,5,6,-7,-8,-9,10\na,b,y,9,1,2,3,4,5,6,,,,-2\na,b,z,9,1,2,3,4,5,6,,,,\n";
    let with = format!("{header},{inbound}\n{rows}");
    let network = load(write_folder(&[nodes, ("channels.csv", &with)]).path()).network;
    let fee = |base_msat, ppm| InboundFee { base_msat, ppm };
    let fees = (0..6).map(|direction| network.inbound_fee(DirectedChannel(direction)));
    let none = InboundFee::default();
    assert_eq!(fees.collect::<Vec<_>>(), [fee(-7, -8), fee(-9, 10), none, fee(0, -2), none, none]);
    assert_survives_export(&network);

    let first_line = |network: &Network| {
        let folder = tempfile::tempdir().unwrap();
        export(network, folder.path()).unwrap();
        let text = fs::read_to_string(folder.path().join("channels.csv")).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    assert!(first_line(&network).ends_with(inbound));
    let plain = format!("{header}\na,b,x,9,1,2,3,4,5,6\n");
    let plain = load(write_folder(&[nodes, ("channels.csv", &plain)]).path()).network;
    assert!(!first_line(&plain).contains("inbound"));
}

#[test]
fn names_that_are_not_allowed_are_numbered_on_request() {
    let rows = "=1+1,10,<script>,50,0,0,1,2,3,4,5\nb,10,é,50,0,0,1,2,3,4,5\n";
    let folder = write_folder(&[("x", &format!("{HALVES}{rows}"))]);
    let options = ReadOptions { rename: true, ..ReadOptions::default() };
    let Loaded { network, notes, .. } = read(&folder.path().join("x"), options).unwrap();
    let names: Vec<_> = network.node_ids().map(|id| &*network.node(id).name).collect();
    assert_eq!(names, ["10", "1", "2"]);
    assert_eq!(&*network.channel(ChannelId(0)).name, "0");
    assert_eq!(
        notes[..2],
        ["node names replaced by their index: 2", "channel names replaced by their index: 1"]
    );
}

#[test]
fn a_name_is_not_numbered_onto_another() {
    let folder = write_folder(&[("x", &format!("{HALVES}7,1,!,50,0,0,1,2,3,4,5\n"))]);
    let options = ReadOptions { rename: true, ..ReadOptions::default() };
    let error = read(&folder.path().join("x"), options).unwrap_err();
    assert_eq!(error.message, "the node `1` has the index of a renamed one");
}

#[test]
fn channels_of_a_node_with_itself_are_dropped_on_request() {
    let rows = "1,5,5,50,0,0,1,2,3,4,5\n2,5,6,50,0,0,1,2,3,4,5\n1,5,5,50,1,0,1,2,3,4,5\n";
    let folder = write_folder(&[("x", &format!("{HALVES}{rows}"))]);
    let options = ReadOptions { drop_self_loops: true, ..ReadOptions::default() };
    let Loaded { network, notes, .. } = read(&folder.path().join("x"), options).unwrap();
    assert_eq!((network.channel_count(), &*network.channel(ChannelId(0)).name), (1, "2"));
    assert_eq!(notes[0], "channels of a node with itself dropped: 1");
}

#[test]
fn the_network_of_2026_is_the_same_from_both_its_files() {
    let test = "the_network_of_2026_is_the_same_from_both_its_files";
    let Some(csv) = real(test, "lightning-2026-02-03.csv") else { return };
    let map = csv.with_file_name("cln-gossmap-2026-02-03.compressed");
    let (csv, map) = (load(&csv), load(&map));
    assert_eq!((csv.format, map.format), (FileFormat::HalfChannels, FileFormat::ClnGossmap));
    assert_eq!(csv.notes, map.notes);
    assert_equal(&csv.network, &map.network);

    let network = &map.network;
    assert_eq!((network.node_count(), network.channel_count()), (17_324, 50_808));
    assert_eq!(total_capacity(network), Sat(536_168_010_515));
    assert_eq!(disabled(network), 35_806);
    // Rows 0,0 and 0,1 of the CSV.
    let channel = network.channel(ChannelId(0));
    assert_eq!(channel.capacity, Sat(9_093_802));
    assert_eq!(
        channel.policies,
        [
            policy([0, 11_000], 34, [1, 4_092_210_000], false),
            policy([1_000, 499], 144, [0, 1_000_000], false)
        ]
    );
    // Row 121,1: no update is known.
    let unknown = network.channel(ChannelId(121));
    assert_eq!(unknown.policies[1], policy([0, 0], 0, [0, 4_000_000_000], true));
    assert_eq!(network.ends(ChannelId(121)), [NodeId(0), NodeId(2_507)]);
    assert_survives_export(network);
}

#[test]
fn the_lnd_graph_of_2024_loads_exactly() {
    let name = "lnd-describegraph-2024-100-nodes.json";
    let Some(path) = real("the_lnd_graph_of_2024_loads_exactly", name) else { return };
    let Loaded { network, format, notes, .. } = load(&path);
    assert_eq!(format, FileFormat::Lnd);
    assert_eq!((network.node_count(), network.channel_count()), (99, 533));
    assert_eq!(total_capacity(&network), Sat(10_637_848_546));
    assert_eq!((disabled(&network), &*notes), (37, &["disabled half-channels: 37".to_owned()][..]));
    let first = network.channel(ChannelId(0));
    assert_eq!((&*first.name, first.capacity), ("620141050860732416", Sat(500_000)));
    assert_eq!(
        first.policies,
        [
            policy([1_000, 800], 80, [1_000, 495_000_000], false),
            policy([500, 500], 20, [1, 495_000_000], false)
        ]
    );
    let last = network.channel(ChannelId(532));
    assert_eq!(
        last.policies[0],
        policy([2_147_483_647, 2_147_483_647], 72, [1_000, 15_093_000_000], false)
    );
    assert_survives_export(&network);
}

#[test]
fn cloths_snapshot_loads_exactly() {
    let Some(path) = real("cloths_snapshot_loads_exactly", "cloth-2020") else { return };
    let Loaded { network, format, notes, .. } = load(&path);
    assert_eq!(format, FileFormat::Cloth);
    assert_eq!((network.node_count(), network.channel_count()), (6_006, 30_457));
    assert_eq!(total_capacity(&network), Sat(104_055_781_879));
    assert!(notes.iter().all(|note| !note.contains("renumbered")), "{notes:?}");
    // Edges 0 and 1 of channel 0, edge 3 of channel 1.
    let first = network.channel(ChannelId(0));
    assert_eq!(first.capacity, Sat(50_000));
    assert_eq!(first.stated.as_ref().unwrap().balances, Some([Msat(4_300_909), Msat(45_699_091)]));
    assert_eq!(
        network.policy(DirectedChannel(2)),
        policy([0, 1], 144, [1_000, 20_000_000], false).as_ref()
    );
    assert_eq!(network.source(DirectedChannel(3)), NodeId(1));
    for id in network.channel_ids() {
        let channel = network.channel(id);
        let [one, two] = channel.stated.as_ref().unwrap().balances.unwrap();
        assert_eq!(one + two, channel.capacity.to_msat());
    }
    assert_survives_export(&network);
}
