//! `[network]`: a file or a generator, balances, software.

use crate::network::{BalanceModel, FileFormat, Generator, PlainPolicy, Software, SoftwareMix};
use crate::scenario::NetworkSource;
use crate::scenario::amount::WholeSat;
use crate::scenario::choice::Alternative;
use crate::scenario::number::{POSITIVE, SHARE, Whole};
use crate::scenario::section::Section;
use crate::scenario::size;
use crate::scenario::word::{Input, Word};
use crate::units::{Msat, Ppm, SUPPLY, Sat};

/// What `[network]` says.
pub(super) struct NetworkPart {
    pub(super) source: NetworkSource,
    pub(super) balances: BalanceModel,
    pub(super) software: SoftwareMix,
    pub(super) unannounced_leaves: f64,
}

/// Reads `[network]`.
pub(super) fn network(s: &mut Section<'_, '_>) -> NetworkPart {
    let from_file = s.either("file", &["generate"]);
    let source = if from_file { file(s) } else { generated(s) };
    let default = if from_file { "file" } else { "uniform" };
    let balances = s.choice("balances", &BALANCES, Some(default));
    s.rule(&["balances.file"], from_file || balances != BalanceModel::File, || {
        "there is no `network.file` that could state balances".to_owned()
    });
    // BitMEX Research counts 28 % among the channels closed without agreement until 2020; default: none.
    let unannounced_leaves = s.or("unannounced_leaves", &SHARE, 0.0);
    NetworkPart { source, balances, software: s.table("software", software), unannounced_leaves }
}

const FORMATS: [(&str, FileFormat); FileFormat::ALL.len()] = {
    let mut formats = [("", FileFormat::Lnd); FileFormat::ALL.len()];
    let mut index = 0;
    while index < formats.len() {
        formats[index] = (FileFormat::ALL[index].name(), FileFormat::ALL[index]);
        index += 1;
    }
    formats
};

fn file(s: &mut Section<'_, '_>) -> NetworkSource {
    let path = s.required("file", &Input { folder: true }).used;
    let format = s.optional("format", &Word(&FORMATS), "recognised from the content");
    NetworkSource::File { path, format }
}

fn generated(s: &mut Section<'_, '_>) -> NetworkSource {
    let generator = s.choose("generate", &GENERATORS);
    s.declare("format");
    // Beside a `file` that `--set` has replaced by a generator, it is replaced as well.
    let is_stray = s.has("format") && !s.has("file");
    s.rule(&["format"], !is_stray, || "goes only with `network.file`".to_owned());
    if generator.is_none() && !s.is_bad("generate") {
        let help = "e.g. --set network.file=PATH, or a table [network.generate.lightning_2026] with nodes = 2_000";
        s.missing(&["file", "generate"], Some(help));
    }
    NetworkSource::Generate(generator.unwrap_or(Generator::Lightning2026 { nodes: 100 }))
}

const GENERATORS: [Alternative<Generator>; 11] = [
    ("lightning_2026", lightning_2026),
    ("barabasi_albert", barabasi_albert),
    ("watts_strogatz", watts_strogatz),
    ("erdos_renyi", erdos_renyi),
    ("core_periphery", core_periphery),
    ("hub_and_spoke", hub_and_spoke),
    ("star", star),
    ("line", line),
    ("ring", ring),
    ("grid", grid),
    ("complete", complete),
];

/// The names under `[network.generate]`.
pub(crate) fn generator_names() -> [&'static str; GENERATORS.len()] {
    GENERATORS.map(|(name, _)| name)
}

/// Nodes of a plain generator: payments need two.
const NODES: Whole<u32> = Whole(2..=u32::MAX);
/// A number of things of which there is at least one.
const SOME: Whole<u32> = Whole(1..=u32::MAX);

fn lightning_2026(s: &mut Section<'_, '_>) -> Generator {
    Generator::Lightning2026 { nodes: s.required("nodes", &Whole(100..=1_000_000)) }
}

