//! Parameters of the network: where it comes from, its balances, its software.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::declare::amount::WholeSat;
use crate::declare::number::{POSITIVE, SHARE, Whole};
use crate::declare::text_kinds::{Input, Word};
use crate::declare::{Choice, Declared, Key, Section, choices, params, words};
use crate::engine::Seeds;
use crate::network::generator::Generator;
use crate::units::Sat;

params! {
    /// The network, its balances and its software.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct NetworkParams {
        /// Where the network comes from.
        source: NetworkSource = with(NetworkSource::Generate(Generator::SMALL), source),
        /// How the capacity of each channel is divided between its two sides at the start. Default: as a
        /// file states; uniform for generated networks.
        balances: BalanceModel = with(BalanceModel::Uniform, balances),
        /// Node implementations, by shares of the nodes for which the network states none. They set limits,
        /// deadlines and routing defaults. Source: an assumption; no published census exists.
        software: SoftwareMix = table(),
        /// Seed of network, balances, and where nodes are with the delays of their links, which are then the same in every
        /// replication and for every `seed`.
        seed: Option<u64> = optional(Whole(0..=u64::MAX), "drawn anew with everything else"),
        /// Share of the nodes with one channel that is not announced. Source: BitMEX Research counts
        /// 28 % among the channels closed without agreement until 2020; none by default.
        unannounced_leaves: f64 = or(0.0, SHARE),
    }
}

impl NetworkParams {
    /// The draws of network and balances in a run with these.
    pub fn seeds(&self, of_run: Seeds) -> Seeds {
        self.seed.map_or(of_run, |seed| Seeds::new(seed, 0))
    }
}

/// Where the network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NetworkSource {
    /// A snapshot.
    File {
        /// The file or folder.
        path: PathBuf,
        /// Its format; `None`: recognised from its content.
        format: Option<FileFormat>,
    },
    /// Made up.
    Generate(Generator),
}

/// Reads `file` and `format`, or `generate`.
fn source(s: &mut Section<'_, '_>, _: Key) -> NetworkSource {
    let from_file = s.either("file", &["generate"]);
    if s.is_exploring() {
        drop(file(s));
    }
    if from_file { file(s) } else { generated(s) }
}

fn file(s: &mut Section<'_, '_>) -> NetworkSource {
    let file = Key::new(
        "file",
        "Snapshot of a network: a file, or a folder for formats of several files.",
    );
    let format = Key::new("format", "Format of `file`.");
    let path = s.required(file, &Input { folder: true }).used;
    let format = s.optional(format, &Word::ANY, "recognised from the content");
    NetworkSource::File { path, format }
}

fn generated(s: &mut Section<'_, '_>) -> NetworkSource {
    let key = Key::new("generate", "Generator of the network.");
    let generator = s.choose(key, Generator::ALTERNATIVES, None);
    s.know("format");
    // Beside a `file` that `--set` has replaced by a generator, it is replaced as well.
    let is_stray = s.has("format") && !s.has("file");
    s.rule(&["format"], !is_stray, || "goes only with `network.file`".to_owned());
    if generator.is_none() && !s.is_bad("generate") {
        let help = "e.g. --set network.file=PATH, or a table [network.generate.lightning_2026] with nodes = 2_000";
        s.missing(&["file", "generate"], Some(help));
    }
    NetworkSource::Generate(generator.unwrap_or(Generator::SMALL))
}

fn balances(s: &mut Section<'_, '_>, key: Key) -> BalanceModel {
    let from_file = s.prevails("file", &["generate"]);
    let default = if from_file { "file" } else { "uniform" };
    let balances = s.choice(key, BalanceModel::ALTERNATIVES, Some(default));
    s.rule(&["balances.file"], from_file || balances != BalanceModel::File, || {
        "there is no `network.file` that could state balances".to_owned()
    });
    balances
}

/// A node implementation; it sets limits, deadlines and routing defaults that a file does not state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Software {
    /// lnd, Lightning Labs.
    Lnd,
    /// Core Lightning, Blockstream.
    Cln,
    /// The Lightning Development Kit.
    Ldk,
    /// eclair, ACINQ.
    Eclair,
}

