//! The job script for Slurm.

use std::path::Path;

use crate::cli::shell::{quoted, quoted_text};
use crate::sweep::Plan;

/// A shell script that submits an array over the plan's shards and, after it, a job that collects.
///
/// The indices of the array are the numbers of shards, so that a part of it can be submitted again
/// (`--array=3`). Tasks may be killed and requeued at any moment. `sbatch_options` are passed on.
pub(super) fn slurm_script(
    plan: &Plan,
    program: &Path,
    dir: &Path,
    threads: u16,
    sbatch_options: &[String],
) -> String {
    let (run, folder) = (quoted(program), quoted(dir));
    // Slurm runs what it is given in a shell of its own: quoted there, and as one word here.
    let compute =
        quoted_text(&format!("exec {run} sweep run {folder} --threads {threads} --quiet"));
    let collect = quoted_text(&format!("exec {run} sweep collect {folder}"));
    let logs = dir.join("logs");
    let log = |file: &str| {
        // A percent sign begins one of Slurm's patterns.
        quoted_text(&format!("{}/{file}", logs.to_string_lossy().replace('%', "%%")))
    };
    let (shards, name) = (plan.shards, job_name(&plan.name));
    let mut options = String::new();
    for option in sbatch_options {
        options.push(' ');
        options += &quoted_text(option);
    }
    format!(
        "#!/bin/sh\n\
         # Computes the sweep {name}: {points} points in {shards} tasks, then collects.\n\
         # Submit with: sh THIS_FILE. To compute some shards again: ARRAY=3,7-9 sh THIS_FILE\n\
         set -eu\n\
         mkdir -p {logs}\n\
         array=$(sbatch --parsable --requeue --job-name={name} --array=\"${{ARRAY:-1-{shards}}}\" \\\n\
         \x20   --cpus-per-task={threads} --output={task_log} --open-mode=append{options} \\\n\
         \x20   --wrap={compute})\n\
         array=${{array%%;*}}\n\
         collect=$(sbatch --parsable --job-name={name}-collect --dependency=\"afterok:$array\" \\\n\
         \x20   --kill-on-invalid-dep=yes --output={collect_log}{options} \\\n\
         \x20   --wrap={collect})\n\
         echo \"array $array, collect ${{collect%%;*}}\"\n",
        points = plan.count(),
        logs = quoted(&logs),
        task_log = log("%a.log"),
        collect_log = log("collect.log"),
    )
}

/// A name that is one plain word to shells and to Slurm; everything else in it becomes `_`.
fn job_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let name: String = name.trim_start_matches('-').chars().take(64).map(plain).collect();
    if name.is_empty() { "sweep".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jobs_are_plain_words() {
        let names = ["fees", "a b\n$(touch x)", "--help", "", "été"].map(job_name);
        assert_eq!(names, ["fees", "a_b___touch_x_", "help", "sweep", "_t_"]);
    }
}
