#!/usr/bin/env bash
# Where the time of a run goes: shares of CPU time by part of the program.
#
#     benches/profile.sh [SCENARIO [ARGUMENT...]]
#
# SCENARIO  default: scenarios/million-payments.toml
# ARGUMENT  for `leyden run`, such as --set payments=100000
#
# Runs on one thread and looks at its stack 199 times per second of CPU time. A sample belongs to the
# part that the innermost frame with a known place stands for: a hash within a channel is hashing. What
# leads to the first event is start-up, whatever it does; so is drawing and writing the report when all is over.
# Functions that the compiler has put into others count as those.
#
# Needs perf (Debian: linux-perf) that may record; without it the script says so and ends with 77.
source "$(dirname "$0")/common.sh"
need perf
scenario=$(realpath "${1:-$benches/../scenarios/million-payments.toml}")
shift $(($# > 0))
begin

record() {
    perf record --quiet --event "$1" --freq 199 --call-graph dwarf,16384 --output "$work/samples" -- \
        "${@:2}" >"$work/said" 2>&1
}
# Where the kernel is out of bounds, the program alone.
event=cpu-clock
record "$event" true || event=cpu-clock:u
if ! record "$event" true; then
    echo "skipped: perf may not record: $(head -1 "$work/said")" >&2
    exit 77
fi
record "$event" "$leyden" run "$scenario" --threads 1 -q --out "$work/out" --force "$@" ||
    { cat "$work/said" >&2; exit 1; }

load
sed -n 's/^.*"\(cpu_s\|searches_per_payment\|payments_per_s\)": \(.*[0-9]\).*/\1 \2/p' "$work/out/timing.json"
perf script --no-inline --fields ip,sym --input "$work/samples" 2>/dev/null | awk '
    function part(frame) {
        if (frame ~ /apriori::|scratch::Known|routing::beliefs/) return "beliefs: asked in a search"
        if (frame ~ /leyden::routing::|sender::Sender>::next/) return "search"
        if (frame ~ /Sender>::learn|payment::interpret/) return "beliefs: learnt"
        if (frame ~ /blake3|sha2|fingerprint/) return "hashing"
        if (frame ~ /rand_chacha|engine::draws/) return "events: draws"
        if (frame ~ /engine::queue|priority_queue/) return "events: queue"
        if (frame ~ /leyden::channel::/) return "events: channels and the commitment dance"
        if (frame ~ /RunWriter|leyden::report::/) return "rows: CSV"
        if (frame ~ /leyden::metrics::/) return "rows: summary"
        if (frame ~ /leyden::workload::/) return "demands"
        if (frame ~ /planning::/) return "search: looking at the own channels"
        if (frame ~ /leyden::(lightning|payment|system)::/) return "events: the rest"
        return ""
    }
    function count(    i, name) {
        if (!depth) return
        samples++
        name = ""
        for (i = 1; i <= depth && name == ""; i++)
            if (frames[i] ~ /simulation::prepare|systems::jobs|Lightning>::new|World>::new|network::generate/) name = "start-up"
            else if (frames[i] ~ /report::(plots|html|json|comparison)|cli::run::write_report/) name = "report and plots"
        for (i = 1; i <= depth && name == ""; i++) name = part(frames[i])
        if (name == "") { name = "other"; others[frames[1]]++ }
        shares[name]++
        depth = 0
    }
    NF == 0 { count(); next }
    { sub(/^[ \t]*[0-9a-f]+ /, ""); frames[++depth] = $0 }
    END {
        count()
        for (name in shares) printf "%6.1f %%  %s\n", 100 * shares[name] / samples, name | "sort -rn"
        close("sort -rn")
        printf "%d samples\n", samples
        for (name in others)
            if (others[name] > samples / 200) printf "  other: %.1f %% %s\n", 100 * others[name] / samples, name
    }'