impl Software {
    /// All of them, in the order of their shares in scenario files.
    pub const ALL: [Self; 4] = [Self::Lnd, Self::Cln, Self::Ldk, Self::Eclair];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lnd => "lnd",
            Self::Cln => "cln",
            Self::Ldk => "ldk",
            Self::Eclair => "eclair",
        }
    }
}

/// Shares of node implementations among nodes whose file states none; they sum up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoftwareMix {
    /// Share of each of [`Software::ALL`].
    pub shares: [f64; 4],
}

impl Default for SoftwareMix {
    /// lnd 0.90, CLN 0.05, LDK 0.03, eclair 0.02: an assumption; no published census exists.
    fn default() -> Self {
        Self { shares: [0.90, 0.05, 0.03, 0.02] }
    }
}

impl Declared for SoftwareMix {
    fn start() -> Self {
        Self::default()
    }

    fn read_over(s: &mut Section<'_, '_>, start: Self) -> Self {
        const KEYS: [Key; 4] = [
            Key::new("lnd", "Share of the nodes that run lnd."),
            Key::new("cln", "Share of the nodes that run Core Lightning."),
            Key::new("ldk", "Share of the nodes that run LDK."),
            Key::new("eclair", "Share of the nodes that run eclair."),
        ];
        // Whoever writes one share means all of them.
        let is_plain = !s.is_written() || s.is_exploring();
        let mut shares = if is_plain { start.shares } else { [0.0; 4] };
        for (share, key) in shares.iter_mut().zip(KEYS) {
            *share = s.or(key, &SHARE, *share);
        }
        let sum: f64 = shares.iter().sum();
        s.rule(&Software::ALL.map(Software::name), (sum - 1.0).abs() <= 1e-9, || {
            format!("the shares of all implementations must sum up to 1, but sum up to {sum}")
        });
        Self { shares }
    }
}

words! {
    /// The formats that can be read.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum FileFormat {
        /// lnd's `describegraph` JSON.
        Lnd = "lnd",
        /// Core Lightning's `listchannels` JSON.
        Cln = "cln",
        /// Core Lightning's compressed gossip map (`GOSSMAP_COMPRESSv1`, gzip).
        ClnGossmap = "cln_gossmap",
        /// CLoTH's folder of three CSV files.
        Cloth = "cloth",
        /// SimLN's simulation file with `sim_network`.
        Simln = "simln",
        /// Leyden's folder of `nodes.csv` and `channels.csv`.
        Leyden = "leyden",
        /// The half-channel CSV: one row per channel and direction.
        HalfChannels = "half_channels",
    }
}

impl FileFormat {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Lnd,
        Self::Cln,
        Self::ClnGossmap,
        Self::Cloth,
        Self::Simln,
        Self::Leyden,
        Self::HalfChannels,
    ];

    /// The name in scenario files and on the command line.
    pub fn name(self) -> &'static str {
        crate::declare::Worded::word(self)
    }
}

choices! {
    /// How the capacity of a channel is divided between its sides at the start.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum BalanceModel {
        /// As the file states; uniform where it states none.
        File = "file",
        /// Uniform over 0 ..= capacity.
        Uniform = "uniform",
        /// Half each; an odd millisatoshi goes to node 1.
        Half = "half",
        /// All on one side.
        OneSided {
            /// Probability that node 1 has it all. Source: a fair coin; who opened a channel is not public.
            first_share: f64 = or(0.5, SHARE),
        } = "one_sided",
        /// Beta-distributed share of node 1.
        Beta {
            /// First shape parameter of the distribution.
            alpha: f64 = required(POSITIVE),
            /// Second shape parameter of the distribution.
            beta: f64 = required(POSITIVE),
        } = "beta",
        /// lnd's bimodal density: exp(−x/s) + exp((x−c)/s) + 1/c for a channel of capacity c.
        Bimodal {
            /// The scale s of the density. Source: `DefaultBimodalScaleMsat`, lnd
            /// `routing/probability_bimodal.go`.
            scale: Sat = or(Sat(300_000), WholeSat),
        } = "bimodal",
    }
}
