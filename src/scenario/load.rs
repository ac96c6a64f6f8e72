//! From a path to a checked scenario.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::declare::place::Sources;
use crate::declare::problem::{Problem, Problems};
use crate::declare::reader::Reader;
use crate::declare::text_kinds::Name;
use crate::declare::tree;
use crate::declare::{Declared, Key, Section};
use crate::scenario::Scenario;
use crate::scenario::size_limits;
use crate::scenario::study::StudySpec;
use crate::scenario::sweep::{self, SweepSpec};

/// The table that says what to vary. It is no part of the scenario that is run.
const SWEEP: &str = "sweep";
/// The table that says what to find out by many runs; no part of what is run either.
const STUDY: &str = "study";

/// Larger files are refused before they are read: no scenario written by hand comes near.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// What to do with large inputs.
const FILES_OF_THEIR_OWN: &str =
    "put large inputs in files of their own and name them in the scenario";

/// The least that a scenario can say.
const EXAMPLE: &str = "\
the least that a scenario can say is
payments = 1_000
[network.generate.lightning_2026]
nodes = 2_000
[workload.arrivals.poisson]
rate = \"10 /s\"
[workload.amount.fixed]
value = \"10_000 sat\"";

/// A scenario that can be run, and how it was understood.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Canonical TOML with every default and unit. In the same folder it reads back as the same scenario.
    pub resolved: String,
    /// BLAKE3 of `resolved`, in hexadecimal: equal for scenarios that mean the same.
    pub hash: String,
    /// What is suspicious but allowed; may be empty.
    pub warnings: Problems,
    /// What `[sweep]` asks for.
    pub sweep: Option<SweepSpec>,
    /// `[sweep]` as canonical TOML; empty without one.
    pub sweep_resolved: String,
    /// What `[study]` asks for.
    pub study: Option<StudySpec>,
    /// `[study]` as canonical TOML; empty without one.
    pub study_resolved: String,
    /// The files and folders that the scenario reads.
    pub inputs: Vec<PathBuf>,
    /// The scenario file as it was written.
    pub text: String,
}

/// What is laid over a scenario file.
#[derive(Clone, Copy, Debug)]
pub struct Overlay<'a> {
    /// Key path, and TOML value or bare text, as given by `--set`.
    pub sets: &'a [(String, String)],
    /// Where relative paths in `sets` start; empty: the current folder.
    pub current: &'a Path,
    /// Key path and TOML value of a point of a sweep or of a study. With them, `[sweep]` and `[study]`
    /// themselves are not read.
    pub point: Option<&'a [(String, String)]>,
}

impl Default for Overlay<'_> {
    fn default() -> Self {
        Self { sets: &[], current: Path::new(""), point: None }
    }
}

/// Reads the scenario at `path`, with `overrides` (key path, TOML value or bare text) laid over it.
///
/// Paths in the file are relative to its folder, those in overrides to the current one.
///
/// # Errors
/// All problems at once.
pub fn load(path: &Path, overrides: &[(String, String)]) -> Result<Loaded, Problems> {
    parse(path, read_file(path)?, Overlay { sets: overrides, ..Overlay::default() })
}

/// Reads the scenario `text` as if it stood in the file `path`, which need not exist.
///
/// # Errors
/// All problems at once.
pub fn parse(path: &Path, text: String, overlay: Overlay<'_>) -> Result<Loaded, Problems> {
    with_reader(path, text, overlay, |reader, (scenario, sweep, study)| {
        let resolved = reader.resolved(&[SWEEP, STUDY], None);
        let mut inputs = reader.inputs.take();
        inputs.sort();
        inputs.dedup();
        Loaded {
            scenario,
            hash: blake3::hash(resolved.as_bytes()).to_hex().to_string(),
            resolved,
            warnings: std::mem::replace(&mut reader.warnings, Problems::warnings()),
            sweep,
            sweep_resolved: reader.resolved(&[], Some(SWEEP)),
            study,
            study_resolved: reader.resolved(&[], Some(STUDY)),
            inputs,
            text: reader.sources.file().to_owned(),
        }
    })
}

