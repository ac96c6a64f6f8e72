//! The job script for Slurm.

use std::fmt::Write;
use std::path::Path;

use crate::sweep::plan::Plan;

/// A shell script that submits an array over the plan's shards and, after it, a job that collects.
///
/// The indices of the array are the numbers of shards, so that a part of it can be submitted again
/// (`--array=3`). Tasks may be killed and requeued at any moment. `sbatch_options` are passed on.
pub fn slurm_script(
    plan: &Plan,
    program: &Path,
    dir: &Path,
    threads: u16,
    sbatch_options: &[String],
) -> String {
    let [program, folder] = [program, dir].map(|path| quoted(&path.to_string_lossy()));
    let mut options = String::new();
    for option in sbatch_options {
        write!(options, " {}", quoted(option)).expect("writing to a string");
    }
    let (shards, name) = (plan.shards, &plan.name);
    format!(
        "#!/bin/sh\n\
         # Computes the sweep {name}: {points} points in {shards} tasks, then collects.\n\
         # Submit with: sh THIS_FILE. To compute some shards again: ARRAY=3,7-9 sh THIS_FILE\n\
         set -eu\n\
         program={program}\n\
         folder={folder}\n\
         mkdir -p \"$folder/logs\"\n\
         array=$(sbatch --parsable --requeue --job-name={name} --array=\"${{ARRAY:-1-{shards}}}\" \\\n\
         \x20   --cpus-per-task={threads} --output=\"$folder/logs/%a.log\" --open-mode=append{options} \\\n\
         \x20   --wrap=\"exec '$program' sweep run '$folder' --threads {threads} --quiet\")\n\
         array=${{array%%;*}}\n\
         collect=$(sbatch --parsable --job-name={name}-collect --dependency=\"afterok:$array\" \\\n\
         \x20   --kill-on-invalid-dep=yes --output=\"$folder/logs/collect.log\"{options} \\\n\
         \x20   --wrap=\"exec '$program' sweep collect '$folder'\")\n\
         echo \"array $array, collect ${{collect%%;*}}\"\n",
        points = plan.count(),
    )
}

/// Quoted for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_safe_in_a_shell() {
        assert_eq!(quoted("/a b"), "'/a b'");
        assert_eq!(quoted("it's $HOME"), "'it'\\''s $HOME'");
    }
}