fn barabasi_albert(s: &mut Section<'_, '_>) -> Generator {
    let nodes = s.required("nodes", &NODES);
    let channels_per_node = s.required("channels_per_node", &SOME);
    s.rule(&["channels_per_node", "nodes"], channels_per_node < nodes, || {
        format!("must be below the number of nodes, but {channels_per_node} is not below {nodes}")
    });
    let policy = policy(s);
    let channels = u128::from(nodes) * u128::from(channels_per_node);
    size::check(s, &["nodes", "channels_per_node"], u64::from(nodes), channels, policy.capacity);
    Generator::BarabasiAlbert { nodes, channels_per_node, policy }
}

fn watts_strogatz(s: &mut Section<'_, '_>) -> Generator {
    let nodes = s.required("nodes", &Whole(3..=u32::MAX));
    let neighbours = s.required("neighbours", &Whole(2..=u32::MAX));
    let is_even = neighbours.is_multiple_of(2);
    s.rule(&["neighbours", "nodes"], is_even && neighbours < nodes, || {
        format!("must be even and below the number of nodes {nodes}, but is {neighbours}")
    });
    let rewire = s.required("rewire", &SHARE);
    let policy = policy(s);
    let channels = u128::from(nodes) * u128::from(neighbours) / 2;
    size::check(s, &["nodes", "neighbours"], u64::from(nodes), channels, policy.capacity);
    Generator::WattsStrogatz { nodes, neighbours, rewire, policy }
}

fn erdos_renyi(s: &mut Section<'_, '_>) -> Generator {
    let nodes = s.required("nodes", &NODES);
    let channels = s.required("channels", &SOME);
    let most = pairs(u64::from(nodes));
    s.rule(&["channels", "nodes"], u128::from(channels) <= most, || {
        format!("must be at most {most}, the pairs of {nodes} nodes, but is {channels}")
    });
    let policy = policy(s);
    size::check(s, &["nodes", "channels"], u64::from(nodes), u128::from(channels), policy.capacity);
    Generator::ErdosRenyi { nodes, channels, policy }
}

fn core_periphery(s: &mut Section<'_, '_>) -> Generator {
    let core = s.required("core", &NODES);
    let periphery = s.required("periphery", &Whole(0..=u32::MAX));
    let channels_per_node = s.required("channels_per_node", &SOME);
    s.rule(&["channels_per_node", "core"], channels_per_node <= core, || {
        format!("must be at most the size of the core, but {channels_per_node} is above {core}")
    });
    let policy = policy(s);
    let outer = u128::from(periphery) * u128::from(channels_per_node);
    let nodes = u64::from(core) + u64::from(periphery);
    size::check(s, &["core", "periphery"], nodes, pairs(u64::from(core)) + outer, policy.capacity);
    Generator::CorePeriphery { core, periphery, channels_per_node, policy }
}

fn hub_and_spoke(s: &mut Section<'_, '_>) -> Generator {
    let hubs = s.required("hubs", &SOME);
    let spokes = s.required("spokes", &SOME);
    let policy = policy(s);
    let channels = pairs(u64::from(hubs)) + u128::from(spokes);
    let nodes = u64::from(hubs) + u64::from(spokes);
    size::check(s, &["hubs", "spokes"], nodes, channels, policy.capacity);
    Generator::HubAndSpoke { hubs, spokes, policy }
}

fn star(s: &mut Section<'_, '_>) -> Generator {
    let (nodes, policy) = tree(s);
    Generator::Star { nodes, policy }
}

fn line(s: &mut Section<'_, '_>) -> Generator {
    let (nodes, policy) = tree(s);
    Generator::Line { nodes, policy }
}

/// Nodes and policy where there is one channel fewer than nodes.
fn tree(s: &mut Section<'_, '_>) -> (u32, PlainPolicy) {
    let nodes = s.required("nodes", &NODES);
    let policy = policy(s);
    size::check(s, &["nodes"], u64::from(nodes), u128::from(nodes) - 1, policy.capacity);
    (nodes, policy)
}

fn ring(s: &mut Section<'_, '_>) -> Generator {
    let nodes = s.required("nodes", &Whole(3..=u32::MAX));
    let policy = policy(s);
    size::check(s, &["nodes"], u64::from(nodes), u128::from(nodes), policy.capacity);
    Generator::Ring { nodes, policy }
}

