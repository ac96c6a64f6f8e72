#!/usr/bin/env bash
# Times CLoTH and Leyden on the same payments over the same network, and compares their decisions.
#
#     benches/cloth.sh CLOTH DATA PAYMENTS [ROUTER...]
#
# CLOTH     a binary of CLoTH (github.com/marcono/cloth), built with -O3
# DATA      a folder with nodes_ln.csv, channels_ln.csv and edges_ln.csv
# PAYMENTS  a CSV of payments as CLoTH reads it: id,sender_id,receiver_id,amount,start_time
# ROUTER    what Leyden is to search with; cloth, lnd and lnd_fast where none is given
#
# Times are user CPU per payment. What loading takes is measured with the first payment alone and taken
# off, on both sides. Leyden runs on one thread, PASSES times (default 5), of which the shortest counts;
# CLoTH runs CLOTH_PASSES times (default 1). Both have CLoTH's latency (99.5 ms a message), no commitment
# dance and no channel limits; CLoTH splits a payment in two halves when it finds no path (mpp=1).
set -euo pipefail
export LC_ALL=C

if [ $# -lt 3 ]; then
    sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
cloth=$(realpath "$1")
data=$(realpath "$2")
payments=$(realpath "$3")
shift 3
routers=("$@")
[ $# -gt 0 ] || routers=(cloth lnd lnd_fast)
passes=${PASSES:-5}
cloth_passes=${CLOTH_PASSES:-1}

cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
leyden=$(realpath "${CARGO_TARGET_DIR:-target}/release/leyden")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=$(($(wc -l <"$payments") - 1))
head -2 "$payments" >"$work/one.csv"
cp "$payments" "$work/all.csv"

# Least user time in seconds of $1 runs of the rest.
user_time() {
    local times=$1 pass
    shift
    TIMEFORMAT=%U
    for ((pass = 0; pass < times; pass++)); do
        { time "$@" >"$work/said" 2>&1; } 2>&1 || { cat "$work/said" >&2; return 1; }
    done | sort -g | head -1
}

# CLoTH on $1.csv; its answers are in $1-cloth/.
run_cloth() {
    local name=$1
    mkdir -p "$work/$name-cloth"
    cat >"$work/$name-cloth/cloth_input.txt" <<END
generate_network_from_file=true
nodes_filename=$data/nodes_ln.csv
channels_filename=$data/channels_ln.csv
edges_filename=$data/edges_ln.csv
generate_payments_from_file=true
payments_filename=$work/$name.csv
faulty_node_probability=0
mpp=1
END
    # Its threads look at the list of payments before they lock it, and now and then one crashes.
    local attempt
    for attempt in 1 2 3; do
        if (cd "$work/$name-cloth" && GSL_RNG_SEED=1992 exec "$cloth" ./); then return; fi
        echo "CLoTH failed, attempt $attempt"
    done
    return 1
}

# The scenario for router $1 on $2.csv.
scenario() {
    cat <<END
# Question: how long do CLoTH's payments take with the router $1?
name = "$2-$1"
sample_every = "10 min"
drain = "5 min"
[network]
file = "$data"
[workload]
trace = "$work/$2.csv"
[lightning.routing.$1]
[lightning.latency.normal]
mean = "99.5 ms"
sd = "1 ms"
[lightning.protocol]
commitment_dance = false
limits = false
END
}

run_leyden() {
    "$leyden" run --quiet --force --threads 1 --out "$work/$1" "$work/$1.toml"
}

per_payment() {
    awk -v all="$1" -v one="$2" -v n="$((count - 1))" 'BEGIN { printf "%.1f", (all - one) / n * 1e6 }'
}

# How the answers of run $1 compare with CLoTH's.
decisions() {
    awk -F, '
        FNR == 1 { for (i = 1; i <= NF; i++) column[FILENAME, $i] = i; next }
        FILENAME == ARGV[1] {
            success[$1] = $column[FILENAME, "is_success"]
            fee[$1] = $column[FILENAME, "total_fee"]
            next
        }
        {
            settled = $column[FILENAME, "outcome"] == "settled"
            rows++
            same += settled == success[$1]
            if (settled && success[$1]) { both++; fees += $column[FILENAME, "fee_msat"] == fee[$1] }
        }
        END { printf "same outcome %d of %d, same fee %d of %d settled in both", same, rows, fees, both }
    ' "$work/all-cloth/payments_output.csv" "$work/$1/lightning/payments.csv"
}

printf '%d payments; load average %s\n' "$count" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
one=$(user_time "$cloth_passes" run_cloth one)
all=$(user_time "$cloth_passes" run_cloth all)
reference=$(per_payment "$all" "$one")
printf '%-9s %10s us per payment (%s s, loading %s s)\n' CLoTH "$reference" "$all" "$one"
for router in "${routers[@]}"; do
    for name in one all; do
        scenario "$router" "$name" >"$work/$name-$router.toml"
    done
    if ! "$leyden" check "$work/all-$router.toml" >/dev/null 2>&1; then
        printf '%-9s not a router of this build\n' "$router"
        continue
    fi
    one=$(user_time "$passes" run_leyden "one-$router")
    all=$(user_time "$passes" run_leyden "all-$router")
    ours=$(per_payment "$all" "$one")
    ratio=$(awk -v a="$reference" -v b="$ours" 'BEGIN { if (b > 0) printf "%.0f", a / b; else printf "-" }')
    printf '%-9s %10s us per payment (%s s, loading %s s); CLoTH takes %s times as long; %s\n' \
        "$router" "$ours" "$all" "$one" "$ratio" "$(decisions "all-$router")"
done
