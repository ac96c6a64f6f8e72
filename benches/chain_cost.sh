#!/usr/bin/env bash
# Counts the instructions per payment of a scenario with Lightning's chain on and off, on one thread.
#
#     benches/chain_cost.sh [SCENARIO]
#
# SCENARIO  default: scenarios/quickstart.toml; only the system lightning is run
#
# Needs valgrind. `lightning.onchain.enabled = false` turns the chain off: no block is found, nothing
# expires or closes. What a run of one payment without a chain takes (making the network, drawing plots) is
# taken off both; all work of the chain counts.
set -euo pipefail
export LC_ALL=C

scenario=$(realpath "${1:-$(dirname "$0")/../scenarios/quickstart.toml}")
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked
leyden=$(realpath "${CARGO_TARGET_DIR:-target}/release/leyden")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Instructions of a run with the chain $1 (true or false) and $2 payments, or all of them.
instructions() {
    local count=()
    [ -z "$2" ] || count=(--set "payments=$2" --set 'warmup="0 s"')
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$leyden" run "$scenario" --threads 1 -q \
        --out "$work/out" --force --set 'systems=["lightning"]' \
        --set "lightning.onchain.enabled=$1" "${count[@]}" 2>"$work/said" >/dev/null ||
        { cat "$work/said" >&2; return 1; }
    sed -n 's/.*Collected : //p' "$work/said"
}

base=$(instructions false 1)
on=$(($(instructions true "") - base))
off=$(($(instructions false "") - base))
payments=$(($(wc -l <"$work/out/lightning/payments.csv") - 1))
echo "chain on:  $((on / payments)) instructions per payment ($payments payments)"
echo "chain off: $((off / payments))"
awk -v on="$on" -v off="$off" 'BEGIN { printf "ratio:     %.3f (bar 1.5)\n", on / off }'