fn grid(s: &mut Section<'_, '_>) -> Generator {
    let rows = s.required("rows", &SOME);
    let columns = s.required("columns", &SOME);
    let nodes = u64::from(rows) * u64::from(columns);
    s.rule(&["rows", "columns"], nodes >= 2, || "a grid of one node has no channel".to_owned());
    let policy = policy(s);
    let channels = 2 * u128::from(nodes) - u128::from(rows) - u128::from(columns);
    size::check(s, &["rows", "columns"], nodes, channels, policy.capacity);
    Generator::Grid { rows, columns, policy }
}

fn complete(s: &mut Section<'_, '_>) -> Generator {
    let nodes = s.required("nodes", &NODES);
    let policy = policy(s);
    size::check(s, &["nodes"], u64::from(nodes), pairs(u64::from(nodes)), policy.capacity);
    Generator::Complete { nodes, policy }
}

fn pairs(nodes: u64) -> u128 {
    u128::from(nodes) * u128::from(nodes.saturating_sub(1)) / 2
}

/// The keys of a plain generator's channels, in the same table.
fn policy(s: &mut Section<'_, '_>) -> PlainPolicy {
    let default = PlainPolicy::default();
    let capacity = s.or("capacity", &WholeSat, default.capacity);
    let fee_base_msat = s.or("fee_base_msat", &Whole(0..=u32::MAX), default.fee_base_msat);
    let ppm = s.or("ppm", &Whole(0..=u32::MAX), default.proportional_millionths.0);
    let cltv_expiry_delta =
        s.or("cltv_expiry_delta", &Whole(1..=u16::MAX), default.cltv_expiry_delta);
    let most = SUPPLY.to_msat().get();
    let minimum = s.or("htlc_minimum_msat", &Whole(0..=most), default.htlc_minimum.get());
    let htlc_minimum = Msat(minimum);
    s.rule(&["htlc_minimum_msat", "capacity"], htlc_minimum <= capacity.to_msat(), || {
        format!("must be at most the capacity, but {htlc_minimum} is more than {capacity}")
    });
    PlainPolicy {
        capacity,
        fee_base_msat,
        proportional_millionths: Ppm(ppm),
        cltv_expiry_delta,
        htlc_minimum,
    }
}

const BALANCES: [Alternative<BalanceModel>; 6] = [
    ("file", |_| BalanceModel::File),
    ("uniform", |_| BalanceModel::Uniform),
    ("half", |_| BalanceModel::Half),
    ("one_sided", one_sided),
    ("beta", beta),
    ("bimodal", bimodal),
];

fn one_sided(s: &mut Section<'_, '_>) -> BalanceModel {
    // A fair coin: who opened a channel is not public.
    BalanceModel::OneSided { first_share: s.or("first_share", &SHARE, 0.5) }
}

fn beta(s: &mut Section<'_, '_>) -> BalanceModel {
    BalanceModel::Beta {
        alpha: s.required("alpha", &POSITIVE),
        beta: s.required("beta", &POSITIVE),
    }
}

fn bimodal(s: &mut Section<'_, '_>) -> BalanceModel {
    // lnd's `DefaultBimodalScaleMsat` (routing/probability_bimodal.go).
    BalanceModel::Bimodal { scale: s.or("scale", &WholeSat, Sat(300_000)) }
}

fn software(s: &mut Section<'_, '_>) -> SoftwareMix {
    let usual = if s.is_written() { [0.0; 4] } else { SoftwareMix::default().shares };
    let mut shares = usual;
    for (share, software) in shares.iter_mut().zip(Software::ALL) {
        *share = s.or(software.name(), &SHARE, *share);
    }
    let sum: f64 = shares.iter().sum();
    s.rule(&Software::ALL.map(Software::name), (sum - 1.0).abs() <= 1e-9, || {
        format!("the shares of all implementations must sum up to 1, but sum up to {sum}")
    });
    SoftwareMix { shares }
}