/// Reads a scenario and hands it on, with the reader that has seen it.
pub(super) fn with_reader<T>(
    path: &Path,
    text: String,
    overlay: Overlay<'_>,
    then: impl FnOnce(&mut Reader<'_>, Whole) -> T,
) -> Result<T, Problems> {
    let mut sources = Sources::of_file(path.display().to_string(), text);
    let mut root = tree::parse(&sources)?;
    let mut misplaced = Vec::new();
    for (key, value) in overlay.sets {
        misplaced.extend(tree::apply(&mut root, &mut sources, key, value).err());
    }
    if root.is_empty() && misplaced.is_empty() {
        return Err(empty(&sources));
    }
    if let Some(point) = overlay.point {
        root.remove(SWEEP);
        root.remove(STUDY);
        for (key, value) in point {
            tree::apply_axis(&mut root, &mut sources, key, value);
        }
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut reader = Reader::new(&sources, folder, everything, default_name(path));
    reader.current = overlay.current;
    reader.set_keys = overlay.sets.iter().map(|(key, _)| key.clone()).collect();
    for problem in misplaced {
        reader.problems.push(|| problem);
    }
    let read = reader.read(&root, whole);
    if reader.problems.is_empty() { Ok(then(&mut reader, read)) } else { Err(reader.problems) }
}

/// The scenario, what to vary of it, and what to find out with it.
type Whole = (Scenario, Option<SweepSpec>, Option<StudySpec>);

/// Declares all keys.
pub(super) fn everything(reader: &mut Reader<'_>) {
    reader.walk(|s| drop(whole(s)));
}

fn whole(s: &mut Section<'_, '_>) -> Whole {
    let sweep = Key::new(SWEEP, "What `leyden sweep` varies, by which design, how often.");
    let study = Key::new(STUDY, "What `leyden run` finds out by many runs of the scenario.");
    let scenario = Scenario::read(s);
    let sweep = sweep::sweep(s, sweep);
    (scenario, sweep, s.optional_table(study, "there is no study", StudySpec::read))
}

fn empty(sources: &Sources) -> Problems {
    let mut problems = Problems::errors();
    problems.push(|| {
        let message =
            "the scenario is empty: `network`, `workload` and `duration` or `payments` are missing";
        Problem::new("", message, sources.mark(&Sources::top(), "")).help(EXAMPLE)
    });
    problems
}

/// The file's stem, with what may not stand in a name replaced.
fn default_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let name: String =
        stem.chars().map(|c| if Name::allows(c) { c } else { '-' }).take(80).collect();
    if name.is_empty() { "scenario".to_owned() } else { name }
}

fn read_file(path: &Path) -> Result<String, Problems> {
    let shown = path.display();
    let refuse = |message: String, help: Option<&str>| {
        Err(Problems::about_file(message, help.map(str::to_owned)))
    };
    let cannot = |error: std::io::Error| {
        let named = path.with_added_extension("toml");
        let is_there = error.kind() == std::io::ErrorKind::NotFound && named.is_file();
        let help = is_there.then(|| format!("did you mean {}?", named.display()));
        Problems::about_file(format!("cannot read {shown}: {error}"), help)
    };
    let found = std::fs::metadata(path).map_err(cannot)?;
    if !found.is_file() {
        return refuse(format!("{shown} is not a regular file"), None);
    }
    let too_large = || {
        let message = format!("{shown} is larger than {} MB", LARGEST_FILE >> 20);
        refuse(message, Some(FILES_OF_THEIR_OWN))
    };
    if found.len() > LARGEST_FILE {
        return too_large();
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return too_large();
    }
    let text = String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        let byte = error.as_bytes()[at];
        let message = format!("{shown} is not UTF-8 at byte {at} (line {line}): 0x{byte:02x}");
        refuse(message, Some("save the file as UTF-8"))
    })?;
    if text.trim_start().starts_with('{') {
        let message = format!("{shown} looks like JSON; a scenario is written in TOML");
        return refuse(message, Some("a network is given as `file` of the table [network]"));
    }
    match size_limits::excess(&text) {
        Some(excess) => refuse(format!("{shown} {excess}"), Some(FILES_OF_THEIR_OWN)),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lightning::Latency;
    use crate::network::{BalanceModel, Generator, NetworkSource};
    use crate::payment::RouterChoice;
    use crate::routing::LndParams;
    use crate::units::{Msat, SimDuration};
    use crate::workload::{Among, Amount, Arrivals, Endpoints, Funded, Source};

    const LEAST: &str = "payments = 10\n[network.generate.star]\nnodes = 5\n\
        [workload.arrivals.poisson]\nrate = \"30 /min\"\n\
        [workload.amount.fixed]\nvalue = \"0.000_1 btc\"\n";

    /// Loads `text` as the file `case.toml` of a folder that also holds `data.csv`.
    fn load_text(text: &str, sets: &[(&str, &str)]) -> Result<Loaded, Problems> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("data.csv"), "").unwrap();
        let overrides: Vec<_> =
            sets.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut loaded = load(&path, &overrides)?;
        // The folder is another one every time.
        if let NetworkSource::File { path, .. } = &mut loaded.scenario.network.source {
            *path = path.file_name().unwrap().into();
        }
        if let Source::Trace { path }
        | Source::Generated { amount: Amount::Empirical { path }, .. } =
            &mut loaded.scenario.workload
        {
            *path = path.file_name().unwrap().into();
        }
        Ok(loaded)
    }

    fn good(text: &str, sets: &[(&str, &str)]) -> Loaded {
        load_text(text, sets).unwrap_or_else(|problems| panic!("{text}\n{problems}"))
    }

    #[test]
    fn the_least_scenario_gets_every_default() {
        let scenario = good(LEAST, &[]).scenario;
        assert_eq!((scenario.name.as_str(), scenario.seed), ("case", 1));
        assert_eq!(scenario.drain, SimDuration::from_secs(3_600));
        assert_eq!(scenario.network.balances, BalanceModel::Uniform);
        assert_eq!(scenario.lightning.router, RouterChoice::Lnd(LndParams::default()));
        let Latency::ByRegion { delays, .. } = scenario.lightning.latency else {
            panic!("regions")
        };
        assert_eq!(delays[0][1], SimDuration::from_millis(124), "North America to Europe");
        let source = Source::Generated {
            arrivals: Arrivals::Poisson { rate: 0.5 },
            amount: Amount::Fixed { value: Msat(10_000_000) },
            endpoints: Endpoints::Uniform,
            among: Among::Core,
            funded: Funded::Payer,
        };
        assert_eq!(scenario.workload, source);
    }

    /// One scenario for every alternative of every choice, as a change to [`LEAST`].
    const VARIANTS: &[(&str, &str)] = &[
        ("network.generate", "{ lightning_2026 = { nodes = 100 } }"),
        ("network.generate", "{ barabasi_albert = { nodes = 9, channels_per_node = 2 } }"),
        ("network.generate", "{ watts_strogatz = { nodes = 9, neighbours = 4, rewire = 0.1 } }"),
        ("network.generate", "{ erdos_renyi = { nodes = 9, channels = 36 } }"),
        (
            "network.generate",
            "{ core_periphery = { core = 3, periphery = 9, channels_per_node = 3 } }",
        ),
        ("network.generate", "{ hub_and_spoke = { hubs = 2, spokes = 5, ppm = 7 } }"),
        ("network.generate", "{ line = { nodes = 2, capacity = \"0.01 btc\" } }"),
        ("network.generate", "{ ring = { nodes = 3, htlc_minimum_msat = 0 } }"),
        ("network.generate", "{ grid = { rows = 3, columns = 4, cltv_expiry_delta = 40 } }"),
        ("network.generate", "{ complete = { nodes = 4, fee_base_msat = 0 } }"),
        ("network.balances", "{ half = {} }"),
        ("network.balances", "{ one_sided = { first_share = 0.25 } }"),
        ("network.balances", "{ beta = { alpha = 0.5, beta = 2 } }"),
        ("network.balances", "{ bimodal = {} }"),
        ("workload.arrivals", "{ constant = { rate = \"7 /h\" } }"),
        (
            "workload.arrivals",
            "{ diurnal = { rate = \"1 /s\", amplitude = 0.5, peak = \"18 h\" } }",
        ),
        (
            "workload.arrivals",
            "{ bursty = { quiet_rate = \"1 /s\", burst_rate = \"9 /s\", \
             quiet_mean = \"1 h\", burst_mean = \"1 min\" } }",
        ),
        ("workload.amount", "{ uniform = { min = \"1 msat\", max = \"1 sat\" } }"),
        ("workload.amount", "{ log_uniform = { min = \"1 sat\", max = \"1 btc\" } }"),
        ("workload.amount", "{ exponential = { mean = \"1 sat\" } }"),
        ("workload.amount", "{ pareto = { min = \"1 sat\", alpha = 1, max = \"9 sat\" } }"),
        ("workload.endpoints", "{ by_capacity = { among = \"all\" } }"),
        ("workload.endpoints", "{ merchants = { share = 0.5, count = 2 } }"),
        ("workload.endpoints", "{ merchants = { share = 0.5, names = [\"a\", \"b\"] } }"),
        ("workload.endpoints", "{ pairs = { pairs = [[\"a\", \"b\", 2]] } }"),
        ("workload.endpoints", "{ circulation = { share = 0.5, pairs = 9 } }"),
        ("workload.endpoints", "{ partners = {} }"),
        ("workload.arrivals", "{ ramp = { rate = \"7 /s\", over = \"2 s\" } }"),
        ("lightning.routing", "{ cheapest = { max_attempts = 3, fee_limit_ppm = 1 } }"),
        ("lightning.routing", "{ cloth = { halving = false } }"),
        ("lightning.routing", "{ lnd_fast = { attempt_cost = \"1 sat\", max_hops = 5 } }"),
        ("ethereum.fork", "{ mainnet = { start_unix_s = 1_765_290_000 } }"),
        ("ethereum", "{ base_fee = \"0.5 gwei\", fork.prague = {}, background.gas_share = 0 }"),
        (
            "zk_rollup",
            "{ layout = \"loopring\", prover.groth16.cores = 8, fee.fixed.value = \"3 sat\", \
             faults = { halt = \"1 h\", resume = \"2 h\" }, service.exponential.mean = \"1 ms\" }",
        ),
        ("zk_rollup", "{ prover.custom.per_payment = \"9 ms\", posting = \"calldata\" }"),
        ("optimistic_rollup", "{ window = \"1 day\", users.withdrawals = \"1 /h\" }"),
        ("funding", "{ unlimited = true }"),
        ("funding", "{ per_account = \"5 sat\" }"),
        ("systems", "[\"card\", \"lightning\"]"),
        ("card", "{ fees.debit = { markup = 0.001 }, outages = [[\"8 h\", \"30 min\"]] }"),
        ("card", "{ starts_on = \"friday\", holidays = [3, 1], messages_per_second = \"9 /s\" }"),
        (
            "lightning",
            "{ mitigation = { upfront_fee_ppm = 18_800, reputation.resolution_period = \"60 s\" }, availability = { \
             routing.exponential = { up = \"1 day\", down = \"1 h\" }, leaves.weibull = { \
             up = \"1 h\", up_shape = 0.7, down = \"1 h\", down_shape = 1 }, outage = [ \
             { name = \"tor\", start = \"1 h\", duration = \"5 min\", share = 0.3 } ] } }",
        ),
        (
            "attack",
            "[{ name = \"a\", griefing = { amount = \"1 sat\", budget = \"1 btc\" } }, \
             { name = \"b\", probing = { budget = \"1 btc\", \
             targets = { capacity = { channels = 3 } } } }, \
             { name = \"c\", wormhole = {} }]",
        ),
        (
            "attack",
            "[{ name = \"a\", end = \"1 h\", slow_jamming = { budget = \"1 btc\", \
             targets = { degree = { channels = 3 } } } }, \
             { name = \"b\", start = \"1 s\", fast_jamming = { budget = \"1 sat\", hold = \"9 s\", \
             resource = { liquidity = {} }, targets = { named = { channels = [\"x\"] } } } }]",
        ),
        (
            "lightning",
            "{ latency.by_region = { shares = [0.5, 0.5], sigma = 0.2, \
             delays = [[\"1 ms\", \"2 ms\"], [\"2 ms\", \"1 ms\"]] }, \
             payee.hold.exponential.mean = \"3 s\", \
             processing = { per_signature = \"50 us\", per_verification = \"100 us\" } }",
        ),
    ];

    #[test]
    fn what_cannot_be_meant_about_funding_and_cards_is_refused_with_its_key() {
        for (key, value, says) in [
            ("funding", "{ unlimited = true, same_capital = true }", "but 2 are given"),
            ("funding", "{ same_capital = false }", "but 0 are given"),
            ("card.messages_per_second", "0 /s", "passes no message"),
            ("card.outages", "[[\"8 h\"]]", "a beginning and a length"),
            ("card.cut_off", "25 h", "at most 24 h"),
            ("card.settlement_days", "0", "must be 1 to 31"),
            ("card.starts_on", "someday", "\"monday\""),
            ("card.fees.gold.markup", "0.1", "choose one of credit, debit"),
        ] {
            let printed = load_text(LEAST, &[(key, value)]).unwrap_err().render(false);
            assert!(printed.contains(says), "{key} = {value}\n{printed}");
        }
    }

    #[test]
    fn the_resolved_scenario_reads_back_as_the_same_one() {
        for &set in VARIANTS {
            let first = good(LEAST, &[set]);
            let second = good(&first.resolved, &[]);
            assert_eq!(first.scenario, second.scenario, "{set:?}");
            assert_eq!(first.resolved, second.resolved, "{set:?}");
            assert_eq!(first.hash, second.hash);
        }
        for text in [
            "[network]\nfile = \"data.csv\"\nformat = \"lnd\"\n[workload]\ntrace = \"data.csv\"",
            "duration = \"1 day\"\n[network]\nfile = \"data.csv\"\n[workload]\n\
             arrivals.poisson.rate = \"1 /s\"\namount.empirical.file = \"data.csv\"",
        ] {
            let first = good(text, &[]);
            let second = good(&first.resolved, &[]);
            assert_eq!(first.scenario, second.scenario);
            assert_eq!(first.hash, second.hash);
        }
    }

    #[test]
    fn the_hash_depends_on_the_meaning_and_not_on_the_writing() {
        let hash = good(LEAST, &[]).hash;
        let rewritten = LEAST.replace("30 /min", "0.5 /s").replace("0.000_1 btc", "10_000 sat");
        assert_eq!(good(&format!("# Why?\nseed = 1\n{rewritten}"), &[]).hash, hash);
        assert_ne!(good(LEAST, &[("seed", "2")]).hash, hash);
    }

    #[test]
    fn set_replaces_the_alternative_that_the_file_chose() {
        let loaded = good(LEAST, &[("network.generate.line.nodes", "3")]);
        let network = loaded.scenario.network.source;
        assert!(matches!(network, NetworkSource::Generate(Generator::Line { nodes: 3, .. })));
        let this_file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let loaded = good(LEAST, &[("network.file", this_file)]);
        assert!(matches!(loaded.scenario.network.source, NetworkSource::File { .. }));
        assert_eq!(loaded.scenario.network.balances, BalanceModel::File);
        let back = [("network.generate.star.nodes", "4"), ("network.file", this_file)];
        assert!(load_text(LEAST, &back[..]).is_err(), "two alternatives on one command line");
        let file = "payments = 1\n[network]\nfile = \"data.csv\"\nformat = \"lnd\"\n\
            [workload]\ntrace = \"data.csv\"";
        let loaded = good(file, &[("network.generate.star.nodes", "4")]);
        assert!(matches!(loaded.scenario.network.source, NetworkSource::Generate(_)));
    }

    #[test]
    fn paths_in_set_start_from_the_current_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.toml");
        std::fs::write(&path, LEAST).unwrap();
        let set = [("network.file".to_owned(), "Cargo.toml".to_owned())];
        let NetworkSource::File { path, .. } = load(&path, &set).unwrap().scenario.network.source
        else {
            panic!("a file was given");
        };
        assert_eq!(path, Path::new("Cargo.toml"));
        let printed = load(Path::new("scenarios/real-network.toml"), &set).unwrap().resolved;
        assert!(printed.contains("file = \"../Cargo.toml\""), "{printed}");
    }

    #[test]
    fn a_name_made_of_the_file_name_is_safe() {
        for (file, name) in
            [("a b.toml", "a-b"), ("é/x.toml", "x"), (".toml", ".toml"), ("", "scenario")]
        {
            assert_eq!(default_name(Path::new(file)), name);
        }
    }

    #[test]
    fn every_scenario_that_ships_is_good() {
        for name in [
            "quickstart",
            "four-nodes",
            "retail-day",
            "replay",
            "real-network",
            "zk-rollup",
            "optimistic-rollup",
            "jamming",
            "probing",
            "seed-table",
            "million-tps",
            "architect",
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.toml"));
            let file = ("network.file".to_owned(), env!("CARGO_MANIFEST_DIR").to_owned());
            let sets = if name == "real-network" { vec![file] } else { Vec::new() };
            let loaded = load(&path, &sets).unwrap_or_else(|problems| panic!("{problems}"));
            assert_eq!(loaded.scenario.name, name);
            assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.lines().nth(1).unwrap().starts_with("# Question: "));
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config {
            cases: 200,
            rng_seed: proptest::test_runner::RngSeed::Fixed(1),
            failure_persistence: None,
            ..proptest::test_runner::Config::default()
        })]
        #[test]
        fn no_damage_makes_loading_panic(
            variant in 0..VARIANTS.len(),
            cuts in proptest::collection::vec(
                (0_usize..2_000, 0_usize..3, "\\PC{0,3}|[\\[\\]{}=\"\n\r.\u{feff}#]"),
                1..6,
            ),
        ) {
            let mut text = good(LEAST, &[VARIANTS[variant]]).resolved;
            for (at, length, insert) in cuts {
                let mut chars: Vec<char> = text.chars().collect();
                let at = at % (chars.len() + 1);
                let end = (at + length).min(chars.len());
                chars.splice(at..end, insert.chars());
                text = chars.into_iter().collect();
            }
            match load_text(&text, &[]) {
                Ok(loaded) => drop(loaded.warnings.render(true)),
                Err(problems) => drop(problems.render(true)),
            }
        }
    }
}
