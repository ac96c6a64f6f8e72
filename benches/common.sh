# What the scripts here share; sourced.
#
# Programs that a new machine may lack are asked for with `need`: without one a script says so and ends
# with 77, as a skipped test does.
set -euo pipefail
export LC_ALL=C
benches=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

need() {
    command -v "$1" >/dev/null || { echo "skipped: $1 is not installed" >&2; exit 77; }
}

# Builds the program and makes a folder for its results: sets leyden and work.
begin() {
    (cd "$benches/.." && cargo build --quiet --release --locked)
    leyden=$(realpath "${CARGO_TARGET_DIR:-$benches/../target}/release/leyden")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
}

load() {
    echo "load average: $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
}

# Instructions of a run of Lightning on one thread, counted by callgrind, which leaves its profile in
# $work/profile and the results in $work/out: instructions SCENARIO [ARGUMENT...]
instructions() {
    local scenario=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file="$work/profile" "$leyden" run "$scenario" --replications 1 --threads 1 -q \
        --out "$work/out" --force --set 'systems=["lightning"]' "$@" 2>"$work/said" >/dev/null ||
        { cat "$work/said" >&2; return 1; }
    sed -n 's/.*Collected : //p' "$work/said"
}

# Rows of a table of the last run, without its header.
rows() {
    echo $(($(wc -l <"$work/out/lightning/$1.csv") - 1))
}
