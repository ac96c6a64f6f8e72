//! A share of a plan: which of N, and where a scheduler says so.
//!
//! Shards are numbered from 1. N is that of the plan unless stated: after a partial resubmission the
//! counts that schedulers give are those of the resubmission.

use std::fmt;
use std::str::FromStr;

/// One of `of` shares: the points whose number leaves the rest `number − 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// Why there is no usable shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardError(String);

impl fmt::Display for ShardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ShardError {}

impl Shard {
    /// All points.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Checked.
    pub fn new(number: u32, of: u32) -> Result<Self, ShardError> {
        if of == 0 || number == 0 || number > of {
            return Err(ShardError(format!(
                "there is no shard {number} of {of}: shards are numbered from 1 to their number"
            )));
        }
        Ok(Self { number, of })
    }

    /// Its points, of `points` in all.
    pub fn points(self, points: u32) -> impl Iterator<Item = u32> {
        (self.number - 1..points).step_by(self.of as usize)
    }
}

impl FromStr for Shard {
    type Err = ShardError;
    /// `I/N`.
    fn from_str(text: &str) -> Result<Self, ShardError> {
        let parsed = text
            .split_once('/')
            .and_then(|(number, of)| Some((number.trim().parse().ok()?, of.trim().parse().ok()?)));
        let (number, of) = parsed.ok_or_else(|| {
            ShardError(format!("expected a shard like 2/10, found `{}`", text.escape_debug()))
        })?;
        Self::new(number, of)
    }
}

/// Where schedulers put the number of a task, and what they call the first one.
const VARIABLES: [(&str, u32); 8] = [
    // Slurm, by `--array=1-N` as `leyden sweep slurm` writes it.
    ("SLURM_ARRAY_TASK_ID", 1),
    // Kubernetes, Jobs with completionMode Indexed.
    ("JOB_COMPLETION_INDEX", 0),
    // HyperQueue, by `--array 1-N`.
    ("HQ_TASK_ID", 1),
    // Open MPI's mpirun, MPICH's and Intel's, and launchers that speak PMIx.
    ("OMPI_COMM_WORLD_RANK", 0),
    ("PMI_RANK", 0),
    ("PMIX_RANK", 0),
    // GNU parallel.
    ("PARALLEL_SEQ", 1),
    // PBS Professional, by `-J 1-N`.
    ("PBS_ARRAY_INDEX", 1),
];

/// The shard that the environment names: `LEYDEN_SHARD` (`I/N`, or `I` of the plan's N), else the
/// index variable of a scheduler. `None` where there is none of them.
///
/// # Errors
/// When a variable is there and does not name one of the plan's shards.
pub fn shard_of_environment(
    variable: impl Fn(&str) -> Option<String>,
    of: u32,
) -> Option<Result<Shard, ShardError>> {
    if let Some(text) = variable("LEYDEN_SHARD") {
        let bare = text.trim().parse().ok();
        return Some(bare.map_or_else(|| text.parse(), |number| Shard::new(number, of)));
    }
    let (name, first, text) = VARIABLES
        .iter()
        .find_map(|(name, first)| variable(name).map(|text| (*name, *first, text)))?;
    let refuse = || {
        let last = of - 1 + first;
        ShardError(format!(
            "{name} is `{}`, but the plan has {of} shards: the indices must run from {first} to {last}",
            text.escape_debug()
        ))
    };
    let index = text.trim().parse::<u32>().ok();
    let number = index.and_then(|index| index.checked_add(1)?.checked_sub(first));
    Some(number.and_then(|number| Shard::new(number, of).ok()).ok_or_else(refuse))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_variable(name: &str, value: &str, of: u32) -> Result<Shard, ShardError> {
        let variable = |asked: &str| (asked == name).then(|| value.to_owned());
        shard_of_environment(variable, of).expect("it is set")
    }

    #[test]
    fn every_point_is_in_exactly_one_shard() {
        for (points, of) in [(10, 3), (3, 7), (200, 200), (1, 1)] {
            let mut all: Vec<u32> = (1..=of)
                .flat_map(|number| Shard::new(number, of).expect("in range").points(points))
                .collect();
            all.sort_unstable();
            assert_eq!(all, (0..points).collect::<Vec<_>>());
        }
    }

    #[test]
    fn shards_are_read_from_the_command_line() {
        assert_eq!("2/10".parse(), Ok(Shard { number: 2, of: 10 }));
        for bad in ["0/3", "4/3", "1/0", "1", "a/b", "-1/2", "1/2/3", ""] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }

    #[test]
    fn schedulers_count_from_their_own_first_index() {
        for (name, value, number) in [
            ("SLURM_ARRAY_TASK_ID", "1", 1),
            ("SLURM_ARRAY_TASK_ID", "10", 10),
            ("JOB_COMPLETION_INDEX", "0", 1),
            ("HQ_TASK_ID", "3", 3),
            ("OMPI_COMM_WORLD_RANK", "9", 10),
            ("PMI_RANK", "4", 5),
            ("PMIX_RANK", "4", 5),
            ("PARALLEL_SEQ", "7", 7),
            ("LEYDEN_SHARD", "7", 7),
        ] {
            assert_eq!(of_variable(name, value, 10), Ok(Shard { number, of: 10 }), "{name}");
        }
        assert_eq!(of_variable("LEYDEN_SHARD", "2/4", 10), Ok(Shard { number: 2, of: 4 }));
    }

    #[test]
    fn an_index_beyond_the_plan_is_refused_with_its_name() {
        for (name, value) in [
            ("SLURM_ARRAY_TASK_ID", "0"),
            ("SLURM_ARRAY_TASK_ID", "11"),
            ("JOB_COMPLETION_INDEX", "10"),
            ("JOB_COMPLETION_INDEX", "4294967295"),
            ("PARALLEL_SEQ", "x"),
        ] {
            let error = of_variable(name, value, 10).expect_err(value);
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(shard_of_environment(|_| None, 10), None);
    }
}
